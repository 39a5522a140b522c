"""JSON-LD, microdata and OpenGraph of a page as pure functions, of the whole page or of one item."""

import json
from typing import Any

import pytest

from moisson_scraper.reading.html_page import HtmlPage, parse_html
from moisson_scraper.reading.microdata import MOST_ELEMENTS
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.reading.structured_data import MOST_CHARACTERS, read_structured
from moisson_shared.contracts.selecting import Syntax

URL = "https://s.example/projets/1"


def a_page(body: str) -> HtmlPage:
    return parse_html(FetchedPage(URL, 200, "text/html; charset=utf-8", body.encode()))


def read(body: str, syntax: Syntax, item: str | None = None) -> tuple[Any, list[str]]:
    """What the page says, or the element with that id; and the codes of what was told."""
    html = a_page(f"<!doctype html><html><head><title>t</title></head><body>{body}</body></html>")
    node = html.root.xpath("id($item)", item=item)[0] if item is not None else None
    notices: list[Notice] = []
    return read_structured(html, syntax, node, notices), [notice.code for notice in notices]


def script(text: str, kind: str = "application/ld+json") -> str:
    return f'<script type="{kind}">{text}</script>'


@pytest.mark.parametrize(
    ("text", "found", "codes"),
    [
        ('{"@type": "Event", "n": 1.50}', [{"@type": "Event", "n": 1.5}], []),
        ('[{"a": 1}, {"a": 2}, 3]', [{"a": 1}, {"a": 2}], []),
        ('{"@context": "c", "@graph": [{"a": 1}, {"@graph": {"a": 2}}]}', [{"a": 1}, {"a": 2}], []),
        ('{"@id": "x", "@graph": [{"a": 1}]}', [{"@id": "x"}, {"a": 1}], []),
        ('<!-- {"a": 1} -->', [{"a": 1}], []),
        ('//<![CDATA[\n{"a": 1}\n//]]>', [{"a": 1}], []),
        ('/* <![CDATA[ */ {"a": 1} /* ]]> */', [{"a": 1}], []),
        ('{"a": 1};', [{"a": 1}], []),
        ('{"a": 1}{"a": 2}', [{"a": 1}, {"a": 2}], []),
        ('{"a": "x\ny\tz"}', [{"a": "x\ny\tz"}], []),
        ('{"a": 1} }', [{"a": 1}], ["json-ld-trailing"]),
        ('{"a": 1,}', [], ["json-ld-broken"]),
        ('{"a": NaN}', [], ["json-ld-broken"]),
        ("", [], []),
        ('{"a": 1e999}', [{"a": "1e999"}], []),
        ('{"a":' * 70 + "1" + "}" * 70, [], ["json-ld-broken"]),
        ("[" * 100_000, [], ["json-ld-broken"]),
        ('{"a": "\\ud800\\u0000"}', [{"a": "\ufffd\ufffd"}], []),
    ],
)
def test_json_ld(text: str, found: list[object], codes: list[str]) -> None:
    assert read(script(text), Syntax.JSON_LD) == (found, codes)


def test_json_ld_of_several_scripts_in_their_order() -> None:
    kinds = ("Application/LD+JSON; charset=utf-8", "text/javascript", "application/ld+json")
    body = "".join(script(f'{{"a": {number}}}', kind) for number, kind in enumerate(kinds))
    assert read(body, Syntax.JSON_LD) == ([{"a": 0}, {"a": 2}], [])
    assert read(f"{script('{}')}<div id=x>{body}</div>", Syntax.JSON_LD, "x") == ([{"a": 0}, {"a": 2}], [])


def test_json_ld_is_bounded() -> None:
    found, codes = read(script(json.dumps([{}] * 10_002)), Syntax.JSON_LD)
    assert (len(found), codes) == (10_000, ["json-ld-too-large"])


PERSON = (
    '<div itemscope itemtype="https://schema.org/Person https://schema.org/Thing" itemid="../p/1" id="p">'
    '<h1 itemprop="name">Mia <b>Essor</b></h1><a itemprop="url sameAs" href="/mia">x</a>'
    '<img itemprop="image" src="m.jpg"><time itemprop="birthDate" datetime="1990-01-01">jadis</time>'
    '<time itemprop="seen">2018</time><meta itemprop="gender" content="f"><data itemprop="n" value="7">sept</data>'
    '<div itemprop="address" itemscope><span itemprop="city">Nîmes</span></div><span itemprop="city">hors</span>'
    '<object itemprop="cv" data="cv.pdf"></object><link itemprop="x"></div>'
)
FOUND = {
    "type": ["https://schema.org/Person", "https://schema.org/Thing"],
    "id": "https://s.example/p/1",
    "properties": {
        "name": ["Mia Essor"],
        "url": ["https://s.example/mia"],
        "sameAs": ["https://s.example/mia"],
        "image": ["https://s.example/projets/m.jpg"],
        "birthDate": ["1990-01-01"],
        "seen": ["2018"],
        "gender": ["f"],
        "n": ["7"],
        "address": [{"properties": {"city": ["Nîmes"]}}],
        "city": ["hors"],
        "cv": ["https://s.example/projets/cv.pdf"],
        "x": [""],
    },
}


