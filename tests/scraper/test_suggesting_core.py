"""How listings go on, what pages are, and what records are told apart by: as values, without any fetch."""

import json
from typing import Any

import pytest

from moisson_scraper.reading.html_page import parse_html
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.suggesting.describe_json import find_list, ways_on
from moisson_scraper.suggesting.describe_records import identity_of
from moisson_scraper.suggesting.embedded_lists import lists_in_code
from moisson_scraper.suggesting.find_paging import find_paging
from moisson_scraper.suggesting.page_outline import outline_of
from moisson_scraper.suggesting.repeated_items import find_regions
from moisson_scraper.suggesting.source_kind import kind_of
from moisson_scraper.suggesting.structured_candidates import structured_fields

RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
HERE = "https://reseau.example/annuaire"


def fetched(body: str, content_type: str = "text/html; charset=utf-8", address: str = HERE) -> FetchedPage:
    return FetchedPage(address, 200, content_type, body.encode())


PAGINGS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "rel": ('<a rel="next" href="?page=2">2</a>', HERE, {"kind": "next_link", "selector": "a[rel=next]"}),
    "rel among others": ('<a rel="nofollow next" href="?p=2">x</a>', HERE, {"selector": "a[rel~=next]"}),
    "rel in the head": ('<link rel="next" href="/annuaire/2">', HERE, {"selector": "link[rel=next]"}),
    "its class": ('<a class="btn next-page" href="?o=2">Page suivante</a>', HERE, {"selector": "a.next-page"}),
    "its parent's class": ('<b class="pager__next"><a href="?o=2">›</a></b>', HERE, {"selector": "b.pager__next > a"}),
    "its label": ('<a title="Page suivante" href="?o=2"><i></i></a>', HERE, {"selector": 'a[title="Page suivante"]'}),
    "its text": ('<p><a href="?o=2">Suivant »</a></p>', HERE, {"selector": "//a[normalize-space()='Suivant »']"}),
    "numbers": (
        '<a href="?page=2">2</a><a href="?page=3">3</a>', HERE,
        {"kind": "page_number", "address": f"{HERE}?page={{page}}", "first": 2, "step": 1},
    ),
    "numbers from 0": ('<a href="?page=1">2</a><a href="?page=2">3</a>', HERE, {"first": 1, "step": 1}),
    "numbers in the path": (
        '<a href="/annuaire/page/2/">2</a><a href="/annuaire/page/9/">9</a>', HERE,
        {"address": f"{HERE}/page/{{page}}/", "first": 2, "step": 1},
    ),
    "an offset": ('<a href="?start=20">2</a><a href="?start=40">3</a>', HERE, {"first": 20, "step": 20}),
    "from a page in the middle": (
        '<a href="?page=1">1</a><a href="?page=3">3</a>', f"{HERE}?page=2", {"first": 3, "step": 1}
    ),
    "arrows from a page in the middle": (
        '<a href="?page=1"><i></i></a><a href="?page=3"><i></i></a>', f"{HERE}?page=2", {"first": 3, "step": 1}
    ),
    "arrows to the next and the last page": (
        '<a href="?page=2"><i></i></a><a href="?page=57"><i></i></a>', HERE, {"first": 2, "step": 1}
    ),
    "arrows to the next and the last offset": (
        '<a href="?start=20"><i></i></a><a href="?start=1140"><i></i></a>', HERE, {"first": 20, "step": 20}
    ),
    "a button": (
        '<button class="charger" data-url="/suite?p=2">Afficher plus</button>', HERE,
        {"kind": "load_more", "selector": "button.charger", "attribute": "data-url"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "address", "expected"), PAGINGS.values(), ids=PAGINGS)
