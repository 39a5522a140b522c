"""Reading that can be stopped: in processes of their own, a few at a time, each page under limits of time and memory.

libxml2 in a thread cannot be stopped (DECISIONS 19); a process can. Processes are started when they are first needed
and used again for pages of the same source only, so that a page which takes one over meets no other partner's pages. A
process is killed as soon as a page takes too long, is cancelled, or brings about anything odd.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.places_said import Places
from moisson_scraper.reading.reading_answers import Nonsense, parsed_entries
from moisson_scraper.reading.reading_process import ReadingLimits, ReadingProcess, broken_off
from moisson_scraper.reading.source_reader import DetailRead, FetchedPage, FoundItem, ListingRead, PageRequest

MOST_KEPT_BYTES = 128 * 1024 * 1024
"""Of the items of one page while they wait to be taken, as JSON."""


MOST_AT_HAND = 2_000_000
"""Bytes of items that are made objects at once, so that their page's visit can keep them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedListing(ListingRead):
    """A listing whose items come from a process while they are asked for: `chunks`, to be read once; `items` is empty.

    The process belongs to this listing alone until `chunks` has ended or is closed.
    """

    chunks: AsyncGenerator[list[FoundItem | Notice], None]


class ReadingProcesses:
    """The reading processes of a service. Close it with the service."""

    def __init__(self, limits: ReadingLimits) -> None:
        self._limits = limits
        self._room = asyncio.Semaphore(limits.processes)
        self._idle: list[tuple[bytes, ReadingProcess]] = []
        self._known: set[ReadingProcess] = set()

    @property
    def pids(self) -> frozenset[int]:
        """The processes that are there, at work or idle."""
        return frozenset(process.pid for process in self._known if process.alive)

    async def read_listing(self, source: bytes, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The listing as the reader of `source` (as JSON) gives it. Raises `Unreadable`.

        Items that its reader holds anyway are all here when it returns; those of a table follow one by one.
        """
        async with self._at_work(source, page) as process:
            head = await process.listing_head(page, request)
            kept = [] if head.lazy else await self._every_item(process)
        if not head.lazy:
            few = sum(map(len, kept)) <= MOST_AT_HAND
            return head.listing(list(_parsed(kept)) if few else _parsed(kept))
        self._idle.remove((source, process))  # nothing was awaited since it was put there
        read = head.listing(())
        return StreamedListing(
            items=(),
            following=read.following,
            fingerprint=read.fingerprint,
            notices=read.notices,
            encoding=read.encoding,
            open_ended=read.open_ended,
            chunks=self._chunks(process, self._limits.seconds_for(page)),
        )

    async def read_detail(self, source: bytes, page: FetchedPage, request: PageRequest) -> DetailRead:
        """The detail as the reader of `source` gives it. Raises `Unreadable`."""
        async with self._at_work(source, page) as process:
            return await process.detail(page, request)

    async def places(
        self, source: bytes, page: FetchedPage, request: PageRequest, items: tuple[str, ...] = ()
    ) -> list[Places]:
        """Where the values of these items stand, by the places that a reading gave them; or those of a detail. Raises
        `Unreadable`."""
        async with self._at_work(source, page) as process:
            return await process.places(page, request, items)

    async def close(self) -> None:
        """Ends every process and waits for its end; safe to repeat."""
        self._idle.clear()
        await asyncio.gather(*(process.ended() for process in self._known))
        self._known.clear()

    @asynccontextmanager
    async def _at_work(self, source: bytes, page: FetchedPage) -> AsyncIterator[ReadingProcess]:
        """A process for one page, when there is room; kept for the next one if it still is as it should be."""
        async with self._room:
            process = self._idle_one(source) or await self._started(source)
            try:
                async with process.within(self._limits.seconds_for(page)):
                    yield process
            finally:
                if process.alive:
                    self._idle.append((source, process))
                while len(self._idle) > self._limits.processes:
                    self._idle.pop(0)[1].kill()

    def _idle_one(self, source: bytes) -> ReadingProcess | None:
        self._idle = [(of, process) for of, process in self._idle if process.alive]
        for place, (of, process) in enumerate(self._idle):
            if of == source:
                del self._idle[place]
                return process
        return None

    async def _started(self, source: bytes) -> ReadingProcess:
        self._known = {process for process in self._known if not process.gone}
        process = await ReadingProcess.started(self._limits)
        self._known.add(process)
        await process.prepare(source)
        return process

    async def _every_item(self, process: ReadingProcess) -> list[bytes]:
        kept: list[bytes] = []
        size = 0
        while (content := await process.next_items()) is not None:
            kept.append(content)
            size += len(content)
            if size > MOST_KEPT_BYTES:
                process.kill()
                raise self._limits.too_large()
        return kept

    async def _chunks(self, process: ReadingProcess, seconds: float) -> AsyncGenerator[list[FoundItem | Notice], None]:
        try:
            while True:
                async with process.within(seconds):
                    content = await process.next_items()
                if content is None:
                    return
                yield _entries(content)
        finally:
            process.kill()


def _parsed(kept: list[bytes]) -> Iterator[FoundItem | Notice]:
    """The items, made of their bytes when they are wanted: as objects they would take many times the room."""
    for content in kept:
        yield from _entries(content)


def _entries(content: bytes) -> list[FoundItem | Notice]:
    try:
        return parsed_entries(content)
    except Nonsense as error:
        raise broken_off("its answer makes no sense") from error
