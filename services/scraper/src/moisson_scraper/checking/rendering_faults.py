"""How pages are opened in a browser: what is waited for, what is clicked, and whether there is a browser."""

from collections.abc import Iterator

from moisson_scraper.checking.expressions import Place, fault, in_selector
from moisson_scraper.reading.selectors import Scope, SelectorRefused
from moisson_scraper.rendering.browser_paths import browser_path
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.paging import LoadMore
from moisson_shared.contracts.selecting import Selector
from moisson_shared.contracts.sources import HtmlSource, Rendering, Source

_PLACE: Place = ("source", "rendering")


def in_rendering(source: HtmlSource, rendering: Rendering) -> Iterator[Fault]:
    """Everything that is wrong with it; whether there is a browser is another question."""
    for name in ("wait_for", "click_next"):
        selector: Selector | None = getattr(rendering, name)
        if selector is not None:
            yield from _in_browser(selector, (*_PLACE, name))
    # What reads pages was checked where it stands; here, whether the browser can find the items too.
    for refused in _refused(source.item):
        yield fault(("source", "item", "expression"), refused)
    if isinstance(source.paging, LoadMore):
        message = "what is loaded from its own address needs no browser: leave `rendering` out, or use `click_next`"
        yield fault(_PLACE, message)
    elif rendering.click_next is not None and source.paging is not None:
        message = "a listing goes on by its paging or by clicks, not by both: leave one of them out"
        yield fault((*_PLACE, "click_next"), message)


def absence_of_browser(source: Source, why_not: str | None) -> Iterator[Fault]:
    """That this source needs a browser, where there is none."""
    if why_not is not None and isinstance(source, HtmlSource) and source.rendering is not None:
        yield fault(_PLACE, why_not)


def _in_browser(selector: Selector, place: Place) -> Iterator[Fault]:
    found = list(in_selector(selector, place, Scope.PAGE))
    yield from found
    if not found:
        for refused in _refused(selector):
            yield fault((*place, "expression"), refused)


def _refused(selector: Selector) -> Iterator[str]:
    try:
        browser_path(selector)
    except SelectorRefused as error:
        yield str(error)
