"""Hosts that slow down, refuse, say stop, or do not answer at all: they are spared, and a run ends soon."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from moisson_shared.adapters.in_process_queue import InProcessQueue
from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import codes, html_spider, polite, running_scraper, shown
from tests.scraper.sample_site import Answer, Asked, SampleSite, answer, directory, html, sample_site

MANY = 120


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """No answer at all."""


def busy_at_first(asked: Asked) -> Answer:
    return html("busy", status="429 Slow down") if asked.times == 1 else html("<h1>Projet</h1>")


def asked_for_details(site: SampleSite) -> int:
    return sum(1 for asked in site.asked if asked.path.startswith("/projets/"))


@pytest.mark.parametrize(
    ("page", "code", "most_asked"),
    [
        (html("busy", status="503 Busy", Retry_After="301"), "host-said-stop", 8),
        (html("busy", status="429 Slow down", Retry_After="Fri, 01 Jan 2100 00:00:00 GMT"), "host-said-stop", 8),
        (html("busy", status="429 Slow down"), "host-said-stop", 8 * 6),
        (html("spent", status="509 Bandwidth Limit Exceeded"), "host-said-stop", 8),
        (html("<h1>Bandwidth Limit Exceeded</h1>", status="403 Forbidden"), "host-said-stop", 8),
        (hang_up, "host-unreachable", 60),
    ],
)
@pytest.mark.parametrize("shares", [False, True])
async def test_a_host_that_wants_no_more_is_asked_no_more(
    tmp_path: Path, site: SampleSite, page: Answer, code: str, most_asked: int, shares: bool
) -> None:
    site.pages |= directory(MANY, per_page=MANY)
    async with running_scraper(tmp_path, site, share_pages=shares) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).complete
        site.asked.clear()
        for number in range(1, MANY + 1):
            site.pages[f"/projets/{number}"] = lambda asked: page
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE, shown(run)
        assert not run.complete
        found = codes(run)
        assert found[code] + sum(count for name, count in found.items() if name in {"http-429", "http-403"}) <= MANY
        assert found[f"detail-{code}"] >= MANY / 2, shown(run)
        assert asked_for_details(site) <= most_asked
        assert run.counters.records_gone == 0
        assert len(await scraper.records("essor-projets")) == MANY


async def test_what_one_process_hears_all_of_them_heed(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(400, per_page=400)
    for number in range(1, 401):
        site.pages[f"/projets/{number}"] = html("spent", status="509 Bandwidth Limit Exceeded")
    queue = InProcessQueue()
    both: dict[str, Any] = {"queue": queue, "share_pages": True, "requests_per_host": 4}
    async with (
        running_scraper(tmp_path, site, **both) as scraper,
        running_scraper(tmp_path, site, people=scraper.people, **both),
    ):
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert codes(run) == {"host-said-stop": 400, "detail-host-said-stop": 400}, shown(run)
        # Each process may have four under way when it hears of it; and before its next lot it has heard of the other's.
        assert asked_for_details(site) <= 2 * 4
        site.asked.clear()
        assert codes(await scraper.crawl("essor-projets")) == codes(run)
        assert asked_for_details(site) > 0, "the next run asks anew"


@pytest.mark.parametrize("path", ["/projets", "/robots.txt"])
async def test_who_asks_to_be_left_alone_for_long_is_left_alone_by_all_runs(
    tmp_path: Path, site: SampleSite, path: str
) -> None:
    site.pages |= directory(3)
    site.pages[path] = html("busy", status="503 Busy", Retry_After="3600")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        asked = len(site.asked)
        site.pages |= directory(3)
        await scraper.save(html_spider(site, id="essor-autre", politeness=polite(obey_robots=False)))
        run = await scraper.crawl("essor-autre")
        assert run.state is RunState.FAILED
        assert codes(run) == {"host-said-stop": 1}
        assert len(site.asked) == asked


async def test_other_hosts_go_on(tmp_path: Path, site: SampleSite) -> None:
    async with sample_site() as details, running_scraper(tmp_path, site, details) as scraper:
        for name, page in directory(40, per_page=10).items():
            assert isinstance(page, bytes)
            if name.startswith("/projets/"):
                details.pages[name] = html("spent", status="509 Bandwidth Limit Exceeded")
            else:
                cards = page.partition(b"\r\n\r\n")[2].replace(b"/projets/", f"{details.url}/projets/".encode())
                site.pages[name] = answer(cards)
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.counters.pages_fetched == 4, shown(run)
        assert codes(run) == {"host-said-stop": 40, "detail-host-said-stop": 40}
        assert asked_for_details(details) <= 8


async def test_a_refusal_now_and_then_costs_nothing_but_time(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(30)
    for number in range(1, 31, 3):
        site.pages[f"/projets/{number}"] = busy_at_first
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        assert run.counters.retries == 10


async def test_a_host_that_has_become_slow_is_asked_more_slowly(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    listing = site.pages["/projets"]

    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2)
        assert isinstance(listing, bytes)
        writer.write(listing.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        await writer.drain()

    site.pages["/projets"] = lambda asked: slow
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).complete
        # (2 s - FAST_SECONDS) rises the average to 0.5 s, which is 0.15 s between two requests.
        first, second = [asked.at for asked in site.asked if asked.path.startswith("/projets/")][:2]
        assert second - first >= 0.1


@pytest.mark.parametrize("shares", [False, True])
async def test_retries_are_a_runs_however_many_share_its_pages(tmp_path: Path, site: SampleSite, shares: bool) -> None:
    site.pages |= directory(MANY, per_page=MANY)
    site.pages |= {f"/projets/{number}": html("late", status="408 Request Timeout") for number in range(1, MANY + 1)}
    async with running_scraper(tmp_path, site, share_pages=shares) as scraper:
        await scraper.save(html_spider(site, limits={"retries_in_all": 12}))
        run = await scraper.crawl("essor-projets")
        assert run.counters.pages_failed == MANY, shown(run)
        assert asked_for_details(site) - MANY == run.counters.retries
        assert 6 <= run.counters.retries <= 12
