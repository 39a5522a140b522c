"""A JSON API: pages by page number, offset or cursor, items by RFC 9535 paths, one more call per item if wanted."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from moisson_scraper.fingerprint import fingerprint_of
from moisson_scraper.reading.addresses import LONGEST, join_address, page_address
from moisson_scraper.reading.json_document import parse_json
from moisson_scraper.reading.json_paths import CompiledPath, PathFailed, compile_path
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
from moisson_scraper.reading.text_cleaning import TooDeep, clean_value, replaced_characters
from moisson_shared.contracts.detail import JsonDetail
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.paging import CursorParameter, OffsetParameter, PageParameter
from moisson_shared.contracts.sources import JsonSource

ACCEPT = "application/json,*/*;q=0.1"


class JsonReader:
    """`SourceReader` of a JSON API. Raises `PathRefused` when made from paths that do not compile."""

    def __init__(self, source: JsonSource) -> None:
        self._source = source
        self._items = compile_path(source.items)
        self._fields = {name: compile_path(path) for name, path in source.fields.items()}
        self._link = compile_path(source.link) if source.link is not None else None
        self._cursor = compile_path(source.paging.path) if isinstance(source.paging, CursorParameter) else None
        self._detail_value: CompiledPath | None = None
        self._detail_fields: dict[str, CompiledPath] = {}
        if isinstance(source.detail, JsonDetail) and source.detail.value is not None:
            self._detail_value = compile_path(source.detail.value)
            self._detail_fields = {name: compile_path(path) for name, path in source.detail.fields.items()}
        single = (self._items, self._link, self._cursor, self._detail_value)
        every = (*single, *self._fields.values(), *self._detail_fields.values())
        self._linear = all(path is None or path.linear for path in every)

    def first_pages(self) -> tuple[PageRequest, ...]:
        """The first call."""
        return (PageRequest(self._address(0), accept=ACCEPT),)

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """The configured fields; empty where items keep their own keys."""
        return tuple(self._fields if kind is PageKind.LISTING else self._detail_fields)

    def _address(self, position: int, cursor: str | None = None) -> str:
        added = dict(self._source.query)
        match self._source.paging:
            case PageParameter() as paging:
                added[paging.parameter] = str(paging.first + position)
                if paging.size_parameter is not None and paging.size is not None:
                    added[paging.size_parameter] = str(paging.size)
            case OffsetParameter() as paging:
                added[paging.parameter] = str(position * paging.size)
                if paging.size_parameter is not None:
                    added[paging.size_parameter] = str(paging.size)
            case CursorParameter() as paging if cursor is not None:
                added[paging.parameter] = cursor
            case _:
                pass
        return with_query(self._source.url, added)

    def takes_long(self, page: FetchedPage) -> bool:
        """Large documents, whose objects take many times their bytes, and paths that could multiply what they find."""
        return len(page.body) >= LARGE_PAGE or not self._linear

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
        following, odd = self._following(document.value, request, len(members))
        return ListingRead(items, following, fingerprint, (*notices, *odd), document.encoding)

    def _read_item(self, member: Any, page: FetchedPage, place: str) -> list[FoundItem | Notice]:
        try:
            values, notices = read_values(member, self._fields, place)
            url, no_page = self._url(member, page, place)
            detail, no_detail = self._detail_address(member, place)
        except TooDeep:
            return [Dropped("nested-too-deeply", "Items that are nested too deeply were dropped.", place)]
        except PathFailed as error:
            return [Dropped("path-failed", str(error)[:300], place)]
        request = PageRequest(detail, PageKind.DETAIL, accept=ACCEPT) if detail is not None else None
        if any(isinstance(notice, Dropped) for notice in no_detail):
            return [*notices, *no_page, *no_detail]
        return [*notices, *no_page, *no_detail, FoundItem(values, url or detail, request, place)]

    def _url(self, member: Any, page: FetchedPage, place: str) -> tuple[str | None, list[Notice]]:
        found = self._link.first(member) if self._link is not None else None
        if found is None or (isinstance(found, str) and not found.strip()):
            return None, []
        address = page_address(join_address(page.address, found)) if isinstance(found, str) else None
        if address is None:
            message = "Items have a link that leads to no page (another scheme, too long, or no text); it was left out."
            return None, [Notice("link-not-a-page", message, place)]
        return address, []

    def _detail_address(self, member: Any, place: str) -> tuple[str | None, list[Notice]]:
        if self._detail_value is None or self._source.detail is None or self._source.detail.address is None:
            return None, []
        found = self._detail_value.first(member)
        if isinstance(found, bool) or not isinstance(found, str | int | float) or found == "":
            message = "Items have no value to fill the detail's address with; they were kept as the listing has them."
            return None, [Notice("item-without-detail", message, place)]
        filled = self._source.detail.address.replace("{value}", quote(str(found), safe="", errors="replace"))
        address = page_address(filled)
        if address is None:
            message = (
                f"Items whose detail's address cannot be fetched (it has more than {LONGEST:,} characters, or makes no "
                "sense) were dropped; an earlier state of them stays."
            )
            return None, [Dropped("detail-address", message, place)]
        return address, []

    def _following(
        self, document: Any, request: PageRequest, items: int
    ) -> tuple[tuple[PageRequest, ...], tuple[Notice, ...]]:
        position = request.position + 1
        match self._source.paging:
            case PageParameter(size=size):
                more = items > 0 and (size is None or items >= size)
                numbered = True
                address = self._address(position)
            case OffsetParameter(size=size):
                more = items >= size
                numbered = True
                address = self._address(position)
            case CursorParameter():
                cursor, odd = self._next_cursor(document, request)
                if cursor is None:
                    return (), odd
                more, numbered = True, False
                address = self._address(position, cursor)
            case _:
                return (), ()
        following = PageRequest(address, position=position, numbered=numbered, accept=ACCEPT)
        return ((following,) if more else ()), ()

    def _next_cursor(self, document: Any, request: PageRequest) -> tuple[str | None, tuple[Notice, ...]]:
        try:
            found = self._cursor.first(document) if self._cursor is not None else None
        except PathFailed as error:
            return None, (Notice("path-failed", f"The cursor: {error}"[:300], request.address),)
        if found is None or found == "" or found is False:
            return None, ()
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            message = "The cursor is no text and no number; the listing ends there."
            return None, (Notice("cursor-not-a-text", message, request.address),)
        return str(found), ()

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """The values of one detail; without configured fields, the keys of its object."""
        document = parse_json(page)
        try:
            values, notices = read_values(document.value, self._detail_fields, page.address)
        except TooDeep as error:
            raise Unreadable("nested-too-deeply", "The detail is nested too deeply.") from error
        except PathFailed as error:
            raise Unreadable("path-failed", f"The detail: {error}"[:300]) from error
        return DetailRead(values, (*document.notices, *notices), document.encoding)


def read_values(member: Any, fields: dict[str, CompiledPath], place: str) -> tuple[JsonObject, list[Notice]]:
    """The values of one item: by the fields' paths, or its own keys. A path that can give several gives a list.

    Raises `PathFailed` and `TooDeep`.
    """
    if not fields:
        values: JsonObject = member if isinstance(member, dict) else {"value": member}
    else:
        values = {}
        for name, path in fields.items():
            found = path.all(member)
            if found:
                values[name] = found[0] if path.single else found
    cleaned, replaced = clean_value(values)
    return (cleaned if isinstance(cleaned, dict) else {}), list(replaced_characters(replaced, place))


def with_query(address: str, added: dict[str, str]) -> str:
    """The address with these parameters; one that is there already is replaced."""
    if not added:
        return address
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in added]
    return urlunsplit(parts._replace(query=urlencode([*kept, *added.items()])))
