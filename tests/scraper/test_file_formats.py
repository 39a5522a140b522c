"""Files of records as pure functions: JSON, lines of JSON, GeoJSON, XML, OpenDocument, packed or not."""

import gzip
import json
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.unpacking import unpacked
from moisson_scraper.reading.xml_paths import XmlPath, XmlPathRefused
from moisson_scraper.reading.xml_records import MOST_PARTS
from tests.scraper.sample_files import MIMETYPE, archive, ods, ods_cell, ods_sheet, read_file

POINT = {"type": "Point", "coordinates": [4.36, 43.84]}
FEATURE = {"type": "Feature", "id": 7, "properties": {"nom": "Essor", "n": 1.5}, "geometry": POINT}
COLLECTION = {"type": "FeatureCollection", "features": [FEATURE, {**FEATURE, "properties": None}]}


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


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


# XML.


@pytest.mark.parametrize(
    ("text", "records", "values"),
    [
        ("<l><p><nom>A</nom></p><p><nom>B</nom></p></l>", None, [{"nom": "A"}, {"nom": "B"}]),
        ("<l><p><nom>A</nom></p></l>", "/l/p", [{"nom": "A"}]),
        ("<l><x><p><n>1</n></p></x><p><n>2</n></p></l>", "//p", [{"n": "1"}, {"n": "2"}]),
        ("<l><x><p><n>1</n></p></x><p><n>2</n></p></l>", "/l/p", [{"n": "2"}]),
        ("<l><x><p><n>1</n></p></x><y><p><n>2</n></p></y></l>", "/l/*/p", [{"n": "1"}, {"n": "2"}]),
        ("<l><x><p><n>1</n></p></x></l>", "/l//n", [{"#text": "1"}]),
        ('<l><p id="1"><t>a</t><t>b</t><v/></p></l>', "//p", [{"@id": "1", "t": ["a", "b"], "v": ""}]),
        ('<l><p><m k="1">x</m></p></l>', "//p", [{"m": {"@k": "1", "#text": "x"}}]),
        ("<l><p>\n <n>1</n>\n</p></l>", "//p", [{"n": "1"}]),
        ("<l><p>un <b>deux</b> trois</p></l>", "//p", [{"b": "deux", "#text": "un  trois"}]),
        ("<l><p>seul</p><p/></l>", "//p", [{"#text": "seul"}, {}]),
        ("<l><p> </p></l>", "//p", [{"#text": " "}]),
        (
            '<e:l xmlns:e="u"><e:p e:id="1" xml:lang="fr"><e:n>1</e:n></e:p></e:l>',
            "/x:l/y:p",
            [{"@id": "1", "@lang": "fr", "n": "1"}],
        ),
        ('<l xmlns="u"><p xml:lang="fr" lang="en"/></l>', "//p", [{"@lang": "en", "@xml:lang": "fr"}]),
        ("<l><p><p>x</p></p></l>", "//p", [{"p": "x"}]),
        ("<l><p><![CDATA[<b>&nbsp;</b>]]></p></l>", "//p", [{"#text": "<b>&nbsp;</b>"}]),
        ('<!DOCTYPE l SYSTEM "http://s.example/l.dtd"><l><p>a&eacute;b</p></l>', "//p", [{"#text": "a&eacute;b"}]),
    ],
)
def test_xml(text: str, records: str | None, values: list[dict[str, Any]]) -> None:
    assert read_file(text.encode(), **({"records": records} if records else {}))[0] == values


def test_xml_without_such_records_says_so() -> None:
    assert read_file(b"<l><p/></l>", records="//q")[:2] == ([], ["no-items-in-page"])


NAMES = st.text("abcxyz", min_size=1, max_size=3)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))


@given(st.lists(st.dictionaries(NAMES, st.lists(TEXTS, min_size=1, max_size=3)), min_size=1))
def test_records_written_as_xml_are_read_back(records: list[dict[str, list[str]]]) -> None:
    def written(record: dict[str, list[str]]) -> str:
        return "".join(f"<{name}>{escape(text)}</{name}>" for name, texts in record.items() for text in texts)

    body = f"<l>{''.join(f'<rec>{written(record)}</rec>' for record in records)}</l>".encode()
    expected = [{name: texts if len(texts) > 1 else texts[0] for name, texts in one.items()} for one in records]
    assert read_file(body, format="xml", records="/l/rec")[0] == expected


