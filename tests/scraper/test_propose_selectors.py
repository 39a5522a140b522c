"""What sites change, and selectors and paths that find the lost element again: cases as values."""

from typing import Any

import pytest

from moisson_scraper.locating.html_places import FieldFinder
from moisson_scraper.reading.html_page import HtmlPage, parse_html
from moisson_scraper.reading.selectors import Scope, compile_selector
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.repair.element_likeness import ElementTraits, label_of, likeness, value_shape
from moisson_scraper.repair.propose_items import propose_items
from moisson_scraper.repair.propose_paths import propose_item_paths, propose_paths
from moisson_scraper.repair.propose_selectors import Scene, propose_selectors
from moisson_shared.contracts.run_repair import Proposal
from moisson_shared.contracts.selecting import HtmlField, Selector, Take

TOWNS = ("Arles", "Nîmes", "Lille", "Brest")


def page(body: str) -> HtmlPage:
    content = f"<!doctype html><html><body>{body}</body></html>".encode()
    return parse_html(FetchedPage("http://a.test/", 200, "text/html; charset=utf-8", content))


def listing(item: str, towns: tuple[str, ...] = TOWNS) -> HtmlPage:
    """A page of items that are written like this one: `{town}` and `{n}` stand for what differs."""
    items = "".join(item.replace("{town}", town).replace("{n}", str(n)) for n, town in enumerate(towns, 1))
    return page(f'<nav><a href="/">Accueil</a></nav><ul>{items}</ul><footer>Contact</footer>')


def proposals(field: HtmlField, good: HtmlPage, today: HtmlPage, item: str | None) -> list[Proposal]:
    """For a field of the items, or of the page where there are none."""
    scope = Scope.ITEM if item is not None else Scope.PAGE
    select = compile_selector(Selector(expression=item)).select if item is not None else lambda root: [root]
    finder = FieldFinder("", field, scope)
    found = [(part, list(finder.located(good, part))) for part in select(good.root)]
    return propose_selectors(field, found, Scene(today, select(today.root)), scope)


GOOD_ITEM = (
    '<li class="card"><h2><a href="/{n}">Projet {n}</a></h2><span class="town">{town}</span><p>Un texte</p></li>'
)
ITEM_CHANGES = {
    "renamed class": GOOD_ITEM.replace('"town"', '"card-place"'),
    "moved block": '<li class="card"><span class="place">{town}</span><p>Un texte</p><h2><a>Projet {n}</a></h2></li>',
    "added wrapper": (
        '<li class="card"><h2><a>Projet {n}</a></h2><div class="meta"><div><em class="where">{town}</em></div></div>'
        "<p>Un texte</p></li>"
    ),
    "changed tag": '<li class="card"><h2><a>Projet {n}</a></h2><address>{town}</address><p>Un texte</p></li>',
    "no names at all": '<li class="card"><h2><a>Projet {n}</a></h2><i>{town}</i><p>Un texte</p></li>',
}


@pytest.mark.parametrize("change", ITEM_CHANGES)
def test_a_field_of_a_listing_is_found_again(change: str) -> None:
    today = listing(ITEM_CHANGES[change], ("Brest", "Arles", "Nîmes", "Lyon"))
    best = proposals(HtmlField(expression=".town"), listing(GOOD_ITEM), today, "li.card")[0]
    assert best.samples == ("Brest", "Arles", "Nîmes", "Lyon")
    assert (best.filled, best.of) == (4, 4)
    assert best.confidence > 0.5


GOOD_DETAIL = """<h1>Jardin</h1><dl><dt>Porteur :</dt><dd class="who">Essor</dd>
<dt>Ville :</dt><dd class="where">Arles</dd></dl><p class="lead">Un long texte sur le jardin partagé.</p>
<a class="site" href="http://jardin.test/">Le site</a>"""
DETAIL_CHANGES: dict[str, tuple[HtmlField, str, str]] = {
    "label kept, classes gone, another value": (
        HtmlField(expression=".where"),
        "<h1>Four</h1><dl><dt>Ville :</dt><dd>Brest</dd><dt>Porteur :</dt><dd>Amorce</dd></dl>",
        "Brest",
    ),
    "label kept, a list became a table": (
        HtmlField(expression=".who"),
        "<table><tr><th>Ville :</th><td>Arles</td></tr><tr><th>Porteur :</th><td>Essor</td></tr></table>",
        "Essor",
    ),
    "text taken by XPath": (
        HtmlField.model_validate({"syntax": "xpath", "expression": "//p[has-class('lead')]/text()"}),
        '<h1>Jardin</h1><div class="intro"><p>Un long texte sur le jardin partagé.</p></div><p>Suivez-nous</p>',
        "Un long texte sur le jardin partagé.",
    ),
    "a link": (
        HtmlField(expression="a.site", take=Take.LINK),
        '<h1>Jardin</h1><p><a href="/plan">Plan</a> <a class="ext" href="http://jardin.test/">Voir</a></p>',
        "http://jardin.test/",
    ),
}


@pytest.mark.parametrize("change", DETAIL_CHANGES)
def test_a_field_of_a_detail_is_found_again(change: str) -> None:
    field, today, value = DETAIL_CHANGES[change]
    best = proposals(field, page(GOOD_DETAIL), page(today), None)[0]
    assert best.samples == (value,)
    assert best.selector is not None
    assert best.selector.take is field.take


