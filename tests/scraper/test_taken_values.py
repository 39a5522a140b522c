"""Patterns on values, and fields that look into the structured data of a page."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.reading.html_source import HtmlReader
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageKind, PageRequest
from moisson_scraper.reading.value_pattern import PatternRefused, ValuePattern
from moisson_shared.contracts.sources import HtmlSource

ADDRESS = "https://s.example/dir/list"
LD = """<script type="application/ld+json">{"@graph": [
 {"@type": "Organization", "name": "Les Jardins", "url": "../jardins", "size": 12, "open": true, "none": null,
  "address": {"city": "Lyon", "zip": "69001"}, "tags": ["eau", "terre"]},
 {"@type": "Event", "name": "Fête"}]}</script>"""
MICRO = """<div itemscope itemtype="https://schema.org/Place"><span itemprop="name">Le lieu</span>
<a itemprop="url" href="lieu">x</a></div>"""
OG = '<meta property="og:title" content="Titre"><meta property="og:image" content="/i.png">'


def reader(field: dict[str, Any], *, detail: bool = False) -> HtmlReader:
    source: dict[str, Any] = {"kind": "html", "start_urls": [ADDRESS], "item": {"expression": "li"}}
    source |= {"detail": {"link": {"expression": "a"}, "fields": {"f": field}}} if detail else {"fields": {"f": field}}
    return HtmlReader(HtmlSource.model_validate(source))


def page(body: str) -> FetchedPage:
    return FetchedPage(ADDRESS, 200, "text/html; charset=utf-8", body.encode())


def in_item(field: dict[str, Any], inside: str) -> Any:
    (item,) = reader(field).read_listing(page(f"<ul><li>{inside}</ul>"), PageRequest(ADDRESS)).items
    assert isinstance(item, FoundItem)
    return item.values.get("f")


def in_page(field: dict[str, Any], body: str) -> tuple[Any, list[str]]:
    read = reader(field, detail=True).read_detail(page(body), PageRequest(ADDRESS, PageKind.DETAIL))
    return read.values.get("f"), [notice.code for notice in read.notices]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("<img src='/i.png' data-src='/j.png' srcset='/k.png'>", "/i.png"),
        ("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-src='/j.png'>", "/j.png"),
        ("<img data-src='/j.png' srcset='/k.png'>", "/j.png"),
        ("<img src=' ' data-lazy-src='/j.png'>", "/j.png"),
        ("<img src=' DATA:,' data-src='' srcset=' /k.png 480w, /l.png 960w'>", "/k.png"),
        ("<img srcset='/k.png, /l.png 2x'>", "/k.png"),
        ("<img srcset='/k,1.png 1x,/l.png 2x'>", "/k,1.png"),
        ("<img src='data:,' data-srcset='/k.png 1x'>", "/k.png"),
        ("<img src='about:blank' data-src='/j.png'>", "/j.png"),
        ("<img src='data:,' srcset='data:,x 1x'>", "data:,"),
        ("<img src='data:,'>", "data:,"),
        ("<img srcset=' , '>", None),
        ("<img src='' alt='x'>", None),
        ("<img src=' ' data-src='' srcset='data:,x 1x'>", None),
        ("<img alt='x'>", None),
    ],
)
def test_an_image_that_is_loaded_late_has_its_own_address(image: str, expected: str | None) -> None:
    whole = f"https://s.example{expected}" if expected and expected.startswith("/") else expected
    assert in_item({"expression": "img", "take": "link"}, image) == whole


@pytest.mark.parametrize(
    ("field", "inside", "expected"),
    [
        ({"expression": "b", "pattern": r"\d+"}, "<b>12 rue</b>", "12"),
        ({"expression": "b", "pattern": r"(\d{5}) (.*)"}, "<b>69001 Lyon</b>", "69001"),
        ({"expression": "b", "pattern": r"(?:rue|quai) (\w+)"}, "<b>3, quai Perrache</b>", "Perrache"),
        ({"expression": "b", "pattern": r"(?i)VILLE\s*:\s*(.*)"}, "<b>Ville : Saint-Étienne</b>", "Saint-Étienne"),
        ({"expression": "b", "pattern": r"\p{Lu}\pL+"}, "<b>12 École</b>", "École"),
        ({"expression": "b", "pattern": r"(?s)<i>(.*)</i>", "take": "html"}, "<b><i>a<br>b</i></b>", "a<br>b"),
        ({"expression": "b", "pattern": r"^x"}, "<b>abc</b>", None),
        ({"expression": "b", "pattern": r"^x"}, "<b>a</b><b>xy</b>", "x"),
        ({"expression": "b", "pattern": r"a(b)?c"}, "<b>ac</b>", None),
        ({"expression": "b", "pattern": r"a(b*)c"}, "<b>ac</b>", ""),
        ({"expression": "b", "pattern": r"[^,]+", "many": True}, "<b>a,b</b><b>,</b><b>c</b>", ["a", "c"]),
        ({"expression": "b::text", "pattern": r"\w+$", "many": True}, "<b>a b<i>c</i>d e</b>", ["b", "e"]),
        (
            {"expression": "a", "take": "attribute", "attribute": "onclick", "pattern": r"go\((\d+)\)"},
            "<a onclick='go(7)'>",
            "7",
        ),
        ({"expression": "a", "take": "link", "pattern": r"/(\d+)$"}, "<a href='../p/9'>", "9"),
        # Lazy images name their address elsewhere: an attribute as a link is made absolute.
        ({"expression": "img::attr(data-src)", "take": "link"}, "<img src='data:,' data-src='/i.png'>", "/i.png"),
        (
            {"expression": "img::attr(srcset)", "take": "link", "pattern": r"^[^\s,]+"},
            "<img srcset='/i.png 1x, /j.png 2x'>",
            "/i.png",
        ),
    ],
)
def test_a_pattern_takes_a_part(field: dict[str, Any], inside: str, expected: Any) -> None:
    if isinstance(expected, str) and expected.endswith(".png"):
        expected = f"https://s.example{expected}"
    assert in_item(field, inside) == expected


@pytest.mark.parametrize("pattern", ["(", "a(?=b)", r"(a)\1", "a{1001}", "[z-a]", "\ud800", "(?P<n>"])
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused, match="no regular expression that can be used"):
        ValuePattern(pattern)


@given(st.text(alphabet="ab\n", max_size=200))
def test_what_is_taken_is_in_the_value(text: str) -> None:
    whole = ValuePattern("(?:a|ab|b)*b").of(text)
    group = ValuePattern("((?:a|ab|b)*b)").of(text)
    assert whole == group
    assert (whole is None) == ("b" not in text)
    assert whole is None or whole in text


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"syntax": "json-ld", "expression": "$[?@['@type'] == 'Organization'].name"}, "Les Jardins"),
        ({"syntax": "json-ld", "expression": "$[*].name", "many": True}, ["Les Jardins", "Fête"]),
        ({"syntax": "json-ld", "expression": "$[*].address"}, {"city": "Lyon", "zip": "69001"}),
        ({"syntax": "json-ld", "expression": "$[*].tags"}, ["eau", "terre"]),
        ({"syntax": "json-ld", "expression": "$[*].tags[*]", "many": True}, ["eau", "terre"]),
        ({"syntax": "json-ld", "expression": "$..size"}, 12),
        ({"syntax": "json-ld", "expression": "$..open"}, True),
        ({"syntax": "json-ld", "expression": "$..none"}, None),
        ({"syntax": "json-ld", "expression": "$..absent"}, None),
        ({"syntax": "json-ld", "expression": "$..url", "take": "link"}, "https://s.example/jardins"),
        ({"syntax": "json-ld", "expression": "$..size", "take": "link"}, None),
        ({"syntax": "json-ld", "expression": "$..zip", "pattern": r"^\d\d"}, "69"),
        ({"syntax": "json-ld", "expression": "$..size", "pattern": r"^1"}, "1"),
        ({"syntax": "json-ld", "expression": "$..address", "pattern": r'"city":"(\w+)"'}, "Lyon"),
        ({"syntax": "microdata", "expression": "$[0].properties.name[0]"}, "Le lieu"),
        ({"syntax": "microdata", "expression": "$[0].properties.url[0]", "take": "link"}, "https://s.example/dir/lieu"),
        ({"syntax": "opengraph", "expression": "$['og:title'][0]"}, "Titre"),
        ({"syntax": "opengraph", "expression": "$['og:image'][*]", "take": "link"}, "https://s.example/i.png"),
    ],
)
def test_structured_data_of_a_page(field: dict[str, Any], expected: Any) -> None:
    assert in_page(field, f"<html><head>{LD}{OG}</head><body>{MICRO}</body></html>") == (expected, [])


def test_structured_data_of_an_item_is_within_it() -> None:
    field = {"syntax": "json-ld", "expression": "$[*].name", "many": True}
    items = "".join(
        f'<li><script type="application/ld+json">{{"name": "{name}"}}</script></li>' for name in ("Un", "Deux")
    )
    read = reader(field).read_listing(page(f"<head>{LD}</head><ul>{items}<li>x</li></ul>"), PageRequest(ADDRESS))
    assert [item.values for item in read.items if isinstance(item, FoundItem)] == [{"f": ["Un"]}, {"f": ["Deux"]}, {}]


def test_structured_data_that_cannot_be_read_is_told_and_the_rest_is_kept() -> None:
    field = {"syntax": "json-ld", "expression": "$[*].name"}
    broken = '<script type="application/ld+json">{"name": </script>'
    value, codes = in_page(field, f"<html>{broken}{LD}<h1>x</h1></html>")
    assert value == "Les Jardins"
    assert len(codes) == 1
