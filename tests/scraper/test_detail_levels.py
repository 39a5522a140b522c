"""Pages behind items as pure functions: nested, of either kind, found by links or by values."""

import json
from typing import Any

import pytest

from moisson_scraper.reading.html_source import HtmlReader
from moisson_scraper.reading.json_source import JsonReader
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageKind, PageRequest, SourceReader
from moisson_shared.contracts.sources import HtmlSource, JsonSource

LIST = "https://s.example/dir/list"
TITLE = {"titre": {"expression": "h1"}}
NAME = {"nom": {"expression": "b"}}


def of_html(**source: Any) -> HtmlReader:
    given = {"kind": "html", "start_urls": [LIST], "item": {"expression": "li"}, **source}
    return HtmlReader(HtmlSource.model_validate(given))


def of_json(**source: Any) -> JsonReader:
    return JsonReader(JsonSource.model_validate({"kind": "json", "url": LIST, **source}))


def page(body: object, address: str = LIST) -> FetchedPage:
    if isinstance(body, str):
        return FetchedPage(address, 200, "text/html; charset=utf-8", body.encode())
    return FetchedPage(address, 200, "application/json", json.dumps(body).encode())


def first(made: SourceReader, body: object) -> tuple[FoundItem | None, list[str]]:
    """The first item of a listing, and the codes of what was noticed."""
    entries = list(made.read_listing(page(body), PageRequest(LIST)).items)
    item = next((entry for entry in entries if isinstance(entry, FoundItem)), None)
    return item, [entry.code for entry in entries if isinstance(entry, Notice)]


def asked(request: PageRequest | None) -> tuple[str, int, str] | None:
    if request is None:
        return None
    assert request.kind is PageKind.DETAIL
    return request.address, request.position, "html" if request.accept.startswith("text/html") else "json"


@pytest.mark.parametrize(
    ("link", "address", "inside", "expected"),
    [
        # What is found is the address.
        ({"expression": "a"}, None, "<a href='/1'>A</a>", "https://s.example/1"),
        ({"expression": "a", "take": "link"}, None, "<a href='1'>A</a>", "https://s.example/dir/1"),
        ({"expression": "a::attr(href)"}, None, "<a href='?n=1'>A</a>", "https://s.example/dir/list?n=1"),
        (
            {"expression": "b", "take": "attribute", "attribute": "onclick", "pattern": r"open\('([^']+)'\)"},
            None,
            "<b onclick=\"open('../p/12')\">A</b>",
            "https://s.example/p/12",
        ),
        (
            {"expression": "a", "take": "link", "pattern": r"^javascript:go\('(.*)'\)$"},
            None,
            "<a href=\"javascript:go('/p/12')\">A</a>",
            "https://s.example/p/12",
        ),
        ({"expression": "a", "pattern": "/projet/.*"}, None, "<a href=/x>x</a><a href=/projet/1>", "/projet/1"),
        ({"expression": "a", "pattern": "nothing"}, None, "<a href=/x>x</a>", None),
        ({"expression": "a"}, None, "<a>A</a>", None),
        (
            {"expression": "a"},
            None,
            "<a href='javascript:fav()'>+</a><a href='mailto:x@y.z'>@</a><a href=/1>A</a>",
            "https://s.example/1",
        ),
        # What is found fills the address.
        ({"expression": "b"}, "https://a.example/p/{value}", "<b> A-1\n</b>", "https://a.example/p/A-1"),
        ({"expression": "b"}, "https://a.example/p/{value}", "<b>é/?&</b>", "https://a.example/p/%C3%A9%2F%3F%26"),
        ({"expression": "b"}, "https://a.example/{value}/{value}", "<b>1</b>", "https://a.example/1/1"),
        ({"expression": "b"}, "https://a.example/p/{value}", "<b> </b><b>2</b>", None),
        ({"expression": "b", "many": True}, "https://a.example/{value}", "<b> </b><b>2</b>", "https://a.example/2"),
        (
            {"expression": "b", "take": "attribute", "attribute": "data-id"},
            "https://a.example/p?id={value}&f=json",
            "<b data-id=12>A</b>",
            "https://a.example/p?id=12&f=json",
        ),
        (
            {"expression": "a", "take": "link", "pattern": r"/(\d+)-"},
            "https://a.example/{value}",
            "<a href='x/12-nom'>A</a>",
            "https://a.example/12",
        ),
        (
            {"expression": "a", "take": "link"},
            "https://a.example/?u={value}",
            "<a href='1'>A</a>",
            "https://a.example/?u=https%3A%2F%2Fs.example%2Fdir%2F1",
        ),
        ({"expression": "b"}, "https://a.example/p/{value}", "<i>A</i>", None),
    ],
)
@pytest.mark.parametrize("kind", ["html", "json"])
def test_a_page_found_by_a_link(
    kind: str, link: dict[str, Any], address: str | None, inside: str, expected: str | None
) -> None:
    fields = TITLE if kind == "html" else {"titre": "$.t"}
    detail = {"kind": kind, "link": link, "address": address, "fields": fields}
    item, codes = first(of_html(detail=detail), f"<ul><li>{inside}</li></ul>")
    assert item is not None
    if expected is not None and expected.startswith("/"):
        expected = f"https://s.example{expected}"
    assert asked(item.detail) == ((expected, 0, kind) if expected else None)
    assert item.url == expected
    assert codes == ([] if expected else ["item-without-detail"])