def test_microdata() -> None:
    assert read(PERSON, Syntax.MICRODATA) == ([FOUND], [])
    assert read(PERSON, Syntax.MICRODATA, "p") == ([FOUND], [])
    assert read(f"<div id=x>{PERSON}</div>{PERSON}", Syntax.MICRODATA, "x") == ([FOUND], [])
    assert read("<p itemprop='a'>x</p>", Syntax.MICRODATA) == ([], [])


def test_an_item_of_a_list_is_found_in_its_element() -> None:
    inner = '<li itemscope itemprop="itemListElement" id="i"><b itemprop="name">A</b></li>'
    body = f"<ul itemscope>{inner}</ul>"
    assert read(body, Syntax.MICRODATA, "i")[0] == [{"properties": {"name": ["A"]}}]
    assert read(body, Syntax.MICRODATA)[0] == [{"properties": {"itemListElement": [{"properties": {"name": ["A"]}}]}}]


def test_parts_that_are_referred_to() -> None:
    body = '<div itemscope itemref="a b absent a"><i itemprop="n">0</i></div><p id="a" itemprop="n">1</p>'
    body += '<p id="b"><b itemprop="n">2</b></p>'
    assert read(body, Syntax.MICRODATA) == ([{"properties": {"n": ["0", "1", "2"]}}], [])


def test_items_that_contain_themselves_and_mazes_come_to_an_end() -> None:
    circle = (
        '<div itemscope itemref="b"></div><div id="b" itemprop="x" itemscope itemref="b c"></div>'
        '<div id="c" itemprop="y" itemscope itemref="b"></div>'
    )
    found, codes = read(circle, Syntax.MICRODATA)
    assert found == [{"properties": {"x": [{"properties": {"y": [{"properties": {}}]}}]}}]
    assert codes == ["microdata-nested"]
    deep = "<div itemprop='d' itemscope>" * 60
    found, codes = read(f"<div itemscope>{deep}", Syntax.MICRODATA)
    assert codes == ["microdata-nested"]
    maze = '<div id="m">' + "<b itemprop='x'>y</b>" * 2000 + "</div>" + "<i itemscope itemref='m'></i>" * 2000
    found, codes = read(maze, Syntax.MICRODATA)
    assert codes == ["microdata-too-large"]
    assert len(found) <= MOST_ELEMENTS // 1000
    text = f'<p id="m" itemprop="x">{"y" * 1_000_000}</p>' + "<i itemscope itemref='m'></i>" * 1000
    found, codes = read(text, Syntax.MICRODATA)
    assert codes == ["microdata-too-large"]
    assert len(found) <= 11


def test_the_items_of_a_page_look_no_further_than_all_of_it_together() -> None:
    maze = '<div id="m">' + "<b itemprop='x'>y</b>" * 2000 + "</div>"
    html = a_page(maze + "".join(f"<div id='i{n}'>{'<i itemscope itemref=m></i>' * 60}</div>" for n in range(3)))
    items = [html.root.xpath("id($item)", item=f"i{n}")[0] for n in range(3)]
    notices: list[Notice] = []
    found = [len(read_structured(html, Syntax.MICRODATA, item, notices)) for item in items]
    assert found[0] < 60
    assert found[1:] == [0, 0]
    assert [notice.code for notice in notices] == ["microdata-too-large"] * 3


def test_items_within_each_other_read_no_more_than_all_of_the_page_together() -> None:
    html = a_page("<div>" * 40 + script(json.dumps({"a": "x" * 400_000})))
    notices: list[Notice] = []
    items = html.root.xpath("//div")
    read = [bool(read_structured(html, Syntax.JSON_LD, item, notices)) for item in items]
    enough = MOST_CHARACTERS // 400_009
    assert read == [True] * enough + [False] * (40 - enough)
    assert {notice.code for notice in notices} == {"json-ld-too-large"}


def test_opengraph() -> None:
    body = (
        '<meta property="og:title" content="Un"><meta property="og:image" content="/a.png"><meta name="twitter:card" '
        'content="c"><meta property="og:image article:x" content="b"><meta name="description" content="d">'
        '<meta name="og:type" content="website">'
        '<meta property="og:empty"><div id="x"><meta property="og:title" content="dedans"></div>'
    )
    assert read(body, Syntax.OPENGRAPH) == (
        {
            "og:title": ["Un", "dedans"],
            "og:image": ["/a.png", "b"],
            "twitter:card": ["c"],
            "og:type": ["website"],
            "article:x": ["b"],
        },
        [],
    )
    assert read(body, Syntax.OPENGRAPH, "x") == ({"og:title": ["dedans"]}, [])


def test_selectors_of_elements_are_not_read_here() -> None:
    with pytest.raises(ValueError, match="css"):
        read("", Syntax.CSS)
