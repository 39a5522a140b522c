"""The parts that configurations are made of: addresses, selectors, paths, patterns, encodings. Each is compiled."""

from collections.abc import Iterator

from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.decoding import known_encoding
from moisson_scraper.reading.json_paths import PathRefused, compile_path
from moisson_scraper.reading.selectors import Scope, SelectorRefused, compile_selector, never_elements
from moisson_scraper.reading.value_pattern import PatternRefused, ValuePattern
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.faults import json_pointer
from moisson_shared.contracts.paging import PageNumber
from moisson_shared.contracts.selecting import HtmlFields, JsonFields, Selector

Place = tuple[str | int, ...]


def fault(place: Place, message: str) -> Fault:
    """A fault at a place of the document."""
    return Fault(json_pointer(place), message)


def in_address(address: str, place: Place) -> Iterator[Fault]:
    """An address that pages are fetched from."""
    if page_address(address) is None:
        message = f"{address!r} is no address that a page can be fetched from (http or https, a host, no user name)"
        yield fault(place, message)


def in_numbered_paging(paging: PageNumber, place: Place) -> Iterator[Fault]:
    """An address with a place for the page's number, which must reach the site, and the numbers."""
    first, second = (paging.at(number) for number in (1, 2))
    yield from in_address(first, (*place, "address"))
    if page_address(first) is not None and page_address(first) == page_address(second):
        message = "what follows # is not sent to the site: every page would be the same one"
        yield fault((*place, "address"), message)
    if paging.last is not None and paging.last < paging.first:
        yield fault((*place, "last"), "the last page comes before the first one")


def in_addresses(addresses: tuple[str, ...], place: Place) -> Iterator[Fault]:
    """Several, each of them once."""
    seen: set[str] = set()
    for number, address in enumerate(addresses):
        yield from in_address(address, (*place, number))
        if address in seen:
            yield fault((*place, number), "this start page is named twice")
        seen.add(address)


def in_selector(selector: Selector, place: Place, scope: Scope) -> Iterator[Fault]:
    """A selector of elements."""
    try:
        compile_selector(selector, scope)
    except SelectorRefused as error:
        yield fault((*place, "expression"), str(error))


def in_element(selector: Selector, place: Place, scope: Scope = Scope.PAGE) -> Iterator[Fault]:
    """A selector that must give elements, not structured data."""
    if selector.syntax.structured:
        yield fault((*place, "syntax"), "this is an element of the page: use css or xpath")
    else:
        yield from in_selector(selector, place, scope)


def in_item(selector: Selector, place: Place) -> Iterator[Fault]:
    """The selector of a listing's items, in which the fields are looked for."""
    faults = list(in_element(selector, place))
    if not faults and never_elements(selector):
        message = "an item is an element of the page, with its fields inside; this gives texts, attributes or numbers"
        faults = [fault((*place, "expression"), message)]
    yield from faults


def in_html_fields(fields: HtmlFields, place: Place, scope: Scope) -> Iterator[Fault]:
    """Fields of a page or an item."""
    for name, field in fields.items():
        if field.syntax.structured:
            yield from in_path(field.expression, (*place, name, "expression"))
        else:
            yield from in_selector(field, (*place, name), scope)
        if field.pattern is not None:
            yield from in_pattern(field.pattern, (*place, name, "pattern"))


def in_json_fields(fields: JsonFields, place: Place) -> Iterator[Fault]:
    """Fields of a JSON object."""
    for name, path in fields.items():
        yield from in_path(path, (*place, name))


def in_path(path: str, place: Place) -> Iterator[Fault]:
    """An RFC 9535 path."""
    try:
        compile_path(path)
    except PathRefused as error:
        yield fault(place, str(error))


def in_pattern(pattern: str, place: Place) -> Iterator[Fault]:
    """A regular expression in RE2's syntax."""
    try:
        ValuePattern(pattern)
    except PatternRefused as error:
        yield fault(place, str(error))


def in_encoding(name: str | None, place: Place) -> Iterator[Fault]:
    """The name of a text encoding."""
    if name is not None and known_encoding(name) is None:
        yield fault(place, f"{name!r} is no text encoding; write utf-8, windows-1252, iso-8859-15, …")
