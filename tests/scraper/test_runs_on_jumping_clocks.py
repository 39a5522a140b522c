"""Runs over clocks that jump or are a day apart: nobody comes in between, the dead are taken over, records right."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from moisson_scraper.fetching.host_visits import HostTools
from moisson_scraper.fetching.page_fetcher import FetchTools
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.keeping.collections import COLLECTIONS, RUNS, SPIDERS, KeptRun
from moisson_scraper.keeping.robots_shelf import StoredRobots
from moisson_scraper.quota_book import QuotaBook
from moisson_scraper.reading.reading_process import ReadingLimits
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
from moisson_scraper.rendering.renderer import open_renderer
from moisson_scraper.running.new_run import new_run
from moisson_scraper.running.page_supply import PageSupply
from moisson_scraper.running.run_attempt import RunRules
from moisson_scraper.running.run_spider import SpiderRunner, utc_now
from moisson_scraper.secret_book import SEALED, SecretBook
from moisson_shared.adapters.open_backends import open_host_budget
from moisson_shared.adapters.outbound_http import OutboundPolicy, outbound_client
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.adapters.sqlite_documents import SqliteDocuments
from moisson_shared.contracts.quota import Quota
from moisson_shared.contracts.run import RunOrder, RunState
from moisson_shared.ports.documents import Insert
from tests.scraper.running_scraper import Scraper, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory
from tests.scraper.test_killed_again_and_again import told, undisturbed

DAY = timedelta(days=1)


@asynccontextmanager
async def a_runner(
    folder: Path, site: SampleSite, holder: str, ahead: timedelta
) -> AsyncIterator[tuple[SpiderRunner, SqliteDocuments]]:
    """One process's runner and its store, over a clock that is ahead of the true time."""

    def now() -> datetime:
        return utc_now() + ahead

    store = SqliteDocuments(folder / "scraper.sqlite")
    await store.open(COLLECTIONS)
    policy = OutboundPolicy(allow=(site.address,))
    slots = open_host_budget("in-process:", 4)
    processes = ReadingProcesses(ReadingLimits())
    async with outbound_client(policy) as client:
        robots = RobotsBook(client, slots, StoredRobots(store, now), retry_seconds=0.02)
        tools = FetchTools(client, HostTools(slots, robots, 0.02), processes)
        supply = PageSupply(
            store, tools, open_renderer(policy, mode="off"), SecretBook(store, Sealer(None, SEALED)), now
        )
        quotas = QuotaBook(store, Quota(), now)
        try:
            yield (
                SpiderRunner(store, supply, quotas, holder, RunRules(lease_seconds=1.0, progress_seconds=0.05), now),
                store,
            )
        finally:
            await processes.close()
            await slots.close()
            await store.close()


async def tries(runner: SpiderRunner, run_id: str) -> KeptRun:
    """As hints and the sweep do it: again and again, until the run is at its end by this runner."""
    while True:
        run = await runner.run(run_id)
        if run is not None:
            return run
        await asyncio.sleep(0.1)


async def records(scraper: Scraper, spider: str) -> list[tuple[object, ...]]:
    return [told(record) for record in (await scraper.feed(spider))[0]]


@pytest.mark.parametrize("ahead", [DAY, -DAY])
async def test_two_processes_whose_clocks_disagree_by_a_day(tmp_path: Path, site: SampleSite, ahead: timedelta) -> None:
    site.pages |= directory(120)
    (tmp_path / "calm").mkdir()
    expected = await undisturbed(tmp_path / "calm", site)
    site.delay = 0.05
    spider = html_spider(site)
    async with (
        running_scraper(tmp_path, site, works=False) as scraper,
        a_runner(tmp_path, site, "one", timedelta(0)) as (one, _),
        a_runner(tmp_path, site, "two", ahead) as (two, _),
    ):
        await scraper.save(spider)
        run = await scraper.start(spider["id"])
        working = asyncio.create_task(tries(one, run.id))
        await scraper.fetched(run.id, 1)
        waiting = asyncio.create_task(tries(two, run.id))
        ended = await working
        waiting.cancel()
        assert (ended.state, ended.complete) == (RunState.DONE, True)
        assert await records(scraper, spider["id"]) == expected
        pages = [target for target in site.targets() if target != "/robots.txt"]
        assert sorted(pages) == sorted(set(pages)), "nobody came in between"


