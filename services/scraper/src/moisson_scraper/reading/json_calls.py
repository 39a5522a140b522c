"""The calls to a JSON API: what is asked for each page, and where an answer leads. Pure."""

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit, urlunsplit

from moisson_scraper.reading.accept_headers import JSON_ACCEPT
from moisson_scraper.reading.addresses import join_address, origin_of, page_address, stated_address
from moisson_scraper.reading.body_parameters import with_parameters
from moisson_scraper.reading.json_document import WrittenNumber, parse_json
from moisson_scraper.reading.json_paths import CompiledPath, PathFailed, compile_path
from moisson_scraper.reading.link_header import next_target
from moisson_scraper.reading.next_pages import NextPages, cannot_be_asked_for, without_unfetchable
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_shared.contracts.paging import (
    CursorParameter,
    LinkHeader,
    NextAddress,
    OffsetParameter,
    PageNumber,
    PageParameter,
)
from moisson_shared.contracts.sources import JsonSource

Cursor = str | int | float
_ROUND = 5
"""Limits of APIs are 10, 20, 25, 50, 100, 1,000."""
_PLACE = re.compile(r"\{secret:[a-z][a-z0-9-]{0,62}\}")
_SECRET = re.compile(r"%7Bsecret%3A([a-z][a-z0-9-]{0,62})%7D")


