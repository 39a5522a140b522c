"""Pages and files that arrive in order and are made to hurt whoever reads them."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook

from tests.scraper.sample_site import answer

HTML = "text/html; charset=utf-8"
DOCTYPE = (
    '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/passwd">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    + "]>"
)


@dataclass(frozen=True)
class Content:
    """An answer to one spider, the reasons it comes to, and the values of the records that are kept."""

    name: str
    answer: bytes
    source: Mapping[str, Any]
    reasons: frozenset[str] = frozenset()
    values: list[dict[str, Any]] = field(default_factory=list)


def page(name: str, body: bytes | str, *reasons: str, kept: Any = None, kind: str = HTML, **source: Any) -> Content:
    """A page of one item, the `li`, whose field `v` is its `b`; `kept` is what should be there."""
    usual = {"item": {"expression": "li"}, "fields": {"v": {"expression": "b"}}}
    values = kept if isinstance(kept, list) else [] if kept is None else [{"v": kept}]
    return Content(
        name, answer(body, content_type=kind), {"kind": "html", **usual, **source}, frozenset(reasons), values
    )


def document(name: str, body: bytes | str, *reasons: str, kept: Any = None, **source: Any) -> Content:
    """A JSON document, whose items are its members."""
    given = answer(body, content_type="application/json")
    return Content(name, given, {"kind": "json", **source}, frozenset(reasons), kept or [])


def table(name: str, body: bytes | str, *reasons: str, kept: Any = None, **source: Any) -> Content:
    """A file, of rows for the most part."""
    return Content(name, answer(body, content_type=""), {"kind": "file", **source}, frozenset(reasons), kept or [])


def workbook(rows: bytes = b"", **parts: bytes) -> bytes:
    """A workbook whose sheet has this XML for its rows, or whose parts are replaced."""
    book, out, made = Workbook(), io.BytesIO(), io.BytesIO()
    book.save(out)
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    changed = {"xl/worksheets/sheet1.xml": sheet % rows} | {
        name.replace("__", "/"): part for name, part in parts.items()
    }
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changed.pop(name, old.read(name)))
        for name, part in changed.items():
            new.writestr(name, part)
    return made.getvalue()


def row(*cells: str) -> bytes:
    """A row of texts."""
    return b"<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells).encode() + b"</row>"


VERBATIM = (
    "=HYPERLINK(\"http://x\") +1 -1 @SUM {'$gt': ''} <b>&amp;</b> ${7*7} {{7*7}} ' OR 1=1 -- \u202e\u200b../../etc"
)
ESCAPED = VERBATIM.replace("&", "&amp;").replace("<", "&lt;")
NESTED = "<b>" * 240 + "x" + "</b>" * 240
SLOW: dict[str, Any] = {"fields": {"v": {"expression": "b b b b b"}}, "item": {"expression": "b"}}
OPERATORS = {"$gt": "", "a.b": {"$where": "sleep(1)"}, "__proto__": {"x": 1}, "": [{"$ne": None}], "_id": {"$oid": "x"}}

PAGES = [
    page("an entity bomb in HTML", DOCTYPE + "<li><b>&k;&f;</b>", kept="&k;&f;"),
    page("an external entity in XHTML", DOCTYPE + "<li><b>&f;</b>", kept="&f;", kind="application/xhtml+xml"),
    page("an include in HTML", '<li><b><xi:include href="file:///etc/passwd"/>x</b>', kept="x"),
    page(
        "fifty thousand elements within each other",
        "<li><b>x</b></li>" + "<div>" * 50_000,
        "nested-too-deeply",
        kept="x",
    ),
    page("nested within the parser's limit", "<li>" + "<p><b>" * 100, kept=""),
    page(
        "three hundred thousand attributes",
        "<li><b " + "".join(f"a{n}=1 " for n in range(300_000)) + ">x</b>",
        "too-many-attributes",
    ),
    page(
        "fifty thousand attributes in UTF-16",
        ("<li><b " + "".join(f"a{n} " for n in range(50_000)) + ">x</b>").encode("utf-16"),
        "too-many-attributes",
    ),
    page(
        "thirty thousand attributes with markup as values",
        "<li><b " + "".join(f"a{n}='<p>'" for n in range(30_000)) + ">x</b>",
        "too-many-attributes",
    ),
    page("a hundred thousand links", "<li><b>x</b></li>" + "<a href=/x>y</a>" * 100_000, kept="x"),
    page("fifty thousand items", "<li>" * 50_000, "limit-records", "key-collision", kept=[{}] * 1000),
    page("an attribute of two megabytes", f"<li><b title='{'x' * 2_000_000}'>x</b>", kept="x"),
    page("a name of one megabyte", f"<li><{'x' * 1_000_000}></li><li><b>x</b>", kept=[{}, {"v": "x"}]),
    page("a value of two megabytes", f"<li><b>{'x' * 2_000_000}</b>", kept="x" * 2_000_000),
    page("a comment without end", "<li><b>x</b></li><!--" + "-" * 1_000_000, kept="x"),
    page("NUL in markup", b"<ul\0><li><b>a\0b</b>", "nul-bytes", kept="a\ufffdb"),
    page("bytes that are no UTF-8", b"<li><b>\xc3\xa9\xff\xc0\x80</b>", "invalid-bytes", kept="é\ufffd\ufffd\ufffd"),
    page("UTF-16 that says it is UTF-8", "<li><b>été</b>".encode("utf-16"), kept="été"),
    page(
        "UTF-8 that says it is UTF-16", "<li><b>été</b>", "wrong-charset", kept="été", kind="text/html; charset=utf-16"
    ),
    page("UTF-7", b"<li><b>+ADw-script+AD4-</b>", kept="+ADw-script+AD4-", kind="text/html; charset=utf-7"),
    page("a charset that is none", "<li><b>été</b>", kept="été", kind="text/html; charset=../../etc/passwd"),
    page("a charset that packs", "<li><b>x</b>", kept="x", kind="text/html; charset=zlib_codec"),
    page(
        "a charset that takes the square", f"<li><b>x</b>{'é' * 100_000}", kept="x", kind="text/html; charset=punycode"
    ),
    page("formulas, markup and operators", f"<li><b>{ESCAPED}</b>", kept=VERBATIM),
    page("a selector that takes long", NESTED * 20, "reading-too-long", **SLOW),
    page(
        "text that multiplies",
        "<b>" * 200 + "x" * 400_000 + "</b>" * 200,
        "reading-too-large",
        item={"expression": "b"},
        fields={"v": {"expression": "b", "many": True}},
    ),
    page(
        "a path that multiplies in JSON-LD",
        f"<li><script type='application/ld+json'>{{\"a\": {'[' * 50}1{']' * 50}}}</script>",
        "reading-too-long",
        fields={"v": {"syntax": "json-ld", "expression": "$[0].a" + "[0,0]" * 40}},
    ),
    page("a hundred thousand character references", "<li><b>x</b>" + "&#x10FFFF;" * 100_000, kept="x"),
]
DOCUMENTS = [
    document("brackets a hundred thousand deep", "[" * 100_000, "not-json"),
    document("objects a hundred thousand deep", '{"a":' * 100_000, "not-json"),
    document(
        "an item a hundred deep", f'[{{"a": {"[" * 100}{"]" * 100}}}, {{"a": 1}}]', "nested-too-deeply", kept=[{"a": 1}]
    ),
    document("a number of a hundred thousand digits", f'[{{"a": {"9" * 100_000}}}]', "not-json"),
    document("a number of a million digits after the point", f'[{{"a": 0.{"9" * 1_000_000}}}]', kept=[{"a": 1.0}]),
    document("a number beyond all numbers", '[{"a": 1e999999999}]', kept=[{"a": "1e999999999"}]),
    document("NaN", '[{"a": NaN}]', "not-json"),
    document("infinity", '[{"a": -Infinity}]', "not-json"),
    document("one key twice", '[{"a": 1, "a": 2}]', kept=[{"a": 2}]),
    document(
        "half a pair", '[{"a": "\\ud800", "\\udfff": 1}]', "unkeepable-characters", kept=[{"a": "\ufffd", "\ufffd": 1}]
    ),
    document("NUL", '[{"a\\u0000": "\\u0000"}]', "unkeepable-characters", kept=[{"a\ufffd": "\ufffd"}]),
    document("operators as keys", json.dumps([OPERATORS]), kept=[OPERATORS]),
    document(
        "fifty thousand empty objects", "[" + "{}," * 50_000 + "{}]", "limit-records", "key-collision", kept=[{}] * 1000
    ),
    document("a path that multiplies", "[" * 50 + "1" + "]" * 50, "reading-too-long", items="$" + "[0,0]" * 40),
    document("JSON that is cut off", '[{"a": 1}, {"a"', "not-json"),
    document("no JSON at all", "<html>", "not-json"),
]
WIDE = {"a": "1", "b": "1"} | {f"(column {n})": "1" for n in range(3, 2001)}
TABLES = [
    table("formulas and operators", f'a\n"{VERBATIM.replace(chr(34), chr(34) * 2)}"\n', kept=[{"a": VERBATIM}]),
    table(
        "a million columns without a name",
        "a" + ";" * 1_000_000 + "\n1;2\n",
        "ragged-row",
        kept=[{"a": "1", "(column 2)": "2"}],
    ),
    table("three hundred thousand columns", ";".join(f"c{n}" for n in range(300_000)), "too-many-columns"),
    table("a row of a million cells", "a;b\n" + "1;" * 1_000_000 + "\n", "cells-left-out", "ragged-row", kept=[WIDE]),
    table("two hundred thousand blank rows", "a;b\n1;2\n" + ";\n" * 200_000, "blank-row", kept=[{"a": "1", "b": "2"}]),
    table("a quote without end", 'a;b\n"' + "x" * 4_500_000, "not-csv"),
    table("NUL in a file", b"a;b\n1;\0\n", "nul-bytes", kept=[{"a": "1", "b": "\ufffd"}]),
    table("an archive that bursts", workbook(xl__bomb=b"0" * 100_000_000), "archive-too-large"),
    table("a sheet that bursts", workbook(b"<row>" + b"<c/>" * 3_000_000 + b"</row>"), "archive-too-large"),
    table(
        "a workbook of entities",
        workbook(xl__workbook=b"", **{"xl__sharedStrings.xml": DOCTYPE.encode() + b"<sst/>"}),
        "no-header",
    ),
    table("a column beyond all columns", workbook(row("a") + b'<row><c r="ZZZZZZZZ2"><v>1</v></c></row>'), "not-xlsx"),
    table("formulas in a workbook", workbook(row("a") + row("=1+1")), kept=[{"a": "=1+1"}]),
    table(
        "an entity in a sheet",
        workbook(row("a"), **{"xl__worksheets__sheet1.xml": DOCTYPE.encode() + b"<worksheet/>"}),
        "not-xlsx",
    ),
    table("a workbook that is none", b"PK\x03\x04" + b"\0" * 1000, "not-xlsx"),
    table(
        "a path that multiplies in a file",
        "[" * 50 + "1" + "]" * 50,
        "reading-too-long",
        format="json",
        records="$" + "[0,0]" * 40,
    ),
    table(
        "a field that multiplies in a file",
        '[{"a":' + "[" * 50 + "1" + "]" * 50 + "}]",
        "reading-too-long",
        fields={"v": "$.a" + "[0,0]" * 40},
    ),
    table("names that climb", workbook(row("a") + row("x"), **{"..__..__tmp__x": b"x"}), kept=[{"a": "x"}]),
]
