"""How a crawl treats a site: robots.txt, one slot per host, delays, Retry-After, limits."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import codes, html_spider, running_scraper, shown
from tests.scraper.sample_site import SampleSite, answer, directory, html


async def test_robots_txt_is_obeyed_and_counted(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(4)
    site.pages["/robots.txt"] = answer("User-agent: moisson\nDisallow: /projets/2\n", content_type="text/plain")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.counters.pages_off_limits == 1
        assert codes(run) == {"robots": 1, "detail-robots": 1}
        assert not run.complete
        assert "/projets/2" not in site.targets()
        assert site.targets().count("/robots.txt") == 1


@pytest.mark.parametrize("name", ["Essor", "moisson"])
async def test_a_site_may_forbid_itself_to_the_name_that_it_was_told(
    tmp_path: Path, site: SampleSite, name: str
) -> None:
    site.pages |= directory(4)
    site.pages["/robots.txt"] = answer(f"User-agent: {name}\nDisallow: /projets/2\n", content_type="text/plain")
    async with running_scraper(tmp_path, site, user_agent="Essor/1.0 (+https://essor.example)") as scraper:
        await scraper.save(html_spider(site))
        assert codes(await scraper.crawl("essor-projets")) == {"robots": 1, "detail-robots": 1}
        assert "/projets/2" not in site.targets()


@pytest.mark.parametrize(("status", "allowed"), [("404 Not Found", True), ("403 Forbidden", True), ("503 No", False)])
async def test_a_robots_txt_that_cannot_be_had(tmp_path: Path, site: SampleSite, status: str, allowed: bool) -> None:
    site.pages |= directory(2)
    site.pages["/robots.txt"] = answer("Disallow: /", status=status)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert (run.state is RunState.DONE) == allowed
        if not allowed:
            assert codes(run) == {"robots-unreachable": 1}
            assert "/projets" not in site.targets()


@pytest.mark.parametrize("status", ["503 Service Unavailable", "429 Too Many Requests"])
async def test_robots_txt_may_ask_for_time(tmp_path: Path, site: SampleSite, status: str) -> None:
    site.pages |= directory(2)
    rules = answer("User-agent: *\nDisallow:", content_type="text/plain")
    busy = answer("busy", status=status, Retry_After="1")
    site.pages["/robots.txt"] = lambda request: busy if request.times == 1 else rules
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).complete
        assert site.targets().count("/robots.txt") == 2
        first, second = site.asked[:2]
        assert second.at - first.at >= 0.95


async def test_robots_txt_that_asks_for_too_much_time_is_not_asked_again(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    site.pages["/robots.txt"] = answer("busy", status="503 Service Unavailable", Retry_After="301")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert codes(run) == {"robots-unreachable": 1}
        assert site.targets() == ["/robots.txt"]


async def test_a_spider_may_be_told_not_to_ask_for_robots_txt(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    site.pages["/robots.txt"] = answer("User-agent: *\nDisallow: /")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, politeness={"delay": 0, "obey_robots": False}))
        assert (await scraper.crawl("essor-projets")).complete
        assert "/robots.txt" not in site.targets()


async def test_retry_after_holds_the_whole_host(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(4)
    calm = html("<h1>Un</h1>")
    busy = html("busy", status="503 Service Unavailable", Retry_After="1")
    site.pages["/projets/1"] = lambda asked: busy if asked.times == 1 else calm
    async with running_scraper(tmp_path, site, requests_per_host=1) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.complete
        assert run.counters.retries == 1
        refused = next(asked.at for asked in site.asked if asked.target == "/projets/1")
        later = [asked.at for asked in site.asked if asked.at > refused]
        assert min(later) - refused >= 0.95


@pytest.mark.parametrize("page", ["/projets/1", "/robots.txt"])
async def test_a_moment_to_come_back_at_counts_by_the_clock_of_the_site(
    tmp_path: Path, site: SampleSite, page: str
) -> None:
    """Which is an hour slow."""
    site.pages |= directory(2)
    slow = datetime.now(UTC) - timedelta(hours=1)
    date, later = (format_datetime(slow + timedelta(seconds=n), usegmt=True) for n in (0, 1))
    busy = html("busy", status="503 Service Unavailable", Retry_After=later, Date=date)
    calm = site.pages.get(page, answer(status="404 Not Found"))
    assert isinstance(calm, bytes)
    site.pages[page] = lambda asked: busy if asked.times == 1 else calm
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).complete
        first, second = (asked.at for asked in site.asked if asked.target == page)
        assert second - first >= 0.95


async def test_one_slot_per_host_over_all_spiders(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(6)
    site.delay = 0.01
    async with running_scraper(tmp_path, site, requests_per_host=2) as scraper:
        for number in (1, 2, 3):
            await scraper.save(html_spider(site, id=f"essor-{number}"))
        runs = [await scraper.start(f"essor-{number}") for number in (1, 2, 3)]
        for run in runs:
            assert (await scraper.ended(run.id)).complete
        assert site.most_at_once <= 2


async def test_the_delay_is_kept_between_requests_of_all_spiders(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    site.pages["/robots.txt"] = answer("User-agent: *\nCrawl-delay: 0.1", content_type="text/plain")
    async with running_scraper(tmp_path, site) as scraper:
        for number in (1, 2):
            await scraper.save(html_spider(site, id=f"essor-{number}", politeness={"delay": 0.05}))
        runs = [await scraper.start(f"essor-{number}") for number in (1, 2)]
        for run in runs:
            assert (await scraper.ended(run.id)).complete
        times = [asked.at for asked in site.asked if asked.target != "/robots.txt"]
        assert len(times) == 6
        # What the site sees may be a little closer than what was meant: requests take their time to arrive.
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert min(gaps) > 0.06, gaps
        assert times[-1] - times[0] > 0.45


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"pages": 4}, "limit-pages"),
        ({"records": 3}, "limit-records"),
        ({"bytes_in_all": 900}, "limit-bytes"),
        ({"seconds": 1}, "limit-seconds"),
    ],
)
async def test_a_limit_ends_a_run_without_burying(
    tmp_path: Path, site: SampleSite, limits: dict[str, int], code: str
) -> None:
    site.pages |= directory(8, per_page=4)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        site.delay = 0.4 if "seconds" in limits else 0.0
        await scraper.change(html_spider(site, limits=limits, politeness={"delay": 0.1}))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE, shown(run)
        assert not run.complete
        assert code in codes(run), shown(run)
        assert run.counters.records_gone == 0
        assert run.counters.pages_over_limit > 0 or code == "limit-records"
        assert len(await scraper.records("essor-projets")) == 8