@pytest.mark.parametrize(
    ("declaration", "encoding", "content_type", "said"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?>', "cp1252", "", "cp1252"),
        ("", "utf-8", "text/xml", "utf-8"),
        ('<?xml version="1.0"?>', "cp1252", "", "cp1252"),
        ('<?xml version="1.0" encoding="utf-8"?>', "utf-16", "", "utf-16-le"),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-8", "", "utf-8"),
        ('<?xml version="1.0"?>', "cp1252", "text/xml; charset=windows-1252", "cp1252"),
    ],
)
def test_xml_in_any_encoding(declaration: str, encoding: str, content_type: str, said: str) -> None:
    text = f"{declaration}<l><p><n>Forêt d’été, « œuvre »</n></p><p><n>à</n></p></l>"
    values, _, found = read_file(text.encode(encoding), content_type)
    assert values[0] == {"n": "Forêt d’été, « œuvre »"}
    assert found == said


def test_characters_that_xml_cannot_have_cost_themselves_only() -> None:
    values, codes, _ = read_file(b"<l><p>a\x0bb\x00</p><p/></l>")
    assert values == [{"#text": "a\ufffdb\ufffd"}, {}]
    assert codes == ["nul-bytes", "control-characters"]


@pytest.mark.parametrize("path", ["", "/", "//", "liste", "/a[1]", "/a/@b", "/a/", "/a b", "/a" * 40, "$.a", "/x:"])
def test_paths_that_are_refused(path: str) -> None:
    with pytest.raises(XmlPathRefused):
        XmlPath(path)


# OpenDocument.


def test_a_spreadsheet_keeps_numbers_and_writes_dates() -> None:
    typed = (
        '<table:table-cell office:value-type="date" office:date-value="2018-03-01"/>'
        '<table:table-cell office:value-type="date" office:date-value="2018-03-01T12:30:00"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT12H30M00S"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT36H00M00S"/>'
        '<table:table-cell office:value-type="currency" office:value="12.50"><text:p>12,5</text:p></table:table-cell>'
        '<table:table-cell office:value-type="percentage" office:value="1"/>'
    )
    header = "".join(map(ods_cell, ["nom", "oui", "jour", "à", "heure", "durée", "prix", "part"]))
    row = f"{ods_cell('Essor')}{ods_cell(True)}{typed}"
    rows = "".join(f"<table:table-row>{cells}</table:table-row>" for cells in (header, row))
    values, codes, _ = read_file(ods(f"<table:table>{rows}</table:table>"))
    assert values == [
        {
            "nom": "Essor",
            "oui": True,
            "jour": "2018-03-01",
            "à": "2018-03-01T12:30:00",
            "heure": "12:30:00",
            "durée": "PT36H00M00S",
            "prix": 12.5,
            "part": 1,
        }
    ]
    assert isinstance(values[0]["part"], int)
    assert codes == []


def test_the_text_of_a_cell_is_what_one_sees() -> None:
    cell = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation>'
        '<text:p>a<text:s text:c="3"/>b<text:span>c<text:tab/>d</text:span></text:p>'
        "<text:p>e<text:line-break/>f<text:note><text:p>g</text:p></text:note></text:p></table:table-cell>"
    )
    rows = f"<table:table-row>{ods_cell('x')}</table:table-row><table:table-row>{cell}</table:table-row>"
    assert read_file(ods(f"<table:table>{rows}</table:table>"))[0] == [{"x": "a   bc\td\ne\nfg"}]


def repeated(kind: str, times: int, inside: str) -> str:
    attribute = "rows" if kind == "row" else "columns"
    return f'<table:table-{kind} table:number-{attribute}-repeated="{times}">{inside}</table:table-{kind}>'


def test_what_is_repeated_is_told_within_limits() -> None:
    text = "<text:p>x</text:p>"
    header = repeated("row", 1, ods_cell("a") + ods_cell("b"))
    pair = repeated("cell", 2, text)
    blank = repeated("row", 1_048_000, repeated("cell", 16_384, ""))
    values, codes, _ = read_file(ods(f"<table:table>{header}{repeated('row', 3, pair)}{blank}</table:table>"))
    assert (values, codes) == ([{"a": "x", "b": "x"}] * 3, [])
    values, codes, _ = read_file(
        ods(f"<table:table>{header}{repeated('row', 2, '')}{repeated('row', 1, pair)}</table:table>")
    )
    assert (len(values), codes) == (1, ["blank-row", "blank-row"])
    values, codes, _ = read_file(ods(f"<table:table>{header}{repeated('row', 10**30, pair)}</table:table>"))
    assert len(values) == 100_001
    assert codes == ["rows-left-out"]
    values, codes, _ = read_file(
        ods(f"<table:table>{header}{repeated('row', 1, repeated('cell', 10**9, text))}</table:table>")
    )
    assert len(values[0]) == 2000
    assert codes == ["ragged-row", "cells-left-out"]