def test_the_way_on_is_found(markup: str, address: str, expected: dict[str, Any]) -> None:
    found = find_paging(outline_of(parse_html(fetched(f"<html><body>{markup}</body></html>", address=address))))
    said = found[0].paging.model_dump()
    if "selector" in said:
        said["selector"] = said["selector"]["expression"]
    assert {name: said[name] for name in expected} == expected


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="/suivi">Suivi des projets</a>',
        '<a href="https://elsewhere.example/?page=2">Suivant</a>',
        '<a href="#">Suivant</a>',
        '<a href="/article?id=2">2</a><a href="/article?id=3">3</a>',
        '<a href="/annuaire">Page suivante</a>',
        "".join(f'<a href="/p/{n}">{name}</a>' for n, name in enumerate(["Jardin", "Fablab", "AMAP", "Ciné", "Vélo"])),
    ],
)
def test_what_leads_no_further_is_no_way_on(markup: str) -> None:
    assert find_paging(outline_of(parse_html(fetched(f"<html><body>{markup}</body></html>")))) == []


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        ("<!doctype html><html><body>x</body></html>", "text/html", "html"),
        ("<div>a part</div>", "", "html"),
        ('[{"id": 1}]', "text/html", "json"),
        ('{"type": "FeatureCollection", "features": []}', "application/json", "file"),
        ('{"id": 1}\n{"id": 2}\n', "text/plain", "file"),
        (')]}\'\n[{"id": 1}]', "application/json", "json"),
        ('while(1);{"projets": []}', "text/plain", "json"),
        ('montrer([{"id": 1}]);', "application/javascript", "json"),
        ("a;b\n1;2\n", "text/plain", "file"),
        ("ville (siège);code\nLyon;1\n", "text/plain", "file"),
        ("PK\x03\x04…", "application/octet-stream", "file"),
        ('<?xml version="1.0"?><rss version="2.0"></rss>', "text/html", "feed"),
        ('<feed xmlns="http://www.w3.org/2005/Atom"></feed>', "text/xml", "feed"),
        (f'{RDF} xmlns="http://purl.org/rss/1.0/"><channel/></rdf:RDF>', "application/rdf+xml", "feed"),
        (f"{RDF} xmlns='http://my.netscape.com/rdf/simple/0.9/'><item/></rdf:RDF>", "text/plain", "feed"),
        (f'{RDF} xmlns:org="http://www.w3.org/ns/org#"><org:Site/></rdf:RDF>', "application/rdf+xml", "file"),
        (f'{RDF}><skos:Concept xmlns:skos="x"/></rdf:RDF>', "text/plain", "file"),
        ('<?xml version="1.0"?><sitemapindex></sitemapindex>', "text/xml", "sitemap"),
        ('<?xml version="1.0"?><projets><projet/></projets>', "text/xml", "file"),
        ("https://a.example/1\nhttps://a.example/2\n", "text/plain", "sitemap"),
        ("", "text/html", "unknown"),
    ],
)
def test_pages_are_what_their_bytes_are(body: str, content_type: str, kind: str) -> None:
    assert kind_of(fetched(body, content_type)) == kind


@pytest.mark.parametrize(
    ("rows", "urls", "identity"),
    [
        ([{"nom": "a"}, {"nom": "b"}], ["https://a.example/1", "https://a.example/2"], {"kind": "url"}),
        ([{"nom": "a"}, {"nom": "b"}], ["https://a.example/1", "https://a.example/1"], {"kind": "content"}),
        ([{"id": 1, "nom": "a"}, {"id": 2, "nom": "a"}], [None], {"kind": "fields", "fields": ("id",)}),
        ([{"N° fiche": "1"}, {"N° fiche": "1"}], [None], {"kind": "content"}),
        ([{"Référence": "x1"}, {"Référence": "x2"}], [None], {"kind": "fields", "fields": ("Référence",)}),
        ([{"Code postal": "1"}, {"Code postal": "2"}], [None], {"kind": "content"}),
        ([{"id": 1}, {"id": None}], [None], {"kind": "content"}),
    ],
)
def test_records_are_told_apart_by_what_tells_them_apart(
    rows: list[dict[str, Any]], urls: list[str | None], identity: dict[str, Any]
) -> None:
    assert identity_of(rows, urls)[0].model_dump() == identity


