"""Pages that a run need not ask for: what is known of them stays, for later runs and for retries."""

from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest

from moisson_shared.contracts.run import CrawlRun, RunState
from tests.scraper.running_scraper import Scraper, file_spider, html_spider, json_spider, running_scraper
from tests.scraper.sample_site import Asked, Page, SampleSite, answer, directory, html, json_answer, moved

SPIDER = "essor-projets"
SPARING = {"delay": 0, "revisit_hours": 24}


async def crawled(scraper: Scraper, site: SampleSite) -> tuple[CrawlRun, list[str]]:
    """A run, and the details that it asked for."""
    site.asked.clear()
    run = await scraper.crawl(SPIDER)
    return run, sorted(target for target in site.targets() if target.startswith("/projets/"))


async def retried(scraper: Scraper, site: SampleSite, run: CrawlRun) -> tuple[CrawlRun, list[str]]:
    """The same of a run's retry, robots.txt aside."""
    site.asked.clear()
    path = f"/v1/spiders/{SPIDER}/runs"
    queued = await scraper.send("POST", path, scraper.people.member, json={"retry_of": run.id})
    ended = await scraper.ended(queued.json()["id"])
    return ended, sorted(target for target in site.targets() if target != "/robots.txt")


async def test_spared_pages_are_known_to_every_later_run_and_gone_ones_to_none(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(12)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, politeness=SPARING))
        await scraper.crawl(SPIDER)
        for _ in range(2):
            run, asked = await crawled(scraper, site)
            assert (run.complete, run.counters.pages_spared, run.counters.records_unchanged, asked) == (
                True,
                12,
                12,
                [],
            )
        site.pages |= directory(11)
        run, asked = await crawled(scraper, site)
        assert (run.complete, run.counters.pages_spared, run.counters.records_gone, asked) == (True, 11, 1, [])
        site.pages |= directory(12)
        run, asked = await crawled(scraper, site)
        assert (run.complete, run.counters.pages_spared, asked) == (True, 11, ["/projets/12"])
        assert (run.counters.records_changed, run.counters.records_unchanged) == (1, 11)


async def test_a_retry_spares_what_its_run_has_spared_and_so_does_the_retry_of_a_retry(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(12)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, politeness=SPARING))
        await scraper.crawl(SPIDER)
        for page, content in directory(12).items():
            if page.startswith("/projets/"):
                site.pages[page] = html("<h1>Autre</h1>")
            elif isinstance(content, bytes):
                site.pages[page] = content.replace(b"Ville 6", b"Ville X").replace(b"Ville 0", b"Ville Y")
        there = {page: site.pages.pop(page) for page in ("/projets/6", "/projets/7")}
        run, asked = await crawled(scraper, site)
        assert (run.counters.pages_spared, run.counters.pages_failed, asked) == (10, 2, sorted(there))
        site.pages["/projets/6"] = there["/projets/6"]
        run, asked = await retried(scraper, site, run)
        assert (run.counters.pages_fetched, run.counters.pages_failed, asked) == (1, 1, sorted(there))
        site.pages["/projets/7"] = there["/projets/7"]
        run, asked = await retried(scraper, site, run)
        assert (run.complete, asked) == (True, ["/projets/7"])
        assert run.counters.records_unchanged == 11


async def test_a_record_that_an_incomplete_run_has_changed_is_changed_back(tmp_path: Path, site: SampleSite) -> None:
    """What the last complete run had is no proof once another run has written."""
    pages = directory(12)
    site.pages |= pages
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl(SPIDER)
        before = {record.key: record.values for record in await scraper.records(SPIDER)}
        site.pages["/projets/3"] = html("<h1>Autre</h1>")
        del site.pages["/projets/7"]
        run = await scraper.crawl(SPIDER)
        assert (run.complete, run.counters.records_changed) == (False, 1)
        site.pages |= pages
        run = await scraper.crawl(SPIDER)
        assert (run.complete, run.counters.records_changed, run.counters.records_unchanged) == (True, 1, 11)
        assert {record.key: record.values for record in await scraper.records(SPIDER)} == before


async def test_what_is_missing_from_a_long_list_is_found_though_most_of_it_was_passed_over(
    tmp_path: Path, site: SampleSite
) -> None:
    """Items are kept in parts of 500: two of these are what they were, and the last one is shorter."""
    rows = [f"{n};{n}\n" for n in range(1_200)]
    site.pages["/f.csv"] = answer("id;n\n" + "".join(rows))
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        await scraper.crawl("essor-fichier")
        site.pages["/f.csv"] = answer("id;n\n" + "".join(rows[:1_150]))
        run = await scraper.crawl("essor-fichier")
        counted = run.counters
        assert (counted.records_unchanged, counted.records_gone, counted.records_changed) == (1_150, 50, 0)
        alive = [record.key for record in await scraper.records("essor-fichier") if not record.deleted]
        assert len(alive) == 1_150
        assert set(alive) == {str(n) for n in range(1_150)}


