"""How HTML listings go on: lists of pages, and parts that a button loads, read where they would stand in their page."""

import json
from typing import Any

import pytest

from moisson_scraper.reading.html_paging import MOST_LISTED
from moisson_scraper.reading.html_source import HtmlReader
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.page_piece import MOST_CONTEXT
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, ListingRead, PageRequest
from moisson_shared.contracts.sources import HtmlSource

ADDRESS = "https://s.example/dir/list"
PAGES = {"kind": "page_list", "selector": {"expression": "nav a"}}
NEXT = {"kind": "next_link", "selector": {"expression": "a"}}
MORE = {"kind": "load_more", "selector": {"expression": ".more"}, "attribute": "data-url"}


def reader(**source: Any) -> HtmlReader:
    fields = {"nom": {"expression": "b"}, "lien": {"expression": "a", "take": "link"}}
    given = {"kind": "html", "start_urls": [ADDRESS], "item": {"expression": "li"}, "fields": fields, **source}
    return HtmlReader(HtmlSource.model_validate(given))


def read(made: HtmlReader, body: str | bytes, request: PageRequest | None = None, kind: str = "html") -> ListingRead:
    content_type = "application/json" if kind == "json" else "text/html; charset=utf-8"
    asked = request or made.first_pages()[0]
    return made.read_listing(
        FetchedPage(asked.address, 200, content_type, body.encode() if isinstance(body, str) else body), asked
    )


def values(listing: ListingRead) -> list[dict[str, Any]]:
    return [entry.values for entry in listing.items if isinstance(entry, FoundItem)]


def addresses(listing: ListingRead) -> list[str]:
    return [request.address for request in listing.following]


# Lists of pages.


@pytest.mark.parametrize(
    ("links", "following"),
    [
        ("<a href='?p=2'>2</a><a href='?p=3'>3</a>", [f"{ADDRESS}?p=2", f"{ADDRESS}?p=3"]),
        ("<a href='?p=3'>3</a><a href='?p=2'>2</a><a href='?p=3#x'>3</a>", [f"{ADDRESS}?p=3", f"{ADDRESS}?p=2"]),
        ("<a href='#'>1</a><a href='list'>1</a><a href='?p=2'>2</a>", [f"{ADDRESS}?p=2"]),
        ("<a>1</a><a href='javascript:x()'>2</a><a href='http://['>3</a><a href='/p/4'>4</a>", ["/p/4"]),
        ("", []),
    ],
)
def test_a_list_of_pages(links: str, following: list[str]) -> None:
    listing = read(reader(paging=PAGES), f"<ul><li><b>x</b></ul><nav>{links}</nav>")
    assert addresses(listing) == [f"https://s.example{a}" if a.startswith("/") else a for a in following]
    assert all(not request.chained and request.position == 1 for request in listing.following)


def test_a_list_of_pages_in_options() -> None:
    paging = {"kind": "page_list", "selector": {"expression": "option::attr(value)"}}
    listing = read(reader(paging=paging), "<li><b>x</b><select><option value='/a'>a<option value='/b'>b</select>")
    assert addresses(listing) == ["https://s.example/a", "https://s.example/b"]


def test_a_list_of_too_many_pages_is_a_wrong_selector() -> None:
    links = "<a href=x>" * (MOST_LISTED + 1)
    with pytest.raises(Unreadable) as refusal:
        read(reader(paging=PAGES), f"<li><b>x</b></li><nav>{links}</nav>")
    assert refusal.value.code == "page-list-too-long"


@pytest.mark.parametrize(
    ("paging", "markup", "following"),
    [
        (NEXT, "<a href='?p={long}'>", []),
        (NEXT, "<a href='http://u:p@s.example/'>", []),
        (NEXT, "<a href='?p={long}'></a><a href='/2'>", ["/2"]),
        (PAGES, "<nav><a href='?p={long}'>2</a><a href='?p={long}'>»</a><a href='/3'>3</a></nav>", ["/3"]),
        (MORE, "<i class=more data-url='?p={long}'>", []),
        (NEXT, "<a href='javascript:next()'>", []),
    ],
)
def test_a_page_that_cannot_be_asked_for_leaves_the_listing_open(
    paging: dict[str, Any], markup: str, following: list[str]
) -> None:
    listing = read(reader(paging=paging), f"<li><b>x</b></li>{markup.format(long='2' * 3000)}")
    assert addresses(listing) == [f"https://s.example{address}" for address in following]
    left = paging is PAGES or not (following or "javascript" in markup)
    assert listing.open_ended == left
    assert [notice.code for notice in listing.notices if notice.code == "next-address"] == ["next-address"] * left


