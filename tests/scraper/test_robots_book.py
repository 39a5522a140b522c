"""Where robots.txt comes from: the site, by redirects, or the store, where others and an earlier start left it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from moisson_scraper.fetching.robots import MOST_BYTES
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.keeping.collections import COLLECTIONS, ROBOTS, KeptRobots
from moisson_scraper.keeping.robots_shelf import MOST_CHARACTERS, MOST_KEPT, StoredRobots
from moisson_shared.adapters.open_backends import open_documents, open_host_budget
from moisson_shared.adapters.outbound_http import OutboundPolicy, outbound_client
from moisson_shared.ports.documents import Put
from tests.scraper.running_scraper import People, codes, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, answer, directory, moved, sample_site

FORBIDDEN = answer("User-agent: *\nDisallow: /projets/2\n", content_type="text/plain")


async def test_a_new_start_does_not_ask_again(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    site.pages["/robots.txt"] = FORBIDDEN
    people = People()
    for start in range(2):
        async with running_scraper(tmp_path, site, people=people) as scraper:
            if start == 0:
                await scraper.save(html_spider(site))
            assert codes(await scraper.crawl("essor-projets")) == {"robots": 1, "detail-robots": 1}
    assert site.targets().count("/robots.txt") == 1
    assert "/projets/2" not in site.targets()


async def test_that_there_is_none_is_kept_too_and_a_failure_is_not(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(1)
    people = People()
    for status, told in (("500 No", {"robots-unreachable": 1}), ("404 No", {}), ("500 Again", {})):
        site.pages["/robots.txt"] = answer("", status=status)
        async with running_scraper(tmp_path, site, people=people) as scraper:
            if not site.asked:
                await scraper.save(html_spider(site))
            assert codes(await scraper.crawl("essor-projets")) == told


@pytest.mark.parametrize(("hops", "obeyed"), [(1, True), (5, True), (6, False)])
async def test_redirects_are_followed_to_other_sites_too(
    tmp_path: Path, site: SampleSite, hops: int, obeyed: bool
) -> None:
    site.pages |= directory(3)
    async with sample_site() as other, running_scraper(tmp_path, site, other) as scraper:
        path = "/robots.txt"
        for hop in range(hops - 1):
            site.pages[path] = moved(f"/hop/{hop}", status="301 Moved")
            path = f"/hop/{hop}"
        site.pages[path] = moved(f"{other.url}/rules")
        other.pages["/rules"] = FORBIDDEN
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert (codes(run) == {"robots": 1, "detail-robots": 1}) == obeyed
        assert run.complete == (not obeyed)


async def test_a_robots_txt_that_is_too_long_is_read_to_its_last_whole_line(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(1)
    begun, cut = "User-agent: *\nDisallow: /projets\n#", "\nAllow: /projets"
    text = f"{begun}{'.' * (MOST_BYTES - len(begun) - len(cut))}{cut}-publics\n"
    site.pages["/robots.txt"] = answer(text, content_type="text/plain")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert codes(await scraper.crawl("essor-projets")) == {"robots": 1}
    assert site.targets() == ["/robots.txt"]


class LongTexts:
    """A shelf with a long text for every site, which counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def read(self, origin: str) -> tuple[str | None, float] | None:
        self.asked.append(origin)
        return f"User-agent: *\nDisallow: /x\n{'#' * 400_000}", 3600.0

    async def keep(self, origin: str, text: str | None, seconds: float) -> None:
        raise AssertionError(f"{origin} was asked")


async def test_of_many_long_ones_the_oldest_leave_the_memory() -> None:
    slots, shelf = open_host_budget("in-process:", 4), LongTexts()
    origins = [f"https://s{number}.example" for number in range(8)]
    async with outbound_client(OutboundPolicy()) as client:
        book = RobotsBook(client, slots, shelf)
        for origin in (*origins, *origins[::-1]):
            assert not (await book.rules(f"{origin}/x", lambda _: None)).allows(f"{origin}/x")
    await slots.close()
    asked_again = shelf.asked[len(origins) :]
    assert 3 <= len(asked_again) < len(origins)
    assert asked_again == origins[::-1][-len(asked_again) :], "the newest were still known"


async def test_a_redirect_to_where_we_must_not_go_closes_the_site_and_is_asked_for_once(
    tmp_path: Path, site: SampleSite
) -> None:
    async with sample_site() as listing, running_scraper(tmp_path, site, listing) as scraper:
        cards = "".join(f'<li class="card"><a href="{site.url}/projets/{n}">{n}</a></li>' for n in range(9))
        listing.pages["/projets"] = answer(f"<html><ul>{cards}</ul>")
        site.pages["/robots.txt"] = moved("http://169.254.169.254/latest/")
        await scraper.save(html_spider(listing))
        run = await scraper.crawl("essor-projets")
        assert codes(run) == {"address-refused": 9, "detail-address-refused": 9}
        assert site.targets() == ["/robots.txt"]


async def test_the_shelf_keeps_for_a_day_and_throws_away(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    store = open_documents(f"sqlite://{tmp_path}/robots.sqlite")
    await store.open(COLLECTIONS)
    shelf = StoredRobots(store, lambda: now)
    await shelf.keep("https://a.example", "User-agent: *\n", 86400)
    await shelf.keep("https://b.example", None, 3600)
    assert await shelf.read("https://a.example") == ("User-agent: *\n", 86400)
    assert await shelf.read("https://b.example") == (None, 3600)
    assert await shelf.read("https://c.example") is None
    now += timedelta(hours=2)
    assert await shelf.read("https://b.example") is None
    await shelf.keep("https://c.example", None, 3600)
    assert await store.count(ROBOTS) == 2
    await store.close()


async def test_the_shelf_holds_so_many_and_no_long_ones(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    store = open_documents(f"sqlite://{tmp_path}/robots.sqlite")
    await store.open(COLLECTIONS)
    shelf = StoredRobots(store, lambda: now)
    for begun in range(0, MOST_KEPT, 1000):
        until = {n: now + timedelta(hours=1, seconds=n) for n in range(begun, begun + 1000)}
        some = [KeptRobots(origin=f"https://s{n}.example", text="x", until=until[n]) for n in until]
        await store.apply([Put(ROBOTS, one) for one in some])
    for number in range(250):
        await shelf.keep(f"https://late-{number}.example", None, 86400)
    assert MOST_KEPT - 250 < await store.count(ROBOTS) <= MOST_KEPT
    assert await shelf.read("https://late-0.example") == (None, 86400)
    assert await shelf.read(f"https://s{MOST_KEPT - 1}.example") is not None
    await shelf.keep("https://long.example", "#" * (MOST_CHARACTERS + 1), 86400)
    assert await shelf.read("https://long.example") is None
    await store.close()


async def test_a_store_that_is_away_keeps_nobody_from_asking_the_site(tmp_path: Path) -> None:
    store = open_documents(f"sqlite://{tmp_path}/robots.sqlite")
    await store.open(COLLECTIONS)
    await store.close()
    shelf = StoredRobots(store, lambda: datetime(2026, 3, 1, tzinfo=UTC))
    await shelf.keep("https://a.example", None, 3600)
    assert await shelf.read("https://a.example") is None
