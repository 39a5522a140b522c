"""HTML listings and details as pure functions: values verbatim, links as browsers make them, odd pages with reasons."""

from typing import Any

import pytest

from moisson_scraper.reading.html_source import HtmlReader
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageKind, PageRequest
from moisson_shared.contracts.sources import HtmlSource

ADDRESS = "https://s.example/dir/list"
X = {"expression": "h2"}
LISTING: dict[str, Any] = {"start_urls": [ADDRESS], "item": {"expression": "li"}}


def reader(**source: Any) -> HtmlReader:
    return HtmlReader(HtmlSource.model_validate({"kind": "html", **LISTING, **source}))


def page(body: str | bytes, address: str = ADDRESS, content_type: str = "text/html; charset=utf-8") -> FetchedPage:
    return FetchedPage(address, 200, content_type, body.encode() if isinstance(body, str) else body)


def items(made: HtmlReader, body: str) -> list[FoundItem]:
    read = made.read_listing(page(body), PageRequest(ADDRESS))
    return [entry for entry in read.items if isinstance(entry, FoundItem)]


def field_value(field: dict[str, Any], inside: str, head: str = "") -> Any:
    found = items(
        reader(fields={"f": field}), f"<html><head>{head}</head><body><ul><li>{inside}</li></ul></body></html>"
    )
    return found[0].values.get("f")


@pytest.mark.parametrize(
    ("field", "inside", "expected"),
    [
        ({"expression": "b"}, "<b> Un  texte\n tel quel </b>", " Un  texte\n tel quel "),
        ({"expression": "b"}, "<b>Un <i>deux</i> trois</b>", "Un deux trois"),
        ({"expression": "b"}, "<b>a<!-- secret -->b</b>", "ab"),
        ({"expression": "b"}, "<b>&eacute;&nbsp;&#8364;&lt;</b>", "é\xa0€<"),
        ({"expression": "b"}, "<b></b>", ""),
        ({"expression": "b"}, "<i>rien</i>", None),
        ({"expression": "b"}, "<b>1</b><b>2</b>", "1"),
        ({"expression": "b", "many": True}, "<b>1</b><b>2</b><b>1</b>", ["1", "2", "1"]),
        ({"expression": "b", "many": True}, "<i>rien</i>", None),
        ({"expression": "p"}, "<p>3 rue du Port<br>44000 Nantes</p>", "3 rue du Port\n44000 Nantes"),
        ({"expression": "p"}, "<p>3 rue du Port <br>44000<br>\n Nantes</p>", "3 rue du Port 44000\n Nantes"),
        ({"expression": "p"}, "<p>a<!-- x -->b<br/><!-- y -->c<br><br>d<br></p>", "ab\nc\nd"),
        ({"expression": "div"}, "<div>un<div><b>deux</b></div>trois</div>", "un\ndeux\ntrois"),
        ({"expression": "div"}, "<div><p>un</p><p>deux<i>!</i></p></div>", "un\ndeux!"),
        ({"expression": "div"}, "<div>\n <p>un</p>\n <p>deux</p>\n</div>", "\n un\n deux\n"),
        ({"expression": "tr"}, "<table><tr><td>un</td><td>deux</td></tr></table>", "un\ndeux"),
        ({"syntax": "xpath", "expression": "string(.//p)"}, "<p>un<br>deux</p>", "undeux"),
        ({"expression": "b::text", "many": True}, "<b>a<i>b</i>c</b>", ["a", "c"]),
        ({"expression": "b", "take": "html"}, "<b>a &amp; <i>b</i> c<br>d</b>", "a &amp; <i>b</i> c<br>d"),
        ({"expression": "b", "take": "html"}, "<b>x</b>", "x"),
        ({"expression": "b", "take": "html"}, "<b></b>", ""),
        ({"expression": "b", "take": "attribute", "attribute": "data-x"}, "<b data-x=' 1 '>t</b>", " 1 "),
        ({"expression": "b", "take": "attribute", "attribute": "data-x"}, "<b>t</b>", None),
        ({"expression": "b", "take": "attribute", "attribute": "Data-X"}, "<b DATA-x='1'>t</b>", "1"),
        ({"expression": "a", "take": "link"}, "<a href='?p=2'>t</a>", "https://s.example/dir/list?p=2"),
        ({"expression": "a", "take": "link"}, "<a href='../x'>t</a>", "https://s.example/x"),
        ({"expression": "a", "take": "link"}, "<a href='//o.example/x'>t</a>", "https://o.example/x"),
        ({"expression": "a", "take": "link"}, "<a href='mailto:a@b.c'>t</a>", "mailto:a@b.c"),
        ({"expression": "a::attr(href)", "take": "link"}, "<a href='x'>t</a>", "https://s.example/dir/x"),
        ({"expression": "a::attr(href)"}, "<a href='x'>t</a>", "x"),
        ({"expression": "img", "take": "link"}, "<img src='/i.png'>", "https://s.example/i.png"),
        ({"expression": "a", "take": "link"}, "<a>t</a>", None),
        ({"syntax": "xpath", "expression": "string(.//b)"}, "<b>x</b>", "x"),
        ({"syntax": "xpath", "expression": "string(.//b)"}, "", None),
        ({"syntax": "xpath", "expression": "count(.//b)"}, "<b/><b/>", "2"),
        ({"syntax": "xpath", "expression": ".//b[1]/following-sibling::text()"}, "<b>Ville</b> : Lyon", " : Lyon"),
        ({"expression": "script"}, "<script>if (a < b) x()</script>", "if (a < b) x()"),
        ({"expression": "b"}, "<b>=1+1</b>", "=1+1"),
        ({"expression": "b"}, "<b>{$ne: 1}</b>", "{$ne: 1}"),
    ],
)
def test_what_a_field_takes(field: dict[str, Any], inside: str, expected: Any) -> None:
    assert field_value(field, inside) == expected


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("<base href='https://o.example/a/'>", "https://o.example/a/x"),
        ("<base href='/r/'>", "https://s.example/r/x"),
        ("<base target='_top'><base href='/r/'><base href='/s/'>", "https://s.example/r/x"),
        ("<base href='javascript:1'>", "https://s.example/dir/x"),
        ("<base href='data:,'>", "https://s.example/dir/x"),
        ("<base href='about:blank'>", "https://s.example/dir/x"),
        ("<base href='file:///C:/site/'>", "https://s.example/dir/x"),
        ("<base href=''>", "https://s.example/dir/x"),
        ("<base href='http://['>", "https://s.example/dir/x"),
    ],
)
def test_the_base_element_counts(base: str, expected: str) -> None:
    assert field_value({"expression": "a", "take": "link"}, "<a href='x'>t</a>", base) == expected


