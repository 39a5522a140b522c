"""`kill -9` at random moments of a run: no accepted write is lost, and the next start goes on."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from moisson_shared.contracts.raw_record import RawRecord
from moisson_shared.contracts.run import CrawlRun, RunState
from tests.scraper.running_scraper import People, html_spider, issuer_site, running_scraper
from tests.scraper.sample_site import SampleSite, directory, html
from tests.scraper.scraper_process import ScraperProcess

PROJECTS = 80
KILLS = 4
"""Two in the first run, two in the second: each start of a process costs seconds, and the moments are drawn anew."""


@asynccontextmanager
async def a_process(folder: Path, site: SampleSite, **settings: str) -> AsyncIterator[ScraperProcess]:
    people = People()
    async with issuer_site(people) as neighbours:
        process = ScraperProcess(folder, people, neighbours, site, settings)
        try:
            yield process
        finally:
            await process.kill()


def told(record: RawRecord) -> tuple[object, ...]:
    """What of a record must not depend on when it was written."""
    return record.key, record.ordinal, record.seq, record.deleted, record.values, record.content_hash


def changed(site: SampleSite) -> None:
    """The site of the second run: some projects changed, some gone, some new."""
    site.pages |= directory(PROJECTS + 10)
    for n in range(5, PROJECTS, 9):
        site.pages[f"/projets/{n}"] = html(f"<h1>Autre titre {n}</h1>")
    listing = bytes(site.pages["/projets"])  # type: ignore[arg-type]  # it is written as bytes
    site.pages["/projets"] = listing.replace(b'class="card"', b'class="gone"', 3)


@pytest.mark.timeout(300)
async def test_killed_again_and_again_the_records_are_those_of_an_undisturbed_run(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(PROJECTS)
    spider = html_spider(site)
    (tmp_path / "calm").mkdir()
    async with running_scraper(tmp_path / "calm", site) as calm:
        await calm.save(spider)
        await calm.crawl(spider["id"])
        changed(site)
        undisturbed = await calm.crawl(spider["id"])
        expected = [told(record) for record in (await calm.feed(spider["id"]))[0]]
    site.pages.clear()
    site.pages |= directory(PROJECTS)

    chance = random.Random(20261123)
    site.delay = 0.1  # so that a run lasts longer than the kills wait
    async with a_process(tmp_path, site) as scraper:
        await scraper.start()
        await scraper.save(spider)
        run_id = (await scraper.send("POST", f"/v1/spiders/{spider['id']}/runs")).json()["id"]
        await kill_during(scraper, run_id, chance, KILLS // 2)
        first = await scraper.ended(run_id)
        assert first.complete
        # What was written before a kill is found unchanged by the attempt that ends the run.
        assert first.counters.records_new + first.counters.records_unchanged == PROJECTS

        changed(site)
        run_id = (await scraper.send("POST", f"/v1/spiders/{spider['id']}/runs")).json()["id"]
        await kill_during(scraper, run_id, chance, KILLS - KILLS // 2)
        run = await scraper.ended(run_id)
        assert [told(record) for record in (await scraper.feed(spider["id"]))[0]] == expected
        again = {"pages_fetched", "pages_found", "items"}
        assert run.counters.model_dump(include=again) == undisturbed.counters.model_dump(include=again)


async def kill_during(scraper: ScraperProcess, run_id: str, chance: random.Random, times: int) -> None:
    """Kills while the run is going on. No record that the feed has told is lost or goes back to an earlier state; it
    may have gone on, for the run writes between the reading and the kill."""
    for _ in range(times):
        run = await going_on(scraper, run_id)
        assert not run.state.final
        await asyncio.sleep(chance.uniform(0.0, 0.6))
        before = await states(scraper)
        await scraper.kill()
        await scraper.start()
        after = await states(scraper)
        assert before.keys() <= after.keys()
        for record, (seq, content) in before.items():
            assert after[record][0] > seq or after[record] == (seq, content)


async def states(scraper: ScraperProcess) -> dict[tuple[str, int], tuple[int, str]]:
    """Where each record stands in the feed, and its content."""
    records = (await scraper.feed("essor-projets"))[0]
    return {(record.key, record.ordinal): (record.seq, record.content_hash) for record in records}


async def begun(scraper: ScraperProcess, run_id: str) -> None:
    async with asyncio.timeout(20):
        while True:
            if (await scraper.run(run_id)).state is RunState.RUNNING:
                return
            await asyncio.sleep(0.02)


async def going_on(scraper: ScraperProcess, run_id: str) -> CrawlRun:
    async with asyncio.timeout(20):
        while True:
            run = await scraper.run(run_id)
            if run.state.final or (run.state is RunState.RUNNING and run.counters.pages_fetched > 0):
                return run
            await asyncio.sleep(0.02)


@pytest.mark.timeout(240)
async def test_a_stopped_process_puts_its_run_back_and_the_next_one_does_it(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(40)
    site.delay = 0.05
    async with a_process(tmp_path, site, LEASE_SECONDS="60") as scraper:
        await scraper.start()
        await scraper.save(html_spider(site))
        run_id = (await scraper.send("POST", "/v1/spiders/essor-projets/runs")).json()["id"]
        await going_on(scraper, run_id)
        assert await scraper.stop() == 0
        site.delay = 0.0
        await scraper.start()
        # The lease was given back: nobody waits for the sixty seconds.
        run = await scraper.ended(run_id)
        assert run.complete
        assert run.counters.records_new == 40


@pytest.mark.timeout(240)
async def test_a_run_that_kills_its_process_each_time_is_given_up(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(40)
    site.delay = 30  # it never comes to a page; a run that comes farther each time is not given up
    async with a_process(tmp_path, site, MOST_ATTEMPTS="2", LEASE_SECONDS="0.3") as scraper:
        await scraper.start()
        await scraper.save(html_spider(site))
        run_id = (await scraper.send("POST", "/v1/spiders/essor-projets/runs")).json()["id"]
        for _ in range(2):
            await begun(scraper, run_id)
            await scraper.kill()
            await scraper.start()
        run = await scraper.ended(run_id)
        assert run.state is RunState.FAILED
        assert run.error == "The run was begun 2 times and never came to its end."