@pytest.mark.parametrize(
    ("around", "address", "linked", "expected"),
    [
        ({"next": "https://a.example/?p=2"}, HERE, False, {"kind": "next_address", "path": "$.next"}),
        ({"links": {"next": "/api?p=2"}}, HERE, False, {"kind": "next_address", "path": "$.links.next"}),
        ({"meta": {"next_cursor": "x"}}, HERE, False, {"kind": "cursor", "path": "$.meta.next_cursor"}),
        ({"nextPageToken": "x"}, HERE, False, {"kind": "cursor", "parameter": "pageToken", "path": "$.nextPageToken"}),
        ({"next_page_token": "x"}, HERE, False, {"kind": "cursor", "parameter": "page_token"}),
        (
            {"hydra:view": {"hydra:next": "/api?page=2"}},
            HERE,
            False,
            {"kind": "next_address", "path": "$['hydra:view']['hydra:next']"},
        ),
        (
            {"_links": {"self": {"href": "/api"}, "next": {"href": "/api?p=2"}, "last": {"href": "/api?p=9"}}},
            HERE,
            False,
            {"kind": "next_address", "path": "$._links.next.href"},
        ),
        (
            {"@odata.nextLink": "https://a.example/?$skip=2"},
            HERE,
            False,
            {"kind": "next_address", "path": "$['@odata.nextLink']"},
        ),
        ({"offset": "itrA/recB"}, HERE, False, {"kind": "cursor", "parameter": "offset", "path": "$.offset"}),
        ({"next_page": {"offset": "eyJ0"}}, HERE, False, {"parameter": "offset", "path": "$.next_page.offset"}),
        ({"next_offset": 2}, HERE, False, {"kind": "cursor", "parameter": "offset", "path": "$.next_offset"}),
        ({"page": 1, "next_page": 2}, HERE, False, {"kind": "cursor", "parameter": "page", "path": "$.next_page"}),
        (
            {"object": "list", "next_cursor": "fe2c-c560", "has_more": True},
            HERE,
            False,
            {"kind": "cursor", "parameter": "start_cursor", "path": "$.next_cursor"},
        ),
        (
            {"pageInfo": {"endCursor": "Y3Vyc29y", "hasNextPage": True}},
            HERE,
            False,
            {"kind": "cursor", "parameter": "after", "path": "$.pageInfo.endCursor"},
        ),
        ({"page": 1, "total_pages": 4}, HERE, False, {"kind": "page", "parameter": "page", "first": 1}),
        ({"totalPages": 4, "number": 0}, HERE, False, {"kind": "page", "parameter": "page", "first": 0}),
        ({"page": {"totalElements": 9, "number": 0}}, HERE, False, {"kind": "page", "parameter": "page", "first": 0}),
        ({"totalPages": 4}, f"{HERE}?page=0", False, {"kind": "page", "parameter": "page", "first": 0}),
        ({"totalPages": 4}, f"{HERE}?page=1", False, {"kind": "page", "parameter": "page", "first": 1}),
        ({"total": 90, "offset": 0, "limit": 2}, HERE, False, {"kind": "offset", "size": 2, "size_parameter": "limit"}),
        ({"total": 90}, f"{HERE}?start=0", False, {"kind": "offset", "parameter": "start", "size": 2}),
        ({}, HERE, True, {"kind": "link_header"}),
    ],
)
def test_an_answer_says_how_the_next_is_had(
    around: dict[str, Any], address: str, linked: bool, expected: dict[str, Any]
) -> None:
    found = find_list({**around, "projets": [{"id": 1, "nom": "a"}, {"id": 2, "nom": "b"}]})
    assert found is not None
    assert found.path == "$.projets[*]"
    said = next(iter(ways_on(found, address, linked))).paging.model_dump()
    assert {name: said[name] for name in expected} == expected


GRAPHQL = f"{HERE}?query=%7Bprojets%7Bedges%7Bnode%7Bid%7D%7D%7D%7D"


@pytest.mark.parametrize(
    ("around", "address"),
    [
        ({"total": 2, "page": 1}, HERE),
        ({"pageInfo": {"endCursor": "Y3Vyc29y", "hasNextPage": False}}, HERE),
        ({"next_cursor": "fe2c-c560", "has_more": False}, HERE),
        ({"pageInfo": {"endCursor": "Y3Vyc29y", "hasNextPage": True}}, GRAPHQL),
    ],
)
def test_an_answer_with_everything_in_it_or_no_place_for_its_cursor_goes_on_nowhere(
    around: dict[str, Any], address: str
) -> None:
    found = find_list({**around, "projets": [{"id": 1}, {"id": 2}]})
    assert found is not None
    assert list(ways_on(found, address, linked=False)) == []


def test_the_items_of_a_connection_are_its_nodes() -> None:
    edges = [{"cursor": f"c{n}", "node": {"id": n, "nom": f"Projet {n}"}} for n in range(3)]
    found = find_list({"data": {"projets": {"edges": edges, "pageInfo": {"endCursor": "c2", "hasNextPage": True}}}})
    assert found is not None
    assert (found.path, [(field.name, field.path) for field in found.fields]) == (
        "$.data.projets.edges[*].node",
        [("id", "$.id"), ("nom", "$.nom")],
    )
    assert found.around == {
        "$.data.projets.pageInfo.endCursor": "c2",
        "$.data.projets.pageInfo.hasNextPage": True,
    }