def test_a_detail_never_sees_the_listing_nor_the_reverse() -> None:
    made = reader(
        fields={"nom": {"expression": ".nom"}},
        detail={"link": {"expression": "a"}, "fields": {"titre": {"expression": ".nom", "many": True}}},
    )
    listing = items(made, "<p class=nom>Page</p><ul><li><a href=/1>x</a></li><li><b class=nom>Deux</b></li></ul>")
    assert [item.values for item in listing] == [{}, {"nom": "Deux"}]
    assert made.read_detail(page("<h1 class=nom>Détail</h1>"), PageRequest(ADDRESS, PageKind.DETAIL)).values == {
        "titre": ["Détail"]
    }


@pytest.mark.parametrize(
    ("link", "inside", "detail", "code"),
    [
        ({"expression": "a"}, "<a href='/1#x'>t</a>", "https://s.example/1", None),
        ({"expression": "a::attr(href)"}, "<a href='/1'>t</a>", "https://s.example/1", None),
        (
            {"expression": "a", "take": "attribute", "attribute": "data-u"},
            "<a data-u='/2' href='/1'>t</a>",
            "https://s.example/2",
            None,
        ),
        ({"expression": "a"}, "<a>t</a><a href='/2'>t</a>", "https://s.example/2", None),
        ({"expression": "a"}, "<b>t</b>", None, "item-without-detail"),
        ({"expression": "a"}, "<a href='mailto:x@y.z'>t</a>", None, "detail-not-a-page"),
        ({"expression": "a"}, "<a href='javascript:x()'>t</a>", None, "detail-not-a-page"),
        ({"expression": "a"}, "<a href='http://['>t</a>", None, "item-without-detail"),
    ],
)
def test_where_an_item_leads(link: dict[str, Any], inside: str, detail: str | None, code: str | None) -> None:
    made = reader(detail={"link": link, "fields": {"t": {"expression": "h1"}}})
    read = made.read_listing(page(f"<ul><li>{inside}</li></ul>"), PageRequest(ADDRESS))
    entries = list(read.items)
    found = next(entry for entry in entries if isinstance(entry, FoundItem))
    assert (found.detail.address if found.detail else None, found.url) == (detail, detail)
    assert [entry.code for entry in entries if isinstance(entry, Notice)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", "text/html", "empty-body"),
        (b" \r\n", "text/html", "empty-body"),
        (b"\xef\xbb\xbf", "text/html", "not-html"),
        (b'{"a": "<b>"}', "application/json", "not-html"),
        (b"a,b,c", "text/csv", "not-html"),
        (b"just words", "text/html", "not-html"),
        (b"GIF89a<", "text/html", "not-html"),
        (b"PK\x03\x04 <", "application/octet-stream", "not-html"),
        (b"<svg/>", "image/svg+xml", "not-html"),
        (b"<a/>", "application/xml", "not-html"),
        (b"<base href='/%s'><b>x</b>" % (b"a/" * 1024), "text/html", "reading-too-large"),
    ],
)
def test_pages_that_give_nothing(body: bytes, content_type: str, code: str) -> None:
    made = reader(fields={"f": {"expression": "b"}})
    with pytest.raises(Unreadable) as refusal:
        made.read_listing(page(body, content_type=content_type), PageRequest(ADDRESS))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("body", "values", "codes"),
    [
        (b"<ul><li><b>a\x00b</b></ul>", {"f": "a\ufffdb"}, ["nul-bytes"]),
        (b"<ul><li><b>\xc3\xa9\xff</b></ul>", {"f": "é\ufffd"}, ["invalid-bytes"]),
        (b"<ul><li><b>\xe9t\xe9 d\xe9j\xe0</b></ul>", {"f": "été déjà"}, ["wrong-charset"]),
        (b"<?xml version='1.0' encoding='utf-16'?><ul><li><b>\xc3\xa9</b></ul>", {"f": "é"}, []),
        (b"<ul><li><b>open<i>never closed", {"f": "opennever closed"}, []),
        (b"<ul><li><b>x</b></li></ul>" + b"<div>" * 5000 + b"deep", {"f": "x"}, ["nested-too-deeply"]),
        (b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><ul><li><b>&e;</b></ul>", None, []),
    ],
)
def test_odd_pages_are_read_as_far_as_they_go(body: bytes, values: dict[str, str] | None, codes: list[str]) -> None:
    read = reader(fields={"f": {"expression": "b"}}).read_listing(page(body), PageRequest(ADDRESS))
    found = [entry.values for entry in read.items if isinstance(entry, FoundItem)]
    assert [notice.code for notice in read.notices] == codes
    if values is None:
        assert "root:" not in str(found)
    else:
        assert found == [values]