class JsonCalls:
    """The calls of one source. Raises `PathRefused`."""

    def __init__(self, source: JsonSource) -> None:
        self._source = source
        self._starts = tuple(map(stated_address, (source.url, *source.further_urls)))
        self._origin = origin_of(self._starts[0])
        self._headers = tuple((name.lower(), value) for name, value in source.headers.items())
        paging = source.paging
        self._path: CompiledPath | None = None
        if isinstance(paging, CursorParameter | NextAddress):
            self._path = compile_path(paging.path)

    @property
    def paths(self) -> tuple[CompiledPath, ...]:
        """Those that look into answers."""
        return (self._path,) if self._path is not None else ()

    def first(self) -> tuple[PageRequest, ...]:
        """The first call to each address, and to the first page by number: it does not hang on what the others give."""
        starts = self._start_calls()
        paging = self._source.paging
        return (*starts, *self._counted(paging, 0)) if isinstance(paging, PageNumber) else starts

    def _start_calls(self) -> tuple[PageRequest, ...]:
        return tuple(self._call(address, 0) for address in self._starts)

    def headers_for(self, address: str) -> tuple[tuple[str, str], ...]:
        """The source's headers, for its own origin only: they may hold secrets."""
        return self._headers if origin_of(address) == self._origin else ()

    def following(self, page: FetchedPage, document: Any, request: PageRequest, items: int) -> NextPages:
        """Where an answer with so many items leads."""
        position = request.position + 1
        here = request.address  # what paging has put there is replaced by what it puts there next
        match self._source.paging:
            case PageParameter(size=size):
                return self._counted_on(request, items, size)
            case PageNumber() as paging:
                if request.numbered:
                    return NextPages(self._counted(paging, request.position) if items else ())
                last = self._start_calls()[-1]  # numbers follow the last address
                return NextPages(self._counted(paging, 0) if here == last.address else ())
            case OffsetParameter(size=size):
                return self._counted_on(request, items, size)
            case CursorParameter() as paging:
                cursor, odd = self._named(document, request, "cursor")
                if cursor is None:
                    return NextPages((), odd, open_ended=bool(odd))
                if isinstance(cursor, float) and paging.place == "query":
                    cursor = self._as_written(page, cursor)
                return NextPages((self._call(here, position, cursor=cursor),))
            case LinkHeader():
                target = next_target(value for name, value in page.headers if name == "link")
                return self._at(target, page, request)
            case NextAddress():
                found, odd = self._named(document, request, "next address")
                return (
                    NextPages((), odd, open_ended=bool(odd)) if found is None else self._at(str(found), page, request)
                )
            case None:
                return NextPages()

    def _counted_on(self, request: PageRequest, items: int, size: int | None) -> NextPages:
        """The call behind an answer with so many items; a short one ends the listing. The first may be short because an
        API gives no more at once, whatever it is asked for: then its number of items is the size of a page."""
        capped = request.capped
        told: tuple[Notice, ...] = ()
        if size is not None and not request.position and 0 < items < size and items % _ROUND == 0:
            capped, told = items, (_perhaps_capped(request, items, size),)
        if items == 0 or items < (capped or size or 0):
            return NextPages()
        call = self._call(request.address, request.position + 1, numbered=True, capped=capped)
        return NextPages((call,), told)

    def _call(
        self, base: str, position: int, *, cursor: Cursor | None = None, numbered: bool = False, capped: int = 0
    ) -> PageRequest:
        source = self._source
        paging = source.paging
        added = self._parameters(position, cursor, capped)
        in_body = getattr(paging, "place", "query") == "body"
        address = with_query(base, source.query, {} if in_body else added)
        content = with_parameters(source.body or {}, added) if in_body else source.body
        return PageRequest(
            address,
            position=position,
            numbered=numbered,
            accept=JSON_ACCEPT,
            method=source.method,
            body=_encoded(content) if content is not None else b"",
            headers=self._headers,
            capped=capped,
        )

    def _counted(self, paging: PageNumber, counted: int) -> tuple[PageRequest, ...]:
        """The call to the page by number after so many, or to the first one behind it that is no start itself."""
        starts = {start.identity for start in self._start_calls()}
        while True:
            number = paging.first + paging.step * counted
            if paging.last is not None and number > paging.last:
                return ()
            counted += 1
            call = self._numbered(stated_address(paging.at(number)), counted)
            if call.identity not in starts:
                return (call,)

    def _numbered(self, address: str, position: int) -> PageRequest:
        """The call at an address that is counted up."""
        asked = with_query(address, self._source.query, {})
        call = replace(self._call(address, position, numbered=True), address=asked)
        if origin_of(asked) == self._origin:
            return call
        return replace(call, address=address, method="GET", body=b"", headers=())

    def _parameters(self, position: int, cursor: Cursor | None, capped: int) -> dict[str, Cursor]:
        """What paging adds to a call."""
        paging = self._source.paging
        match paging:
            case PageParameter():
                place: Cursor = paging.first + position
            case OffsetParameter():
                place = position * (capped or paging.size)
            case CursorParameter():
                return {paging.parameter: cursor} if cursor is not None else {}
            case _:
                return {}
        sized = {paging.size_parameter: paging.size} if paging.size_parameter is not None and paging.size else {}
        return {paging.parameter: place, **sized}

    def _named(self, document: Any, request: PageRequest, what: str) -> tuple[Cursor | None, tuple[Notice, ...]]:
        """What the answer gives for the next call; nothing, null, false and an empty text end the listing."""
        try:
            found = self._path.first(document) if self._path is not None else None
        except PathFailed as error:
            return None, (Notice("path-failed", f"The {what}: {error}"[:300], request.address),)
        if found is None or found is False or (isinstance(found, str) and not found.strip()):
            return None, ()
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            message = f"The {what} is no text and no number; the listing ends there."
            return None, (Notice("cursor-not-a-text", message, request.address),)
        return found, ()

    def _as_written(self, page: FetchedPage, cursor: float) -> Cursor:
        """The cursor with the digits that its answer has: `1.10` is `1.1` to a float, and a moment with fractions may
        have more digits than one holds."""
        try:
            found = self._path.first(parse_json(page, WrittenNumber).value) if self._path is not None else None
        except PathFailed:
            return cursor
        return found if isinstance(found, WrittenNumber) else cursor

    def _at(self, target: str | None, page: FetchedPage, request: PageRequest) -> NextPages:
        """The call at an address that the answer names. Of what may hold secrets, another origin gets nothing."""
        if target is None:
            return NextPages()
        written = join_address(page.address, target)
        address = page_address(written)
        if address is None:
            if cannot_be_asked_for(written):
                return without_unfetchable(1, request.address)
            message = "The address of the next page is none that a page can be fetched from; the listing ends there."
            return NextPages((), (Notice("next-not-a-page", message, request.address),), open_ended=True)
        position = request.position + 1
        if origin_of(address) != self._origin:
            return NextPages((PageRequest(address, position=position, accept=JSON_ACCEPT),))
        call = PageRequest(
            self._with_secrets(address),
            position=position,
            accept=JSON_ACCEPT,
            method=request.method,
            body=request.body,
            headers=self._headers,
        )
        return NextPages((call,))

    def _with_secrets(self, address: str) -> str:
        """The address that an answer names with the secrets of the query that it leaves out, as most APIs leave out a
        key. The rest of the query is the API's own affair: a page that is stated would lead back to that page."""
        named = {_name_of(part) for part in urlsplit(address).query.split("&")}
        missing = {
            name: value
            for name, value in self._source.query.items()
            if name not in named and _PLACE.search(value) is not None
        }
        return with_query(address, missing, {})


def _perhaps_capped(request: PageRequest, items: int, size: int) -> Notice:
    message = (
        f"The first answer has {items} items, and {size} were asked for. In case its API gives no more at once, the "
        f"listing was read on by {items}: state that as the size if it is so."
    )
    return Notice("fewer-than-asked", message, request.address)


def with_query(address: str, stated: dict[str, str], added: dict[str, Cursor]) -> str:
    """The address with these parameters; one that is there already is replaced. Places for secrets in what is stated
    stay as they are."""
    if not stated and not added:
        return address
    parts = urlsplit(address)
    replaced = {*stated, *added}
    # As it is written: an API need not write its parameters in UTF-8.
    kept = "&".join(part for part in parts.query.split("&") if _name_of(part) not in replaced)
    settled = _SECRET.sub(r"{secret:\1}", urlencode([*stated.items()]))
    paging = urlencode([(name, str(value)) for name, value in added.items()])
    return urlunsplit(parts._replace(query="&".join(filter(None, (kept, settled, paging)))))


def _name_of(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0])


def _encoded(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
