"""What of a run is not as it should be: each thing by its code, with what was found and what was expected. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moisson_scraper.crawling.field_tally import FieldTally
from moisson_shared.contracts.broken_expectation import BrokenExpectation
from moisson_shared.contracts.expectations import Expectations

MOST_TOLD = 100
"""Of one run; what is beyond is told as a number."""
SMALL = 10
"""Below so many records a share says little, and the baseline is not compared with."""
_RARE = 0.2
"""A field that is filled in a smaller share of the records may well be in none of them."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the last good runs were like: medians of their records and of each field's fill rate."""

    records: float
    fill: Mapping[str, float]

    def least_fill(self, tolerance: float) -> dict[str, float]:
        """By the name of a field, the least share of records in which it is expected."""
        if self.records < SMALL:
            return {}
        return {name: usual * (1 - tolerance) for name, usual in sorted(self.fill.items()) if usual >= _RARE}


def broken_expectations(stated: Expectations, tally: FieldTally) -> list[BrokenExpectation]:
    """What a spider states, and does not hold."""
    told: list[BrokenExpectation] = []
    items = tally.items
    if stated.least_records is not None and items < stated.least_records:
        message = f"{items:,} records were found; at least {stated.least_records:,} are expected."
        told.append(_broken_count("too-few-records", message, items, stated.least_records))
    if stated.most_records is not None and items > stated.most_records:
        message = f"{items:,} records were found; at most {stated.most_records:,} are expected."
        told.append(_broken_count("too-many-records", message, items, stated.most_records))
    for name, expected in stated.fields.items():
        share = tally.filled.get(name, 0) / items if items else 0.0
        if share < expected.fill:
            message = f"{name!r} is filled in {share:.0%} of the records; at least {expected.fill:.0%} is expected."
            told.append(_broken_share("field-too-empty", message, name, share, expected.fill))
        looked = tally.values.get(name, 0)
        odd = tally.odd.get(name, 0)
        matching = 1 - odd / looked if looked else 1.0
        if matching < expected.matching:
            message = f"{odd:,} of {looked:,} values of {name!r} have not the shape that is expected."
            told.append(_broken_share("values-of-another-shape", message, name, matching, expected.matching))
    return told


def fallen_below(baseline: Baseline, tolerance: float, tally: FieldTally) -> list[BrokenExpectation]:
    """What is far below what it was in the last good runs."""
    if baseline.records < SMALL:
        return []
    told: list[BrokenExpectation] = []
    items = tally.items
    if items < baseline.records * (1 - tolerance):
        message = f"{items:,} records were found; the last good runs found about {baseline.records:,.0f}."
        told.append(_broken_count("fewer-records-than-usual", message, items, baseline.records))
    for name, least in baseline.least_fill(tolerance).items():
        usual = baseline.fill[name]
        share = tally.filled.get(name, 0) / items if items else 0.0
        if share < least:
            message = f"{name!r} is filled in {share:.0%} of the records; in the last good runs it was {usual:.0%}."
            told.append(_broken_share("field-emptier-than-usual", message, name, share, usual))
    return told


def within_bounds(told: Sequence[BrokenExpectation]) -> tuple[BrokenExpectation, ...]:
    """As many as a run shows; the last one then says how many there are besides."""
    if len(told) <= MOST_TOLD:
        return tuple(told)
    further = len(told) - MOST_TOLD
    message = f"{further:,} further expectations are broken."
    rest = BrokenExpectation(code="further-expectations", message=message, found=further, expected=0)
    return (*told[:MOST_TOLD], rest)


def _broken_count(code: str, message: str, found: int, expected: float) -> BrokenExpectation:
    return BrokenExpectation(code=code, message=message, found=found, expected=round(expected))


def _broken_share(code: str, message: str, field: str, found: float, expected: float) -> BrokenExpectation:
    return BrokenExpectation(
        code=code, message=message, field=field, found=round(found, 4), expected=round(expected, 4)
    )
