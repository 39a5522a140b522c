"""The repeated element of a listing, where its selector finds nothing any more. Pure.

Steps: gather elements of today's page by ways that find several of them, compare each group with the items of the good
page by words, by the tags they are made of, and by number.
"""

from collections.abc import Sequence
from statistics import mean

from moisson_scraper.reading.html_page import text_of
from moisson_scraper.reading.selectors import Node
from moisson_scraper.repair.element_likeness import names_of, structure_likeness, words
from moisson_scraper.repair.ranked_proposals import MOST_PROPOSALS, proposed, ranked
from moisson_scraper.repair.selector_forms import selector_forms
from moisson_shared.contracts.run_repair import Proposal
from moisson_shared.contracts.selecting import HtmlField, Syntax

_MOST_ELEMENTS = 8000
_MOST_GROUPS = 400
_COMPARED = 8
"""Items of the good page, and for their structure members of a group."""
_MOST_MEMBERS = 60
_NOT_ITEMS = frozenset({"html", "head", "body", "script", "style", "br", "option"})


def propose_items(good: Sequence[Node], root: Node) -> list[Proposal]:
    """The best first; `good` are the items of the good page, `root` is today's page."""
    if not good:
        return []
    wanted = [words(text_of(item)[:5000]) for item in good[:_COMPARED]]
    names = names_of(good[0])
    found = []
    for expression, members in _groups(root).items():
        samples = tuple(" ".join(text_of(member).split())[:200] for member in members[:3])
        score = _likeness(good, wanted, names, members)
        selector = HtmlField(syntax=Syntax.CSS, expression=expression)
        found.append(proposed(selector, score, len(members), len(good), samples))
    return ranked(found)[:MOST_PROPOSALS]


def _groups(root: Node) -> dict[str, list[Node]]:
    """Elements by the CSS expressions that find them from the whole page."""
    groups: dict[str, list[Node]] = {}
    for number, element in enumerate(root.iter()):
        if number >= _MOST_ELEMENTS:
            break
        if not isinstance(element.tag, str) or element.tag in _NOT_ITEMS:
            continue
        for form in selector_forms(element, root):
            plain_tag = form.expression == element.tag and element.tag != "article"
            if form.syntax is not Syntax.CSS or plain_tag or form.expression.startswith(("[", f"#{element.get('id')}")):
                continue
            if form.expression in groups or len(groups) < _MOST_GROUPS:
                groups.setdefault(form.expression, []).append(element)
    return groups


def _likeness(
    good: Sequence[Node], wanted: Sequence[frozenset[str]], names: frozenset[str], members: Sequence[Node]
) -> float:
    several = len(good) > 1
    if several and len(members) < 2:
        return 0.0
    count = min(len(good), len(members)) / max(len(good), len(members))
    if count < 0.1:
        return 0.0
    found = [words(text_of(member)[:5000]) for member in members[:_MOST_MEMBERS]]
    text = mean(max(_common(item, member) for member in found) for item in wanted)
    structure = mean(structure_likeness(good[0], member) for member in members[:_COMPARED])
    named = 0.05 if names and names & names_of(members[0]) else 0.0
    return 0.45 * text + 0.3 * structure + 0.25 * count + named


def _common(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
