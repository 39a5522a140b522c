"""Selectors for a field that is lost: elements of today's page that are like the lost ones, and what finds them. Pure.

Steps: look through today's items for elements that are like those of the good page, write down the ways to find them,
try each way on all items, and say how like the lost elements what it finds is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from statistics import mean

from moisson_scraper.locating.html_places import FieldFinder, Located
from moisson_scraper.reading.html_page import HtmlPage
from moisson_scraper.reading.selectors import Node, Scope, SelectorRefused
from moisson_scraper.repair.element_likeness import ElementTraits, best_likeness, plain, traits_of
from moisson_scraper.repair.selector_forms import SelectorForm, selector_forms
from moisson_shared.contracts.selecting import HtmlField, Syntax

MOST_PROPOSALS = 3
LEAST_LIKENESS = 0.35
_MOST_SCOPES = 8
"""Items that are looked through for candidates; what finds them is tried on `_TRIED` items."""
_TRIED = 40
_MOST_ELEMENTS = 4000
"""Of one item or page."""
_MOST_WANTED = 3
_CANDIDATES = 5
"""Of one item."""
_MOST_FORMS = 60
_JUDGED = 5
"""Values of one item, of a field with many."""
_NO_VALUE = frozenset({"script", "style", "noscript", "template", "head", "meta", "title"})


@dataclass(frozen=True, slots=True)
class Scene:
    """A page and the parts that a field is looked for in: its items, or the page itself."""

    page: HtmlPage
    scopes: Sequence[Node]


@dataclass(frozen=True, slots=True)
class ProposedField:
    """A field that finds elements like the lost ones."""

    field: HtmlField
    confidence: float
    filled: int
    of: int
    samples: tuple[str, ...]


def lost_traits(found: Sequence[tuple[Node, Sequence[Located]]]) -> list[ElementTraits]:
    """Of what a field gave in the good page: for each item, its first element.

    Words that stand beside one item's element only are no label but another value, a title perhaps.
    """
    traits = [traits_of(values[0].element, values[0].value, scope) for scope, values in found if values]
    if len(traits) < 2:
        return traits
    labels = Counter(one.label for one in traits)
    return [one if labels[one.label] > 1 else replace(one, label="") for one in traits]


def propose_selectors(
    field: HtmlField, found: Sequence[tuple[Node, Sequence[Located]]], today: Scene, scope: Scope
) -> list[ProposedField]:
    """The best first. `found` is what the field gave in the items of the good page, or in that page."""
    wanted = lost_traits(found)
    if not wanted or not today.scopes:
        return []
    known = frozenset(plain(one.value) for _, values in found for one in values)
    usual = len(wanted) / len(found)
    forms = _forms(field, wanted, known, today, scope)
    proposed = []
    for form in forms:
        candidate = _tried(form, field, wanted, known, today, scope, usual)
        if candidate is not None and candidate.confidence >= LEAST_LIKENESS:
            proposed.append(candidate)
    proposed.sort(key=lambda one: (-one.confidence, len(one.field.expression), one.field.expression))
    return _different(proposed)[:MOST_PROPOSALS]


def _forms(
    field: HtmlField, wanted: Sequence[ElementTraits], known: frozenset[str], today: Scene, scope: Scope
) -> list[SelectorForm]:
    """Ways to find the likeliest elements, without repetition."""
    each = FieldFinder("", field.model_copy(update={"syntax": Syntax.XPATH, "expression": ".", "many": False}), scope)
    forms: dict[tuple[Syntax, str], SelectorForm] = {}
    for part in today.scopes[:_MOST_SCOPES]:
        scored = [
            (best_likeness(wanted[:_MOST_WANTED], traits_of(element, value, part), known), number, element)
            for number, (element, value) in enumerate(_valued(each, today.page, part))
        ]
        for score, _, element in nlargest(_CANDIDATES, scored, key=lambda one: (one[0], -one[1])):
            if score >= LEAST_LIKENESS:
                for form in selector_forms(element, part):
                    forms.setdefault((form.syntax, form.expression), form)
    return list(forms.values())[:_MOST_FORMS]


def _valued(each: FieldFinder, page: HtmlPage, part: Node) -> Iterator[tuple[Node, str]]:
    """The elements of an item that have something of the kind that the field takes."""
    for number, element in enumerate(part.iter()):
        if number >= _MOST_ELEMENTS:
            return
        if not isinstance(element.tag, str) or element.tag in _NO_VALUE:
            continue
        value = next((one.value for one in each.located(page, element)), "")
        if value.strip():
            yield element, value


def _tried(
    form: SelectorForm,
    field: HtmlField,
    wanted: Sequence[ElementTraits],
    known: frozenset[str],
    today: Scene,
    scope: Scope,
    usual: float,
) -> ProposedField | None:
    changed = field.model_copy(update={"syntax": form.syntax, "expression": form.expression})
    try:
        finder = FieldFinder("", changed.model_copy(update={"many": True}), scope)
    except SelectorRefused:
        return None
    tried = today.scopes[:_TRIED]
    scores, samples, several = [], dict[str, None](), 0
    for part in tried:
        located = list(finder.located(today.page, part))
        if not located or not located[0].value.strip():
            continue
        several += len(located) > 1
        samples[located[0].value[:200]] = None
        scores.append(
            best_likeness(wanted[:_MOST_WANTED], traits_of(located[0].element, located[0].value, part), known)
        )
    if not scores:
        return None
    fill = min(1.0, len(scores) / len(tried) / usual)
    ambiguous = 1 - 0.15 * several / len(scores) if not field.many else 1.0
    confidence = mean(scores) * form.steadiness * (0.5 + 0.5 * fill) * ambiguous
    confidence += (1 - confidence) * _agreement([plain(sample) for sample in samples], known)
    return ProposedField(changed, round(confidence, 3), len(scores), len(tried), tuple(samples)[:5])


def _agreement(samples: Sequence[str], known: frozenset[str]) -> float:
    """Several different values that the field had are hardly there by chance; at most a half."""
    same = sum(sample in known for sample in samples)
    return 0.5 * same / len(samples) * min(1.0, same / 4)


def _different(proposed: Sequence[ProposedField]) -> list[ProposedField]:
    """Those that find something else, or in other items, than a better one."""
    kept: dict[tuple[int, tuple[str, ...]], list[ProposedField]] = {}
    for one in proposed:
        kept.setdefault((one.filled, one.samples), []).append(one)
    best = [same[0] for same in kept.values()]
    others = [one for same in kept.values() for one in same[1:2]]
    return sorted([*best, *others], key=lambda one: -one.confidence)
