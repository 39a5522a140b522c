"""Where values stand: a path finds its element and nothing else, whatever the page."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from moisson_scraper.locating.html_places import HtmlFinder
from moisson_scraper.locating.json_places import json_places, may_be_long
from moisson_scraper.locating.page_fields import PageFields, detail_fields, field_pointer, listing_fields
from moisson_scraper.locating.page_places import listing_places
from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.json_paths import compile_path
from moisson_scraper.reading.lined_text import lined_text
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, TakesLong
from moisson_scraper.reading.value_room import ValueRoom
from moisson_scraper.repair.change_source import with_selector
from moisson_scraper.repair.find_losses import Side, find_losses, is_lost
from moisson_shared.contracts.selecting import HtmlField, Selector, Syntax
from moisson_shared.contracts.sources import FileSource, HtmlSource, JsonSource, SitemapSource, Source

TREES = st.recursive(
    st.sampled_from(["", "mot", "é<br>è"]),
    lambda inside: st.lists(st.tuples(st.sampled_from(["div", "p", "b", "li"]), inside), max_size=4).map(
        lambda parts: "".join(f'<{tag} class="{tag}">{content}</{tag}> fin' for tag, content in parts)
    ),
    max_leaves=12,
)
EXPRESSIONS = (".//b", ".//p", ".//text()", ".//@class", "string()", ".")


def fetched(body: str) -> FetchedPage:
    return FetchedPage("http://a.test/", 200, "text/html; charset=utf-8", body.encode())


@given(TREES, st.sampled_from(EXPRESSIONS))
def test_a_path_finds_the_element_of_its_value_only(markup: str, expression: str) -> None:
    field = HtmlField.model_validate({"syntax": "xpath", "expression": expression, "many": True})
    finder = HtmlFinder(PageFields(("source",), {"x": field}))
    html = finder.parsed(fetched(f"<html><body><i>a</i>{markup}</body></html>"))
    for one in finder.located(html, html.root).get("x", []):
        path, _, text = one.place.path.partition("/text()")
        found: Any = etree.XPath(path, smart_strings=False)(html.root)
        assert len(found) == 1
        if "/@" in path:
            assert found[0] == one.value
            continue
        assert found[0] is one.element
        inside = [str(part) for part in found[0].xpath("text()")] if one.place.path.endswith("/text()") else []
        whole = "".join(found[0].itertext()) if expression == "string()" else lined_text(found[0], ValueRoom())
        assert one.value in (inside or [whole]), text


def test_lines_are_those_of_the_page() -> None:
    finder = HtmlFinder(PageFields(("source",), {"x": HtmlField(expression="p", many=True)}))
    html = finder.parsed(fetched("<!doctype html>\n<html><body>\n<p>a</p>\n\n<p>b</p></body></html>"))
    assert [one.place.line for one in finder.located(html, html.root)["x"]] == [3, 5]


@given(st.dictionaries(st.text(max_size=8), st.integers(), max_size=4))
def test_the_keys_of_an_object_are_placed_by_paths_that_find_them(member: dict[str, int]) -> None:
    for name, places in json_places(member, "$", {}).items():
        try:
            compiled = compile_path(places[0].path)
        except ValueError:
            continue  # lone surrogates and the like: no query can name such a key
        assert compiled.all(member) == [member[name]]


MICRO = """<div itemscope itemtype="https://schema.org/Place"><b itemprop="name">Jardin</b>
<p itemprop="address" itemscope><i itemprop="city">Arles</i></p>
<a itemprop="tag">eau</a><a itemprop="tag">sol</a></div>"""
LD = '<script type="application/ld+json">{"name": "Un"}</script>'
OG = '<meta property="og:title" content="T"><meta property="og:image" content="/i">'
OG += '<meta property="og:image" content="/j">'
STANDING = {
    "json-ld": ("json-ld", "$[?@.name == 'Deux'].name", f"{LD}{LD.replace('Un', 'Deux')}", ["script[2]"]),
    "json-ld, all": ("json-ld", "$[*].name", f"{LD}{LD.replace('Un', 'Deux')}", ["script[1]", "script[2]"]),
    "json-ld in a graph": (
        "json-ld",
        "$[*].name",
        f"""{LD}<script type="application/ld+json">{{"@graph": [{{"name": "A"}}, {{"name": "B"}}]}}</script>""",
        ["script[1]", "script[2]", "script[2]"],
    ),
    "microdata": ("microdata", "$[*].properties.name[*]", MICRO, ["b"]),
    "microdata, inside": ("microdata", "$[0].properties.address[0].properties.city[0]", MICRO, ["p/i"]),
    "microdata, several": ("microdata", "$[0].properties.tag[*]", MICRO, ["a[1]", "a[2]"]),
    "microdata, a whole item": ("microdata", "$[0].type", MICRO, [""]),
    "opengraph": ("opengraph", "$['og:image'][*]", OG, ["meta[2]", "meta[3]"]),
    "nothing": ("opengraph", "$['og:none'][*]", OG, []),
}


@pytest.mark.parametrize("case", STANDING)
def test_structured_data_stands_in_the_elements_that_say_it(case: str) -> None:
    syntax, expression, markup, elements = STANDING[case]
    field = HtmlField.model_validate({"syntax": syntax, "expression": expression, "many": True})
    finder = HtmlFinder(PageFields(("source",), {"x": field}))
    html = finder.parsed(fetched(f"<html><body><main>{markup}</main></body></html>"))
    around = "/html/body/main/div" if syntax == "microdata" else "/html/body/main"
    expected = [f"{around}/{element}".rstrip("/") for element in elements]
    assert [place.path for place in finder.places(html, html.root).get("x", [])] == expected


def test_large_pages_are_not_looked_through() -> None:
    source = HtmlSource(
        start_urls=("http://a.test/",), item=Selector(expression="li"), fields={"x": HtmlField(expression="b")}
    )
    page = fetched("<ul>" + "<li><b>x</b></li>" * 20_000 + "</ul>")
    with pytest.raises(TakesLong):
        listing_places(source, page, [FoundItem({"x": "x"}, None, None, "http://a.test/ item 1")])


MULTIPLYING = "$.a" + "[0,0]" * 40
SOURCES = [
    JsonSource(url="http://a.test/", fields={"x": MULTIPLYING}),
    JsonSource(url="http://a.test/", items=MULTIPLYING),
    HtmlSource(
        start_urls=("http://a.test/",),
        item=Selector(expression="li"),
        fields={"x": HtmlField(syntax=Syntax.JSON_LD, expression=MULTIPLYING)},
    ),
]


@pytest.mark.parametrize("source", SOURCES)
def test_paths_that_multiply_are_not_followed_here(source: Source) -> None:
    page = fetched("<li>") if isinstance(source, HtmlSource) else fetched("[]")
    assert compile_source(source).takes_long(page)
    with pytest.raises(TakesLong):
        listing_places(source, page, [FoundItem({"x": "x"}, None, None, "http://a.test/ item 1")])


@pytest.mark.parametrize(("fields", "long"), [(40, False), (60, True)])
def test_documents_are_large_for_so_many_paths(fields: int, long: bool) -> None:
    paths = {f"f{number}": "$.a" for number in range(fields)}
    page = fetched(json.dumps({"a": "x" * 200_000}))
    assert compile_source(JsonSource(url="http://a.test/", fields=paths)).takes_long(page) == long
    assert compile_source(FileSource(url="http://a.test/", fields=paths)).takes_long(page) == long
    assert may_be_long(page, PageFields(("source",), json=paths)) == long


def test_where_a_spider_says_how_a_field_is_read() -> None:
    detail = {"link": {"expression": "a"}, "fields": {"b": {"expression": "b"}}}
    source = HtmlSource.model_validate(
        {
            "start_urls": ["http://a.test/"],
            "item": {"expression": "li"},
            "fields": {"a": {"expression": "i"}},
            "detail": {**detail, "detail": {"link": {"expression": "a"}, "fields": {"c": {"expression": "u"}}}},
        }
    )
    assert field_pointer(source, "a") == ("source", "fields", "a")
    assert field_pointer(source, "c") == ("source", "detail", "detail", "fields", "c")
    assert field_pointer(source, "d") == ("source",)
    changed = with_selector(source, field_pointer(source, "c"), HtmlField(expression=".new"))
    assert isinstance(changed, HtmlSource)
    assert detail_fields(changed)[1].html == {"c": HtmlField(expression=".new")}
    assert with_selector(source, ("source", "detail", "fields", "gone"), HtmlField(expression="b")) is None
    sitemap = SitemapSource(start_urls=("http://a.test/s.xml",), fields={"t": HtmlField(expression="h1")})
    assert [level.pointer for level in detail_fields(sitemap)] == [("source",)]


@pytest.mark.parametrize(
    ("was", "now", "in_run", "usual", "lost"),
    [
        (1.0, 0.0, 0.0, 1.0, True),
        (1.0, 0.0, 0.9, 1.0, False),  # this page happens to lack it
        (1.0, 0.0, None, None, True),
        (1.0, 0.6, 0.1, 1.0, False),
        (0.0, 0.0, 0.0, 1.0, False),
        (1.0, 0.0, 0.3, 0.4, False),  # it was never filled much
        (1.0, 0.4, 0.4, None, True),
    ],
)
def test_what_counts_as_lost(was: float, now: float, in_run: float | None, usual: float | None, lost: bool) -> None:
    assert is_lost(was, now, in_run, usual) is lost


HOSTILE: dict[str, tuple[str, str]] = {
    "tags and attributes that no selector can write": (
        "<ul><li class='i'><b>Arles</b></li></ul>",
        """<ul><li class='i'><a{b} x"y='1' class='"]{} a:b 0'>Arles</a{b}><fb:like>Arles</fb:like><i id='"'>"Arles""",
    ),
    "nothing but depth": ("<li class='i'><b>Arles</b></li>", "<li class='i'>" + "<x-" + "y" * 400 + ">" + "Arles"),
    "comments and instructions": (
        "<li class='i'><b>Arles</b></li>",
        "<li class='i'><!--Arles--><?pi Arles?>Arles</li>",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_page_brings_proposals_that_can_be_saved_or_none(case: str) -> None:
    good, today = (fetched(f"<html><body>{markup}</body></html>") for markup in HOSTILE[case])
    source = HtmlSource(
        start_urls=("http://a.test/",), item=Selector(expression=".i"), fields={"x": HtmlField(expression="b")}
    )
    fields = listing_fields(source)
    assert fields is not None
    losses = find_losses(Side(good, fields), Side(today, fields), lambda _, was, now: is_lost(was, now, None, None))
    assert [loss.name for loss in losses] == ["x"]
    for proposal in losses[0].proposals:
        assert proposal.selector is not None
        changed = with_selector(source, losses[0].pointer, proposal.selector)
        assert changed is not None
        compile_source(changed)


def test_keys_that_nothing_can_keep_do_no_harm() -> None:
    source = JsonSource(url="http://a.test/", fields={"x": "$..x"})
    good = fetched('[{"\\ud800\\u0000": {"x": "a\\ud800"}}]')
    today = fetched('[{"\\ud800\\u0000y": {"xx": "a\\ud800"}}]')
    fields = listing_fields(source)
    assert fields is not None
    losses = find_losses(Side(good, fields), Side(today, fields), lambda _, was, now: is_lost(was, now, None, None))
    assert [loss.was.value for loss in losses] == ["a\ufffd"]
    losses[0].was.model_dump_json().encode()
    assert losses[0].proposals == ()
    found = listing_places(source, good, [FoundItem({"x": "a"}, None, None, "http://a.test/ item 1")])
    assert found[0]["x"][0].model_dump_json().encode().isascii() is False
