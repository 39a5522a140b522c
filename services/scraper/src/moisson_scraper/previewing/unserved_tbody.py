"""Selectors that were copied from a browser's inspector: they name a `tbody` that the site never sent. Pure.

Browsers put one into every table (HTML standard, 13.2.6.4.9); pages are read as they are served, so such a selector
finds nothing.
"""

import re
from collections.abc import Iterator

from moisson_scraper.locating.page_fields import detail_fields, listing_fields
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.source_reader import FetchedPage, PageKind, PageRequest
from moisson_shared.contracts.faults import json_pointer
from moisson_shared.contracts.paging import LoadMore, NextLink, PageList
from moisson_shared.contracts.selecting import Selector
from moisson_shared.contracts.sources import HtmlSource, Source

_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAMED = re.compile(r"(?<![\w.#@-])tbody(?![\w-])", re.IGNORECASE)
_SERVED = re.compile(rb"<tbody[\s/>]", re.IGNORECASE)

Placed = tuple[tuple[str, ...], Selector]


def unserved_tbody(source: Source, page: FetchedPage, request: PageRequest) -> list[Notice]:
    """A notice for each selector of this page that names a `tbody`, where the page as it is served has none."""
    named = [
        pointer
        for pointer, selector in _selectors(source, request)
        if not selector.syntax.structured and _NAMED.search(_LITERAL.sub("", selector.expression))
    ]
    if not named or _SERVED.search(page.body.replace(b"\x00", b"")):
        return []
    message = "Selectors name a tbody, which browsers add and this page, as it is served, does not have: leave it out."
    return [Notice("tbody-not-served", message, json_pointer(pointer)) for pointer in named]


def _selectors(source: Source, request: PageRequest) -> Iterator[Placed]:
    """Those that look into a page, with their places in the spider."""
    if request.kind is PageKind.LISTING:
        fields = listing_fields(source)
        if isinstance(source, HtmlSource) and isinstance(source.paging, NextLink | PageList | LoadMore):
            yield ("source", "paging", "selector"), source.paging.selector
    else:
        levels = detail_fields(source)
        fields = levels[request.position] if request.position < len(levels) else None
    if fields is None:
        return
    for name, field in (fields.html or {}).items():
        yield (*fields.pointer, "fields", name), field
    if fields.item is not None:
        yield (*fields.pointer, "item"), fields.item
    if fields.link is not None:
        yield (*fields.pointer, "detail", "link"), fields.link
