"""What browsers show in their inspectors and pages do not have: a selector that was copied there may find nothing."""

from collections.abc import Iterable

from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.selectors import CompiledSelector, Node

_TBODY = "tbody"


def names_tbody(selectors: Iterable[object]) -> bool:
    """Whether one of the selectors goes through a `tbody`."""
    return any(isinstance(one, CompiledSelector) and _TBODY in one.expression for one in selectors)


def missing_tbody(root: Node, place: str) -> tuple[Notice, ...]:
    """For selectors that name one: the notice where the page has tables without. Browsers put it into each table."""
    if root.find(".//table") is None or root.find(f".//{_TBODY}") is not None:
        return ()
    message = "Selectors name tbody, which browsers add to tables and these pages do not have: leave it out."
    return (Notice("no-tbody", message, place),)
