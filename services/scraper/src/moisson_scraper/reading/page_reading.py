"""How pages are read while a service answers: small ones at once, large ones and slow selectors in a thread."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from itertools import islice
from typing import TypeVar

from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.source_reader import (
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageRequest,
    SourceReader,
)

T = TypeVar("T")

LARGE_PAGE = 300_000
"""Bytes from which a page is read in a thread, so that the service answers meanwhile."""
ITEMS_AT_ONCE = 500


class PageReading:
    """Reads the pages of one source."""

    def __init__(self, reader: SourceReader) -> None:
        self._reader = reader

    async def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The items of a listing page. Raises `Unreadable`."""
        return await self._at_once_or_aside(page, lambda: self._reader.read_listing(page, request))

    async def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """The values of a detail page. Raises `Unreadable`."""
        return await self._at_once_or_aside(page, lambda: self._reader.read_detail(page, request))

    async def entries(
        self, page: FetchedPage | None, read: ListingRead
    ) -> AsyncGenerator[list[FoundItem | Notice], None]:
        """The items of a listing and the notices among them, some at a time; to be closed. Raises `Unreadable`."""
        left = iter(read.items)
        while part := await self._at_once_or_aside(page, lambda: list(islice(left, ITEMS_AT_ONCE))):
            yield part

    async def _at_once_or_aside(self, page: FetchedPage | None, work: Callable[[], T]) -> T:
        """Small pages are read at once, where a thread would cost more than it spares."""
        if page is None or (len(page.body) < LARGE_PAGE and not self._reader.takes_long(page)):
            return work()
        return await asyncio.to_thread(work)
