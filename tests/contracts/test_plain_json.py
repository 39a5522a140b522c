"""Documents of plain values are written as pydantic writes them, and all others are left to it."""

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from moisson_shared.adapters.plain_json import plain_json
from tests.contracts.document_nouns import Colour, Note

ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner), st.tuples(inner)),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), ANY), st.datetimes(timezones=st.just(UTC)) | st.none())
def test_what_is_written_is_what_pydantic_reads_and_writes(values: dict[str, Any], written: datetime | None) -> None:
    value = Note(id="a", title="é\0", values=values, written=written)
    body = plain_json(value.__dict__)
    if body is not None:
        assert Note.model_validate_json(body) == value
        assert from_json(body) == from_json(value.model_dump_json())


class _Name(StrEnum):
    X = "x"


DEEP: list[Any] = []
for _ in range(60):
    DEEP = [DEEP]

LEFT: dict[str, dict[str, Any]] = {
    "not a number": {"x": float("nan")},
    "infinite": {"x": [{"y": float("-inf")}]},
    "a large integer": {"x": 2**64},
    "a lone surrogate": {"x": "\ud800"},
    "a name with a lone surrogate": {"\ud800": 1},
    "a name that is no text": {1: 1},  # type: ignore[dict-item]
    "a tuple": {"x": (1,)},
    "a set": {"x": {1}},
    "a moment": {"x": datetime(2024, 1, 1, tzinfo=UTC)},
    "an enumeration": {"x": _Name.X},
    "a model": {"x": Note(id="a")},
    "bytes": {"x": b"x"},
    "too deep": {"x": DEEP},
}


@pytest.mark.parametrize("values", LEFT.values(), ids=LEFT)
def test_what_needs_a_closer_look_is_left(values: dict[str, Any]) -> None:
    assert plain_json(Note.model_construct(id="a", values=values).__dict__) is None


@pytest.mark.parametrize(
    "field",
    [
        {"colour": Colour.RED},
        {"written": datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
        {"written": datetime(2024, 1, 1)},  # noqa: DTZ001  # that is what is tried
        {"weight": float("nan")},
    ],
)
def test_fields_that_need_a_closer_look_are_left(field: dict[str, Any]) -> None:
    assert plain_json(Note.model_construct(**({"id": "a"} | field)).__dict__) is None


def test_instants_are_written_as_pydantic_writes_them() -> None:
    for moment in (datetime(2024, 1, 1, tzinfo=UTC), datetime(1, 2, 3, 4, 5, 6, 7, tzinfo=UTC)):
        told = orjson.loads(plain_json(Note(id="a", written=moment).__dict__) or b"")["written"]
        assert told == orjson.loads(Note(id="a", written=moment).model_dump_json())["written"]
