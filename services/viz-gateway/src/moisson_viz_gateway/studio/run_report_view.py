"""The report of a run as its page shows it. Pure."""

from dataclasses import dataclass

from moisson_shared.contracts.run_report import ReportedField, RunReport
from moisson_viz_gateway.studio.run_sums import PAGES, Sum, pages_sum, records_sum


@dataclass(frozen=True, slots=True)
class FieldFill:
    """How far a raw field is filled, as shares of 1; `short` where that is less than what is expected."""

    name: str
    filled: int
    of: int
    share: float
    expected: float | None
    short: bool


def report_sums(report: RunReport) -> tuple[Sum, Sum]:
    """Pages and items, each part with its reasons."""
    pages = {fate.fate: fate for fate in report.pages}
    page_numbers = {name: pages[name].count for name in PAGES if name in pages}
    page_reasons = {name: fate.reasons for name, fate in pages.items()}
    items = {fate.fate: fate.count for fate in report.items}
    item_reasons = {fate.fate: fate.reasons for fate in report.items}
    return (
        pages_sum(report.run, report.pages_found, page_numbers, page_reasons),
        records_sum(report.run, report.items_found, items, item_reasons),
    )


def field_fills(report: RunReport) -> list[FieldFill]:
    """Every field; those that are emptier than expected first, else in their order."""
    fills = [_fill(field) for field in report.fields]
    return sorted(fills, key=lambda fill: not fill.short)


def _fill(field: ReportedField) -> FieldFill:
    of = field.filled + field.empty
    share = field.filled / of if of else 0.0
    short = field.expected_fill is not None and share < field.expected_fill
    return FieldFill(field.name, field.filled, of, share, field.expected_fill, short)