@pytest.mark.parametrize(
    ("value", "address", "expected", "code"),
    [
        ("/p/1", None, "https://s.example/p/1", None),
        ("1?a=b", None, "https://s.example/dir/1?a=b", None),
        ("//o.example/1", None, "https://o.example/1", None),
        ("HTTPS://O.example", None, "https://o.example/", None),
        ("", None, None, "item-without-detail"),
        ("  ", None, None, "item-without-detail"),
        (None, None, None, "item-without-detail"),
        (12, None, None, "item-without-detail"),
        (["/p/1"], None, None, "item-without-detail"),
        ("mailto:a@b.c", None, None, "detail-not-a-page"),
        ("http://[", None, None, "item-without-detail"),
        ("a/b é", "https://a.example/{value}", "https://a.example/a%2Fb%20%C3%A9", None),
        (12, "https://a.example/{value}", "https://a.example/12", None),
        (0, "https://a.example/{value}", "https://a.example/0", None),
        (True, "https://a.example/{value}", None, "item-without-detail"),
        ({"a": 1}, "https://a.example/{value}", None, "item-without-detail"),
    ],
)
@pytest.mark.parametrize("kind", ["html", "json"])
def test_a_page_found_by_a_value(
    kind: str, value: object, address: str | None, expected: str | None, code: str | None
) -> None:
    fields = TITLE if kind == "html" else {"titre": "$.t"}
    made = of_json(detail={"kind": kind, "value": "$.v", "address": address, "fields": fields})
    item, codes = first(made, [{"v": value}])
    assert item is not None
    assert asked(item.detail) == ((expected, 0, kind) if expected else None)
    assert item.url == expected
    assert codes == ([code] if code else [])


def test_the_link_of_an_item_is_its_page_and_the_detail_is_read_elsewhere() -> None:
    made = of_json(link="$.page", detail={"kind": "html", "value": "$.v", "fields": TITLE})
    item, _ = first(made, [{"v": "/d/1", "page": "/p/1"}])
    assert item is not None
    assert (item.url, asked(item.detail)) == ("https://s.example/p/1", ("https://s.example/d/1", 0, "html"))


def test_three_levels_of_either_kind() -> None:
    third = {"value": "$.suite", "kind": "html", "fields": NAME}
    second = {"link": {"expression": "i"}, "kind": "json", "address": "https://a.example/{value}", "detail": third}
    made = of_html(
        fields={"ville": {"expression": "em"}},
        detail={"link": {"expression": "a"}, "fields": TITLE, "detail": second | {"fields": {"taille": "$.n"}}},
    )
    item, _ = first(made, "<ul><li><a href=/1>A</a><em>Lyon</em><h1>non</h1><b>non</b></li></ul>")
    assert item is not None
    assert item.values == {"ville": "Lyon"}
    assert item.detail is not None
    read = made.read_detail(page("<h1>Un</h1><i>k1</i><b>non</b>", item.detail.address), item.detail)
    assert (read.values, asked(read.detail)) == ({"titre": "Un"}, ("https://a.example/k1", 1, "json"))
    assert read.detail is not None
    read = made.read_detail(page({"n": 3, "suite": "../x?y", "nom": "non"}, "https://a.example/b/k1"), read.detail)
    assert (read.values, asked(read.detail)) == ({"taille": 3}, ("https://a.example/x?y", 2, "html"))
    assert read.detail is not None
    read = made.read_detail(page("<b>Deux</b><h1>non</h1><i>k1</i>"), read.detail)
    assert (read.values, read.detail, read.notices) == ({"nom": "Deux"}, None, ())
    assert made.field_names(PageKind.DETAIL) == ("titre", "taille", "nom")