def test_a_field_with_many_values_keeps_them() -> None:
    good = page('<h1>Jardin</h1><ul class="tags"><li>eau</li><li>sol</li></ul><ul class="menu"><li>Accueil</li></ul>')
    today = page('<h1>Jardin</h1><ul class="menu"><li>Accueil</li></ul><ul class="mots"><li>eau</li><li>air</li></ul>')
    best = proposals(HtmlField(expression=".tags li", many=True), good, today, None)[0]
    assert best.selector is not None
    assert best.selector.many
    assert best.selector.expression == ".mots > li"


def test_nothing_is_proposed_where_nothing_is_like_it() -> None:
    today = page('<div><img src="logo.png"></div>')
    assert proposals(HtmlField(expression=".where"), page(GOOD_DETAIL), today, None) == []


ITEMS = {
    "renamed class": (GOOD_ITEM.replace("card", "tuile"), ".tuile"),
    "changed tag": (GOOD_ITEM.replace("<li", "<article").replace("</li", "</article"), ".card"),
    "classes gone": (GOOD_ITEM.replace(' class="card"', ' data-field="projet"'), 'li[data-field="projet"]'),
}


@pytest.mark.parametrize("change", ITEMS)
def test_the_items_of_a_listing_are_found_again(change: str) -> None:
    changed, expression = ITEMS[change]
    good = compile_selector(Selector(expression="li.card")).select(listing(GOOD_ITEM).root)
    best = propose_items(good, listing(changed, ("Brest", "Arles", "Nîmes")).root)[0]
    assert best.selector is not None
    assert (best.selector.expression, best.filled, best.of) == (expression, 3, 4)


PATHS: dict[str, tuple[str, list[Any], list[Any], str]] = {
    "a key was renamed": ("$.ville", ["Arles"], [{"nom": "Un", "ville_nom": "Arles"}], "$.ville_nom"),
    "a key was renamed outright": ("$.ville", ["Arles"], [{"nom": "Un", "town": "Arles"}], "$.town"),
    "it was moved inside": ("$.ville", ["Arles"], [{"nom": "Un", "adresse": {"ville": "Lille"}}], "$.adresse.ville"),
    "it moved out": ("$.a['b c'].ville", ["Arles"], [{"ville": "Arles", "b c": 1}], "$.ville"),
    "a list": ("$.mots[*]", [["eau", "sol"]], [{"tags": ["eau", "sol"], "n": 3}], "$.tags[*]"),
}


@pytest.mark.parametrize("change", PATHS)
def test_a_value_of_json_is_found_again(change: str) -> None:
    lost, values, members, path = PATHS[change]
    assert propose_paths(lost, values, members)[0].path == path


def test_the_items_of_an_api_are_found_again() -> None:
    today = {"meta": {"links": [{"href": "/"}]}, "data": {"projets": [{"id": 3, "nom": "Trois", "ville": "Lyon"}]}}
    best = propose_item_paths("$.projets[*]", [{"id": 1, "nom": "Un", "ville": "Arles"}], today)[0]
    assert (best.path, best.filled) == ("$.data.projets[*]", 1)


@pytest.mark.parametrize(
    ("markup", "label"),
    [
        ("<dl><dt>Ville</dt><dd id='x'>Arles</dd></dl>", "Ville"),
        ("<p><b>Ville :</b> <span id='x'>Arles</span></p>", "Ville :"),
        ("<p id='x'><b>Ville</b> Arles</p>", "Ville"),
        ("<p>Ville : <span id='x'>Arles</span></p>", "Ville :"),
        ("<div><h3>Ville</h3><div><span id='x'>Arles</span></div></div>", "Ville"),
        ("<p>Un jardin</p><p id='x'>Arles</p>", ""),
    ],
)
def test_the_words_beside_an_element(markup: str, label: str) -> None:
    root = page(markup).root
    assert label_of(compile_selector(Selector(expression="#x")).select(root)[0], root) == label


def test_likeness_is_full_for_the_same_and_falls_with_each_change() -> None:
    was = ElementTraits("arles", "dd", frozenset({"town"}), "ville", ("dl", "li"), 1)
    changes = [
        was,
        ElementTraits("arles", "dd", frozenset({"town"}), "ville", ("dl", "div", "li"), 1),
        ElementTraits("arles", "span", frozenset({"place"}), "ville", ("dl", "div", "li"), 1),
        ElementTraits("lille", "span", frozenset({"place"}), "ville", ("dl", "div", "li"), 1),
        ElementTraits("lille", "span", frozenset({"place"}), "", ("dl", "div", "li"), 0),
        ElementTraits("", "span", frozenset({"place"}), "", (), 0),
    ]
    scores = [likeness(was, now) for now in changes]
    assert scores[0] == 1
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert scores[-1] == 0


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("12 000 €", "number"),
        ("a@b.fr", "email"),
        ("https://a.test/", "url"),
        ("3 mars 2024", "date"),
        ("Arles", "words"),
    ],
)
def test_shapes_of_values(text: str, shape: str) -> None:
    assert value_shape(text) == shape
