"""Cursors: what was written is read back, and nothing else."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_api.searching.cursor import Position, open_cursor, write_cursor
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.errors import CursorExpired, Invalid
from moisson_shared.contracts.search import BoundingBox, SearchQuery, SortKey, ValueRange

KEY = b"k" * 32
QUERY = SearchQuery(text="eau", filters={"themes": ("A", "B"), "region": ("X",)}, sort=(SortKey(field="title"),))
OPEN = AccessLevel.OPENDATA
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text()


def a_cursor(after: tuple[str | int | float | bool | None, ...] = ("Zèbre", 1.5, None, "id-9")) -> str:
    return write_cursor(KEY, "cis", QUERY, OPEN, Position(4, after))


@given(st.integers(1, 10**6), st.lists(scalars.filter(lambda value: value not in {float("inf"), float("-inf")})))
def test_a_cursor_is_read_back(version: int, after: list[str | int | float | bool | None]) -> None:
    position = Position(version, tuple(after))
    text = write_cursor(KEY, "cis", QUERY, OPEN, position)
    assert open_cursor(KEY, text).check("cis", QUERY, OPEN) == position


@pytest.mark.parametrize(
    "same",
    [
        QUERY,
        QUERY.model_copy(update={"size": 7, "highlight": True}),
        QUERY.model_copy(update={"filters": {"region": ("X",), "themes": ("B", "A")}}),
    ],
)
def test_page_size_and_the_order_of_filters_may_change(same: SearchQuery) -> None:
    assert open_cursor(KEY, a_cursor()).check("cis", same, OPEN).version == 4


@pytest.mark.parametrize(
    ("corpus", "changed", "level"),
    [
        ("mednum", {}, OPEN),
        ("cis", {}, AccessLevel.PRIVATE),
        ("cis", {"text": "feu"}, OPEN),
        ("cis", {"filters": {}}, OPEN),
        ("cis", {"ranges": {"year": ValueRange(least=1)}}, OPEN),
        ("cis", {"bbox": BoundingBox(west=0, south=0, east=1, north=1)}, OPEN),
        ("cis", {"sort": (SortKey(field="title", descending=True),)}, OPEN),
        ("cis", {"sort": ()}, OPEN),
    ],
)
def test_a_cursor_of_another_search_is_over(corpus: str, changed: dict[str, object], level: AccessLevel) -> None:
    with pytest.raises(CursorExpired):
        open_cursor(KEY, a_cursor()).check(corpus, QUERY.model_copy(update=changed), level)


@pytest.mark.parametrize(
    "text", ["", "x", "é", "====", "a" * 9000, "null", a_cursor()[:-1], a_cursor() + "A", a_cursor() + "="]
)
def test_what_we_never_wrote_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_cursor(KEY, text)
    assert refused.value.faults[0].pointer == "/query/cursor"


def test_another_key_is_refused() -> None:
    with pytest.raises(Invalid):
        open_cursor(b"x" * 32, a_cursor())


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_each_changed_octet_is_noticed(place: int, change: int) -> None:
    text = a_cursor()
    raw = bytearray(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[place % len(raw)] ^= change
    with pytest.raises(Invalid):
        open_cursor(KEY, urlsafe_b64encode(raw).rstrip(b"=").decode())
