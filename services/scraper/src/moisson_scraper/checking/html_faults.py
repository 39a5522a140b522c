"""An HTML source: start pages, the item, paging, the detail."""

from collections.abc import Iterator

from moisson_scraper.checking.detail_faults import in_detail
from moisson_scraper.checking.expressions import (
    in_addresses,
    in_element,
    in_encoding,
    in_html_fields,
    in_item,
    in_numbered_paging,
    in_path,
)
from moisson_scraper.checking.rendering_faults import in_rendering
from moisson_scraper.reading.selectors import Scope
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.paging import LoadMore, NextLink, PageList, PageNumber
from moisson_shared.contracts.sources import HtmlSource

_SOURCE = ("source",)


def in_html(source: HtmlSource) -> Iterator[Fault]:
    """Everything that is wrong with it."""
    yield from in_addresses(source.start_urls, (*_SOURCE, "start_urls"))
    yield from in_item(source.item, (*_SOURCE, "item"))
    yield from in_html_fields(source.fields, (*_SOURCE, "fields"), Scope.ITEM)
    match source.paging:
        case NextLink(selector=selector) | PageList(selector=selector):
            yield from in_element(selector, (*_SOURCE, "paging", "selector"))
        case PageNumber() as paging:
            yield from in_numbered_paging(paging, (*_SOURCE, "paging"))
        case LoadMore() as paging:
            yield from in_element(paging.selector, (*_SOURCE, "paging", "selector"))
            for name in ("html", "next"):
                path = getattr(paging, name)
                if path is not None:
                    yield from in_path(path, (*_SOURCE, "paging", name))
        case None:
            pass
    yield from in_detail(source.detail, (*_SOURCE, "detail"), Scope.ITEM)
    yield from in_encoding(source.encoding, (*_SOURCE, "encoding"))
    if source.rendering is not None:
        yield from in_rendering(source, source.rendering)
