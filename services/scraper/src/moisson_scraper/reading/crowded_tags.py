"""Whether a tag has so many attributes that its tree takes long: told by a pass that builds no tree. Pure.

libxml2 hangs each attribute of HTML to the end of a list, so a tag takes the square of its attributes: measured, 8,000
of them an eighth of a second, 75,000 half a minute. Its events alone take a quarter of the time of an ordinary tree.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lxml import etree

MOST_ATTRIBUTES = 5000
_SMALL_PAGE = 32_000
"""Bytes: they hold 8,000 attributes with names of their own."""


class _Counting:
    """A target of the parser's events."""

    def __init__(self) -> None:
        self.most = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        if len(attributes) > self.most:
            self.most = len(attributes)

    def close(self) -> None:
        """Asked for by the parser."""


def has_crowded_tag(markup: bytes) -> bool:
    """Whether any tag of a page in UTF-8 has more than MOST_ATTRIBUTES."""
    if len(markup) < _SMALL_PAGE:
        return False
    counting = _Counting()
    target: Any = counting  # lxml calls those of a target's methods that are there
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=False, no_network=True)
    with suppress(etree.XMLSyntaxError, ValueError):  # the tree will stop there, too
        etree.fromstring(markup, parser)
    return counting.most > MOST_ATTRIBUTES
