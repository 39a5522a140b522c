"""Whether a spider can work at all, before it is saved: every selector and path is compiled, and each fault says where.

The models have checked the shape already; what is found here needs the engines that will run the configuration.
"""

from collections.abc import Iterator
from typing import assert_never

from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.decoding import known_encoding
from moisson_scraper.reading.json_paths import PathRefused, compile_path
from moisson_scraper.reading.selectors import Scope, SelectorRefused, compile_selector
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.faults import json_pointer
from moisson_shared.contracts.spider import (
    CursorParameter,
    HtmlField,
    HtmlSource,
    JsonSource,
    KeyByFields,
    KeyByUrl,
    NextLink,
    OffsetParameter,
    PageNumber,
    PageParameter,
    Selector,
    Source,
    SpiderDraft,
    TabularSource,
)

Place = tuple[str | int, ...]


def faults_in(spider: SpiderDraft) -> tuple[Fault, ...]:
    """Everything that is wrong; empty for a spider that can be saved."""
    return (*_in_source(spider.source), *_in_identity(spider))


def _in_source(source: Source) -> Iterator[Fault]:
    match source:
        case HtmlSource():
            yield from _in_html(source)
        case JsonSource():
            yield from _in_json(source)
        case TabularSource():
            yield from _in_table(source)
        case _:
            assert_never(source)


def require_sound(spider: SpiderDraft) -> None:
    """Raises `Invalid` with all faults."""
    if faults := faults_in(spider):
        raise Invalid("This spider could not work; see the faults.", faults)


def _fault(place: Place, message: str) -> Fault:
    return Fault(json_pointer(place), message)


def _in_html(source: HtmlSource) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, address in enumerate(source.start_urls):
        yield from _in_address(address, ("source", "start_urls", number))
        if address in seen:
            yield _fault(("source", "start_urls", number), "this start page is named twice")
        seen.add(address)
    yield from _in_selector(source.item, ("source", "item"), Scope.PAGE)
    yield from _in_fields(source.fields, ("source", "fields"), Scope.ITEM)
    match source.paging:
        case NextLink(selector=selector):
            yield from _in_selector(selector, ("source", "paging", "selector"), Scope.PAGE)
        case PageNumber() as paging:
            yield from _in_address(paging.address.replace("{page}", "1"), ("source", "paging", "address"))
            if paging.last is not None and paging.last < paging.first:
                yield _fault(("source", "paging", "last"), "the last page comes before the first one")
    if source.detail is not None:
        yield from _in_selector(source.detail.link, ("source", "detail", "link"), Scope.ITEM)
        yield from _in_fields(source.detail.fields, ("source", "detail", "fields"), Scope.PAGE)
    yield from _in_encoding(source.encoding)


def _in_fields(fields: dict[str, HtmlField], place: Place, scope: Scope) -> Iterator[Fault]:
    for name, field in fields.items():
        yield from _in_selector(field, (*place, name), scope)


def _in_selector(selector: Selector, place: Place, scope: Scope) -> Iterator[Fault]:
    try:
        compile_selector(selector, scope)
    except SelectorRefused as error:
        yield _fault((*place, "expression"), str(error))


def _in_json(source: JsonSource) -> Iterator[Fault]:
    yield from _in_address(source.url, ("source", "url"))
    yield from _in_path(source.items, ("source", "items"))
    for name, path in source.fields.items():
        yield from _in_path(path, ("source", "fields", name))
    if source.link is not None:
        yield from _in_path(source.link, ("source", "link"))
    match source.paging:
        case CursorParameter(path=path):
            yield from _in_path(path, ("source", "paging", "path"))
        case PageParameter(size_parameter=str(), size=None):
            yield _fault(("source", "paging", "size"), "a size parameter without a size: say how many items a page has")
        case PageParameter() | OffsetParameter() as paging if paging.parameter == paging.size_parameter:
            yield _fault(("source", "paging", "size_parameter"), "the same parameter cannot hold place and size")
        case _:
            pass
    if source.paging is not None and source.paging.parameter in source.query:
        yield _fault(
            ("source", "query", source.paging.parameter), "paging sets this parameter: take it out of the query"
        )
    if source.detail is not None:
        yield from _in_address(source.detail.address.replace("{value}", "1"), ("source", "detail", "address"))
        yield from _in_path(source.detail.value, ("source", "detail", "value"))
        for name, path in source.detail.fields.items():
            yield from _in_path(path, ("source", "detail", "fields", name))
        for name in sorted(source.fields.keys() & source.detail.fields.keys()):
            yield _fault(("source", "detail", "fields", name), "a field of the listing has this name already")


def _in_path(path: str, place: Place) -> Iterator[Fault]:
    try:
        compile_path(path)
    except PathRefused as error:
        yield _fault(place, str(error))


def _in_table(source: TabularSource) -> Iterator[Fault]:
    yield from _in_address(source.url, ("source", "url"))
    yield from _in_encoding(source.encoding)
    if source.delimiter is not None and source.delimiter in '"\r\n\0 ':
        yield _fault(("source", "delimiter"), "a quote, a blank or a line end cannot separate cells")
    if source.format == "csv" and source.sheet is not None:
        yield _fault(("source", "sheet"), "a CSV file has no sheets")


def _in_address(address: str, place: Place) -> Iterator[Fault]:
    if page_address(address) is None:
        message = f"{address!r} is no address that a page can be fetched from (http or https, a host, no user name)"
        yield _fault(place, message)


def _in_encoding(name: str | None) -> Iterator[Fault]:
    if name is not None and known_encoding(name) is None:
        yield _fault(("source", "encoding"), f"{name!r} is no text encoding; write utf-8, windows-1252, iso-8859-15, …")


def _in_identity(spider: SpiderDraft) -> Iterator[Fault]:
    match spider.identity:
        case KeyByUrl() if not _has_pages(spider):
            message = "items of this source have no page of their own: make the key of fields, or of the content"
            yield _fault(("identity", "kind"), message)
        case KeyByFields(fields=fields):
            known = _field_names(spider)
            for number, name in enumerate(fields):
                if known is not None and name not in known:
                    yield _fault(("identity", "fields", number), f"this spider has no field {name!r}")
        case _:
            pass


def _has_pages(spider: SpiderDraft) -> bool:
    match spider.source:
        case HtmlSource(detail=detail):
            return detail is not None
        case JsonSource(link=link, detail=detail):
            return link is not None or detail is not None
        case TabularSource():
            return False


def _field_names(spider: SpiderDraft) -> frozenset[str] | None:
    """The names of all fields; None where the pages themselves name some."""
    match spider.source:
        case HtmlSource() as source:
            return frozenset(source.fields) | frozenset(source.detail.fields if source.detail is not None else ())
        case JsonSource() as source if source.fields and (source.detail is None or source.detail.fields):
            return frozenset(source.fields) | frozenset(source.detail.fields if source.detail is not None else ())
        case _:
            return None
