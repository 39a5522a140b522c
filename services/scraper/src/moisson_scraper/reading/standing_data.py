"""Structured data with the elements of the page that say it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from moisson_scraper.reading.selectors import Node

Steps = Sequence[int | str]
"""The names and numbers that lead to a value, from the whole of what a page says."""


@dataclass(frozen=True, slots=True)
class StandingData:
    """What a page says in one syntax, and the element that says the value at the end of some steps, or holds it."""

    data: list[object] | dict[str, object]
    element_at: Callable[[Steps], Node | None]


def numbered(elements: Sequence[Node], number: int | str) -> Node | None:
    """The element of that number, if there is one."""
    return elements[number] if isinstance(number, int) and 0 <= number < len(elements) else None
