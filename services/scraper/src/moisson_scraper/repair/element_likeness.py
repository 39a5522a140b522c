"""How like an element of one page is to an element of another: by value, label, names, tag and position. Pure.

The features are those that survive when sites change: a renamed class keeps label and text, a moved block keeps names,
a new wrapper keeps everything but the path. A feature that the lost element has not says nothing.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from moisson_scraper.health.field_shapes import has_shape
from moisson_scraper.reading.html_page import text_of
from moisson_scraper.reading.selectors import Node
from moisson_shared.contracts.expectations import Shape

_WORDS = re.compile(r"\w+")
_NAMING = ("class", "id", "itemprop", "property", "rel", "name", "data-field", "data-label", "aria-label")
_LABEL_TAGS = frozenset({"dt", "th", "strong", "b", "label", "em", "h2", "h3", "h4", "h5", "h6", "legend"})
_LONGEST_LABEL = 40
_CHARACTERS = 2000
_WEIGHTS = {"value": 0.35, "label": 0.25, "names": 0.15, "tag": 0.1, "path": 0.1, "position": 0.05}


@dataclass(frozen=True, slots=True)
class ElementTraits:
    """What is compared of an element; texts have single blanks and no capitals."""

    value: str
    """What is taken of it."""
    tag: str
    names: frozenset[str] = frozenset()
    """The words of its class, id, itemprop and the like."""
    label: str = ""
    path: tuple[str, ...] = ()
    """The tags around it, the nearest first, up to its item or page."""
    position: int = 0
    """Among its siblings of the same tag."""
    shape: str = field(init=False)
    words: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        # Found once: an element is compared with those of many fields.
        object.__setattr__(self, "shape", value_shape(self.value))
        object.__setattr__(self, "words", words(self.value))


def traits_of(element: Node, value: str, scope: Node) -> ElementTraits:
    """Of an element inside an item or a page, the scope."""
    path = []
    around = element if element is scope else element.getparent()
    while around is not None and around is not scope:
        path.append(str(around.tag))
        around = around.getparent()
    return ElementTraits(
        value=plain(value),
        tag=str(element.tag),
        names=names_of(element),
        label=plain(label_of(element, scope)),
        path=tuple(path),
        position=sum(1 for _ in element.itersiblings(element.tag, preceding=True)) if element is not scope else 0,
    )


def plain(text: str) -> str:
    """Single blanks, no capitals, no colon at the end."""
    return " ".join(text[:_CHARACTERS].split()).casefold().rstrip(" :")


def names_of(element: Node) -> frozenset[str]:
    """The words that the page gives an element for a name."""
    return frozenset(word.casefold() for name in _NAMING for word in (element.get(name) or "").split()[:20])


def label_of(element: Node, scope: Node) -> str:
    """The words beside an element that say what it is: in front of it, of what is around it, or inside it."""
    here = element
    for _ in range(2):
        if here is scope or here.getparent() is None:
            break
        before = here.getprevious()
        while before is not None and not isinstance(before.tag, str):
            before = before.getprevious()
        if before is not None and (text := _label_text(before)):
            return text
        parent = here.getparent()
        if before is None and (text := " ".join((parent.text or "").split())) and _is_label(text, parent.tag):
            return text
        here = parent
    first = element[0] if len(element) else None
    if (
        first is not None
        and isinstance(first.tag, str)
        and first.tag in _LABEL_TAGS
        and not (element.text or "").strip()
    ):
        return _label_text(first)
    return ""


def _label_text(element: Node) -> str:
    text = " ".join(text_of(element)[:200].split())
    return text if _is_label(text, element.tag) else ""


def _is_label(text: str, tag: str) -> bool:
    return 0 < len(text) <= _LONGEST_LABEL and (tag in _LABEL_TAGS or text.endswith(":"))


def likeness(was: ElementTraits, now: ElementTraits, known: frozenset[str] = frozenset()) -> float:
    """From 0 to 1. `known` are plain values of the lost field, of any item: listings change their order."""
    same = bool(now.value) and (now.value == was.value or now.value in known)
    alike = 1.0 if same else _value_likeness(was.shape == now.shape, was.words, now.words) if now.value else 0.0
    parts = {"value": alike, "tag": 1.0 if was.tag == now.tag else 0.0}
    if was.label:
        parts["label"] = 1.0 if was.label == now.label else _shared(words(was.label), words(now.label))
    if was.names:
        parts["names"] = _shared(was.names, now.names)
    if was.path:
        parts["path"] = _path_likeness(was.path, now.path)
    parts["position"] = 1.0 if was.position == now.position else 0.0
    weight = sum(_WEIGHTS[name] for name in parts)
    return sum(_WEIGHTS[name] * part for name, part in parts.items()) / weight


def value_likeness(was: str, now: str, known: frozenset[str] = frozenset()) -> float:
    """1 for the same value, less for common words, and half for the same shape."""
    if not now:
        return 0.0
    if now == was or now in known:
        return 1.0
    return _value_likeness(value_shape(was) == value_shape(now), words(was), words(now))


def _value_likeness(same_shape: bool, was: frozenset[str], now: frozenset[str]) -> float:
    return max(0.5 if same_shape else 0.0, _shared(was, now))


def _path_likeness(was: Sequence[str], now: Sequence[str]) -> float:
    """What is the same at both ends: a wrapper in the middle leaves both as they were."""
    shorter = min(len(was), len(now))
    near = next((n for n in range(shorter) if was[n] != now[n]), shorter)
    left = shorter - near
    far = next((n for n in range(left) if was[-1 - n] != now[-1 - n]), left)
    return (near + far) / max(len(was), len(now)) if was or now else 1.0


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(_WORDS.findall(text.casefold()))


def value_shape(text: str) -> str:
    """What a value looks like: one of the shapes that expectations know, else how long it is."""
    for shape in (Shape.EMAIL, Shape.URL, Shape.NUMBER, Shape.DATE):
        if len(text) <= 300 and has_shape(text, shape):
            return shape.value
    count = len(text.split())
    return "words" if count <= 4 else "sentence" if count <= 30 else "text"


def structure_likeness(was: Node, now: Node) -> float:
    """How far two elements are made of the same tags, from 0 to 1."""
    return multiset_likeness(_tags(was), _tags(now))


def multiset_likeness(was: Counter[str], now: Counter[str]) -> float:
    """What both have of what either has."""
    either = sum((was | now).values())
    return sum((was & now).values()) / either if either else 1.0


def _tags(element: Node) -> Counter[str]:
    return Counter(str(inside.tag) for inside in element.iter() if isinstance(inside.tag, str))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def best_likeness(wanted: Sequence[ElementTraits], now: ElementTraits, known: frozenset[str]) -> float:
    """The likeness to the nearest of several."""
    return max((likeness(was, now, known) for was in wanted), default=0.0)
