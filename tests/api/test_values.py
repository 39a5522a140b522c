"""Numbers, dates, boxes and flags as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_api.searching.values import (
    ends_before_it_begins,
    read_bound,
    read_box,
    read_filter_value,
    read_flag,
    read_number,
)
from moisson_shared.contracts.schema import FieldType
from moisson_shared.contracts.search import BoundingBox, ValueRange


@pytest.mark.parametrize(
    ("kind", "text", "read"),
    [
        (FieldType.KEYWORD, "Île-de-France", "Île-de-France"),
        (FieldType.CONCEPT, "EMP", "EMP"),
        (FieldType.NUMBER, "12", "12"),
        (FieldType.NUMBER, "12.0", "12"),
        (FieldType.NUMBER, "12.50", "12.5"),
        (FieldType.NUMBER, "-1e3", "-1000"),
        (FieldType.INTEGER, "+007", "7"),
        (FieldType.DATE, "2016", "2016"),
        (FieldType.DATE, "2016-02-29", "2016-02-29"),
        (FieldType.BOOLEAN, "true", "true"),
    ],
)
def test_filter_values_have_one_form(kind: FieldType, text: str, read: str) -> None:
    assert read_filter_value(kind, text) == read


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldType.KEYWORD, ""),
        (FieldType.KEYWORD, "x" * 3000),
        (FieldType.NUMBER, "nan"),
        (FieldType.NUMBER, "inf"),
        (FieldType.NUMBER, "1e999"),
        (FieldType.NUMBER, "1,5"),
        (FieldType.NUMBER, "1_000"),
        (FieldType.NUMBER, "١٢"),
        (FieldType.NUMBER, " 1"),
        (FieldType.INTEGER, "1.0"),
        (FieldType.INTEGER, "9223372036854775808"),
        (FieldType.DATE, "2015-02-29"),
        (FieldType.DATE, "2015-13"),
        (FieldType.DATE, "0000"),
        (FieldType.DATE, "17/05/2016"),
        (FieldType.DATE, "2016-05-17T00:00:00Z"),
        (FieldType.BOOLEAN, "True"),
        (FieldType.BOOLEAN, "1"),
    ],
)
def test_what_is_no_value_is_refused(kind: FieldType, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_filter_value(kind, text)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("-5.2,41.3,9.6,51.1", (-5.2, 41.3, 9.6, 51.1)),
        ("170,-20,-170,20", (170, -20, -170, 20)),
        (" 1 , 2 , 3 , 4 ", (1, 2, 3, 4)),
        ("-180,-90,180,90", (-180, -90, 180, 90)),
    ],
)
def test_boxes(text: str, box: tuple[float, float, float, float]) -> None:
    west, south, east, north = box
    assert read_box(text) == BoundingBox(west=west, south=south, east=east, north=north)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2,3", "four numbers"),
        ("1,2,3,4,5", "four numbers"),
        ("1,2,,4", "finite number"),
        ("a,b,c,d", "finite number"),
        ("nan,0,1,1", "finite number"),
        ("-inf,0,1,1", "finite number"),
        ("-181,0,1,1", "between -180 and 180"),
        ("0,-91,1,1", "between -90 and 90"),
        ("0,2,1,1", "south is greater"),
    ],
)
def test_boxes_that_are_none(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_box(text)


@pytest.mark.parametrize(
    ("least", "most", "empty"),
    [
        (1, 2, False),
        (2, 2, False),
        (3, 2, True),
        ("2016", "2016", False),
        ("2016-05-17", "2016", False),
        ("2016", "2016-05", False),
        ("2017", "2016-12-31", True),
        ("2016-06", "2016-05-17", True),
        (None, 2, False),
        ("2016", None, False),
    ],
)
def test_ranges_that_hold_nothing(least: int | str | None, most: int | str | None, *, empty: bool) -> None:
    assert ends_before_it_begins(ValueRange(least=least, most=most)) is empty


@pytest.mark.parametrize("text", ["", "yes", "TRUE", "0"])
def test_flags_are_true_or_false(text: str) -> None:
    with pytest.raises(ValueError, match="true or false"):
        read_flag(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_read_as_itself(number: float) -> None:
    assert read_number(repr(number)) == number


@given(st.text(max_size=30))
def test_a_number_is_finite_or_refused(text: str) -> None:
    try:
        number = read_number(text)
    except ValueError:
        return
    assert math.isfinite(number)


@given(st.dates())
def test_every_day_is_a_bound(day: object) -> None:
    assert read_bound(FieldType.DATE, str(day)) == str(day)
