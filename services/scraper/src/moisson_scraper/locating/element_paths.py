"""The place of one element, attribute or text of an HTML page, as a path that finds nothing else. Pure."""

from typing import Any

from moisson_scraper.reading.selectors import Node
from moisson_shared.contracts.spider_preview import ElementPlace


def element_of(part: Any, scope: Node) -> Node:
    """The element that a selected part is, or stands in. What an expression computed stands for its whole scope."""
    if not isinstance(part, str):
        return part
    parent = part.getparent() if hasattr(part, "getparent") else None
    if parent is None:
        return scope
    if getattr(part, "is_tail", False):
        # A text behind an element is, for lxml, that element's: it stands in the one around it.
        around = parent.getparent()
        return around if around is not None else parent
    return parent


def place_of(part: Any, scope: Node) -> ElementPlace:
    """Where a selected part stands."""
    element = element_of(part, scope)
    path = str(element.getroottree().getpath(element))
    if isinstance(part, str):
        if getattr(part, "is_attribute", False):
            path += f"/@{part.attrname}"  # type: ignore[attr-defined]  # lxml's own kind of text
        elif getattr(part, "is_text", False) or getattr(part, "is_tail", False):
            path += "/text()"
    return ElementPlace(path=path, line=element.sourceline)
