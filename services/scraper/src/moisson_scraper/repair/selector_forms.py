"""The ways in which an element can be found again, the steadiest first. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from moisson_scraper.reading.selectors import Node
from moisson_scraper.repair.element_likeness import label_of
from moisson_shared.contracts.selecting import Syntax

_NAME = re.compile(r"-?[A-Za-z_][\w-]{0,60}")
_COUNTED = re.compile(r"\d{3,}|\d+$")
"""Names with numbers in them are another item's next time."""
_MOST_CLASSES = 4
_LONGEST = 300
"""Characters of an expression that people would want to read."""


@dataclass(frozen=True, slots=True)
class SelectorForm:
    """An expression, and how steady such expressions are, from 0 to 1."""

    syntax: Syntax
    expression: str
    steadiness: float


def selector_forms(element: Node, scope: Node) -> Iterator[SelectorForm]:
    """Expressions that find the element from its item or page; others may be found by them too."""
    if element is scope:
        yield SelectorForm(Syntax.XPATH, ".", 0.9)
        return
    tag = str(element.tag)
    if not _NAME.fullmatch(tag):
        return  # what a page makes up: selectors cannot write it as it stands
    for attribute in ("itemprop", "property", "data-field", "rel"):
        value = element.get(attribute) or ""
        if _NAME.fullmatch(value):
            yield SelectorForm(Syntax.CSS, f'{tag}[{attribute}="{value}"]', 1.0)
    if (named := element.get("id") or "") and _is_name(named):
        yield SelectorForm(Syntax.CSS, f"#{named}", 1.0)
    for name in _classes(element):
        yield SelectorForm(Syntax.CSS, f".{name}", 0.98)
        yield SelectorForm(Syntax.CSS, f"{tag}.{name}", 0.97)
    yield from _by_label(element, scope, tag)
    parent = element.getparent()
    if parent is not None and parent is not scope:
        if (named := parent.get("id") or "") and _is_name(named):
            yield SelectorForm(Syntax.CSS, f"#{named} > {tag}", 0.95)
        for name in _classes(parent):
            yield SelectorForm(Syntax.CSS, f".{name} > {tag}", 0.94)
    if tag not in {"div", "span", "p", "a", "li", "td"}:
        yield SelectorForm(Syntax.CSS, tag, 0.9)
    steps = _steps(element, scope)
    if len(steps) <= _LONGEST:
        yield SelectorForm(Syntax.XPATH, steps, 0.8)


def _by_label(element: Node, scope: Node, tag: str) -> Iterator[SelectorForm]:
    label = " ".join(label_of(element, scope).split())
    before = element.getprevious()
    if not label or '"' in label or len(label) > _LONGEST // 2 or before is None or not isinstance(before.tag, str):
        return
    if _NAME.fullmatch(str(before.tag)) and " ".join("".join(before.itertext()).split()) == label:
        condition = f'normalize-space()="{label}"'
        yield SelectorForm(Syntax.XPATH, f".//{before.tag}[{condition}]/following-sibling::{tag}[1]", 0.99)


def _classes(element: Node) -> list[str]:
    return [name for name in (element.get("class") or "").split() if _is_name(name)][:_MOST_CLASSES]


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and _COUNTED.search(name) is None


def _steps(element: Node, scope: Node) -> str:
    steps: list[str] = []
    here = element
    while here is not scope:
        number = 1 + sum(1 for _ in here.itersiblings(here.tag, preceding=True))
        steps.append(f"{here.tag}[{number}]")
        here = here.getparent()
    return "./" + "/".join(reversed(steps))
