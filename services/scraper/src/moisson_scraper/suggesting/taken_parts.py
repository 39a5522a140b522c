"""Which parts of some items a field has taken already, so that nothing is taken twice."""

from collections import Counter
from collections.abc import Sequence

from moisson_scraper.suggesting.page_outline import Part

_LEAST = 3
"""Characters that are worth a field."""


class TakenParts:
    """Per part: whether it was taken, and how much of the text in it."""

    def __init__(self, items: Sequence[Part]) -> None:
        self._ends = frozenset(map(id, items))
        self._taken: set[int] = set()
        self._inside: Counter[int] = Counter()

    def has(self, part: Part) -> bool:
        """Whether the part, or one around it, was taken."""
        above: Part | None = part
        while above is not None:
            if id(above) in self._taken:
                return True
            if id(above) in self._ends:
                return False
            above = above.parent
        return False

    def take(self, parts: Sequence[Sequence[Part]]) -> None:
        """These are taken now, with all in them."""
        for own in parts:
            for part in own:
                self._taken.add(id(part))
                above = part.parent
                while above is not None and id(above) not in self._ends:
                    self._inside[id(above)] += part.text
                    above = above.parent

    def left(self, part: Part) -> int:
        """Characters in a part that were not taken."""
        return 0 if self.has(part) else part.text - self._inside[id(part)]

    def partly(self, parts: Sequence[Sequence[Part]]) -> bool:
        """Whether something in most of these was taken."""
        all_parts = [part for own in parts for part in own]
        return sum(self._inside[id(part)] > 0 for part in all_parts) * 2 > len(all_parts)

    def leaves(self, parts: Sequence[Sequence[Part]]) -> bool:
        """Whether most of these hold something that was not taken."""
        all_parts = [part for own in parts for part in own]
        new = 0
        for part in all_parts:
            left = part.text - self._inside[id(part)]
            new += not self.has(part) and left >= min(_LEAST, part.text) > 0 and left * 10 >= 4 * part.text
        return new * 2 > len(all_parts)
