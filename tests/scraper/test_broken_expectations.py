"""What of a run is not as it should be, by code and figures."""

from typing import Any

import pytest

from moisson_scraper.crawling.field_tally import FieldTally
from moisson_scraper.health.broken_expectations import (
    MOST_TOLD,
    Baseline,
    broken_expectations,
    fallen_below,
    within_bounds,
)
from moisson_scraper.health.field_shapes import odd_values
from moisson_shared.contracts.broken_expectation import BrokenExpectation
from moisson_shared.contracts.expectations import Expectations

YEARS = [{"an": year} for year in ("2001", "2002", "vers 2003", "")]


def tallied(stated: Expectations, *items: dict[str, Any]) -> FieldTally:
    tally = FieldTally(odd_values(stated.fields))
    for item in items:
        tally.add(item)
    return tally


def figures(told: list[BrokenExpectation]) -> list[tuple[str, str | None, float, float]]:
    return [(one.code, one.field, one.found, one.expected) for one in told]


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"least_records": 4, "most_records": 4}, []),
        ({"least_records": 5}, [("too-few-records", None, 4, 5)]),
        ({"most_records": 3}, [("too-many-records", None, 4, 3)]),
        ({"fields": {"an": {"fill": 0.75}}}, []),
        ({"fields": {"an": {"fill": 0.8}}}, [("field-too-empty", "an", 0.75, 0.8)]),
        ({"fields": {"rue": {"fill": 0.1}}}, [("field-too-empty", "rue", 0, 0.1)]),
        ({"fields": {"an": {"pattern": "^[0-9]+$"}}}, [("values-of-another-shape", "an", 0.6667, 0.95)]),
        ({"fields": {"an": {"pattern": "^[0-9]+$", "matching": 0.5}}}, []),
        (
            {"least_records": 9, "fields": {"an": {"fill": 1, "pattern": "^[0-9]+$"}}},
            [
                ("too-few-records", None, 4, 9),
                ("field-too-empty", "an", 0.75, 1),
                ("values-of-another-shape", "an", 0.6667, 0.95),
            ],
        ),
    ],
)
def test_what_is_stated(stated: dict[str, Any], told: list[tuple[str, str | None, float, float]]) -> None:
    expectations = Expectations.model_validate(stated)
    assert figures(broken_expectations(expectations, tallied(expectations, *YEARS))) == told


@pytest.mark.parametrize(
    ("records", "fill", "told"),
    [
        (9, {"an": 1.0, "rue": 1.0}, []),
        (10, {}, [("fewer-records-than-usual", None, 4, 10)]),
        (12.5, {"rue": 0.5}, [("fewer-records-than-usual", None, 4, 12), ("field-emptier-than-usual", "rue", 0, 0.5)]),
        (10, {"an": 0.9, "rue": 0.19}, [("fewer-records-than-usual", None, 4, 10)]),
    ],
)
def test_what_was_usual(
    records: float, fill: dict[str, float], told: list[tuple[str, str | None, float, float]]
) -> None:
    assert figures(fallen_below(Baseline(records, fill), 0.5, tallied(Expectations(), *YEARS))) == told


def test_a_run_shows_so_many_and_the_number_of_the_rest() -> None:
    stated = Expectations.model_validate({"fields": {f"f{n}": {"fill": 1} for n in range(MOST_TOLD + 3)}})
    told = broken_expectations(stated, tallied(stated, {"a": 1}))
    shown = within_bounds(told)
    assert shown[:MOST_TOLD] == tuple(told[:MOST_TOLD])
    assert [(one.code, one.found) for one in shown[MOST_TOLD:]] == [("further-expectations", 3)]
    assert within_bounds(told[:MOST_TOLD]) == tuple(told[:MOST_TOLD])