@pytest.mark.parametrize(
    ("starts", "numbers", "asked"),
    [
        (["/a", "/b"], {"first": 2, "last": 3}, ["/a", "/b", "/n/2"]),
        (["/n/1"], {"first": 1, "last": 3}, ["/n/1", "/n/2"]),
        (["/n/3", "/n/1"], {"first": 1, "step": 2, "last": 9}, ["/n/3", "/n/1", "/n/5"]),
        (["/n/1"], {"first": 1, "last": 1}, ["/n/1"]),
    ],
)
def test_pages_by_number_begin_with_the_first_that_is_no_start_page(
    starts: list[str], numbers: dict[str, Any], asked: list[str]
) -> None:
    home = "https://s.example"
    paging = {"kind": "page_number", "address": f"{home}/n/{{page}}", **numbers}
    made = reader(start_urls=[f"{home}{start}" for start in starts], paging=paging)
    first = made.first_pages()
    assert [request.address for request in first] == [f"{home}{path}" for path in asked]
    led_to = read(made, "<li><b>x</b></li>", first[len(starts) - 1]).following
    assert led_to == first[len(starts) :]  # as the last start page says it, too: previews show it


# Parts.


@pytest.mark.parametrize(
    ("attribute", "button", "following", "headers"),
    [
        ("data-url", "<i class=more data-url='?p=2'>", f"{ADDRESS}?p=2", (("x-requested-with", "XMLHttpRequest"),)),
        ("hx-get", "<i class=more hx-get='/f'>", "https://s.example/f", (("hx-request", "true"),)),
        ("data-hx-get", "<i class=more data-hx-get='/f'>", "https://s.example/f", (("hx-request", "true"),)),
        ("href", "<a class=more href='/f'>", "https://s.example/f", ()),
        ("href", "<a class=more href=''><a class=more href='/f'>", "https://s.example/f", ()),
        ("href", "<a class=more>", None, ()),
        ("href", "", None, ()),
    ],
)
def test_the_button(attribute: str, button: str, following: str | None, headers: tuple[tuple[str, str], ...]) -> None:
    made = reader(paging=MORE | {"attribute": attribute})
    listing = read(made, f"<ul><li><b>x</b></li></ul>{button}")
    assert addresses(listing) == ([following] if following else [])
    assert [request.headers for request in listing.following] == ([headers] if following else [])
    assert listing.notices == ()


def test_a_button_that_leads_nowhere_is_told() -> None:
    listing = read(reader(paging=MORE), "<li><b>x</b></li><i class=more data-url='javascript:more()'>")
    assert (listing.following, [notice.code for notice in listing.notices]) == ((), ["next-not-a-page"])


@pytest.mark.parametrize(
    ("item", "page", "part"),
    [
        ("li", "<ul class=r>{}</ul>", "<li><b>1</b><a href=x></a></li><li><b>2</b><a href=y></a></li>"),
        ("ul.r > li", "<ul class=r>{}</ul>", "<li><b>1</b><a href=x></a></li>\n<li><b>2</b><a href=y></a></li>"),
        (
            "#projets table.r tbody > tr",
            "<div id=projets><table class=r><tbody>{}</table></div>",
            "<tr><td><b>1</b><td><a href=x></a><tr><td><b>2</b><td><a href=y></a>",
        ),
        ("main div.r > article", "<main><div class='a r'>{}</div></main>", "<article><b>1</b><a href=x></a></article>"),
        ("[data-zone='liste'] > p", "<div data-zone=liste>{}</div>", "<p><b>1</b><a href=x></a><p><b>2</b>"),
        ("option", "<select>{}</select>", "<option>1<option>2"),
    ],
)
def test_items_of_a_bare_piece_are_found_where_they_would_stand(item: str, page: str, part: str) -> None:
    made = reader(item={"expression": item}, paging=MORE)
    whole = page.format(part)
    (request,) = read(made, f"<body>{whole}<i class=more data-url='/f/2'>").following
    expected = values(read(made, f"<body>{whole}"))
    assert values(read(made, part, request)) == expected
    assert expected


def test_addresses_in_a_piece_start_from_the_page_of_the_button() -> None:
    made = reader(paging=MORE)
    button = "<i class=more data-url='more?p={}'></i>"
    first = read(made, f"<base href='/base/'><ul><li><b>0</b></li></ul>{button.format(2)}")
    assert addresses(first) == ["https://s.example/base/more?p=2"]
    second = read(made, f"<li><b>1</b><a href=x></a></li>{button.format(3)}", first.following[0])
    assert values(second) == [{"nom": "1", "lien": "https://s.example/base/x"}]
    assert addresses(second) == ["https://s.example/base/more?p=3"]
    third = read(made, f"<p>rien</p>{button.format(4)}", second.following[0])
    assert (values(third), addresses(third)) == ([], ["https://s.example/base/more?p=4"])
    fourth = read(made, "<li><a href=z></a></li>", third.following[0])
    assert values(fourth) == [{"lien": "https://s.example/base/z"}]
    assert [request.position for request in (*first.following, *second.following, *third.following)] == [1, 2, 3]


