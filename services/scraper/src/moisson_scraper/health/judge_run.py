"""Whether what a run found may replace what is known. Pure rules, and the look-up of the runs they compare with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from moisson_scraper.crawling.field_tally import FieldTally
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.crawling.run_outcome import RunOutcome, quarantined
from moisson_scraper.keeping.collections import RUN_STATISTICS, RUNS, RunStatistics
from moisson_shared.contracts.expectations import Expectations
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentReader, Equal, Find, Order

BASELINE_RUNS = 5
"""The last good ones; fewer than two say nothing."""
_LOOKED_AT = 40
SMALL = 10
"""Below so many records a share says little, and the baseline is not compared with."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the last good runs were like: medians of their records and of each field's fill rate."""

    records: float
    fill: Mapping[str, float]


def baseline_of(runs: Sequence[RunStatistics]) -> Baseline | None:
    """None where there are not enough runs to learn from."""
    if len(runs) < 2:
        return None
    names = {field.name for run in runs for field in run.fields}
    fill = {name: median(_fill(run, name) for run in runs) for name in names}
    return Baseline(median(run.items for run in runs), fill)


def _fill(run: RunStatistics, name: str) -> float:
    filled = next((field.filled for field in run.fields if field.name == name), 0)
    return filled / run.items if run.items else 0.0


def broken_expectations(stated: Expectations, tally: FieldTally) -> list[str]:
    """One sentence for each that does not hold."""
    told: list[str] = []
    items = tally.items
    if stated.least_records is not None and items < stated.least_records:
        told.append(f"{items:,} records were found; at least {stated.least_records:,} are expected.")
    if stated.most_records is not None and items > stated.most_records:
        told.append(f"{items:,} records were found; at most {stated.most_records:,} are expected.")
    for name, expected in stated.fields.items():
        share = tally.filled.get(name, 0) / items if items else 0.0
        if share < expected.fill:
            told.append(f"{name!r} is filled in {share:.0%} of the records; at least {expected.fill:.0%} is expected.")
        looked = tally.values.get(name, 0)
        odd = tally.odd.get(name, 0)
        if looked and 1 - odd / looked < expected.matching:
            told.append(f"{odd:,} of {looked:,} values of {name!r} have not the shape that is expected.")
    return told


def fallen_below(baseline: Baseline, tolerance: float, tally: FieldTally) -> list[str]:
    """One sentence for each figure that is far below what it was in the last good runs."""
    if baseline.records < SMALL:
        return []
    told: list[str] = []
    items = tally.items
    if items < baseline.records * (1 - tolerance):
        told.append(f"{items:,} records were found; the last good runs found about {baseline.records:,.0f}.")
    for name, usual in sorted(baseline.fill.items()):
        share = tally.filled.get(name, 0) / items if items else 0.0
        if usual >= 0.2 and share < usual * (1 - tolerance):
            told.append(f"{name!r} is filled in {share:.0%} of the records; in the last good runs it was {usual:.0%}.")
    return told


class Judgement:
    """Of one run, over the store that keeps the others."""

    def __init__(self, store: DocumentReader, spider: SpiderConfig, run_id: str) -> None:
        self._store = store
        self._spider = spider
        self._run_id = run_id

    async def of(self, ledger: RunLedger) -> RunOutcome | None:
        """Quarantine, with the reasons; None for a healthy run."""
        stated = self._spider.expectations
        told = broken_expectations(stated, ledger.fields)
        if stated.learn and (baseline := await self.baseline()) is not None:
            told += fallen_below(baseline, stated.tolerance, ledger.fields)
        return quarantined(" ".join(told)[:2000]) if told else None

    async def baseline(self) -> Baseline | None:
        """Of the last good runs before this one."""
        find = Find((Equal("spider_id", self._spider.id),), (Order("queued_at", descending=True),), limit=_LOOKED_AT)
        runs = await self._store.find(RUNS, find)
        good = [
            stored.key
            for stored in runs.items
            if stored.value.state is RunState.DONE and stored.value.complete and stored.key != self._run_id
        ][:BASELINE_RUNS]
        found = await self._store.get_many(RUN_STATISTICS, good)
        return baseline_of([stored.value for stored in found.values() if stored.value.items])
