"""What is kept of a page is what was read of it: a run that goes on later asks for the same pages in the same way."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.keeping.kept_reading import detail_from, detail_text, listing_from, listing_text
from moisson_scraper.reading.notice import Dropped, Notice
from moisson_scraper.reading.source_reader import DetailRead, FoundItem, ListingRead, PageKind, PageRequest

ADDRESS = "https://s.example/é"
REQUESTS = [
    PageRequest(ADDRESS),
    PageRequest(ADDRESS, PageKind.DETAIL, 2, accept="application/json", modified="2026-01-02"),
    PageRequest(ADDRESS, position=3, numbered=True),
    PageRequest(ADDRESS, position=1, numbered=True, capped=50),
    PageRequest(ADDRESS, position=1, chained=False),
    PageRequest(ADDRESS, position=1, context='<html><base href="https://s.example/b/"><ul class="é">'),
    PageRequest(ADDRESS, method="POST", body='{"q":"é"}'.encode(), headers=(("x-key", "{secret:k}"), ("a", "b"))),
    PageRequest(ADDRESS, headers=(("hx-request", "true"),), chained=False, context="<html>"),
]


@pytest.mark.parametrize("request_for", REQUESTS, ids=range(len(REQUESTS)))
def test_requests_are_kept_whole(request_for: PageRequest) -> None:
    item = FoundItem({"a": 1}, ADDRESS, request_for, "item 1")
    read = ListingRead([item, Notice("n", "N", "s", 2), Dropped("d", "D")], (request_for,), b"\x01", encoding="utf-8")
    text = listing_text(read)
    assert text is not None
    assert listing_from(text) == read
    detail = DetailRead({"é": [1, 1.0, None]}, (Notice("n", "N"),), "utf-8", request_for)
    text = detail_text(detail)
    assert text is not None
    assert detail_from(text) == detail


def deep(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


plain = st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    plain | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_every_value_is_kept_as_it_is(value: object) -> None:
    text = detail_text(DetailRead({"value": value}))
    assert text is not None
    kept = detail_from(text).values["value"]
    assert repr(kept) == repr(value)


@pytest.mark.parametrize(
    "value", [10**300, -(2**63) - 1, 1.0, 1, -0.0, math.pi, 5e-324, deep(190), deep(400), "\u2028\x00"]
)
def test_odd_values_are_kept_as_they_are(value: object) -> None:
    text = detail_text(DetailRead({"value": value}))
    assert text is not None
    assert repr(detail_from(text).values["value"]) == repr(value)