def test_a_whole_page_that_comes_for_a_piece_stands_for_itself() -> None:
    made = reader(item={"expression": "ul.r > li"}, paging=MORE)
    (request,) = read(made, "<ul class=r><li><b>0</b></li></ul><i class=more data-url='/f/2'>").following
    listing = read(made, "<!doctype html><html><body><ul class=r><li><b>1</b><a href=x></a></li></ul>", request)
    assert values(listing) == [{"nom": "1", "lien": "https://s.example/f/x"}]


@pytest.mark.parametrize("body", ["", " \n", "Plus de résultats"])
def test_a_part_without_markup_ends_the_listing(body: str) -> None:
    made = reader(paging=MORE)
    (request,) = read(made, "<li><b>0</b></li><i class=more data-url='/f/2'>").following
    listing = read(made, body, request)
    assert (list(listing.items), listing.following) == ([], ())
    assert [notice.code for notice in listing.notices] == ["part-empty"]


def test_a_start_page_without_markup_is_none() -> None:
    with pytest.raises(Unreadable):
        read(reader(paging=MORE), "Plus de résultats")


@pytest.mark.parametrize(
    ("answer", "found", "following"),
    [
        ({"html": "<li><b>1</b></li>", "next": "?p=3"}, ["1"], f"{ADDRESS}?p=3"),
        ({"html": "<li><b>1</b></li>", "next": "/p/3"}, ["1"], "https://s.example/p/3"),
        ({"html": "<li><b>1</b></li>", "next": None}, ["1"], None),
        ({"html": "<li><b>1</b></li><i class=more data-url='?p=9'>", "next": ""}, ["1"], f"{ADDRESS}?p=9"),
        ({"html": "<li><b>1</b></li><i class=more data-url='?p=9'>"}, ["1"], f"{ADDRESS}?p=9"),
        ({"html": "", "next": "?p=3"}, [], None),
        ({"html": None}, [], None),
        ({}, [], None),
        ({"html": "<li><b>a\u0000b</b></li>"}, ["a\ufffdb"], None),
    ],
)
def test_a_part_in_json(answer: dict[str, Any], found: list[str], following: str | None) -> None:
    made = reader(paging=MORE | {"html": "$.html", "next": "$.next"}, item={"expression": "ul > li"})
    (request,) = read(made, "<ul><li><b>0</b></li></ul><i class=more data-url='/f/2'>").following
    assert request.accept.startswith("application/json")
    listing = read(made, json.dumps(answer), request, "json")
    assert [item["nom"] for item in values(listing)] == found
    assert addresses(listing) == ([following] if following else [])


def test_pieces_of_several_items_in_json() -> None:
    made = reader(paging=MORE | {"html": "$.rows[*].html"})
    (request,) = read(made, "<li><b>0</b></li><i class=more data-url='/f/2'>").following
    rows = {"rows": [{"html": "<li><b>1</b></li>"}, {"html": "<li><b>2</b></li>"}]}
    assert values(read(made, json.dumps(rows), request, "json")) == [{"nom": "1"}, {"nom": "2"}]


def test_a_part_that_should_be_json_and_is_not() -> None:
    made = reader(paging=MORE | {"html": "$.html"})
    (request,) = read(made, "<li><b>0</b></li><i class=more data-url='/f/2'>").following
    with pytest.raises(Unreadable) as refusal:
        read(made, "<li><b>1</b></li>", request)
    assert refusal.value.code == "not-json"


def test_what_is_kept_of_a_page_is_bounded_and_cannot_break_out() -> None:
    made = reader(item={"expression": "ul#r > li"}, paging=MORE)
    large = " ".join(f"data-a{number}='{'x' * 150}'" for number in range(200))
    odd = 'title="&quot;><li><b>non</b></li>" @click="x" v-on:x="1"'
    body = f"<div {large}><div {odd}><ul id=r><li><b>0</b></li></ul></div></div><i class=more data-url='/f/2'>"
    (request,) = read(made, body).following
    assert len(request.context) < MOST_CONTEXT
    assert values(read(made, "<li><b>1</b></li>", request)) == [{"nom": "1"}]
    (request,) = read(made, f"<div {odd}><ul id=r><li><b>0</b></li></ul></div><i class=more data-url='/f/2'>").following
    assert values(read(made, "<li><b>1</b></li>", request)) == [{"nom": "1"}]


def test_the_base_address_cannot_break_out_either() -> None:
    made = reader(paging=MORE)
    base = "<base href='https://s.example/&quot;><li><b>non</b></li>'>"
    (request,) = read(made, f"{base}<ul><li><b>0</b></li></ul><i class=more data-url='/f/2'>").following
    assert [item.get("nom") for item in values(read(made, "<li><b>1</b></li>", request))] == ["1"]
