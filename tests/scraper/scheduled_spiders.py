"""Spiders with schedules in a store, a clock that tests move, and leaders that fire them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from moisson_scraper.keeping.collections import COLLECTIONS, RUNS, SPIDERS, KeptRun
from moisson_scraper.scheduling.fire_due import DueFirings
from moisson_scraper.scheduling.leader_lease import LEADERSHIPS, Candidate, LeaderLease, LeadershipLost
from moisson_scraper.scheduling.plan_schedule import schedule_operations
from moisson_scraper.scheduling.schedule_state import SCHEDULE_STATES, ScheduleState
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentStore, Equal, Find, Put

DAILY: dict[str, Any] = {"kind": "cron", "expression": "0 3 * * *", "time_zone": "UTC", "jitter_seconds": 0}
ADAPTIVE: dict[str, Any] = {"kind": "adaptive", "least_hours": 12, "most_hours": 48}
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    """Time that tests move."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def goes(self, **by: float) -> None:
        self.now += timedelta(**by)


def a_spider(spider: str = "s", schedule: dict[str, Any] | None = None, **changed: Any) -> SpiderConfig:
    named = {"id": spider, "partner": "p", "name": "S", "identity": {"kind": "content"}, "version": 1}
    source = {"kind": "file", "url": "https://s.example/f.csv"}
    return SpiderConfig.model_validate(named | {"source": source, "schedule": schedule or DAILY} | changed)


class Schedules:
    """A store with spiders, as saving and leading change it."""

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.told: list[str] = []

    async def save(self, *spiders: SpiderConfig) -> None:
        for spider in spiders:
            kept = await self.store.get(SCHEDULE_STATES, spider.id)
            operations = schedule_operations(kept, spider, self.clock(), 0)
            await self.store.apply([Put(SPIDERS, spider), *operations])

    def firings(self, clock: Callable[[], datetime] | None = None) -> DueFirings:
        async def tell(run: str) -> None:
            self.told.append(run)

        return DueFirings(self.store, tell, clock or self.clock, lambda: 0)

    async def lease(self) -> LeaderLease:
        """Taken at once, whoever holds it."""
        lease = await Candidate(self.store, "h", 0).take()
        assert lease is not None
        return lease

    async def fire(self) -> int:
        """As a leader does it at every beat; gives the number of runs that have begun."""
        lease, firings = await self.lease(), self.firings()
        begun = await firings.fire(lease)
        await firings.tend(lease)
        return begun

    async def state(self, spider: str = "s") -> ScheduleState:
        stored = await self.store.get(SCHEDULE_STATES, spider)
        assert stored is not None
        return stored.value

    async def skipped(self, spider: str = "s") -> dict[str, int]:
        return {one.code: one.count for one in (await self.state(spider)).skipped}

    async def runs(self, spider: str = "s") -> list[KeptRun]:
        found = await self.store.find(RUNS, Find((Equal("spider_id", spider),), limit=500))
        return [stored.value for stored in found.items]

    async def end_runs(self, state: RunState = RunState.DONE, **changed: Any) -> None:
        """Whatever is going on has ended."""
        for stored in (await self.store.find(RUNS, Find(limit=500))).items:
            if stored.value.active_of is not None:
                ended = {"state": state, "active_of": None, "finished_at": self.clock(), **changed}
                await self.store.apply([Put(RUNS, stored.value.model_copy(update=ended))])


@asynccontextmanager
async def schedules_over(url: str) -> AsyncIterator[Schedules]:
    store = open_documents(url)
    await store.open((*COLLECTIONS, SCHEDULE_STATES, LEADERSHIPS))
    try:
        yield Schedules(store, Clock())
    finally:
        await store.close()


async def in_time(condition: Any, seconds: float = 20) -> Any:
    """What the condition gives, once it gives something."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await condition():
                return found
            await asyncio.sleep(0.02)


def at(day: int, hour: int = 3) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


async def contend(schedules: Schedules, leaders: int) -> None:
    """Leaders who take the lease from each other all the time, and whose clocks differ by hours."""

    async def lead(number: int) -> None:
        firings = schedules.firings(Clock(schedules.clock() + timedelta(hours=number)))
        for _ in range(4):
            lease = await Candidate(schedules.store, f"h{number}", 0).take()
            if lease is not None:
                with suppress(LeadershipLost):
                    await firings.fire(lease)
            await schedules.end_runs()

    await asyncio.gather(*(lead(number) for number in range(leaders)))


async def race(schedules: Schedules) -> None:
    """Three moments, and a run for each whoever wins; runs end at once, so that nothing else prevents a second one."""
    names = [f"s{number}" for number in range(12)]
    await schedules.save(*(a_spider(name) for name in names))
    for day in (3, 4, 5):
        schedules.clock.now = at(day)
        await contend(schedules, 4)
        await schedules.fire()
        assert [len(await schedules.runs(name)) for name in names] == [day - 2] * len(names)
        await schedules.end_runs()
    assert sorted(schedules.told) == sorted([run.id for name in names for run in await schedules.runs(name)])