def test_navigation_is_no_list_of_things() -> None:
    links = "".join(f'<li><a href="/{n}">Rubrique {n} du site</a></li>' for n in range(12))
    for body in (
        f"<nav><ul>{links}</ul></nav>",
        f'<div class="main-menu"><ul>{links}</ul></div>',
        f"<footer>{links}</footer>",
    ):
        page = fetched(f"<html><body>{body}<main><p>{'Un texte. ' * 30}</p></main></body></html>")
        assert find_regions(outline_of(parse_html(page))) == []


def test_a_text_in_sections_is_no_list_of_things() -> None:
    sections = "".join(f"<h2>Section {n}</h2><p>{'Un texte. ' * 20}</p>" for n in range(6))
    themes = "".join(f'<h2>Thème {n}</h2><ul><li><a href="/{n}">Une page</a></li></ul>' for n in range(6))
    notices = "".join(
        f"<h2>Mention {n}</h2><p>{'Un texte. ' * 20} Voir <a href='/{n}'>la page</a>.</p>" for n in range(6)
    )
    for body in (sections, themes, notices):
        page = fetched(f"<html><body><main><h1>Nous</h1>{body}</main></body></html>")
        assert [region for region in find_regions(outline_of(parse_html(page))) if region.parts[0].tag == "h2"] == []


def test_links_are_selected_as_items_by_where_they_stand_for_the_next_page_has_a_link_back() -> None:
    items = "".join(f'<a href="/{n}"><h3>Projet {n}</h3><p>Un lieu ouvert</p></a>' for n in range(9))
    page = fetched(f"<html><body><main><p>Tous</p><div>{items}</div><div>fin</div></main></body></html>")
    assert find_regions(outline_of(parse_html(page)))[0].selector.expression == "main > div > a"


def test_a_list_that_its_class_calls_a_menu_is_one_where_its_items_are_more_than_links() -> None:
    items = "".join(
        f'<li class="item"><article class="entry"><strong><a href="{n}.html">Projet {n}</a></strong><p>5 mars, '
        f"par <b>Marie</b></p><p>{'Un lieu ouvert. ' * 5}</p></article></li>"
        for n in range(9)
    )
    body = f'<div class="main"><div class="menu articles"><h2>Articles</h2><ul>{items}</ul></div></div>'
    (region, *_) = find_regions(outline_of(parse_html(fetched(f"<html><body>{body}</body></html>"))))
    assert len(region.parts) == 9
    assert find_regions(outline_of(parse_html(fetched(f"<html><body><nav>{body}</nav></body></html>")))) == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("NGO", "$[?@['@type'] == 'NGO'].telephone"),
        (["Organization", "NGO"], "$[?@['@type'][0] == 'Organization'].telephone"),
        (["https://ess.example/Coop", "NGO"], "$[?@['@type'][1] == 'NGO'].telephone"),
        (["NGO", "WebSite"], None),
        ([], None),
    ],
)
def test_what_pages_say_of_themselves_is_found_by_one_of_their_types(kind: Any, path: str | None) -> None:
    said = [{"@type": "WebSite", "name": "x"}, {"@type": kind, "telephone": "01 40 12 34 5"}]
    pages = []
    for number in range(2):
        said[1] = {**said[1], "telephone": f"01 40 12 34 5{number}"}
        script = f'<script type="application/ld+json">{json.dumps({"@graph": said})}</script>'
        pages.append(parse_html(fetched(f"<html><head>{script}</head><body>x</body></html>")))
    assert [one.field.expression for one in structured_fields(pages)] == ([path] if path is not None else [])


OBJECTS = json.dumps([{"id": n, "nom": f"Projet {n}"} for n in range(4)])


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (f"<script>var lieux = {OBJECTS}; montrer(lieux)</script>", [(4, "lieux")]),
        (f"<script>carte({{zoom: 3, points: {OBJECTS}}})</script>", [(4, "points")]),
        (f"<script>montrer({OBJECTS})</script>", [(4, "montrer")]),
        (f'<script type="application/ld+json">{{"itemListElement": {OBJECTS}}}</script>', [(4, "JSON-LD")]),
        ('<script>var a = [{"id": 1}, {"nom": 2}, {"ville": 3}], b = [{"x": 1</script>', []),
        ("<script>var a = [{id: 1}]</script>", []),
    ],
)
def test_lists_in_the_code_of_a_page_are_seen(script: str, found: list[tuple[int, str]]) -> None:
    outline = outline_of(parse_html(fetched(f"<html><body><p>x</p>{script}</body></html>")))
    assert list(lists_in_code(outline)) == found
