"""What is done the quick way, against the plain way of saying it: both must agree on anything."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from moisson_normalizer.build_project import with_provenance
from moisson_normalizer.raw_values import collapsed, flattened, folded, remembered
from moisson_normalizer.rows import Refusal, without_repetitions
from moisson_normalizer.steps.coordinates import as_degrees_or_metres
from moisson_normalizer.steps.numbers import number_parser
from tests.normalizer.one_recipe import Record, compiled, normalised

BLANKS = " \t\n\r\x0b\x0c\x1c\x1f\x85\u00a0\u1680\u2003\u2009\u2028\u202f\u3000"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\x00"
texts = st.text(st.sampled_from("aé€🏡\x07\ud800" + BLANKS + INVISIBLE), max_size=12) | st.text(max_size=12)
scalars = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0, 2.5]) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=1))


@given(texts)
def test_white_space_goes_whatever_kind_it_is(text: str) -> None:
    assert collapsed(text) == " ".join(re.sub(f"[{INVISIBLE}]", "", text).split())


@given(texts | st.text(st.sampled_from("aÉœ’ﬁ̈́가²") | st.characters(categories=["Mn", "L"])))
def test_accents_go_whatever_the_letter(text: str) -> None:
    opened = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae").replace("’", "'")
    plain = [mark for mark in unicodedata.normalize("NFKD", opened) if not unicodedata.combining(mark)]
    assert folded(text) == " ".join("".join(plain).casefold().split())


@given(st.lists(values, max_size=5))
def test_repetitions_go_where_type_and_value_are_the_same(several: list[Any]) -> None:
    plain: list[Any] = []
    for value in several:
        if not any(type(value) is type(other) and repr(value) == repr(other) for other in plain):
            plain.append(value)
    assert list(map(repr, without_repetitions(several))) == list(map(repr, plain))


@given(values)
def test_lists_are_opened_to_any_depth(value: Any) -> None:
    def opened(inner: Any) -> Iterator[Any]:
        if isinstance(inner, list):
            for element in inner:
                yield from opened(element)
        elif inner not in (None, {}) and not (isinstance(inner, str) and inner.strip() == ""):
            yield inner

    assert list(map(repr, flattened(value))) == list(map(repr, opened(value)))


coordinates = st.from_regex(r"[+\-]{0,2}[0-9]{0,3}( ?[0-9]{3}){0,2},[0-9]{0,12},?[0-9a_.]?", fullmatch=True)


@given(coordinates | st.from_regex(r"-?[0-9]{12,20},[0-9]{1,6}", fullmatch=True))
def test_a_coordinate_with_a_comma_is_a_number_with_a_comma(text: str) -> None:
    number = number_parser(",")(text)
    assert as_degrees_or_metres(text) == (None if isinstance(number, Refusal) else number)


def test_long_texts_are_not_remembered() -> None:
    asked: list[str] = []

    @remembered
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    for text in ("short", "short", "long" * 100, "long" * 100):
        assert length(text) == len(text)
    assert asked == ["short", "long" * 100, "long" * 100]


STEPS: tuple[dict[str, Any], ...] = (
    {"step": "null_tokens", "tokens": ["NR"]},
    {"step": "join", "columns": ["Nom", "Prénom"], "to": "title"},
    {"step": "rename", "columns": {"Ville": "city"}},
    {"step": "coordinates", "x": "lon", "y": "lat"},
)
some = st.sampled_from(["", " ", "NR", "3", "x"])
shapes = st.dictionaries(st.sampled_from(["Nom", "Prénom", "Ville", "tags", "lon", "lat", "Autre"]), some)


@given(st.lists(shapes, max_size=6))
def test_a_row_is_read_alike_whatever_rows_came_before(rows: list[dict[str, Any]]) -> None:
    recipe = compiled(*STEPS)
    records = [Record(row, key=str(place)) for place, row in enumerate(rows)]
    together, tally = normalised(recipe, *records)
    alone = [normalised(compiled(*STEPS), record) for record in records]
    assert together == [outcome for outcomes, _ in alone for outcome in outcomes]
    assert tally.unused_fields == sum((each.unused_fields for _, each in alone), start=type(tally.unused_fields)())
    for row, outcome in zip(rows, together, strict=True):
        if outcome.project is not None:
            entries = with_provenance(outcome.project, outcome.origins).provenance
            read = {name: [raw for entry in entries[name] for raw in entry.raw_fields] for name in entries}
            assert read["title"] == [name for name in ("Nom", "Prénom") if row.get(name, "").strip()]
            assert read.keys() == {
                *outcome.project.fields,
                *(name for p in outcome.project.places for name in p.fields),
            } | {"point" for place in outcome.project.places if place.point}
