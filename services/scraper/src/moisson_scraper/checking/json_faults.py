"""A JSON API: address, paths, paging, the detail."""

import re
from collections.abc import Iterator

from moisson_scraper.checking.detail_faults import in_detail
from moisson_scraper.checking.expressions import fault, in_address, in_json_fields, in_numbered_paging, in_path
from moisson_scraper.reading.addresses import origin_of, page_address
from moisson_scraper.reading.body_parameters import why_not_in_body, with_parameters
from moisson_scraper.reading.selectors import Scope
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.paging import CursorParameter, NextAddress, OffsetParameter, PageNumber, PageParameter
from moisson_shared.contracts.sources import JsonSource

_PAGING = ("source", "paging")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "if-modified-since", "if-none-match"}
    | {"keep-alive", "proxy-authorization", "proxy-connection", "range", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "user-agent"}
)
"""What fetching decides: connections, conditions, and who we say we are."""


def in_json(source: JsonSource) -> Iterator[Fault]:
    """Everything that is wrong with it."""
    yield from in_address(source.url, ("source", "url"))
    yield from _in_further(source)
    yield from _in_headers(source)
    yield from in_path(source.items, ("source", "items"))
    yield from in_json_fields(source.fields, ("source", "fields"))
    if source.link is not None:
        yield from in_path(source.link, ("source", "link"))
    match source.paging:
        case CursorParameter(path=path) | NextAddress(path=path):
            yield from in_path(path, (*_PAGING, "path"))
        case PageNumber() as paging:
            yield from in_numbered_paging(paging, _PAGING)
        case PageParameter(size_parameter=str(), size=None):
            yield fault((*_PAGING, "size"), "a size parameter without a size: say how many items a page has")
        case PageParameter() | OffsetParameter() as paging if paging.parameter == paging.size_parameter:
            yield fault((*_PAGING, "size_parameter"), "the same parameter cannot hold place and size")
        case _:
            pass
    yield from _in_paging_parameter(source)
    yield from in_detail(source.detail, ("source", "detail"), Scope.PAGE)


def _in_further(source: JsonSource) -> Iterator[Fault]:
    """Headers, bodies and secrets are for one site, so all addresses are of it."""
    seen = {source.url}
    for number, address in enumerate(source.further_urls):
        place = ("source", "further_urls", number)
        yield from in_address(address, place)
        if address in seen:
            yield fault(place, "this address is named twice")
        seen.add(address)
        first, here = page_address(source.url), page_address(address)
        if first is not None and here is not None and origin_of(first) != origin_of(here):
            yield fault(place, "this is another site than that of `url`: make a spider for it")


def _in_paging_parameter(source: JsonSource) -> Iterator[Fault]:
    """What paging sets must not be set besides."""
    match source.paging:
        case PageParameter() | OffsetParameter() | CursorParameter() as paging if paging.place == "body":
            body = source.body or {}
            for name in _parameters(paging):
                why = why_not_in_body(body, name)
                if why is not None:
                    yield fault(("source", "body", name) if name in body else _PAGING, why)
                    return
                body = with_parameters(body, {name: 0})  # the size must not stand where the place does
        case PageParameter() | OffsetParameter() | CursorParameter() as paging:
            for name in _parameters(paging):
                if name in source.query:
                    yield fault(("source", "query", name), "paging sets this parameter: take it out of the query")
        case _:
            pass


def _parameters(paging: PageParameter | OffsetParameter | CursorParameter) -> Iterator[str]:
    yield paging.parameter
    size = None if isinstance(paging, CursorParameter) else paging.size_parameter
    if size is not None and size != paging.parameter:
        yield size


def _in_headers(source: JsonSource) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, value in source.headers.items():
        place = ("source", "headers", name)
        known = name.lower()
        if not _TOKEN.fullmatch(name):
            yield fault(place, f"{name!r} is no name of a header: letters, digits and hyphens (RFC 9110, 5.1)")
        elif known in _OURS:
            yield fault(place, f"{name} is set for each request by the scraper itself: take it out")
        if known in seen:
            yield fault(place, f"{name} is given twice; capitals make no difference")
        seen.add(known)
        if not value.isascii() or not value.isprintable():
            yield fault(place, "a header holds printable ASCII only (RFC 9110, 5.5)")
