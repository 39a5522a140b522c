"""Files of JSON, of lines of JSON and of GeoJSON as pure functions."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scraper.sample_files import as_json, read_file

POINT = {"type": "Point", "coordinates": [4.36, 43.84]}
FEATURE = {"type": "Feature", "id": 7, "properties": {"nom": "Essor", "n": 1.5}, "geometry": POINT}
COLLECTION = {"type": "FeatureCollection", "features": [FEATURE, {**FEATURE, "properties": None}]}


@pytest.mark.parametrize(
    ("value", "source", "values"),
    [
        ([{"a": 1}, {"a": None}], {}, [{"a": 1}, {"a": None}]),
        ([], {}, []),
        ([1, "x"], {}, [{"value": 1}, {"value": "x"}]),
        ({"total": 2, "projets": [{"a": 1}], "autres": [1, 2]}, {}, [{"a": 1}]),
        ({"data": {"projets": [{"a": 1}]}}, {}, [{"a": 1}]),
        ({"data": {"x": {"a": [1]}, "projets": [{"a": 1}]}}, {"records": "$.data.projets[*]"}, [{"a": 1}]),
        ({"data": {"p": {"k": {"a": 1}}}}, {"records": "$.data.p[*]"}, [{"a": 1}]),
        ({"p": [{"a": 1, "ok": True}, {"a": 2}]}, {"records": "$.p[?@.ok]"}, [{"a": 1, "ok": True}]),
        ([{"a": {"b": [1, 2]}}], {"fields": {"x": "$.a.b[*]", "y": "$.z", "z": "$.a.b[0]"}}, [{"x": [1, 2], "z": 1}]),
        ({"é": [{"a": 1}]}, {"records": "$.é[*]"}, [{"a": 1}]),
        ({"p": []}, {"records": "$.absent[*]"}, []),
    ],
)
def test_json(value: object, source: dict[str, Any], values: list[dict[str, Any]]) -> None:
    found, codes, _ = read_file(as_json(value), **source)
    assert found == values
    assert codes == ([] if values else ["no-items-in-page"])


def test_geojson_gives_properties_and_the_geometry_as_it_is() -> None:
    expected = [{"nom": "Essor", "n": 1.5, "geometry": POINT, "id": 7}, {"geometry": POINT, "id": 7}]
    spaced = json.dumps(COLLECTION, indent=1).encode()
    for body, content_type, source in (
        (as_json(COLLECTION), "", {}),
        (spaced, "application/json", {}),
        (as_json(COLLECTION), "", {"format": "geojson"}),
        (as_json({"features": COLLECTION["features"]}), "application/geo+json", {}),
    ):
        assert read_file(body, content_type, **source)[:2] == (expected, [])


@pytest.mark.parametrize("source", [{}, {"fields": {"nom": "$.nom"}}])
def test_a_file_may_be_one_feature(source: dict[str, Any]) -> None:
    for feature in (FEATURE, dict(reversed(FEATURE.items()))):
        values, codes, _ = read_file(as_json(feature), "application/geo+json", **source)
        assert values == ([{"nom": "Essor"}] if source else [{"nom": "Essor", "n": 1.5, "geometry": POINT, "id": 7}])
        assert codes == []
    assert read_file(as_json({"type": "FeatureCollection", "features": []}))[:2] == ([], ["no-items-in-page"])
    assert read_file(as_json({"type": "Topology", "x": "Feature"}), "application/geo+json")[0] == []
    assert read_file(as_json(FEATURE), format="geojson", records="$.features[*]")[0] == []


def test_a_property_keeps_its_name_and_what_is_no_feature_is_dropped() -> None:
    feature = {**FEATURE, "properties": {"id": "a", "geometry": "b"}}
    values, codes, _ = read_file(as_json({"type": "FeatureCollection", "features": [feature, {"nom": 1}, 3]}))
    assert values == [{"id": "a", "geometry": "b", "(geometry)": POINT, "(id)": 7}]
    assert codes == ["not-a-feature", "not-a-feature"]


def test_lines_of_json() -> None:
    body = b'{"a": 1}\r\n\n{"a": 2\n"x"\n\x1e{"a": 3}'
    values, codes, _ = read_file(body, "application/x-ndjson")
    assert values == [{"a": 1}, {"value": "x"}, {"a": 3}]
    assert codes == ["bad-line"]
    assert read_file(b'{"a": 1}\n{"a": 2}\n')[0] == [{"a": 1}, {"a": 2}]
    assert read_file(as_json(FEATURE), url="https://s.example/f.ndjson")[0][0]["nom"] == "Essor"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=4), inside, max_size=4),
    max_leaves=5,
).filter(lambda value: "\\ud" not in json.dumps(value) and "\\u0000" not in json.dumps(value))
RECORDS = st.lists(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4), JSON_VALUES, max_size=3
    ),
    max_size=4,
)


@settings(max_examples=50)
@given(RECORDS, st.sampled_from([None, 1]))
def test_records_written_as_json_are_read_back(records: list[dict[str, Any]], indent: int | None) -> None:
    body = json.dumps(records, indent=indent).encode()
    assert read_file(body, format="json")[0] == records
    nested = json.dumps({"n": {"x": 1}, "p": {"q": records}, "z": []}, indent=indent).encode()
    assert read_file(nested, format="json", records="$.p.q[*]")[0] == records
    assert read_file(nested, format="json", records="$['p'].q[*]")[0] == records


@settings(max_examples=50)
@given(RECORDS.filter(bool))
def test_records_written_in_lines_are_read_back(records: list[dict[str, Any]]) -> None:
    body = "\n".join(json.dumps(record) for record in records).encode()
    assert read_file(body, format="ndjson")[0] == records