@pytest.mark.parametrize(
    ("link", "following"),
    [
        ("<a class=next href='?p=2'>", "https://s.example/dir/list?p=2"),
        ("<a class=next href='../b/'>", "https://s.example/b/"),
        ("<a class=next href='#'>", "https://s.example/dir/list"),
        ("<a class=next>", None),
        ("<a class=next href='mailto:a@b.c'>", None),
        ("", None),
    ],
)
def test_the_next_page_by_its_link(link: str, following: str | None) -> None:
    made = reader(fields={"f": {"expression": "b"}}, paging={"kind": "next_link", "selector": {"expression": "a.next"}})
    read = made.read_listing(page(f"<ul><li><b>x</b></ul>{link}"), PageRequest(ADDRESS, position=3))
    assert [(request.address, request.position) for request in read.following] == (
        [(following, 4)] if following else []
    )


def test_numbered_pages_follow_the_last_start_page() -> None:
    paging = {"kind": "page_number", "address": "https://s.example/p{page:3}", "first": 10, "step": 5, "last": 20}
    starts = ["https://s.example/a", "https://s.example/b"]
    made = reader(fields={"f": {"expression": "b"}}, start_urls=starts, paging=paging)
    full, empty = page("<ul><li><b>x</b></ul>"), page("<p>")
    first, second, numbered = made.first_pages()
    assert numbered.address == "https://s.example/p010"
    assert made.read_listing(full, first).following == ()
    seen = []
    request = second
    while following := made.read_listing(full, request).following:
        (request,) = following
        seen.append(request.address)
    assert seen == ["https://s.example/p010", "https://s.example/p015", "https://s.example/p020"]
    assert made.read_listing(empty, PageRequest("https://s.example/p10", numbered=True)).following == ()