def test_sheets_are_chosen_by_name_or_the_first_with_anything_in_it() -> None:
    body = ods(ods_sheet([], "Vide"), ods_sheet([["a"], [1]], "Une"), ods_sheet([["b"], [2]], "Deux"))
    assert read_file(body)[0] == [{"a": 1}]
    assert read_file(body, sheet="Deux")[0] == [{"b": 2}]
    with pytest.raises(Unreadable, match="Vide, Une, Deux"):
        read_file(body, sheet="Trois")


CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text("aé &<\"'", min_size=1).map(str.strip).filter(bool)
)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1))
def test_cells_written_as_a_spreadsheet_are_read_back(rows: list[list[Any]]) -> None:
    kept = [{name: cell for name, cell in zip("ab", row, strict=True) if cell is not None} for row in rows]
    assert read_file(ods(ods_sheet([["a", "b"], *rows])), header_row=1)[0] == [row for row in kept if row]


# The file as a whole.


@pytest.mark.parametrize(
    ("rows", "values", "codes"),
    [
        (
            "Liste des projets\n\na;b;c\n1;2;3\n4;5;6\n",
            [{"a": "1", "b": "2", "c": "3"}, {"a": "4", "b": "5", "c": "6"}],
            ["header-found"],
        ),
        ("\n\na;b\n1;2\n", [{"a": "1", "b": "2"}], []),
        ("a;;\n1;2;3\n", [{"a": "1"}], ["ragged-row"]),
        ("a\n1\n", [{"a": "1"}], []),
    ],
)
def test_the_header_is_found(rows: str, values: list[dict[str, str]], codes: list[str]) -> None:
    found, told, _ = read_file(rows.encode())
    assert found[0].items() >= values[0].items()
    assert told == codes


@pytest.mark.parametrize(
    ("body", "content_type", "name", "values"),
    [
        (gzip.compress(b"a;b\n1;2\n"), "application/gzip", "f.csv.gz", [{"a": "1", "b": "2"}]),
        (gzip.compress(b"a;b\n") + gzip.compress(b"1;2\n") + b"\0\0", "", "f", [{"a": "1", "b": "2"}]),
        (gzip.compress(as_json([{"a": 1}])), "", "f.json.gz", [{"a": 1}]),
        (gzip.compress(ods(ods_sheet([["a"], [1]]))), "", "f", [{"a": 1}]),
        (ods(ods_sheet([["a"], [1]])), "text/csv", "f.csv", [{"a": 1}]),
        (b"[a;b\n1;2\n", "text/csv", "f", [{"[a": "1", "b": "2"}]),
        (b"{a;b\n1;2\n", "", "f.csv", [{"{a": "1", "b": "2"}]),
        (b"\xef\xbb\xbf" + as_json([{"a": 1}]), "text/plain", "f.txt", [{"a": 1}]),
        (b"\n<l><p>1</p><p>2</p></l>", "text/plain", "f", [{"#text": "1"}, {"#text": "2"}]),
    ],
)
def test_the_format_is_found(body: bytes, content_type: str, name: str, values: list[dict[str, Any]]) -> None:
    assert read_file(body, content_type, f"https://s.example/{name}?v=1")[0] == values


ENTITIES = b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><l><p>&b;</p><p/></l>'
EXTERNAL = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l><p>&a;</p><p/></l>'
PARAMETERS = b'<!DOCTYPE l [<!ENTITY % a SYSTEM "http://127.0.0.1/x"> %a;]><l><p/><p/></l>'


