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
from moisson_scraper.repair.ranked_proposals import LEAST_LIKENESS, MOST_PROPOSALS, proposed, ranked
from moisson_scraper.repair.selector_forms import SelectorForm, selector_forms
from moisson_shared.contracts.run_repair import Proposal
from moisson_shared.contracts.selecting import HtmlField, Syntax, Take

_MOST_SCOPES = 8
"""Items that are looked through for candidates; what finds them is tried on `_TRIED` items."""
_TRIED = 40
_MOST_ELEMENTS = 4000
"""Of one page, or of its first items together."""
_MOST_WANTED = 3
_CANDIDATES = 5
"""Of one item."""
_MOST_FORMS = 60
_JUDGED = 5
"""Values of one item, of a field with many."""
_NO_VALUE = frozenset({"script", "style", "noscript", "template", "head", "meta", "title"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An element that has something of the kind that a field takes."""

    element: Node
    scope: Node
    traits: ElementTraits


class Scene:
    """A page and the parts that fields are looked for in: its items, or the page itself."""

    def __init__(self, page: HtmlPage, scopes: Sequence[Node]) -> None:
        self.page = page
        self.scopes = scopes
        self._candidates: dict[tuple[Take, str | None], list[list[Candidate]]] = {}

    def candidates(self, field: HtmlField) -> list[list[Candidate]]:
        """Of the first items, each with its elements; looked up once for all fields that take the same of elements."""
        kind = field.take, field.attribute
        if kind not in self._candidates:
            changed = {"syntax": Syntax.XPATH, "expression": ".", "many": False, "pattern": None}
            each = FieldFinder("", field.model_copy(update=changed), Scope.ITEM)
            self._candidates[kind] = list(self._valued(each))
        return self._candidates[kind]

    def _valued(self, each: FieldFinder) -> Iterator[list[Candidate]]:
        left = _MOST_ELEMENTS
        for part in self.scopes[:_MOST_SCOPES]:
            found = []
            for element in part.iter():
                left -= 1
                if left < 0:
                    break
                if not isinstance(element.tag, str) or element.tag in _NO_VALUE:
                    continue
                value = next((one.value for one in each.located(self.page, element)), "")
                if value.strip():
                    found.append(Candidate(element, part, traits_of(element, value, part)))
            yield found


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
) -> list[Proposal]:
    """The best first. `found` is what the field gave in the items of the good page, or in that page."""
    wanted = lost_traits(found)
    if not wanted or not today.scopes:
        return []
    known = frozenset(plain(one.value) for _, values in found for one in values)
    usual = len(wanted) / len(found)
    forms = _forms(field, wanted, known, today)
    found_again = (_tried(form, field, wanted, known, today, scope, usual) for form in forms)
    return _different(ranked(found_again))[:MOST_PROPOSALS]


def _forms(
    field: HtmlField, wanted: Sequence[ElementTraits], known: frozenset[str], today: Scene
) -> list[SelectorForm]:
    """Ways to find the likeliest elements, without repetition."""
    forms: dict[tuple[Syntax, str], SelectorForm] = {}
    for candidates in today.candidates(field):
        scored = [
            (best_likeness(wanted[:_MOST_WANTED], candidate.traits, known), number)
            for number, candidate in enumerate(candidates)
        ]
        for score, number in nlargest(_CANDIDATES, scored, key=lambda one: (one[0], -one[1])):
            if score >= LEAST_LIKENESS:
                for form in selector_forms(candidates[number].element, candidates[number].scope):
                    forms.setdefault((form.syntax, form.expression), form)
    return list(forms.values())[:_MOST_FORMS]


def _tried(
    form: SelectorForm,
    field: HtmlField,
    wanted: Sequence[ElementTraits],
    known: frozenset[str],
    today: Scene,
    scope: Scope,
    usual: float,
) -> Proposal | None:
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
    return proposed(changed, confidence, len(scores), len(tried), tuple(samples))


def _agreement(samples: Sequence[str], known: frozenset[str]) -> float:
    """Several different values that the field had are hardly there by chance; at most a half."""
    same = sum(sample in known for sample in samples)
    return 0.5 * same / len(samples) * min(1.0, same / 4)


def _different(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Those that find something else, or in other items, than a better one."""
    kept: dict[tuple[int, tuple[str, ...]], list[Proposal]] = {}
    for one in proposals:
        kept.setdefault((one.filled, one.samples), []).append(one)
    best = [same[0] for same in kept.values()]
    others = [one for same in kept.values() for one in same[1:2]]
    return sorted([*best, *others], key=lambda one: -one.confidence)
