"""A JSON API: calls and their paging, items by RFC 9535 paths, pages behind the items if wanted."""

from dataclasses import replace
from typing import Any

from moisson_scraper.fingerprint import fingerprint_of
from moisson_scraper.reading.addresses import join_address, page_address
from moisson_scraper.reading.detail_levels import DetailLevels
from moisson_scraper.reading.json_calls import JsonCalls
from moisson_scraper.reading.json_document import parse_json
from moisson_scraper.reading.json_fields import MOST_LOOKS, compile_fields, read_values
from moisson_scraper.reading.json_paths import PathFailed, compile_path
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.source_reader import (
    LARGE_PAGE,
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
)
from moisson_scraper.reading.text_cleaning import TooDeep
from moisson_shared.contracts.sources import JsonSource


class JsonReader:
    """`SourceReader` of a JSON API. Raises `PathRefused`, and `SelectorRefused` or `PatternRefused` for details in
    HTML, when made from expressions that do not compile."""

    def __init__(self, source: JsonSource) -> None:
        self._source = source
        self._calls = JsonCalls(source)
        self._items = compile_path(source.items)
        self._fields = compile_fields(source.fields)
        self._link = compile_path(source.link) if source.link is not None else None
        self._details = DetailLevels(source.detail)
        paths = (self._items, self._link, *self._calls.paths, *self._fields.values(), *self._details.selectors)
        self._linear = all(path is None or path.linear for path in paths)
        self._most_bytes = min(LARGE_PAGE, MOST_LOOKS // len(paths))

    def first_pages(self) -> tuple[PageRequest, ...]:
        """The first call to each address."""
        return self._calls.first()

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """The configured fields; empty where items keep their own keys."""
        return tuple(self._fields) if kind is PageKind.LISTING else self._details.field_names

    def takes_long(self, page: FetchedPage) -> bool:
        """Documents that are large, since objects take many times their bytes, or large for so many paths; and paths
        that could multiply what they find."""
        return len(page.body) >= self._most_bytes or not self._linear

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The items of one answer."""
        document = parse_json(page)
        try:
            members = self._items.all(document.value)
        except PathFailed as error:
            raise Unreadable("path-failed", f"The items: {error}"[:300]) from error
        notices = list(document.notices)
        if not members and request.position == 0:
            message = f"{self._items.expression!r} finds no items in the first answer."
            notices.append(Notice("no-items-in-page", message, page.address))
        items: list[FoundItem | Notice] = []
        for number, member in enumerate(members, 1):
            items.extend(self._read_item(member, page, f"{page.address} item {number}"))
        fingerprint = b""
        if self._source.paging is not None and members:
            fingerprint = fingerprint_of([[item.values, item.url] for item in items if isinstance(item, FoundItem)])
        onward = self._calls.following(page, document.value, request, len(members))
        told = (*notices, *onward.notices)
        return ListingRead(items, onward.pages, fingerprint, told, document.encoding, onward.open_ended)

    def _read_item(self, member: Any, page: FetchedPage, place: str) -> list[FoundItem | Notice]:
        try:
            values, notices = read_values(member, self._fields, place)
            url, no_page = self._url(member, page, place)
            detail, no_detail = self._details.request_from_json(member, page.address, place)
        except TooDeep:
            return [Dropped("nested-too-deeply", "Items that are nested too deeply were dropped.", place)]
        except PathFailed as error:
            return [Dropped("path-failed", str(error)[:300], place)]
        if any(isinstance(notice, Dropped) for notice in no_detail):
            return [*notices, *no_page, *no_detail]
        if url is None and detail is not None:
            url = detail.address
        return [*notices, *no_page, *no_detail, FoundItem(values, url, self._with_headers(detail), place)]

    def _url(self, member: Any, page: FetchedPage, place: str) -> tuple[str | None, list[Notice]]:
        found = self._link.first(member) if self._link is not None else None
        if found is None or (isinstance(found, str) and not found.strip()):
            return None, []
        address = page_address(join_address(page.address, found)) if isinstance(found, str) else None
        if address is None:
            message = "Items have a link that leads to no page (another scheme, too long, or no text); it was left out."
            return None, [Notice("link-not-a-page", message, place)]
        return address, []

    def _with_headers(self, detail: PageRequest | None) -> PageRequest | None:
        if detail is None or not (headers := self._calls.headers_for(detail.address)):
            return detail
        return replace(detail, headers=headers)

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """The values of a detail, or of a page behind it; JSON without configured fields gives its object's keys."""
        read = self._details.read(page, request)
        return replace(read, detail=self._with_headers(read.detail)) if read.detail is not None else read
