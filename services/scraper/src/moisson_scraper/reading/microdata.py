"""Microdata of a page (HTML standard, 5): items with their properties, nested and referred to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from moisson_scraper.reading.html_page import HtmlPage, text_of
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.selectors import Node
from moisson_scraper.reading.standing_data import StandingData, Steps, numbered

Item = dict[str, Any]
MOST_ELEMENTS = 100_000
"""Looked at for all items of a page together, besides as many as it has; a hundred characters of text count as one.
`itemref` may lead to the same part again and again."""
DEEPEST = 20
"""Items inside items."""
_ADDRESSES = {
    **dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video"), "src"),
    **dict.fromkeys(("a", "area", "link"), "href"),
    "object": "data",
}
_TEXTS = {"meta": "content", "data": "value", "meter": "value"}
_items: Any = etree.XPath("descendant-or-self::*[@itemscope]")
_by_id: Any = etree.XPath("id($name)")


def read_microdata(html: HtmlPage, node: Node | None, told: list[Notice]) -> StandingData:
    """The top-level items of the page; of one element, the items in it that are in no other item in it. A value stands
    in the element of its property.

    Each is `{"type": [...], "id": ..., "properties": {name: [values]}}`, without what is not stated (HTML standard,
    5.5.1); a value is a text or an item.
    """
    if html.looks.elements is None:
        html.looks.elements = MOST_ELEMENTS + sum(1 for _ in html.root.iter())
    reading = _Reading(html, html.looks.elements)
    tops = _top_items(html, node)
    found = [reading.item(element, ()) for element in tops if reading.left > 0]
    html.looks.elements = max(0, reading.left)
    if tops and reading.left <= 0:
        message = f"Microdata beyond the first {MOST_ELEMENTS:,} elements of a page was left out."
        told.append(Notice("microdata-too-large", message))
    if reading.circles:
        message = "Items of microdata that contain themselves, or are nested too deeply, were left out."
        told.append(Notice("microdata-nested", message, count=reading.circles))
    return StandingData(list(found), lambda steps: _element_at(found, tops, reading.standing, steps))


def _element_at(
    found: Sequence[Item], tops: Sequence[Node], standing: Mapping[int, Mapping[str, list[Node]]], steps: Steps
) -> Node | None:
    """The element of the last property on the way, or of the item."""
    here = numbered(tops, steps[0]) if steps else None
    if here is None or not isinstance(steps[0], int):
        return None
    item: object = found[steps[0]]
    rest = steps[1:]
    while isinstance(item, dict) and len(rest) > 1 and rest[0] == "properties":
        name, number = rest[1], rest[2] if len(rest) > 2 else 0
        element = numbered(standing[id(item)].get(str(name), ()), number)
        if element is None or not isinstance(number, int):
            break
        here, item, rest = element, item["properties"][name][number], rest[3:]
    return here


def _top_items(html: HtmlPage, node: Node | None) -> list[Node]:
    if node is None:
        return [element for element in _items(html.root) if element.get("itemprop") is None]
    found: list[Node] = []
    inside: set[Node] = set()
    for element in _items(node):
        if not any(above in inside for above in _above(element, node)):
            found.append(element)
        inside.add(element)
    return found


def _above(element: Node, top: Node) -> list[Node]:
    found: list[Node] = []
    while element is not top and (element := element.getparent()) is not None:
        found.append(element)
    return found


@dataclass(slots=True)
class _Reading:
    html: HtmlPage
    left: int
    """Elements, or a hundred characters of text, that may still be taken."""
    circles: int = 0
    standing: dict[int, dict[str, list[Node]]] = field(default_factory=dict)
    """Of each item, by its identity: the elements of its properties' values."""

    def item(self, scope: Node, above: tuple[Node, ...]) -> Item:
        found: Item = {}
        if kinds := (scope.get("itemtype") or "").split():
            found["type"] = list(dict.fromkeys(kinds))
            if (name := scope.get("itemid")) is not None:
                found["id"] = self.html.absolute(name) or name
        properties: dict[str, list[object]] = {}
        elements = self.standing[id(found)] = {}
        for element in self._properties_of(scope):
            if self.left <= 0:
                break
            value = self._value(element, (*above, scope))
            if value is not None:
                for name in dict.fromkeys(element.get("itemprop").split()):
                    properties.setdefault(name, []).append(value)
                    elements.setdefault(name, []).append(element)
        found["properties"] = properties
        return found

    def _properties_of(self, scope: Node) -> list[Node]:
        """The elements that add a property to the item (5.2.5), in the order of the page, referred ones where they are
        referred to."""
        found: list[Node] = []
        seen: set[Node] = {scope}
        pending = list(reversed([*scope, *self._referred(scope)]))
        while pending and self.left > 0:
            element = pending.pop()
            if element in seen or not isinstance(element.tag, str):
                continue
            self.left -= 1
            seen.add(element)
            if element.get("itemprop", "").split():
                found.append(element)
            if element.get("itemscope") is None:
                pending.extend(reversed(element))
        return found

    def _referred(self, scope: Node) -> list[Node]:
        names = (scope.get("itemref") or "").split()[:100]
        return [element for name in names for element in _by_id(self.html.root, name=name)[:1]]

    def _value(self, element: Node, above: tuple[Node, ...]) -> object:
        if element.get("itemscope") is not None:
            if element in above or len(above) >= DEEPEST:
                self.circles += 1
                return None
            return self.item(element, above)
        tag = element.tag
        if tag in _ADDRESSES:
            written = element.get(_ADDRESSES[tag])
            return "" if written is None else (self.html.absolute(written) or "")
        if tag in _TEXTS:
            return element.get(_TEXTS[tag], "")
        if tag == "time" and element.get("datetime") is not None:
            return element.get("datetime")
        text = text_of(element)
        self.left -= len(text) // 100
        return text
