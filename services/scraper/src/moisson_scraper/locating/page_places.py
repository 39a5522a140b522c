"""Where the values of items and details stand, for any kind of source. Pure.

What a reader has found is found again, this time with its elements. Raises `TakesLong` for pages that cannot be looked
through at once, `Unreadable` for what is no page of its kind.
"""

import re
from collections.abc import Sequence

from moisson_scraper.locating.html_places import HtmlFinder
from moisson_scraper.locating.json_places import json_places, may_be_long, members_at
from moisson_scraper.locating.page_fields import PageFields, detail_fields, listing_fields
from moisson_scraper.reading.json_document import parse_json
from moisson_scraper.reading.json_paths import PathFailed
from moisson_scraper.reading.selectors import Node
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageRequest, TakesLong
from moisson_shared.contracts.sources import FileSource, Source
from moisson_shared.contracts.spider_preview import ElementPlace

Places = dict[str, list[ElementPlace]]
"""By field, in the order of its values."""
_NUMBER = re.compile(r" (item|row) ([0-9]{1,12})$")


def listing_places(
    source: Source, page: FetchedPage, items: Sequence[FoundItem], *, patient: bool = False
) -> list[Places]:
    """For each of the items, which are of this page. A patient caller can be stopped: nothing takes it too long."""
    fields = listing_fields(source)
    numbers = [_number_of(item) for item in items]
    if fields is None:
        table = isinstance(source, FileSource)
        return [_numbered(number, item, table=table) for number, item in zip(numbers, items, strict=True)]
    if fields.html is not None:
        finder = HtmlFinder(fields)
        html = finder.parsed(page, patient=patient)
        scopes: list[Node] = finder.scopes(html)
        return [
            finder.places(html, scopes[number - 1])
            if 0 < number <= len(scopes) and not isinstance(scopes[number - 1], str)
            else {}
            for number in numbers
        ]
    if not patient and may_be_long(page, fields):
        raise TakesLong
    try:
        members = members_at(parse_json(page).value, fields.items or "$[*]")
        return [
            json_places(members[number - 1][1], members[number - 1][0], fields.json)
            if 0 < number <= len(members)
            else {}
            for number in numbers
        ]
    except PathFailed:
        return [{} for _ in items]


def detail_places(source: Source, page: FetchedPage, request: PageRequest, *, patient: bool = False) -> Places:
    """Of one detail page; the request says which one behind the item it is."""
    levels = detail_fields(source)
    if request.position >= len(levels):
        return {}
    fields: PageFields = levels[request.position]
    if fields.html is not None:
        finder = HtmlFinder(fields)
        html = finder.parsed(page, patient=patient)
        return finder.places(html, html.root)
    if not patient and may_be_long(page, fields):
        raise TakesLong
    try:
        return json_places(parse_json(page).value, "$", fields.json)
    except PathFailed:
        return {}


def _number_of(item: FoundItem) -> int:
    found = _NUMBER.search(item.place)
    return int(found[2]) if found is not None else 0


def _numbered(number: int, item: FoundItem, *, table: bool) -> Places:
    if not number:
        return {}
    in_table = table and " row " in item.place[-20:]
    return {name: [ElementPlace(row=number, column=name if in_table else None)] for name in item.values}