def test_a_page_that_only_leads_on() -> None:
    made = of_html(detail={"link": {"expression": "a"}, "detail": {"link": {"expression": "a.plus"}, "fields": TITLE}})
    read = made.read_detail(page("<a class=plus href=2>"), PageRequest(LIST, PageKind.DETAIL))
    assert (read.values, asked(read.detail)) == ({}, ("https://s.example/dir/2", 1, "html"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<p>rien</p>", "no-page-behind"),
        ("<a class=plus href='mailto:a@b.c'>", "detail-not-a-page"),
        ("<a class=plus>", "no-page-behind"),
    ],
)
def test_a_page_without_one_behind_it_keeps_its_values(body: str, code: str) -> None:
    behind = {"link": {"expression": "a.plus"}, "fields": NAME}
    made = of_html(detail={"link": {"expression": "a"}, "fields": TITLE, "detail": behind})
    read = made.read_detail(page(f"<h1>Un</h1>{body}"), PageRequest(LIST, PageKind.DETAIL))
    assert (read.values, read.detail) == ({"titre": "Un"}, None)
    assert [notice.code for notice in read.notices] == [code]


@pytest.mark.parametrize("found", ["http://s.example/" + "x" * 3000, "http://s.example:x/"])
def test_an_address_that_cannot_be_fetched_drops_the_item_on_every_level(found: str) -> None:
    behind = {"link": {"expression": "a.plus"}, "fields": NAME}
    made = of_html(detail={"link": {"expression": "a"}, "fields": TITLE, "detail": behind})
    entries = list(made.read_listing(page(f"<ul><li><a href='{found}'>A</a></ul>"), PageRequest(LIST)).items)
    assert [(type(entry), entry.code) for entry in entries if isinstance(entry, Notice)] == [
        (Dropped, "detail-address")
    ]
    assert not any(isinstance(entry, FoundItem) for entry in entries)
    with pytest.raises(Unreadable) as refusal:
        made.read_detail(page(f"<h1>Un</h1><a class=plus href='{found}'>"), PageRequest(LIST, PageKind.DETAIL))
    assert refusal.value.code == "detail-address"


def test_json_behind_json_keeps_its_own_keys() -> None:
    made = of_json(detail={"value": "$.id", "address": "https://a.example/{value}", "detail": {"value": "$.url"}})
    read = made.read_detail(page({"url": "/2", "x": [1]}), PageRequest(LIST, PageKind.DETAIL))
    assert (read.values, asked(read.detail)) == ({"url": "/2", "x": [1]}, ("https://s.example/2", 1, "json"))
    assert made.field_names(PageKind.DETAIL) == ()


def test_each_page_is_read_in_its_own_encoding() -> None:
    behind = {"link": {"expression": "a"}, "fields": NAME, "encoding": "cp850"}
    made = of_html(encoding="latin1", detail={"link": {"expression": "a"}, "fields": TITLE, "detail": behind})
    request = PageRequest(LIST, PageKind.DETAIL)
    first_page = FetchedPage(LIST, 200, "text/html", "<h1>é</h1><a href='?q=é'>".encode("latin1"))
    read = made.read_detail(first_page, request)
    assert read.values == {"titre": "é"}
    assert read.detail is not None
    assert read.detail.address == f"{LIST}?q=%E9"
    second_page = FetchedPage(LIST, 200, "text/html", "<b>é</b>".encode("cp850"))
    assert made.read_detail(second_page, read.detail).values == {"nom": "é"}


def test_a_page_that_nobody_asked_for() -> None:
    for made in (of_html(fields=TITLE), of_json(), of_json(detail={"value": "$.v", "fields": {"t": "$.t"}})):
        with pytest.raises(Unreadable) as refusal:
            made.read_detail(page({}), PageRequest(LIST, PageKind.DETAIL, position=1))
        assert refusal.value.code == "no-details"


@pytest.mark.parametrize(("expression", "long"), [("h1", False), ("main h1", True), ("//h1/ancestor::main[1]", True)])
def test_slow_selectors_of_details_count_for_every_kind(expression: str, long: bool) -> None:
    field = {"expression": expression, "syntax": "xpath" if expression.startswith("/") else "css"}
    detail = {"kind": "html", "value": "$.v", "fields": {"t": field}}
    deeper = {"value": "$.v", "detail": detail}
    assert of_json(detail=detail).takes_long(page({})) == long
    assert of_json(detail=deeper).takes_long(page({})) == long
