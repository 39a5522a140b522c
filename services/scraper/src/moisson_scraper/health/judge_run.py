"""Whether what a run found may replace what is known. Pure rules, and the look-up of the runs they compare with."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from statistics import median

from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.crawling.run_outcome import RunOutcome, quarantined
from moisson_scraper.health.broken_expectations import SMALL, Baseline, broken_expectations, fallen_below, within_bounds
from moisson_scraper.keeping.collections import RUN_STATISTICS, RUNS, KeptRun, RunStatistics
from moisson_scraper.stated_fields import possible_fields
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentReader, Equal, Find, Order, Range

BASELINE_RUNS = 5
"""The last good ones, back to the last that a person has accepted; fewer than two others say nothing."""
_AT_ONCE = 40


def baseline_of(
    runs: Sequence[RunStatistics], possible: frozenset[str] | None, *, accepted: bool = False
) -> Baseline | None:
    """None where there are not enough runs to learn from; `accepted`: a person said of one of them that it is right.

    Of fields only those that are `possible`: one that the spider does not take any more is missed by nobody.
    """
    if len(runs) < (1 if accepted else 2):
        return None
    names = {field.name for run in runs for field in run.fields if possible is None or field.name in possible}
    fill = {name: median(_fill(run, name) for run in runs) for name in names}
    return Baseline(median(run.items for run in runs), fill)


def _fill(run: RunStatistics, name: str) -> float:
    filled = next((field.filled for field in run.fields if field.name == name), 0)
    return filled / run.items if run.items else 0.0


class Judgement:
    """Of one run, over the store that keeps the others."""

    def __init__(self, store: DocumentReader, spider: SpiderConfig, run_id: str) -> None:
        self._store = store
        self._spider = spider
        self._run_id = run_id

    async def of(self, ledger: RunLedger, *, part: bool = False) -> RunOutcome | None:
        """Quarantine, with the reasons; None for a healthy run. Of one that was to end early (`part`) only its fields
        are judged: how many records there are it does not say."""
        stated = self._spider.expectations
        told = broken_expectations(stated, ledger.fields)
        enough = not part or ledger.fields.items >= SMALL
        if stated.learn and enough and (baseline := await self.baseline()) is not None:
            told += fallen_below(baseline, stated.tolerance, ledger.fields)
        if part:
            told = [one for one in told if one.field is not None and ledger.fields.items]
        return quarantined(within_bounds(told)) if told else None

    async def misses_keys(self, ledger: RunLedger, retry_of: str | None) -> bool:
        """Whether more items are without a key than in the last run that was judged and found healthy. A retry has not
        looked at most pages again, so it is not compared with the runs that it retries."""
        if not ledger.records.without_key:
            return False
        async for run in self._judged():
            if run.id == retry_of:
                retry_of = run.order.retry_of
                continue
            kept = await self._store.get(RUN_STATISTICS, run.id)
            return kept is not None and kept.value.without_key < ledger.records.without_key
        return False

    async def baseline(self, before: datetime | None = None) -> Baseline | None:
        """Of the last good runs but this one, however many others have ended since; of those that were asked for
        before a moment, if one is given. What was usual before a person accepted a run is not so any more."""
        possible = possible_fields(self._spider.source)
        good: list[RunStatistics] = []
        async for run in self._judged(before):
            kept = await self._store.get(RUN_STATISTICS, run.id)
            if kept is None or not kept.value.items or not (run.complete or kept.value.good):
                continue
            good.append(kept.value)
            accepted = run.accepted_by is not None
            if accepted or len(good) == BASELINE_RUNS:
                return baseline_of(good, possible, accepted=accepted)
        return baseline_of(good, possible)

    async def _judged(self, before: datetime | None = None) -> AsyncIterator[KeptRun]:
        """The other runs that are done, the newest first. A trial is judged by nobody."""
        where: tuple[Equal | Range, ...] = (Equal("spider_id", self._spider.id),)
        if before is not None:
            where += (Range("queued_at", below=before),)
        after: str | None = None
        while True:
            find = Find(where, (Order("queued_at", descending=True),), _AT_ONCE, after)
            page = await self._store.find(RUNS, find)
            for stored in page.items:
                run = stored.value
                if run.state is RunState.DONE and run.order.trial_pages is None and run.id != self._run_id:
                    yield run
            after = page.next
            if after is None:
                return
