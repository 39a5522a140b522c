"""Links that a site has changed: to the page behind an item, to its page for people, to the next listing page."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from moisson_scraper.locating.page_fields import PageFields, detail_fields, listing_fields
from moisson_scraper.reading.source_reader import FetchedPage, TakesLong
from moisson_scraper.repair.change_source import with_selector
from moisson_scraper.repair.find_losses import Loss, Side, find_losses, is_lost
from moisson_shared.contracts.sources import Source

ADDRESS = "http://a.test/liste"
SOURCES: TypeAdapter[Source] = TypeAdapter(Source)
HTML: dict[str, Any] = {
    "kind": "html",
    "start_urls": [ADDRESS],
    "item": {"expression": "li"},
    "fields": {"nom": {"expression": "b"}},
    "paging": {"kind": "next_link", "selector": {"expression": "a.suite"}},
}
JSON: dict[str, Any] = {
    "kind": "json",
    "url": ADDRESS,
    "fields": {"nom": "$.nom"},
    "link": "$.url",
    "detail": {"value": "$.id", "address": "http://a.test/p/{value}", "fields": {"ville": "$.ville"}},
}


def losses(fields: PageFields | None, good: object, today: object) -> list[Loss]:
    def page(body: object) -> FetchedPage:
        text = body if isinstance(body, str) else json.dumps(body)
        return FetchedPage(ADDRESS, 200, "text/html; charset=utf-8", text.encode())

    assert fields is not None
    was, now = Side(page(good), fields), Side(page(today), fields)
    return find_losses(was, now, lambda _, was, now: is_lost(was, now, None, None))


def repaired(source: Source, loss: Loss) -> Any:
    """What the best proposal of a loss puts in the place that it names."""
    best = loss.proposals[0]
    changed = with_selector(source, loss.pointer, best.selector or best.path or "")
    assert changed is not None
    document: Any = changed.model_dump(mode="json")
    for step in loss.pointer[1:]:
        document = document[step]
    return document


def test_what_names_the_detail_and_the_page_of_a_json_item() -> None:
    good = [{"id": f"n-{n}", "nom": f"Projet {n}", "url": f"/projets/{n}"} for n in range(4)]
    today = [{"ref": f"n-{n}", "nom": f"Projet {n}", "web": {"href": f"/projets/{n}"}} for n in range(4)]
    source = SOURCES.validate_python(JSON)
    found = losses(listing_fields(source), good, today)
    told = {loss.name: ("/".join(loss.pointer), repaired(source, loss)) for loss in found}
    assert told == {"(link)": ("source/detail/value", "$.ref"), "(address)": ("source/link", "$.web.href")}
    assert [loss.was.value for loss in found] == ["n-0", "/projets/0"]


def test_what_names_the_page_behind_a_detail() -> None:
    behind = {"value": "$.next.id", "address": "http://a.test/q/{value}", "fields": {"rue": "$.rue"}}
    source = SOURCES.validate_python(JSON | {"detail": JSON["detail"] | {"detail": behind}})
    (first, _) = detail_fields(source)
    (loss,) = losses(first, {"ville": "Arles", "next": {"id": "x7"}}, {"ville": "Arles", "further": {"id": "x7"}})
    assert ("/".join(loss.pointer), repaired(source, loss)) == ("source/detail/detail/value", "$.further.id")


ITEMS = "<ul><li><b>Un</b></li><li><b>Deux</b></li></ul>"
GOOD = (
    f"{ITEMS}<nav><a class=prec href='?p=0'>Précédent</a> <a href='?p=1'>1</a> <a class=suite href='?p=2'>Suivant</a>"
)
NEXTS = {
    "its class is another one": (
        f"{ITEMS}<nav><a href='?p=0'>Précédent</a> <a href='?p=1'>1</a> <a class=n href='?p=2'>Suivant</a></nav>",
        "?p=2",
    ),
    "its text is another one": (
        f"{ITEMS}<nav><a class=prec href='?p=0'>«</a> <a class='btn suite-page' rel=next href='?p=2'>»</a></nav>",
        "?p=2",
    ),
    "its address is another one": (
        f"{ITEMS}<footer><a href='/'>Accueil</a></footer><p><a href='/liste/page/2'>Suivant</a></p>",
        "/liste/page/2",
    ),
    "it stands among others like it": (
        f"{ITEMS}<p><a href='?p=1'>1</a> <a href='?p=2'>2</a> <a href='?p=2' aria-label='Suivant'></a></p>",
        "?p=2",
    ),
}


@pytest.mark.parametrize("change", NEXTS)
def test_the_next_page_of_a_listing(change: str) -> None:
    today, address = NEXTS[change]
    source = SOURCES.validate_python(HTML)
    (loss,) = losses(listing_fields(source), GOOD, today)
    assert (loss.name, loss.pointer) == ("(next)", ("source", "paging", "selector"))
    assert (loss.was.value, loss.was.attributes["class"]) == ("http://a.test/liste?p=2", "suite")
    whole = f"http://a.test/liste{address}" if address.startswith("?") else f"http://a.test{address}"
    assert loss.proposals[0].samples == (whole,)
    changed = repaired(source, loss)
    assert set(changed) == {"syntax", "expression"}


@pytest.mark.parametrize(
    ("today", "told"),
    [
        ("<ul><li><b>Un</b></li></ul><a href='/'>Accueil</a>", 0),  # fewer items: it may well be the last page
        (f"{ITEMS}<a class=suite href='?p=9'>Plus</a>", 0),
        (f"{ITEMS}<p>Rien d’autre</p>", 1),
    ],
)
def test_a_next_link_is_missed_on_a_full_page_only(today: str, told: int) -> None:
    found = losses(listing_fields(SOURCES.validate_python(HTML)), GOOD, today)
    assert [(loss.name, loss.proposals) for loss in found] == [("(next)", ())] * told


@pytest.mark.parametrize("changed", [{"link": "$.a" + "[0,0]" * 20}, {"fields": {"nom": "$.a" + "[0,0]" * 20}}])
def test_pages_are_not_compared_by_a_path_that_multiplies(changed: dict[str, Any]) -> None:
    fields = listing_fields(SOURCES.validate_python(JSON | changed))
    with pytest.raises(TakesLong):
        losses(fields, [{"a": 1}], [])
