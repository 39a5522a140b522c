"""The places within like items: each a selector that means the same in all of them, with the parts it stands for."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from moisson_scraper.reading.selectors import Scope, SelectorFailed, SelectorRefused, compile_selector
from moisson_scraper.suggesting.page_outline import Part, is_navigation
from moisson_scraper.suggesting.vocabulary import is_chrome, is_known, name_of_token, token_weight
from moisson_shared.contracts.selecting import Selector, Syntax

_MOST_PARTS = 300
_LONGEST_KEY = 300
_MOST_ALIKE = 20
"""Siblings whose names are asked for."""
_PLAIN_NAME = re.compile(r"^[\w-]+$")
_BLOCKS = frozenset({"div", "section", "p"})
_TELLING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "img", "time"})
"""The only one of an item says more than a class of its looks, and stays when these change."""
_LISTED = frozenset({"li", "p", "a", "span"})


@dataclass(slots=True)
class Slot:
    """One place. `parts` are those of each item, in order."""

    selector: Selector
    name: str | None
    """What its class or property calls it."""
    tag: str
    parts: list[list[Part]] = field(default_factory=list)
    many: bool = False
    stated: bool = False
    """Whether it is named by `itemprop`."""

    @property
    def depth(self) -> int:
        return max((part.depth for own in self.parts for part in own), default=0)

    def holds(self, items: Sequence[Part], *, whole: bool) -> bool:
        """Whether the selector gives these parts and, where there are none, nothing."""
        try:
            compiled = compile_selector(self.selector, Scope.PAGE if whole else Scope.ITEM)
            for item, own in zip(items, self.parts, strict=True):
                found = compiled.select(item.element.getroottree().getroot() if whole else item.element)
                wanted = [part.element for part in own]
                if found != wanted if self.many else found[:1] != wanted[:1]:
                    return False
        except (SelectorRefused, SelectorFailed):
            return False
        return True


class SlotFinder:
    """Finds the places of a sample of items, or of the main parts of like pages (`whole`: only places that can be found
    from the top of the page)."""

    def __init__(self, items: Sequence[Part], *, whole: bool = False) -> None:
        self._items = items
        self._whole = whole
        self._inner = [_inner(item, whole=whole) for item in items]
        self._tags: Counter[str] = Counter()
        self._scattered: set[str] = set()
        self._repeated: set[str] = set()
        self._keys: dict[int, str | None] = {}
        for inner in self._inner:
            self._tags |= Counter(part.tag for part in inner)
            self._note_scattered(inner)

    def _note_scattered(self, inner: list[Part]) -> None:
        """Names that stand in several places of one item mean nothing by themselves."""
        parents: dict[str, set[int]] = defaultdict(set)
        for part in inner:
            for simple in _names(part):
                parents[simple].add(id(part.parent))
        often = Counter(simple for part in inner for simple in _names(part))
        self._repeated |= {simple for simple, count in often.items() if count > 1}
        self._scattered |= {simple for simple, places in parents.items() if len(places) > 1}

    def slots(self) -> list[Slot]:
        """All places, in the order in which they first appear."""
        found: dict[str, Slot] = {}
        for number, inner in enumerate(self._inner):
            for part in inner:
                key = self._key(part, self._items[number])
                if key is None:
                    continue
                slot = found.setdefault(key, _slot(key, part))
                while len(slot.parts) <= number:
                    slot.parts.append([])
                slot.parts[number].append(part)
                slot.many = slot.many or len(slot.parts[number]) > 1
        for slot in found.values():
            slot.parts.extend([] for _ in range(len(self._items) - len(slot.parts)))
        return list(found.values())

    def _key(self, part: Part, item: Part) -> str | None:
        """CSS, or XPath that begins with a dot; None for a place that cannot be told from others."""
        if id(part) not in self._keys:
            self._keys[id(part)] = self._made_key(part, item)
        return self._keys[id(part)]

    def _made_key(self, part: Part, item: Part) -> str | None:
        names = _names(part)
        if part.tag in _BLOCKS:
            # Two blocks with one class in common are two things, where each has a class of its own besides.
            names.sort(key=lambda name: name in self._repeated)
        plain = next((name for name in names if name not in self._scattered), None)
        alone = self._tags[part.tag] == 1
        if alone and not self._whole and part.tag in _TELLING_TAGS and not (plain is not None and _is_field(plain)):
            return part.tag
        if plain is not None:
            return plain
        simple = names[0] if names else None
        if alone:
            return part.tag
        parent = part.parent
        if parent is None:
            return None
        if parent is item:
            return self._child_of_item(part, item, simple)
        above = self._key(parent, item)
        if above is None or len(above) > _LONGEST_KEY:
            return None
        if above.startswith("./"):
            return self._stepped(above, part, parent)
        if simple is not None:
            return f"{above} > {simple}"
        alike = [child for child in parent.children if child.tag == part.tag]
        if len(alike) == 1 or (part.tag in _LISTED and not any(map(_names, alike[:_MOST_ALIKE]))):
            return f"{above} > {part.tag}"
        inner = as_inner_xpath(above)
        return self._stepped(f".{inner}", part, parent) if inner is not None else None

    def _child_of_item(self, part: Part, item: Part, simple: str | None) -> str | None:
        if self._whole:
            return f"{item.tag} > {part.tag}" if item.tag in {"main", "article"} and part.tag == "p" else None
        alike = [child for child in item.children if child.tag == part.tag]
        if part.tag in {"td", "p", "div", "span", "a"} and simple is None:
            return f"./{part.tag}[{alike.index(part) + 1}]"
        return f"./{part.tag}" if len(alike) == 1 else None

    def _stepped(self, above: str, part: Part, parent: Part) -> str | None:
        alike = [child for child in parent.children if child.tag == part.tag]
        if len(alike) == 1 or part.tag == "li":
            return f"{above}/{part.tag}"
        return f"{above}/{part.tag}[{alike.index(part) + 1}]"


def _inner(item: Part, *, whole: bool) -> list[Part]:
    """The parts without navigation and the like. What looks like a header of the page has one, in an item, for it."""
    left_out: set[int] = set()
    kept: list[Part] = []
    for part in item.within(_MOST_PARTS):
        begins = part.parent is item or (part.parent is not None and not part.parent.chrome)
        always = begins and (is_navigation(part) or any(is_chrome(token, anywhere=True) for token in part.tokens))
        if part.chrome and not item.chrome and (whole or always or id(part.parent) in left_out):
            left_out.add(id(part))
        else:
            kept.append(part)
    return kept


def _names(part: Part) -> list[str]:
    """By property and class; the class that names a field goes first."""
    written = (part.element.get("itemprop") or "").split()
    tokens = sorted(part.tokens, key=_telling, reverse=True)
    return [*(f"[itemprop={word}]" for word in written[:1] if token_weight(word)), *(f".{token}" for token in tokens)]


def _is_field(simple: str) -> bool:
    """Whether a property or class says what it holds; others say how it looks."""
    return simple.startswith("[") or _telling(simple[1:])[0]


def _telling(token: str) -> tuple[bool, bool]:
    name = name_of_token(token)
    return (name is not None and is_known(name), name is not None)


def _slot(key: str, part: Part) -> Slot:
    if key.startswith("./"):
        return Slot(Selector(syntax=Syntax.XPATH, expression=key), None, part.tag)
    last = key.rpartition(" > ")[2]
    if last.startswith("[itemprop="):
        word = last[len("[itemprop=") : -1]
        return Slot(Selector(expression=key), property_name(word), part.tag, stated=True)
    name = name_of_token(last[1:]) if last.startswith(".") else None
    return Slot(Selector(expression=key), name, part.tag)


def as_inner_xpath(expression: str) -> str | None:
    """A class or a tag in CSS as XPath from what holds it; None for anything longer."""
    if expression.startswith(".") and _PLAIN_NAME.match(expression[1:]):
        return f"//*[has-class('{expression[1:]}')]"
    return f"//{expression}" if expression.isalnum() else None


def named_slot(selector: Selector, part: Part, parts: list[list[Part]]) -> Slot:
    """A place by a selector of any kind, with the name that the class of the first part there gives."""
    names = [name for token in part.tokens if (name := name_of_token(token)) is not None]
    named = next(filter(is_known, names), names[0] if names else None)
    return Slot(selector, named, part.tag, parts)


def property_name(word: str) -> str:
    """schema.org's words that mean something else elsewhere."""
    return {"name": "titre", "url": "lien", "datePublished": "date", "articleBody": "texte"}.get(
        word, name_of_token(word) or word
    )
