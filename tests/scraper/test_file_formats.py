"""Files as a whole: the format is found, and what is broken or hostile is refused with a word."""

import gzip
from typing import Any

import pytest

from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.unpacking import unpacked
from moisson_scraper.reading.xml_records import MOST_PARTS
from tests.scraper.sample_files import MIMETYPE, archive, as_json, ods, ods_sheet, read_file


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


LONG = {"texte": "x" * 5000, "geometry": None}
LONG_FEATURES = [{"type": "Feature", "properties": {"texte": "x" * 5000}, "geometry": None}] * 2


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
        (as_json({"features": LONG_FEATURES, "type": "FeatureCollection"}), "", "f.json", [LONG, LONG]),
    ],
)
def test_the_format_is_found(body: bytes, content_type: str, name: str, values: list[dict[str, Any]]) -> None:
    assert read_file(body, content_type, f"https://s.example/{name}?v=1")[0] == values


ENTITIES = b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><l><p>&b;</p><p/></l>'
EXTERNAL = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l><p>&a;</p><p/></l>'
ATTRIBUTES = b"<!DOCTYPE l [%s]><l>%s</l>" % (
    b"".join(b'<!ATTLIST p a%d CDATA "x">' % number for number in range(20_000)),
    b"<p/>" * 20_000,
)
"""Four hundred million attributes in half a megabyte."""
PARAMETERS = b'<!DOCTYPE l [<!ENTITY % a SYSTEM "http://127.0.0.1/x"> %a;]><l><p/><p/></l>'


@pytest.mark.parametrize(
    ("body", "source", "code"),
    [
        (ENTITIES, {}, "xml-entities"),
        (ATTRIBUTES, {}, "xml-attributes"),
        (b"<l><p %s/><p/></l>" % b" ".join(b'a%d="1"' % n for n in range(5001)), {}, "too-many-attributes"),
        (EXTERNAL, {}, "xml-entities"),
        (PARAMETERS, {}, "xml-entities"),
        (b"<!DOCTYPE l><l><p>&a;</p><p/></l>", {}, "not-xml"),
        (archive({"projets.csv": b"a;b"}), {}, "unknown-format"),
        (b"<l><p><n>1</n></p><p>", {"records": "//p"}, "not-xml"),
        (b"<l><p></l>", {}, "not-xml"),
        (b"<a>" * 50_000, {"format": "xml"}, "nested-too-deeply"),
        (b"a;b\n", {"format": "xml"}, "not-xml"),
        (b"<l><p/></l>", {}, "records-not-found"),
        (b"<!doctype html><html><p>x</p><p>y</p></html>", {"format": "xml"}, "not-xml"),
        (b"<?xml version='1.0'?><html xmlns='x'><p/><p/></html>", {"format": "json"}, "not-json"),
        (b"<?xml version='1.0'?><l/>", {"format": "csv"}, "not-csv"),
        (b' {"error": "no such resource"}\n', {"format": "csv"}, "not-csv"),
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
