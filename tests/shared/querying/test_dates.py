"""Partial dates as the days that they may mean."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_shared.querying.dates import dates_around, parse_date


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2016", "2016-01-01", "2016-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2015-02", "2015-02-01", "2015-02-28"),
        ("2016-12", "2016-12-01", "2016-12-31"),
        ("2016-05-17", "2016-05-17", "2016-05-17"),
        ("0001", "0001-01-01", "0001-12-31"),
        ("9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_a_date_is_an_interval(text: str, first: str, last: str) -> None:
    interval = parse_date(text)
    assert interval is not None
    assert (date.fromordinal(interval.first).isoformat(), date.fromordinal(interval.last).isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "16", "0000", "2016-13", "2016-02-30", "2016-5-17", "2016-05-17T10:00", "2016 ", "２０１６", "-2016"]
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_date(text) is None


@given(st.dates())
def test_the_dates_around_a_day_hold_it(day: date) -> None:
    for text in dates_around(day.toordinal()):
        interval = parse_date(text)
        assert interval is not None
        assert interval.overlaps(day.toordinal(), day.toordinal())


def test_bounds_may_be_open() -> None:
    interval = parse_date("2016-05")
    assert interval is not None
    assert interval.overlaps(None, None)
    assert interval.overlaps(interval.last, None)
    assert not interval.overlaps(interval.last + 1, None)
    assert not interval.overlaps(None, interval.first - 1)
