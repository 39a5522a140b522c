"""One process among all that work fires the schedules: elected by a lease, with APScheduler waiting for what is due.

APScheduler compares moments with a clock that may jump, and a job that waits for an hour ago waits on after a jump
back. So the beat, which goes by a clock that only goes forward, renews the lease and plans the next job anew each time;
a moment that has passed is fired at once, and what was missed is ours to count, not the scheduler's.
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from moisson_scraper.scheduling.fire_due import DueFirings
from moisson_scraper.scheduling.leader_lease import Candidate, LeaderLease, LeadershipLost
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.ports.documents import DocumentStore

_JOB = "due"
_BEATS_PER_LEASE = 5
_BEATS_TO_BE_DEAD = 3
"""Two more go by before a follower has seen the last sign of life, and has looked again."""


class ScheduleLeader:
    """Would lead from `start` to `stop`; after a leader's death another process leads within `lease_seconds`."""

    def __init__(self, store: DocumentStore, firings: DueFirings, holder: str, lease_seconds: float) -> None:
        self._beat = lease_seconds / _BEATS_PER_LEASE
        self._candidate = Candidate(store, holder, self._beat * _BEATS_TO_BE_DEAD)
        self._firings = firings
        self._standing: asyncio.Task[None] | None = None
        self._firing = asyncio.Lock()

    def start(self) -> None:
        """Begins to stand for election."""
        self._standing = asyncio.create_task(self._stand())

    async def stop(self) -> None:
        """Gives the lease back, if it is held; safe to repeat."""
        if self._standing is not None:
            self._standing.cancel()
            await asyncio.gather(self._standing, return_exceptions=True)
            self._standing = None

    async def _stand(self) -> None:
        log = structlog.get_logger()
        while True:
            try:
                lease = await self._candidate.take()
                if lease is not None:
                    log.info("fires the schedules", token=lease.token)
                    await self._lead(lease)
            except LeadershipLost as error:
                log.warning("leadership lost", reason=str(error))
            except MoissonError as error:
                log.warning("schedules", reason=str(error))
            except Exception:
                # What nobody foresaw is told at every beat; schedules that stop in silence would be worse.
                log.exception("schedules")
            await asyncio.sleep(self._beat)

    async def _lead(self, lease: LeaderLease) -> None:
        """Until the lease is lost, or the store is away: then it may be lost, and is stood for again."""
        scheduler: Any = AsyncIOScheduler(timezone="UTC")
        scheduler.start()
        try:
            await self._adopt(lease)
            while True:
                await lease.renew()
                await self._firings.tend(lease)
                self._plan(scheduler, lease, await self._firings.next_at())
                await asyncio.sleep(self._beat)
        finally:
            scheduler.pause()
            async with self._firing:
                scheduler.shutdown(wait=False)
            with suppress(MoissonError, LeadershipLost):
                await lease.release()

    async def _adopt(self, lease: LeaderLease) -> None:
        log = structlog.get_logger()
        try:
            await self._firings.adopt(lease)
        except (MoissonError, LeadershipLost):
            raise
        except Exception:
            # Those that have a state fire all the same.
            log.exception("spiders not looked through for new schedules")

    def _plan(self, scheduler: Any, lease: LeaderLease, moment: datetime | None) -> None:
        """One job for the next moment that is due; what comes after it is planned at the next beat."""
        if moment is None or self._firing.locked():
            return
        scheduler.add_job(
            self._fire,
            "date",
            run_date=moment,
            args=(lease,),
            id=_JOB,
            replace_existing=True,
            misfire_grace_time=None,
        )

    async def _fire(self, lease: LeaderLease) -> None:
        async with self._firing:
            try:
                await self._firings.fire(lease)
            except (MoissonError, LeadershipLost) as error:
                structlog.get_logger().warning("schedules not fired", reason=str(error))
