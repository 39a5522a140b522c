"""The report of a run, made of its document and its statistics. Pure; the numbers are those that the run counted."""

from collections.abc import Mapping

from moisson_scraper.keeping.collections import RunStatistics
from moisson_shared.contracts.run import CrawlRun, Reason
from moisson_shared.contracts.run_report import ItemFate, PageFate, ReportedField, RunReport

_PAGES = ("fetched", "unchanged", "spared", "off_limits", "duplicate", "failed", "over_limit", "not_reached")
_ITEMS = ("new", "changed", "unchanged", "dropped", "held")


def report_of(run: CrawlRun, statistics: RunStatistics | None, expected: Mapping[str, float | None]) -> RunReport:
    """`expected` are the fields that the spider names, each with the fill rate it states, if it does."""
    counters = run.counters
    return RunReport(
        run=run,
        pages_found=counters.pages_found,
        pages=tuple(
            PageFate(fate=fate, count=getattr(counters, f"pages_{fate}"), reasons=_reasons(run, fate))
            for fate in _PAGES
        ),
        items_found=counters.items,
        items=tuple(
            ItemFate(fate=fate, count=getattr(counters, f"records_{fate}"), reasons=_reasons(run, fate))
            for fate in _ITEMS
        ),
        fields=_fields(statistics, expected) if statistics is not None else (),
        gone=counters.records_gone,
        others=tuple(reason for reason in run.reasons if not reason.fate),
    )


def _reasons(run: CrawlRun, fate: str) -> tuple[Reason, ...]:
    return tuple(reason for reason in run.reasons if reason.fate == fate)


def _fields(statistics: RunStatistics, expected: Mapping[str, float | None]) -> tuple[ReportedField, ...]:
    filled = {field.name: field.filled for field in statistics.fields}
    return tuple(
        ReportedField(
            name=name,
            filled=filled.get(name, 0),
            empty=max(0, statistics.items - filled.get(name, 0)),
            expected_fill=expected.get(name),
        )
        for name in sorted(filled.keys() | expected.keys())
    )
