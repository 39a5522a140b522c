"""Which pages of HTML could take long with given selectors: told from the page's bytes, then from its tree. Pure.

Measured on pages made for the purpose: time grows with the selectors and the elements, for some selectors with the
square of the elements; and where elements stand deep within each other, both are many times that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from lxml import etree

from moisson_scraper.reading.json_fields import MOST_LOOKS
from moisson_scraper.reading.json_paths import CompiledPath
from moisson_scraper.reading.selectors import CompiledSelector, Node
from moisson_scraper.reading.source_reader import LARGE_PAGE

DEEP = 40
"""Levels that no page needs: real ones have fifteen to thirty."""
MOST_VISITS = 200_000
"""Selectors times elements. Thirty fields on three thousand elements are half of it."""
MOST_SLOW_VISITS = 60_000_000
"""Slow selectors times the square of the elements: half a second at the very worst."""
MOST_DEEP_VISITS = 10_000
"""Selectors times elements, where elements stand deep within each other."""
_is_deep: Any = etree.XPath(f"boolean({'/*' * DEEP})")


@dataclass(frozen=True, slots=True)
class SelectorLoad:
    """How many selectors a source has, and how many of them are slow: not surely linear."""

    selectors: int
    slow: int
    multiplying: bool = False
    """Whether one is a path into JSON that could multiply what it finds: then a page needs no elements to take long."""
    paths: int = 0
    """How many are paths into JSON: each may give all that a script of the page holds."""

    @classmethod
    def of(cls, selectors: Sequence[CompiledSelector | CompiledPath]) -> Self:
        """Of all selectors of a source."""
        slow = [selector for selector in selectors if not selector.linear]
        paths = sum(isinstance(selector, CompiledPath) for selector in selectors)
        multiplying = any(isinstance(selector, CompiledPath) for selector in slow)
        return cls(len(selectors), len(slow), multiplying, paths)

    def may_be_long(self, body: bytes) -> bool:
        """Whether a page that is not deep could take long."""
        elements = body.count(b"<")
        return (
            self.multiplying
            or len(body) >= LARGE_PAGE
            or self.paths * len(body) > MOST_LOOKS
            or self.selectors * elements > MOST_VISITS
            or self.slow * elements**2 > MOST_SLOW_VISITS
        )

    def is_long(self, body: bytes, root: Node) -> bool:
        """Whether a page that passed the first test takes long after all, since its elements stand so deep."""
        if not self.slow and self.selectors * body.count(b"<") <= MOST_DEEP_VISITS:
            return False
        return bool(_is_deep(root))
