"""The text of an element, with a line end where a browser begins a line and nothing else stands between two words.

`3 rue du Port<br>44000 Nantes` is two lines to everybody, and its text content one word: "Port44000". Everything else
stays as it was written. After innerText (HTML standard, 3.2.7), but for styles, which are not known here.
"""

from typing import Any

from lxml import etree

from moisson_scraper.reading.selectors import Node
from moisson_scraper.reading.value_room import ValueRoom

_BLOCKS = {
    "address",
    "article",
    "aside",
    "blockquote",
    "details",
    "div",
    "footer",
    "form",
    "header",
    "main",
    "nav",
    "p",
}
_BLOCKS |= {"fieldset", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "section", "summary", "table"}
_PARTS = {"br", "caption", "dd", "dl", "dt", "figcaption", "legend", "li", "ol", "option", "td", "th", "tr", "ul"}
_LINES = frozenset(_BLOCKS | _PARTS)
"""What begins and ends lines. Cells of a row stand apart too, which a tab would say; a line end says it as well."""
_PER_NODE = 10
"""What going through one node costs of the room, in characters: it takes longer than to copy as many."""
_text: Any = etree.XPath("string()", smart_strings=False)


def lined_text(element: Node, room: ValueRoom) -> str:
    """The text of an element or a comment. Raises `Unreadable` when there is no room to go through it."""
    if len(element) == 0:
        return element.text or ""
    if not _has_lines(element, room):
        found: str = _text(element)
        return found
    pieces: list[str] = []
    apart = False
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        room.take(_PER_NODE)
        piece = node.text if event == "start" else node.tail if node is not element else None
        apart = apart or node.tag in _LINES
        if not piece:
            continue
        if apart and pieces and not pieces[-1][-1].isspace() and not piece[0].isspace():
            pieces.append("\n")
        pieces.append(piece)
        apart = False
    return "".join(pieces)


def _has_lines(element: Node, room: ValueRoom) -> bool:
    for node in element.iterdescendants():
        room.take(_PER_NODE)
        if node.tag in _LINES:
            return True
    return False
