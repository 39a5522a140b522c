"""Of one run: charges what it counts to its partner's usage, once, and says when it is to be paused.

The run's counters are the truth. What of them stands in the usage already is a document of its own, written in one
batch with the usage; so a run that is begun again, counts from nothing, or is counted by two processes is charged once.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from moisson_scraper.crawling.run_outcome import RunOutcome
from moisson_scraper.keeping.collections import KeptRun
from moisson_scraper.keeping.tenancy import CHARGES, USAGE, DayUsage, RunCharge, usage_key
from moisson_scraper.quota_book import QuotaBook, Used, of_run, over
from moisson_shared.contracts.errors import Unavailable, VersionConflict
from moisson_shared.contracts.run import RunCounters
from moisson_shared.ports.documents import DeleteWhere, Operation, Range, Replace, Stored

DOCUMENTS_SECONDS = 60.0
"""How often what is kept is counted during a run: it takes longer than the rest."""
KEPT_DAYS = 90
_TRIES = 100


class QuotaGuard:
    """Made for one attempt. `clock` gives seconds that never go back."""

    def __init__(self, book: QuotaBook, run: KeptRun, clock: Callable[[], float]) -> None:
        self._book = book
        self._run = run
        self._partner = run.partner
        self._run_id = run.id
        self._clock = clock
        self._charged: Stored[RunCharge] | None = None
        self._documents: int | None = None
        self._counted_at: float | None = None

    async def begin(self) -> RunOutcome | None:
        """Before the first page: counts the run, if it was not yet. How it is to be paused instead, if it is."""
        for _ in range(_TRIES):
            self._charged = await self._book.store.get(CHARGES, self._run_id)
            usage = await self._book.today(self._partner)
            if (paused := await self._over(usage.value, begins=self._charged is None)) is not None:
                return paused
            if (
                self._charged is not None
                or await self._written(usage, RunCharge(run_id=self._run_id), runs=1) is not None
            ):
                return None
            await asyncio.sleep(0.01)
        raise Unavailable("the usage of this partner is being written by many: try again")

    async def verdict(self, counters: RunCounters) -> RunOutcome | None:
        """Charges what was counted; how the run is to be paused, once a quota is used up."""
        return await self._over(await self.charge(counters), begins=False)

    async def charge(self, counters: RunCounters) -> DayUsage:
        """Charges what was counted since; what was used today, this included."""
        from_archive = self._run.order.reread_of is not None  # whose pages were charged when they were asked for
        pages, size = (0, 0) if from_archive else (asked_for(counters), counters.bytes_fetched)
        for _ in range(_TRIES):
            usage = await self._book.today(self._partner)
            known = self._charged.value if self._charged is not None else RunCharge(run_id=self._run_id)
            more = RunCharge(run_id=self._run_id, pages=max(pages, known.pages), bytes=max(size, known.bytes))
            if more == known:
                return usage.value
            if (written := await self._written(usage, more)) is not None:
                return written
            await asyncio.sleep(0.01)
            self._charged = await self._book.store.get(CHARGES, self._run_id)
        raise Unavailable("the usage of this partner is being written by many: try again")

    async def _written(self, usage: Stored[DayUsage], charge: RunCharge, runs: int = 0) -> DayUsage | None:
        """The usage with the charge, once it is written; None when somebody wrote at the same moment."""
        known = self._charged or Stored(self._run_id, 0, RunCharge(run_id=self._run_id))
        day = usage.value
        added = {
            "runs": day.runs + runs,
            "pages": day.pages + charge.pages - known.value.pages,
            "bytes": day.bytes + charge.bytes - known.value.bytes,
        }
        now_used = day.model_copy(update=added)
        operations: list[Operation] = [
            Replace(USAGE, now_used, usage.version),
            Replace(CHARGES, charge, known.version),
        ]
        if usage.version == 0:
            first, long_ago = f"{self._partner}@", usage_key(self._partner, day.day - timedelta(days=KEPT_DAYS))
            operations.append(DeleteWhere(USAGE, (Range("place", at_least=first, below=long_ago),)))
        try:
            applied = await self._book.store.apply(operations)
        except VersionConflict:
            return None
        self._charged = Stored(self._run_id, applied.versions[CHARGES.name, self._run_id], charge)
        return now_used

    async def _over(self, day: DayUsage, *, begins: bool) -> RunOutcome | None:
        limits = of_run(await self._book.limits(self._partner), self._run)
        if limits.documents is None:
            self._documents = self._counted_at = None
        elif self._counted_at is None or self._clock() - self._counted_at > DOCUMENTS_SECONDS:
            self._documents = await self._book.documents(self._partner)
            self._counted_at = self._clock()
        return over(limits, Used(day, self._documents), begins=begins)


def asked_for(counters: RunCounters) -> int:
    """Pages that were asked for: had, found unchanged, or failed."""
    return counters.pages_fetched + counters.pages_unchanged + counters.pages_failed