@pytest.mark.parametrize(
    ("body", "source", "code"),
    [
        (ENTITIES, {}, "xml-entities"),
        (EXTERNAL, {}, "xml-entities"),
        (PARAMETERS, {}, "xml-entities"),
        (b"<l><p>&a;</p><p/></l>", {}, "not-xml"),
        (b"<l><p><n>1</n></p><p>", {"records": "//p"}, "not-xml"),
        (b"<l><p></l>", {}, "not-xml"),
        (b"<a>" * 50_000, {"format": "xml"}, "nested-too-deeply"),
        (b"a;b\n", {"format": "xml"}, "not-xml"),
        (b"<l><p/></l>", {}, "records-not-found"),
        (b"<!doctype html><html><p>x</p><p>y</p></html>", {"format": "xml"}, "not-xml"),
        (b"<?xml version='1.0'?><html xmlns='x'><p/><p/></html>", {"format": "json"}, "not-json"),
        (b"<?xml version='1.0'?><l/>", {"format": "csv"}, "not-csv"),
        (b"[" * 100_000, {"format": "json"}, "not-json"),
        (b'{"a":' * 100_000, {}, "not-json"),
        (b'[{"a": NaN}]', {}, "not-json"),
        (b'[{"a": 1} {"a": 2}]', {}, "not-json"),
        (b'[{"a": 1},', {}, "not-json"),
        (b'{"p": [{"a": 1}', {"records": "$.p[*]"}, "not-json"),
        (b'{"p" [1]}', {"records": "$.p[*]"}, "not-json"),
        (b'{"x": 1 "p": [1]}', {"records": "$.p[*]"}, "not-json"),
        (b'{"a": 1}', {}, "records-not-found"),
        (b"PK\x03\x04", {"format": "json"}, "not-json"),
        (b"x\ny\n", {"format": "ndjson"}, "not-ndjson"),
        (b"\x1f\x8bxx", {}, "not-gzip"),
        (gzip.compress(b"a;b\n1;2\n" * 100)[:-12], {}, "not-gzip"),
        (b"nothing", {"format": "ods"}, "not-ods"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {}, "unknown-format"),
        (b"%PDF-1.4", {"format": "csv"}, "unknown-format"),
        (as_json([{"a": 1}]), {"records": "/l/p"}, "not-xml"),
        (b"a;b\n1;2\n", {"records": "/l/p"}, "not-xml"),
        (b"<l><p/><p/></l>", {"records": "$[*]"}, "not-json"),
        (b'{"a": 1}\n{"a": 2}\n', {"records": "$[*]"}, "not-json"),
        (b"a;b\n1;2\n", {"fields": {"a": "$.a"}}, "not-records"),
        (ods(ods_sheet([["a"], [1]])), {"fields": {"a": "$.a"}}, "not-records"),
        (archive({"mimetype": MIMETYPE}), {}, "not-ods"),
        (archive({"content.xml": b"<office:document-content>"}), {}, "not-ods"),
        (ods("<table:table><table:table-row>")[:-40], {}, "not-ods"),
        (ods(), {}, "no-such-sheet"),
        (ods(ods_sheet([])), {}, "no-header"),
        (ods(ods_sheet([["a"], [1]]), more={"m.bin": b"0" * 30_000_000}), {}, "archive-too-large"),
        (archive({"content.xml": ENTITIES}), {}, "xml-entities"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_with_a_word(body: bytes, source: dict[str, Any], code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_file(body, **source)
    assert refusal.value.code == code
    assert len(refusal.value.message) <= 300


def test_a_packed_file_is_not_unpacked_beyond_its_limit() -> None:
    packed = gzip.compress(b"x" * 1000) + gzip.compress(b"y" * 1000)
    assert unpacked(packed, 2000) == b"x" * 1000 + b"y" * 1000
    with pytest.raises(Unreadable) as refusal:
        unpacked(packed, 1999)
    assert refusal.value.code == "archive-too-large"


def test_a_record_that_is_too_large_or_deep_costs_itself_only() -> None:
    large = b"<p>" + b"<x/>" * MOST_PARTS + b"</p>"
    deep = b"<p>" + b"<x>" * 60 + b"</x>" * 60 + b"</p>"
    values, codes, _ = read_file(b"<l><p>1</p>" + large + deep + b"<p>2</p></l>", records="/l/p")
    assert values == [{"#text": "1"}, {"#text": "2"}]
    assert codes == ["record-too-large", "nested-too-deeply"]
    nested: Any = 1
    for _ in range(70):
        nested = [nested]
    assert read_file(as_json([{"a": nested}, {"a": 1}]))[:2] == ([{"a": 1}], ["nested-too-deeply"])


def test_one_enormous_tag_is_read_in_time() -> None:
    body = b'<l><p a="' + b"x" * 10_000_000 + b'"/><p/></l>'
    assert [len(value.get("@a", "")) for value in read_file(body, records="/l/p")[0]] == [10_000_000, 0]
    comments = b"<l>" + b"<!-- x -->" * 2_000_000 + b"<p/></l>"
    assert read_file(comments, records="/l/p")[0] == [{}]
    for large in (b'<l><p a="' + b"x" * 20_000_000 + b'"/></l>', b"<l><!--" + b"x" * 20_000_000 + b"--></l>"):
        with pytest.raises(Unreadable) as refusal:
            read_file(large, records="/l/p")
        assert refusal.value.code == "tag-too-large"
