"""A clock that jumps, or that is a day from the others': no lease holds for ever, and none is taken from the living."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from moisson_scraper.fetching.host_visits import HostTools
from moisson_scraper.fetching.page_fetcher import FetchTools
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.keeping.collections import COLLECTIONS, FEEDS, LOTS, RUNS, SPIDERS, KeptRun, PageLot, SpiderFeed
from moisson_scraper.keeping.feed_lease import FeedLease, LeaseLost, take_lease
from moisson_scraper.keeping.lease_watch import LeaseWatch
from moisson_scraper.keeping.lot_lease import LotLease, LotLost
from moisson_scraper.keeping.robots_shelf import StoredRobots
from moisson_scraper.new_run import new_run
from moisson_scraper.page_supply import PageSupply
from moisson_scraper.quota_book import QuotaBook
from moisson_scraper.reading.reading_process import ReadingLimits
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
from moisson_scraper.rendering.renderer import open_renderer
from moisson_scraper.run_attempt import RunRules
from moisson_scraper.run_spider import SpiderRunner, utc_now
from moisson_scraper.secret_book import SEALED, SecretBook
from moisson_shared.adapters.open_backends import open_host_budget
from moisson_shared.adapters.outbound_http import OutboundPolicy, outbound_client
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.adapters.sqlite_documents import SqliteDocuments
from moisson_shared.contracts.quota import Quota
from moisson_shared.contracts.run import RunOrder, RunState
from moisson_shared.ports.documents import Insert, Put, Stored
from tests.scraper.running_scraper import Scraper, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory
from tests.scraper.test_killed_again_and_again import told, undisturbed

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECONDS = 15.0


@dataclass
class Clock:
    """Both kinds of time, moved by hand; a jump moves the wall clock only."""

    wall: datetime = NOON
    ticks: float = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def passes(self, seconds: float) -> None:
        self.ticks += seconds
        self.wall += timedelta(seconds=seconds)

    def watch(self) -> LeaseWatch:
        return LeaseWatch(SECONDS, self.monotonic)


def a_feed(holder: str | None = None, ends: timedelta | None = None) -> SpiderFeed:
    expires = None if ends is None else NOON + ends
    return SpiderFeed(spider_id="s", partner="p", epoch="e", holder=holder, expires_at=expires)


@pytest.mark.parametrize(
    ("holder", "ends", "at_once", "after_watching"),
    [
        (None, None, True, True),
        ("other", timedelta(seconds=1), False, False),
        ("other", timedelta(seconds=SECONDS), False, False),
        ("other", timedelta(seconds=SECONDS + 59), False, False),
        ("other", timedelta(seconds=SECONDS + 61), False, True),
        ("other", DAY, False, True),
        ("other", 3650 * DAY, False, True),
        ("other", timedelta(0), True, True),
        ("other", timedelta(seconds=-59), True, True),
        ("other", timedelta(seconds=-61), False, True),
        ("other", -DAY, False, True),
    ],
)
def test_when_a_lease_is_free(holder: str | None, ends: timedelta | None, at_once: bool, after_watching: bool) -> None:
    clock = Clock()
    watch = clock.watch()
    lease = Stored("s", 7, a_feed(holder, ends))
    assert watch.is_free(lease, NOON) is at_once
    clock.ticks += SECONDS + 1
    assert watch.is_free(lease, NOON) is after_watching
    if ends is not None and abs(ends) >= DAY:
        clock.ticks += SECONDS - 1
        assert not watch.is_free(Stored("s", 8, lease.value), NOON), "its holder has renewed it"


async def a_store(folder: Path) -> SqliteDocuments:
    store = SqliteDocuments(folder / "store.sqlite")
    await store.open(COLLECTIONS)
    return store


async def taken(store: SqliteDocuments, name: str, watch: LeaseWatch, clock: Clock) -> FeedLease:
    lease = await take_lease(store, "s", name, watch, clock.now)
    assert lease is not None
    return lease


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_holder_that_lives_keeps_its_lease_whatever_the_clocks_say(tmp_path: Path, jump: timedelta) -> None:
    store, one, two = await a_store(tmp_path), Clock(), Clock(NOON + jump)
    await store.apply([Insert(FEEDS, a_feed())])
    watch = two.watch()
    held = await taken(store, "one", one.watch(), one)
    for _ in range(20):
        assert await take_lease(store, "s", "two", watch, two.now) is None
        for clock in (one, two):
            clock.passes(SECONDS / 3)
        await held.renew()
    await store.close()


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_dead_holders_lease_ends_soon_whatever_the_clocks_say(tmp_path: Path, jump: timedelta) -> None:
    store, one, two = await a_store(tmp_path), Clock(), Clock(NOON + jump)
    await store.apply([Insert(FEEDS, a_feed())])
    watch = two.watch()
    dead = await taken(store, "one", one.watch(), one)
    assert await take_lease(store, "s", "two", watch, two.now) is None
    two.passes(SECONDS + 1)
    new = await taken(store, "two", watch, two)
    assert new.token == dead.token + 1
    with pytest.raises(LeaseLost):
        await dead.renew()
    await new.renew()
    await store.close()


async def test_one_that_is_a_little_ahead_takes_over_too_early_and_the_first_one_can_write_no_more(
    tmp_path: Path,
) -> None:
    store, one, two = await a_store(tmp_path), Clock(), Clock(NOON + timedelta(seconds=30))
    await store.apply([Insert(FEEDS, a_feed())])
    first = await taken(store, "one", one.watch(), one)
    await taken(store, "two", two.watch(), two)
    with pytest.raises(LeaseLost):
        await first.write(lambda feed: (feed.last_seq + 1, [Put(FEEDS, a_feed())]))
    stored = await store.get(FEEDS, "s")
    assert stored is not None
    assert (stored.value.holder, stored.value.last_seq) == ("two", 0)
    await store.close()


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_lot_of_a_dead_worker_is_free_soon_whatever_the_clocks_say(tmp_path: Path, jump: timedelta) -> None:
    store, one, two = await a_store(tmp_path), Clock(), Clock(NOON + jump)
    lot = PageLot(key="r/1", run_id="r", spider_id="s", spider_version=1, requests="[]", seconds=9, retries_left=1)
    await store.apply([Insert(LOTS, lot)])
    watch = two.watch()

    async def lease_of(clock: Clock) -> tuple[LotLease, bool]:
        stored = await store.get(LOTS, "r/1")
        assert stored is not None
        return LotLease(store, stored, "w", SECONDS, clock.now, clock.monotonic), watch.is_free(stored, two.now())

    dead, _ = await lease_of(one)
    await dead.take()
    for _ in range(5):
        assert (await lease_of(two))[1] is False
        for clock in (one, two):
            clock.passes(10)
        assert await dead.renew(5)
        assert not await dead.renew(5), "it has been renewed just now"
    assert (await lease_of(two))[1] is False
    two.passes(SECONDS + 1)
    new, free = await lease_of(two)
    assert free
    await new.take()
    with pytest.raises(LotLost):
        await dead.renew(0)
    await store.close()


async def test_robots_txt_is_not_kept_until_a_day_that_was_never_near(tmp_path: Path) -> None:
    store, clock = await a_store(tmp_path), Clock(NOON + 365 * DAY)
    shelf = StoredRobots(store, clock.now)
    await shelf.keep("http://s.example", "User-agent: *", 3600)
    assert await shelf.read("http://s.example") == ("User-agent: *", 3600)
    clock.wall = NOON
    assert await shelf.read("http://s.example") is None
    await shelf.keep("http://s.example", None, 3600)
    assert await shelf.read("http://s.example") == (None, 3600)
    await store.close()


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
