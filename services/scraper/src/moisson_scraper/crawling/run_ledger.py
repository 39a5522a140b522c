"""The accounts of one run: counters that add up, and reasons with samples. The run document is made of them."""

from dataclasses import dataclass

from moisson_scraper.reading.notice import Notice
from moisson_shared.contracts.run import Reason, RunCounters

MOST_SAMPLES = 5
_SAMPLE_CHARACTERS = 300


@dataclass(slots=True)
class _Tally:
    message: str
    count: int
    samples: list[str]


class Reasons:
    """Notices counted by their code; the first message of a code stands for all."""

    def __init__(self) -> None:
        self._tallies: dict[str, _Tally] = {}

    def add(self, notice: Notice) -> None:
        """Counts one."""
        tally = self._tallies.get(notice.code)
        if tally is None:
            tally = self._tallies[notice.code] = _Tally(notice.message, 0, [])
        tally.count += notice.count
        sample = notice.sample[:_SAMPLE_CHARACTERS]
        if sample and len(tally.samples) < MOST_SAMPLES and sample not in tally.samples:
            tally.samples.append(sample)

    def listed(self) -> tuple[Reason, ...]:
        """As the run shows them: the most frequent first."""
        found = [
            Reason(code=code, message=tally.message, count=tally.count, samples=tuple(tally.samples))
            for code, tally in self._tallies.items()
        ]
        return tuple(sorted(found, key=lambda reason: (-reason.count, reason.code)))


@dataclass(slots=True)
class Pages:
    """Pages by what became of them."""

    found: int = 0
    fetched: int = 0
    off_limits: int = 0
    duplicate: int = 0
    failed: int = 0

    @property
    def open(self) -> int:
        """Found, and nothing has become of them yet."""
        return self.found - self.fetched - self.off_limits - self.duplicate - self.failed


@dataclass(slots=True)
class Records:
    """Items by what became of them."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    dropped: int = 0
    gone: int = 0
    collisions: int = 0


class RunLedger:
    """Everything a run counts."""

    def __init__(self) -> None:
        self.pages = Pages()
        self.records = Records()
        self.reasons = Reasons()
        self.retries = 0
        self.bytes = 0
        self.cut_short = False
        """Something other than a missing page keeps the run from being complete."""

    def drop(self, notice: Notice) -> None:
        """Counts an item that gives no record."""
        self.records.dropped += 1
        self.reasons.add(notice)

    @property
    def items(self) -> int:
        return self.records.new + self.records.changed + self.records.unchanged + self.records.dropped

    @property
    def complete(self) -> bool:
        """Whether every page that was found was fetched, and nothing cut the run short."""
        pages = self.pages
        return not self.cut_short and pages.found == pages.fetched + pages.duplicate

    def counters(self) -> RunCounters:
        """As the run shows them. What is open when a run ends has not been reached."""
        pages, records = self.pages, self.records
        return RunCounters(
            pages_found=pages.found,
            pages_fetched=pages.fetched,
            pages_off_limits=pages.off_limits,
            pages_duplicate=pages.duplicate,
            pages_failed=pages.failed,
            pages_not_reached=pages.open,
            retries=self.retries,
            bytes_fetched=self.bytes,
            items=self.items,
            records_new=records.new,
            records_changed=records.changed,
            records_unchanged=records.unchanged,
            records_dropped=records.dropped,
            records_gone=records.gone,
            key_collisions=records.collisions,
        )
