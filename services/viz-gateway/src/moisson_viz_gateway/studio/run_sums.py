"""How the numbers of a run add up: pages and records, each with its parts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from moisson_shared.contracts.run import CrawlRun, Reason

PAGES = ("fetched", "unchanged", "spared", "duplicate", "off_limits", "over_limit", "failed", "not_reached")
RECORDS = ("new", "changed", "unchanged", "dropped", "held")
_LOOKS = {
    "pages.fetched": "best",
    "pages.unchanged": "good",
    "pages.spared": "calm",
    "pages.duplicate": "twin",
    "pages.off_limits": "warn",
    "pages.over_limit": "edge",
    "pages.failed": "bad",
    "pages.not_reached": "rest",
    "pages.waiting": "wait",
    "records.new": "best",
    "records.changed": "good",
    "records.unchanged": "rest",
    "records.dropped": "bad",
    "records.held": "warn",
    "records.to_write": "wait",
}


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole: its key in the catalogue, its colour, its number, and its share in per cent."""

    key: str
    look: str
    number: int
    percent: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """A whole and its parts; `parts` add up to `whole` (see `RunCounters`)."""

    key: str
    whole: int
    parts: tuple[Share, ...]

    @property
    def present(self) -> tuple[Share, ...]:
        """The parts of which there is anything."""
        return tuple(part for part in self.parts if part.number)

    @property
    def absent(self) -> tuple[Share, ...]:
        """The others."""
        return tuple(part for part in self.parts if not part.number)


def sums_of(run: CrawlRun) -> tuple[Sum, Sum]:
    """Pages and records, each with its parts."""
    counters = run.counters
    pages = {name: getattr(counters, f"pages_{name}") for name in PAGES}
    records = {name: getattr(counters, f"records_{name}") for name in RECORDS}
    return pages_sum(run, counters.pages_found, pages), records_sum(run, counters.items, records)


def pages_sum(
    run: CrawlRun, whole: int, parts: Mapping[str, int], reasons: Mapping[str, tuple[Reason, ...]] | None = None
) -> Sum:
    """Pages by what became of them. While the run is not at its end, of some nothing has become yet."""
    waiting = max(0, whole - sum(parts.values()))
    if waiting and not run.state.final:
        parts = {**parts, "waiting": waiting}
    return _sum("pages", whole, parts, reasons or {})


def records_sum(
    run: CrawlRun, whole: int, parts: Mapping[str, int], reasons: Mapping[str, tuple[Reason, ...]] | None = None
) -> Sum:
    """Records by what became of them. Until the run is at its end, those that are held may still be written."""
    if not run.state.final:
        parts = {("to_write" if name == "held" else name): number for name, number in parts.items()}
    return _sum("records", whole, parts, reasons or {})


def _sum(key: str, whole: int, parts: Mapping[str, int], reasons: Mapping[str, tuple[Reason, ...]]) -> Sum:
    shares = (
        Share(
            f"run.{key}.{name}",
            _LOOKS[f"{key}.{name}"],
            number,
            100 * number / whole if whole else 0.0,
            reasons.get(name, ()),
        )
        for name, number in parts.items()
    )
    return Sum(key, whole, tuple(shares))