@pytest.mark.parametrize(
    ("expression", "body", "told"),
    [
        (".//table/tbody/tr/td", "<table><tr><td>x</table>", ["no-tbody"]),
        (".//table/tbody/tr/td", "<table><tbody><tr><td>x</table>", []),
        (".//table/tbody/tr/td", "<p>x", []),
        (".//table/tr/td", "<table><tr><td>x</table>", []),
    ],
)
def test_what_only_browsers_have_is_told(expression: str, body: str, told: list[str]) -> None:
    field = {"syntax": "xpath", "expression": expression}
    made = reader(fields={"a": field}, detail={"link": {"expression": "a"}, "fields": {"b": field}})
    read = made.read_listing(page(f"<ul><li><a href=/1>x</a>{body}</li></ul>"), PageRequest(ADDRESS))
    assert [notice.code for notice in read.notices] == told
    behind = made.read_detail(page(body), PageRequest(ADDRESS, PageKind.DETAIL))
    assert [notice.code for notice in behind.notices] == told


def test_text_as_items_is_told() -> None:
    read = reader(item={"expression": "li::text"}, fields={"f": {"expression": "b"}}).read_listing(
        page("<ul><li>x</ul>"), PageRequest(ADDRESS)
    )
    assert [entry.code for entry in read.items if isinstance(entry, Notice)] == ["item-not-an-element"]


def test_the_same_items_have_the_same_fingerprint() -> None:
    made = reader(fields={"f": {"expression": "b"}}, paging={"kind": "next_link", "selector": {"expression": "a.next"}})
    bodies = ("<ul><li><b>x</b></ul>", "<p>pub</p><ul><li><b>x</b></ul>", "<ul><li><b>y</b></ul>")
    first, same, other = (made.read_listing(page(body), PageRequest(ADDRESS)).fingerprint for body in bodies)
    assert first == same != other


@pytest.mark.parametrize(
    ("source", "long"),
    [
        ({"item": {"expression": "li"}, "fields": {"a": {"expression": "h2"}}}, False),
        ({"item": {"expression": "ul li"}, "fields": {"a": {"expression": "h2"}}}, True),
        ({"fields": {"a": {"expression": "p b"}}}, True),
        ({"paging": {"kind": "next_link", "selector": {"expression": "nav a"}}, "fields": {"a": X}}, True),
        ({"detail": {"link": {"expression": "p a"}, "fields": {"a": {"expression": "h1"}}}}, True),
        ({"detail": {"link": {"expression": "a"}, "fields": {"a": {"expression": "p b"}}}}, True),
        ({"detail": {"link": {"expression": "a"}, "fields": {"a": {"expression": "h1"}}}}, False),
    ],
)
def test_pages_with_many_elements_take_long_where_a_selector_is_not_plain(source: dict[str, Any], long: bool) -> None:
    assert not reader(**source).takes_long(page("<p>" * 1000))
    assert reader(**source).takes_long(page("<p>" * 20_000)) == long


def test_large_pages_take_long() -> None:
    assert reader(fields={"a": X}).takes_long(page("x" * 300_000))
    assert reader(fields={f"a{n}": X for n in range(50)}).takes_long(page("<p>" * 10_000))
    path = {"syntax": "json-ld", "expression": "$[0].a"}
    assert reader(fields={f"a{n}": path for n in range(60)}).takes_long(page("<p>" + "x" * 200_000))
    assert not reader(fields={f"a{n}": path for n in range(40)}).takes_long(page("<p>" + "x" * 200_000))


def test_going_through_the_text_of_very_many_elements_has_an_end() -> None:
    inside = "<div>" * 240 + "<b></b>" * 40_000 + "<br>"
    made = reader(item={"expression": "div"}, fields={"f": {"expression": ".", "syntax": "xpath"}})
    with pytest.raises(Unreadable, match="more than 50,000,000 characters"):
        items(made, f"<html><body>{inside}</body></html>")
