"""How the pages of one source are read: at once, in a thread, or in a process that can be stopped.

Ordinary pages are read at once: a page takes a millisecond, and sending it elsewhere costs as much. What a reader says
may take long goes to a process. Other large pages are read in a thread, where their time is bounded by their bytes.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Self, TypeVar

from pydantic import TypeAdapter

from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.places_said import Places
from moisson_scraper.reading.source_reader import (
    LARGE_PAGE,
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
    SourceReader,
    TakesLong,
)
from moisson_scraper.reading.stoppable_reading import ReadingProcesses, StreamedListing
from moisson_shared.contracts.sources import Source

T = TypeVar("T")

_ENTRIES_AT_ONCE = 500
_MANY = 100_000
_SOURCES: TypeAdapter[Source] = TypeAdapter(Source)


class PageReading:
    """The reading of one run or preview. Without processes, what takes long is read in threads."""

    def __init__(self, reader: SourceReader, source: bytes = b"", processes: ReadingProcesses | None = None) -> None:
        self._reader = reader
        self._source = source
        self._processes = processes
        # One page of a run at a time: a run whose pages all take long leaves the other processes to the other runs.
        self._turn = asyncio.Lock()

    @classmethod
    def of(cls, source: Source, processes: ReadingProcesses) -> Self:
        """For a source that has been checked."""
        return cls(compile_source(source, hurried=True), _SOURCES.dump_json(source), processes)

    def first_pages(self) -> tuple[PageRequest, ...]:
        """Where the listing begins."""
        return self._reader.first_pages()

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """The configured fields."""
        return self._reader.field_names(kind)

    async def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """A listing page; its items are had by `entries`. Raises `Unreadable`."""
        return await self._read(
            page,
            lambda: self._reader.read_listing(page, request),
            lambda processes: processes.read_listing(self._source, page, request),
        )

    async def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """A detail page. Raises `Unreadable`."""
        return await self._read(
            page,
            lambda: self._reader.read_detail(page, request),
            lambda processes: processes.read_detail(self._source, page, request),
        )

    async def places_elsewhere(
        self, page: FetchedPage, request: PageRequest, items: Sequence[FoundItem] = ()
    ) -> list[Places]:
        """Where the values of a page stand that takes too long to be looked through here. Raises `Unreadable`."""
        if self._processes is None:
            raise Unreadable("reading-too-long", "Pages that take so long are not looked through.")
        async with self._turn:
            return await self._processes.places(self._source, page, request, tuple(item.place for item in items))

    async def entries(
        self, page: FetchedPage | None, read: ListingRead
    ) -> AsyncGenerator[list[FoundItem | Notice], None]:
        """The items of a listing and the notices among them, some at a time; to be closed. Raises `Unreadable`."""
        if isinstance(read, StreamedListing):
            async with aclosing(read.chunks) as chunks:
                async for chunk in chunks:
                    yield chunk
                    await asyncio.sleep(0)  # where a chunk waits already, nothing else would let the others work
            return
        left = iter(read.items)
        while chunk := await self._read_here(page, lambda: _next(left)):
            yield chunk
            await asyncio.sleep(0)

    async def _read(
        self, page: FetchedPage, here: Callable[[], T], elsewhere: Callable[[ReadingProcesses], Awaitable[T]]
    ) -> T:
        if self._processes is None:
            return await self._read_here(page, here)
        if not self._reader.takes_long(page):
            try:
                return await self._read_here(page, here)
            except TakesLong:
                pass  # what only its tree shows
        async with self._turn:
            return await elsewhere(self._processes)

    async def _read_here(self, page: FetchedPage | None, work: Callable[[], T]) -> T:
        if page is None:
            return work()  # what a visit kept is no more than a page at hand
        long = self._processes is None and self._reader.takes_long(page)
        return await asyncio.to_thread(work) if long or len(page.body) >= LARGE_PAGE else work()


def _next(entries: Iterator[FoundItem | Notice]) -> list[FoundItem | Notice]:
    """Some of them; fewer where a notice says that very many things were passed over on the way to it."""
    found: list[FoundItem | Notice] = []
    for entry in islice(entries, _ENTRIES_AT_ONCE):
        found.append(entry)
        if isinstance(entry, Notice) and entry.count >= _MANY:
            break
    return found
