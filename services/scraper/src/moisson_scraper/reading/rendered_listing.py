"""Pages as a browser shows them, and the parts of a listing that clicks bring.

A part is a page of the listing with an address of its own: that of the start page with `#moisson:part-2` behind it,
which no site ever sees. A part comes with the page as it stood before the click: a button "more" leaves the earlier
items standing, and those are not taken again; a button "next" replaces them. Nothing is remembered between parts, so
one can be read again, or by another process.
"""

import re
from dataclasses import dataclass, replace

from moisson_scraper.fingerprint import fingerprint_of
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.source_reader import (
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
    SourceReader,
)

_PART = "moisson:part-"
_REST = "moisson:rest"
_MARKED = re.compile(rf"(.*)#(?:{_PART}([0-9]{{1,9}})|{_REST})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RenderedPage(FetchedPage):
    """The body is the document as it stood in the end, in UTF-8."""

    before: bytes = b""
    """The document before the click that brought this part; empty for a first part."""
    goes_on: bool = False
    """Whether there is something to click for another part."""
    unread: bool = False
    """Whether the page was still growing when scrolling had to stop."""
    notices: tuple[Notice, ...] = ()


def part_of(address: str) -> tuple[str, int | None]:
    """Address and number of a part, from 1; None stands for the rest that scrolling did not reach."""
    marked = _MARKED.fullmatch(address)
    if marked is None:
        return address, 1
    return marked[1], int(marked[2]) if marked[2] else None


class RenderedListing:
    """A reader of HTML whose pages may come from a browser."""

    def __init__(self, inner: SourceReader) -> None:
        self._inner = inner

    def first_pages(self) -> tuple[PageRequest, ...]:
        """Those of the reader inside."""
        return self._inner.first_pages()

    def takes_long(self, page: FetchedPage) -> bool:
        """As the reader inside says."""
        return self._inner.takes_long(page)

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """Those of the reader inside."""
        return self._inner.field_names(kind)

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The items of one part, and the next part."""
        read = self._inner.read_listing(page, request)
        if not isinstance(page, RenderedPage):
            return read
        entries = list(read.items)
        if page.before:
            earlier = list(self._inner.read_listing(replace(page, body=page.before), request).items)
            entries = _without_beginning(entries, earlier)
        address, number = part_of(request.address)
        marks = []
        if page.goes_on and number is not None and any(isinstance(entry, FoundItem) for entry in entries):
            marks.append(f"{_PART}{number + 1}")
        if page.unread:
            marks.append(_REST)
        parts = tuple(replace(request, address=f"{address}#{mark}", position=request.position + 1) for mark in marks)
        fingerprint = read.fingerprint
        if page.goes_on or page.before:
            fingerprint = fingerprint_of([_content(entry) for entry in entries]) if entries else b""
        return replace(
            read,
            items=entries,
            following=(*read.following, *parts),
            fingerprint=fingerprint,
            notices=(*read.notices, *page.notices),
        )

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """As the reader inside, with what the page was refused."""
        read = self._inner.read_detail(page, request)
        return replace(read, notices=(*read.notices, *page.notices)) if isinstance(page, RenderedPage) else read


def _without_beginning(
    entries: list[FoundItem | Notice], earlier: list[FoundItem | Notice]
) -> list[FoundItem | Notice]:
    """What stands behind the earlier entries where all of them are still there, in their places; else everything."""
    start = [_content(entry) for entry in entries[: len(earlier)]]
    return entries[len(earlier) :] if start == [_content(entry) for entry in earlier] else entries


def _content(entry: FoundItem | Notice) -> list[object]:
    if isinstance(entry, FoundItem):
        return [entry.values, entry.url, entry.detail.address if entry.detail is not None else None]
    return [entry.code, entry.count]