@pytest.mark.parametrize("ahead", [DAY, -DAY])
async def test_the_run_of_a_dead_process_is_taken_over_by_one_whose_clock_disagrees(
    tmp_path: Path, site: SampleSite, ahead: timedelta
) -> None:
    site.pages |= directory(60)
    (tmp_path / "calm").mkdir()
    expected = await undisturbed(tmp_path / "calm", site)
    site.delay = 0.05
    spider = html_spider(site)
    async with (
        running_scraper(tmp_path, site, works=False) as scraper,
        a_runner(tmp_path, site, "one", ahead) as (one, store),
        a_runner(tmp_path, site, "two", timedelta(0)) as (two, _),
    ):
        await scraper.save(spider)
        run = await scraper.start(spider["id"])
        dying = asyncio.create_task(one.run(run.id))
        await scraper.fetched(run.id, 20)
        await store.close()  # it can write nothing more, the giving back of its lease included
        assert await dying is None
        async with asyncio.timeout(10):
            ended = await tries(two, run.id)
        assert (ended.state, ended.complete) == (RunState.DONE, True)
        assert await records(scraper, spider["id"]) == expected


async def test_a_leader_that_is_taken_over_too_early_stops_and_the_records_are_right(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(60)
    (tmp_path / "calm").mkdir()
    expected = await undisturbed(tmp_path / "calm", site)
    site.delay = 0.05
    spider = html_spider(site)
    async with (
        running_scraper(tmp_path, site, works=False) as scraper,
        a_runner(tmp_path, site, "one", timedelta(0)) as (one, _),
        a_runner(tmp_path, site, "two", timedelta(seconds=30)) as (two, _),
    ):
        await scraper.save(spider)
        run = await scraper.start(spider["id"])
        first = asyncio.create_task(one.run(run.id))
        await scraper.fetched(run.id, 20)
        ended = await two.run(run.id)
        assert await first is None
        assert ended is not None
        assert (ended.state, ended.complete, ended.token) == (RunState.DONE, True, 2)
        assert await records(scraper, spider["id"]) == expected


async def test_runs_and_visits_from_the_future_hold_nothing_up(tmp_path: Path, site: SampleSite) -> None:
    """The clock was a year ahead for one run, and then was put right."""
    site.pages |= directory(12)
    spider = html_spider(site, politeness={"delay": 0, "revisit_hours": 24})
    async with running_scraper(tmp_path, site, works=False) as scraper:
        await scraper.save(spider)
        ended: list[KeptRun] = []
        for ahead, projects in ((365 * DAY, 12), (timedelta(0), 11), (timedelta(0), 12)):
            site.pages |= directory(projects)
            async with a_runner(tmp_path, site, f"after {len(ended)}", ahead) as (runner, store):
                config = await store.get(SPIDERS, spider["id"])
                assert config is not None
                run = new_run(config.value, RunOrder(), "ada", utc_now() + ahead)
                await store.apply([Insert(RUNS, run)])
                ended.append(await tries(runner, run.id))
        assert [run.complete for run in ended] == [True, True, True]
        assert all(0 <= run.active_seconds < 60 for run in ended)
        spared = [run.counters.pages_spared for run in ended]
        assert spared[:2] == [0, 0], "what was visited in the future is asked for again"
        assert spared[2] >= 11
        alive = await scraper.records(spider["id"])
        assert len(alive) == 12
        changes = [(run.counters.records_new, run.counters.records_gone) for run in ended[:2]]
        assert changes == [(12, 0), (0, 1)]
