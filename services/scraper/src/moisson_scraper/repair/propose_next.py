"""The link to the next page of a listing, where its selector finds nothing any more. Pure.

It is told by what people read on it, by its names and its place, and by its address, whose numbers differ.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from heapq import nlargest

from moisson_scraper.locating.html_places import FieldFinder, Located
from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.html_fields import link_of
from moisson_scraper.reading.html_page import HtmlPage, text_of
from moisson_scraper.reading.selectors import Node, Scope, SelectorRefused
from moisson_scraper.repair.element_likeness import ElementTraits, likeness, traits_of
from moisson_scraper.repair.ranked_proposals import MOST_PROPOSALS, proposed, ranked
from moisson_scraper.repair.selector_forms import SelectorForm, selector_forms
from moisson_shared.contracts.run_repair import Proposal
from moisson_shared.contracts.selecting import HtmlField, Selector, Syntax, Take

_MOST_ELEMENTS = 4000
_CANDIDATES = 3
_LONGEST_TEXT = 60
_DIGITS = re.compile(r"\d+")
_LINKS = ("a", "area", "link")


def propose_next(lost: Selector, was: Located, good_root: Node, today: HtmlPage, address: str) -> list[Proposal]:
    """The best first. `was` is the link in the good page, `address` that of today's page, which it does not lead to."""
    wanted = traits_of(was.element, _read_on(was.element), good_root)
    scored = [
        (_likeness(wanted, was.value, element, leads_to, today), number, element)
        for number, (element, leads_to) in enumerate(_links(today, address))
    ]
    best = nlargest(_CANDIDATES, scored, key=lambda one: (one[0], -one[1]))
    found = (
        _tried(form, lost, element, score, today) for score, _, element in best for form in _forms(element, today.root)
    )
    return ranked(found)[:MOST_PROPOSALS]


def _links(page: HtmlPage, address: str) -> Iterator[tuple[Node, str]]:
    for number, element in enumerate(page.root.iter(*_LINKS)):
        if number >= _MOST_ELEMENTS:
            return
        leads_to = page_address(link_of(page, element))
        if leads_to is not None and leads_to != page_address(address):
            yield element, leads_to


def _likeness(wanted: ElementTraits, was: str, element: Node, leads_to: str, page: HtmlPage) -> float:
    addresses = SequenceMatcher(None, _DIGITS.sub("0", was), _DIGITS.sub("0", leads_to)).ratio()
    return 0.7 * likeness(wanted, traits_of(element, _read_on(element), page.root)) + 0.3 * addresses


def _read_on(element: Node) -> str:
    """What people read on a link, or are read."""
    text = " ".join(text_of(element)[:500].split())
    return text or element.get("aria-label") or element.get("title") or element.get("rel") or ""


def _forms(element: Node, root: Node) -> Iterator[SelectorForm]:
    """Its text too, unless that is a number, which is another one on the next page."""
    text = " ".join(text_of(element)[:500].split())
    if text and len(text) <= _LONGEST_TEXT and '"' not in text and not _DIGITS.search(text):
        yield SelectorForm(Syntax.XPATH, f'.//{element.tag}[normalize-space()="{text}"]', 0.97)
    yield from selector_forms(element, root)


def _tried(form: SelectorForm, lost: Selector, element: Node, score: float, page: HtmlPage) -> Proposal | None:
    """Only what finds this link before any other one can stand for it."""
    field = HtmlField(syntax=form.syntax, expression=form.expression, take=Take.LINK, many=True)
    try:
        finder = FieldFinder("", field, Scope.PAGE)
    except SelectorRefused:
        return None
    located = list(finder.located(page, page.root))
    if not located or located[0].element is not element or field.expression == lost.expression:
        return None
    several = len({one.value for one in located}) > 1
    selector = HtmlField(syntax=form.syntax, expression=form.expression)
    confidence = score * form.steadiness * (0.85 if several else 1.0)
    return proposed(selector, confidence, 1, 1, (located[0].value[:200],))
