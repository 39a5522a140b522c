"""What the leader does with what is due: begins runs, each in one batch with its own right to do so.

A batch replaces the lease's document and the schedule's state under their versions, expects the spider in the version
that was read, and inserts the run, which is unique among those that are not at their end. So whatever leaders, their
clocks and the people who save spiders do at the same moment, a moment that is due begins one run at most.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import structlog

from moisson_scraper.keeping.collections import RUNS, SPIDERS, KeptRun
from moisson_scraper.running.new_run import new_run
from moisson_scraper.scheduling.leader_lease import LeaderLease, LeadershipLost
from moisson_scraper.scheduling.schedule_state import (
    CLOCK_TOLERANCE,
    GOING_ON,
    PAUSED,
    SCHEDULE_STATES,
    ScheduleState,
    considered,
    fired,
    planned,
    put_right,
    skipped,
)
from moisson_shared.contracts.errors import AlreadyExists, MoissonError, VersionConflict
from moisson_shared.contracts.run import RunOrder, RunState
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import (
    Condition,
    Delete,
    DocumentStore,
    Equal,
    Exists,
    Expect,
    Find,
    Insert,
    Operation,
    Order,
    Range,
    Replace,
    Stored,
)

REQUESTED_BY = "schedule"
_AT_ONCE = 100
_MOST_CONSIDERED = 50
"""Runs between two firings of an adaptive schedule; of more, the newest."""


class DueFirings:
    """The use cases of the leader. `now` is the clock, `chance` a number from 0 to 1, `tell` hears of new runs."""

    def __init__(
        self,
        store: DocumentStore,
        tell: Callable[[str], Awaitable[None]],
        now: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._store = store
        self._tell = tell
        self._now = now
        self._chance = chance

    async def next_at(self) -> datetime | None:
        """When there will be something to fire; None while nothing is planned."""
        find = Find((Exists("next_at"),), (Order("next_at"),), limit=1)
        found = (await self._store.find(SCHEDULE_STATES, find)).items
        return found[0].value.next_at if found else None

    async def fire(self, lease: LeaderLease) -> int:
        """Fires everything that is due, and says how many runs have begun. Raises `LeadershipLost`, `Unavailable`."""
        log = structlog.get_logger()
        now = self._now()
        begun = 0
        async for stored in self._states((Range("next_at", at_most=now),)):
            try:
                begun += await self._fire_one(lease, stored, now)
            except (MoissonError, LeadershipLost):
                raise
            except Exception:
                # A spider that another version of the software has written, say: it must not stop all others.
                log.exception("schedule not fired", spider=stored.key)
        return begun

    async def tend(self, lease: LeaderLease) -> None:
        """Puts right what a wrong clock has planned, and lets adaptive intervals hear of runs that have ended."""
        now = self._now()
        async for stored in self._states((Range("reckoned_at", above=now + CLOCK_TOLERANCE), Exists("next_at"))):
            await self._written(lease, stored, put_right(stored.value, now, self._chance()))
        # What is due already fires first; the interval hears of this run with the next one.
        async for stored in self._states((Exists("awaited_run"), Range("next_at", above=now))):
            run = await self._store.get(RUNS, stored.value.awaited_run or "")
            if run is None or run.value.state.final:
                heard = await self._ended_since(stored.value)
                await self._written(lease, stored, considered(stored.value, heard, now))

    async def adopt(self, lease: LeaderLease) -> None:
        """Gives a state to spiders that were saved before there were any."""
        after: str | None = None
        while True:
            page = await self._store.find(SPIDERS, Find(limit=_AT_ONCE, after=after))
            states = await self._store.get_many(SCHEDULE_STATES, [stored.key for stored in page.items])
            for stored in page.items:
                if stored.key not in states and stored.value.schedule is not None:
                    await self._adopt_one(lease, stored)
            after = page.next
            if after is None:
                return

    async def _adopt_one(self, lease: LeaderLease, stored: Stored[SpiderConfig]) -> None:
        state = planned(stored.value, None, self._now(), self._chance())
        if state is not None:
            expected = Expect(SPIDERS, stored.key, stored.version)
            await self._applied(lease, [expected, Insert(SCHEDULE_STATES, state)])

    async def _fire_one(self, lease: LeaderLease, stored: Stored[ScheduleState], now: datetime) -> bool:
        state = stored.value
        spider = await self._store.get(SPIDERS, state.spider_id)
        if spider is None:
            await self._applied(lease, [Delete(SCHEDULE_STATES, stored.key, stored.version)])
            return False
        run = new_run(spider.value, RunOrder(), REQUESTED_BY, now, "schedule")
        going_on = await self._going_on(state.spider_id)
        if going_on is not None:
            reason = PAUSED if going_on.state is RunState.PAUSED else GOING_ON
            await self._written(lease, stored, skipped(state, reason, now, self._chance()))
            return False
        next_state = fired(state, run, now, self._chance())
        expected = Expect(SPIDERS, spider.key, spider.version)
        begun = await self._applied(
            lease, [expected, Insert(RUNS, run), Replace(SCHEDULE_STATES, next_state, stored.version)]
        )
        if begun:
            structlog.get_logger().info("schedule fired", spider=spider.key, run=run.id, token=lease.token)
            await self._tell(run.id)
        return begun

    async def _going_on(self, spider_id: str) -> KeptRun | None:
        found = (await self._store.find(RUNS, Find((Equal("active_of", spider_id),), limit=1))).items
        return found[0].value if found else None

    async def _ended_since(self, state: ScheduleState) -> tuple[KeptRun, ...]:
        where: tuple[Condition, ...] = (Equal("spider_id", state.spider_id),)
        if state.considered_at is not None:
            where = (*where, Range("queued_at", above=state.considered_at))
        find = Find(where, (Order("queued_at", descending=True),), limit=_MOST_CONSIDERED)
        newest_first = (await self._store.find(RUNS, find)).items
        return tuple(stored.value for stored in reversed(newest_first) if stored.value.state.final)

    async def _states(self, where: tuple[Condition, ...]) -> AsyncIterator[Stored[ScheduleState]]:
        """By key, so that none is passed over while they are written."""
        after: str | None = None
        while True:
            page = await self._store.find(SCHEDULE_STATES, Find(where, limit=_AT_ONCE, after=after))
            for stored in page.items:
                yield stored
            after = page.next
            if after is None:
                return

    async def _written(self, lease: LeaderLease, stored: Stored[ScheduleState], state: ScheduleState) -> None:
        await self._applied(lease, [Replace(SCHEDULE_STATES, state, stored.version)])

    async def _applied(self, lease: LeaderLease, operations: list[Operation]) -> bool:
        """Whether it was written; not where somebody else was faster with the spider: the next look sees to it."""
        try:
            await lease.write(operations)
        except (AlreadyExists, VersionConflict):
            return False
        return True