async def test_a_held_run_that_found_nothing_new_shows_its_items_and_can_be_accepted(
    tmp_path: Path, site: SampleSite
) -> None:
    """What is as the last complete run had it is kept without its values: they are in the records."""
    site.pages |= directory(12)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl(SPIDER)
        before = {record.url: record.values for record in await scraper.records(SPIDER)}
        await scraper.change(html_spider(site, expectations={"least_records": 100}))
        run = await scraper.crawl(SPIDER)
        assert (run.state, run.counters.records_held) == (RunState.QUARANTINED, 12)
        shown = await scraper.send("GET", f"/v1/runs/{run.id}/items", scraper.people.member)
        assert {item["url"]: item["values"] for item in shown.json()["items"]} == before
        await scraper.send("POST", f"/v1/runs/{run.id}/accept", scraper.people.member)
        run = await scraper.ended(run.id)
        assert (run.state, run.counters.records_unchanged) == (RunState.DONE, 12)
        assert {record.url: record.values for record in await scraper.records(SPIDER)} == before


@pytest.mark.parametrize("share_pages", [False, True])
async def test_what_a_held_run_has_read_is_asked_for_again(tmp_path: Path, site: SampleSite, share_pages: bool) -> None:
    """A site that was broken for an hour must not be held for a day."""
    site.pages |= directory(12)
    async with running_scraper(tmp_path, site, share_pages=share_pages) as scraper:
        await scraper.save(html_spider(site, politeness=SPARING, expectations={"fields": {"titre": {"fill": 0.9}}}))
        for number in range(1, 13):
            site.pages[f"/projets/{number}"] = html("<p>Maintenance</p>")
        assert (await scraper.crawl(SPIDER)).state is RunState.QUARANTINED
        site.pages.pop("/projets")
        assert (await scraper.crawl(SPIDER)).state is RunState.FAILED
        site.pages |= directory(12)
        run = await scraper.crawl(SPIDER)
        assert (run.state, run.counters.records_new) == (RunState.DONE, 12)
        assert (await scraper.crawl(SPIDER)).counters.pages_spared == 12


def kept_since(body: str, moment: str) -> Page:
    """A page that answers validators, last changed at a moment of 2026 (`03-01`)."""
    stamp = format_datetime(datetime.fromisoformat(f"2026-{moment}T00:00:00Z"), usegmt=True)

    def page(asked: Asked) -> bytes:
        since = asked.header("if-modified-since")
        if since is not None and parsedate_to_datetime(since) >= parsedate_to_datetime(stamp):
            return answer(b"", status="304 Not Modified")
        return html(body, Last_Modified=stamp)

    return page


async def test_a_page_that_leads_elsewhere_by_now_is_not_taken_for_unchanged(tmp_path: Path, site: SampleSite) -> None:
    """A project that is gone, and whose address leads to a page that has been as it is for years."""
    site.pages |= directory(2) | {"/projets/1": kept_since("<h1>Un</h1>", "03-01")}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl(SPIDER)
        site.pages |= {"/projets/1": moved("/accueil"), "/accueil": kept_since("<h1>Accueil</h1>", "01-01")}
        run, _ = await crawled(scraper, site)
        assert (run.counters.records_changed, site.targets().count("/accueil")) == (1, 2)
        run, _ = await crawled(scraper, site)
        assert (run.counters.pages_unchanged, run.counters.records_unchanged) == (3, 2)
        assert site.targets().count("/accueil") == 1, "the page that it leads to is known by now"
        assert {record.values["titre"] for record in await scraper.records(SPIDER)} == {"Accueil", "Projet 2"}


@pytest.mark.parametrize("tag", ['"a\tb"', "\x7f", '"' + "x" * 7_500 + '"'])
async def test_a_validator_that_cannot_be_sent_back_costs_nothing_but_a_fetch(
    tmp_path: Path, site: SampleSite, tag: str
) -> None:
    site.pages |= directory(1)
    page = html("<h1>Un</h1>", ETag=tag)
    too_long = answer(b"", status="431 Request Header Fields Too Large")
    site.pages["/projets/1"] = lambda asked: page if len(asked.headers) < 4096 else too_long
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl(SPIDER)
        run, asked = await crawled(scraper, site)
        assert (run.complete, run.counters.pages_unchanged, asked) == (True, 2, ["/projets/1"])


async def test_a_post_is_made_without_validators(tmp_path: Path, site: SampleSite) -> None:
    """A site that goes by RFC 9110 (13.1.2) would refuse it for them. That nothing has changed is seen without."""
    rows = json_answer([{"id": 1}]).replace(b"\r\n", b'\r\nETag: "a"\r\n', 1)
    failed = answer(b"", status="412 Precondition Failed")
    site.pages["/api"] = lambda asked: rows if asked.header("if-none-match") is None else failed
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", method="POST", body={"q": "x"}))
        await scraper.crawl("essor-api")
        run = await scraper.crawl("essor-api")
        assert (run.complete, run.counters.pages_unchanged, run.counters.records_unchanged) == (True, 1, 1)
