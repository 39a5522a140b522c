"""The accounts of one run: counters that add up, and reasons with samples. The run document is made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

from moisson_scraper.crawling.field_tally import FieldTally
from moisson_scraper.health.field_shapes import odd_values
from moisson_scraper.keeping.collections import KeptRun, PartDigest, RunStatistics
from moisson_scraper.reading.notice import Notice
from moisson_shared.contracts.expectations import Expectations
from moisson_shared.contracts.run import Reason, RunCounters

MOST_SAMPLES = 5
_SAMPLE_CHARACTERS = 300
MOST_LOST = 0.05
"""Of the pages of a good run."""


@dataclass(slots=True)
class _Tally:
    message: str
    count: int
    samples: list[str]


Fate = Literal["", "failed", "off_limits", "over_limit", "dropped"]


class Reasons:
    """Notices counted by their code and what became of the thing; the first message of a code stands for all."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, Fate], _Tally] = {}

    def add(self, notice: Notice, fate: Fate = "") -> None:
        """Counts one."""
        kind = notice.code, fate
        tally = self._tallies.get(kind)
        if tally is None:
            tally = self._tallies[kind] = _Tally(notice.message, 0, [])
        tally.count += notice.count
        sample = notice.sample[:_SAMPLE_CHARACTERS]
        if sample and len(tally.samples) < MOST_SAMPLES and sample not in tally.samples:
            tally.samples.append(sample)

    @classmethod
    def restored(cls, reasons: Iterable[Reason]) -> Self:
        """From what a run shows."""
        found = cls()
        for reason in reasons:
            tally = _Tally(reason.message, reason.count, list(reason.samples))
            found._tallies[reason.code, reason.fate] = tally
        return found

    def listed(self) -> tuple[Reason, ...]:
        """As the run shows them: the most frequent first."""
        found = [
            Reason(code=code, message=tally.message, fate=fate, count=tally.count, samples=tuple(tally.samples))
            for (code, fate), tally in self._tallies.items()
        ]
        return tuple(sorted(found, key=lambda reason: (-reason.count, reason.code)))


@dataclass(slots=True)
class Pages:
    """Pages by what became of them."""

    found: int = 0
    fetched: int = 0
    unchanged: int = 0
    spared: int = 0
    off_limits: int = 0
    duplicate: int = 0
    failed: int = 0

    def count(self, how: Literal["fetched", "unchanged", "spared"]) -> None:
        """One more that was read, by the way it was come by."""
        setattr(self, how, getattr(self, how) + 1)

    @property
    def read(self) -> int:
        """Those whose content is known."""
        return self.fetched + self.unchanged + self.spared

    @property
    def open(self) -> int:
        """Found, and nothing has become of them yet."""
        return self.found - self.read - self.off_limits - self.duplicate - self.failed


@dataclass(slots=True)
class Records:
    """Items by what became of them."""

    staged: int = 0
    """Found, with an identity; written or not."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    dropped: int = 0
    gone: int = 0
    collisions: int = 0
    without_key: int = 0
    """Of those that were dropped."""

    @property
    def held(self) -> int:
        """Found and not written."""
        return self.staged - self.new - self.changed - self.unchanged


class RunLedger:
    """Everything a run counts."""

    def __init__(self, expectations: Expectations | None = None) -> None:
        self.pages = Pages()
        self.records = Records()
        self.reasons = Reasons()
        self.parts: list[PartDigest] = []
        """The items in short, as far as they are staged."""
        self.retries = 0
        self.bytes = 0
        self.fields = FieldTally(odd_values(expectations.fields) if expectations is not None else None)
        self.cut_short = False
        """Something other than a missing page keeps the run from being complete."""
        self.listing_lost = False
        """A page of the listing was not had: nobody knows what is on it, or behind it."""
        self.source_unchanged = False
        """The source is one file that was not read, because it is what it was."""
        self._found_good: bool | None = None
        """As an earlier attempt saw it."""
        self.limit_met = False
        """What is open at the end is over a limit."""

    @classmethod
    def restored(cls, run: KeptRun, statistics: RunStatistics) -> Self:
        """As it stood when the crawl was over, and nothing of it written."""
        ledger = cls()
        counted = run.counters
        ledger.pages = Pages(
            found=counted.pages_found,
            fetched=counted.pages_fetched,
            unchanged=counted.pages_unchanged,
            spared=counted.pages_spared,
            off_limits=counted.pages_off_limits,
            duplicate=counted.pages_duplicate,
            failed=counted.pages_failed,
        )
        dropped = counted.records_dropped
        ledger.records = Records(
            staged=counted.items - dropped,
            dropped=dropped,
            collisions=counted.key_collisions,
        )
        ledger.reasons = Reasons.restored(run.reasons)
        ledger.retries, ledger.bytes = counted.retries, counted.bytes_fetched
        ledger.limit_met = counted.pages_over_limit > 0
        ledger.cut_short = not run.saw_all
        ledger._found_good = statistics.good
        ledger.source_unchanged = statistics.source_unchanged
        ledger.fields = FieldTally.restored(statistics.items, statistics.fields)
        ledger.parts = list(statistics.parts)
        return ledger

    def statistics(self, run_id: str) -> RunStatistics:
        """What was counted by field, and the items in short."""
        return RunStatistics(
            run_id=run_id,
            items=self.fields.items,
            fields=self.fields.listed(),
            source_unchanged=self.source_unchanged,
            good=self.good,
            without_key=self.records.without_key,
            parts=tuple(self.parts),
        )

    def drop(self, notice: Notice) -> None:
        """Counts an item that gives no record."""
        self.records.dropped += notice.count
        self.reasons.add(notice, "dropped")

    def miss_keys(self) -> None:
        """More items than the last time have no key: each may be one of the records that are not found. As with a page
        that is empty all at once, that is taken for a fact when it is so twice."""
        self.cut_short = True
        message = (
            "More items than the last time have nothing to make their key of. "
            "Records that were not found stay until that is so twice."
        )
        self.reasons.add(Notice("keys-missing", message))

    @property
    def complete(self) -> bool:
        """Whether every page that was found was read, and nothing cut the run short."""
        pages = self.pages
        return not self.cut_short and pages.found == pages.read + pages.duplicate

    @property
    def good(self) -> bool:
        """Whether later runs may be compared with this one: it read its whole listing, and all but a few details.

        Many a site has a page that never works. What such a run found says what is usual; that something is gone only
        a complete one can say.
        """
        if self._found_good is not None:
            return self._found_good
        pages = self.pages
        lost = pages.failed + pages.off_limits
        return not (self.cut_short or self.listing_lost or pages.open) and lost <= pages.found * MOST_LOST

    def counters(self) -> RunCounters:
        """As the run shows them. What is open when a run ends has not been reached."""
        pages, records = self.pages, self.records
        return RunCounters(
            pages_found=pages.found,
            pages_fetched=pages.fetched,
            pages_off_limits=pages.off_limits,
            pages_duplicate=pages.duplicate,
            pages_failed=pages.failed,
            pages_unchanged=pages.unchanged,
            pages_spared=pages.spared,
            pages_over_limit=pages.open if self.limit_met else 0,
            pages_not_reached=0 if self.limit_met else pages.open,
            retries=self.retries,
            bytes_fetched=self.bytes,
            items=records.staged + records.dropped,
            records_new=records.new,
            records_changed=records.changed,
            records_unchanged=records.unchanged,
            records_dropped=records.dropped,
            records_held=records.held,
            records_gone=records.gone,
            key_collisions=records.collisions,
        )
