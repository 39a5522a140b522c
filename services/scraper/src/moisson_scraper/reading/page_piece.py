"""A piece of a page that a script would put among the items it shows: read where it would stand. Pure.

What is around the items (their ancestors' tags, and the page's base address) goes with the request for the next piece,
so that selectors and relative addresses mean in it what they mean in the page.
"""

import re
from html import escape

from moisson_scraper.reading.html_page import HtmlPage
from moisson_scraper.reading.selectors import Node

MOST_CONTEXT = 10_000
"""Characters. Of a longer one, only what selectors are usually made of is kept."""
_LONGEST_VALUE = 200
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w:.-]*")
_USUAL = frozenset({"id", "class"})


def context_of(html: HtmlPage, node: Node | None) -> str:
    """The markup in front of a piece that stands where `node` stands; without one, the base address alone."""
    base = f'<head><base href="{escape(html.base)}"></head>'
    if node is None:
        return f"<html>{base}"
    ancestors = list(node.iterancestors())[::-1]
    full = _markup(ancestors, base, None)
    return full if len(full) <= MOST_CONTEXT else _markup(ancestors, base, _USUAL)


def _markup(ancestors: list[Node], base: str, kept: frozenset[str] | None) -> str:
    tags = [_start_tag(element, kept) for element in ancestors]
    if not tags or ancestors[0].tag != "html":
        tags.insert(0, "<html>")
    return "".join([tags[0], base, *tags[1:]])


def _start_tag(element: Node, kept: frozenset[str] | None) -> str:
    if not _PLAIN_NAME.fullmatch(element.tag):
        return ""
    attributes = "".join(
        f' {name}="{escape(value)}"'
        for name, value in element.items()
        if len(value) <= _LONGEST_VALUE and _PLAIN_NAME.fullmatch(name) and (kept is None or name in kept)
    )
    return f"<{element.tag}{attributes}>"
