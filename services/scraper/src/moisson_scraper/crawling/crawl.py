"""One crawl: listing pages in their order, details meanwhile, items handed on in the order of the listing.

Knows neither the store nor the run document: it asks a fetcher, a reader and a taker of items, and keeps the ledger.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, TypeVar

from moisson_scraper.crawling.frontier import Frontier
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.fetching.page_failure import EndOfListing, LimitMet, OffLimits, PageFailed, PageLost
from moisson_scraper.reading.addresses import readable
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.source_reader import (
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageRequest,
    SourceReader,
)
from moisson_shared.contracts.model import JsonObject

T = TypeVar("T")

WINDOW = 200
"""Items whose details are under way or wait for an earlier one; also what bounds memory."""
KEPT_DETAILS = 500
"""Details that are remembered for items that share one."""
LARGE_PAGE = 300_000
"""Bytes from which a page is read in a thread, so that the service answers meanwhile."""
_ITEMS_AT_ONCE = 500
STALE_SECONDS = 2.0


class Fetches(Protocol):
    """Gets pages; raises `PageLost`."""

    def fetch(self, request: PageRequest) -> Awaitable[FetchedPage]: ...


class TakesItems(Protocol):
    """Takes items in the order of the listing."""

    @property
    def seen(self) -> int: ...

    def waiting_seconds(self) -> float: ...

    async def add(self, values: JsonObject, url: str | None, place: str) -> None: ...

    async def flush(self) -> None: ...


class CrawlFailed(Exception):
    """The run has nothing to show; `str()` says why."""


@dataclass(frozen=True, slots=True)
class _Pending:
    item: FoundItem
    detail: "asyncio.Task[DetailRead] | None"


class Crawl:
    """One run over one source. Run it once."""

    def __init__(
        self, reader: SourceReader, fetcher: Fetches, sink: TakesItems, ledger: RunLedger, most_items: int
    ) -> None:
        self._reader = reader
        self._fetcher = fetcher
        self._sink = sink
        self._ledger = ledger
        self._most_items = most_items
        self._frontier = Frontier()
        self._queue: asyncio.Queue[_Pending | None] = asyncio.Queue(WINDOW)
        self._details: OrderedDict[str, asyncio.Task[DetailRead]] = OrderedDict()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._limit: LimitMet | None = None
        self._found_items = 0
        self._why_nothing = "No items were found in the listing; records that are known were left as they are."

    async def run(self) -> None:
        """Reads everything. Raises `CrawlFailed`, and what the sink raises; what was taken until then stays."""
        sides = {self._spawn(self._read_listings()), self._spawn(self._hand_on())}
        try:
            # Each side waits for the other one, so neither may outlive it: the first error ends both.
            while sides:
                done, sides = await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
                for side in done:
                    side.result()
            await self._sink.flush()
        finally:
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._limit is not None:
            self._ledger.cut_short = True
        if self._found_items == 0 and self._limit is None:
            raise CrawlFailed(self._why_nothing)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not complain when nobody waits for it any more

    # Listing pages.

    async def _read_listings(self) -> None:
        starts = self._reader.first_pages()
        self._ledger.pages.found += len(starts)
        self._ledger.pages.duplicate += len(self._frontier.begin(starts))
        while self._limit is None and (request := self._frontier.take()) is not None:
            await self._read_listing(request)
        await self._queue.put(None)

    async def _read_listing(self, request: PageRequest) -> None:
        try:
            page = await self._fetcher.fetch(request)
            read = await self._read(page, lambda: self._reader.read_listing(page, request))
            if self._is_repeated(read, request):
                self._ledger.pages.fetched += 1
                return
            await self._take_items(read, page)
        except EndOfListing as lost:
            self._ledger.pages.fetched += 1
            self._ledger.reasons.add(lost.notice(readable(request.address)))
            return
        except PageLost as lost:
            self._lose(lost, request.address)
            self._why_nothing = f"The listing cannot be read: {lost.message}"
            return
        except Unreadable as error:
            self._ledger.pages.failed += 1
            self._ledger.reasons.add(error.notice(readable(request.address)))
            self._why_nothing = f"The listing cannot be read: {error.message}"
            return
        self._ledger.pages.fetched += 1
        self._ledger.pages.found += len(read.following)
        for known in self._frontier.follow(read.following):
            self._ledger.pages.duplicate += 1
            self._note_loop(known.address, itself=known.address == request.address)

    def _is_repeated(self, read: ListingRead, request: PageRequest) -> bool:
        ago = self._frontier.repeats(read.fingerprint)
        if ago is None:
            return False
        self._note_loop(request.address, itself=ago == 1)
        return True

    def _note_loop(self, address: str, *, itself: bool) -> None:
        """A last page that leads to itself is a usual way to end; a circle may hide pages: the run is not complete."""
        message = "The listing leads back to pages that were read already; it was ended there."
        self._ledger.reasons.add(Notice("paging-loop", message, readable(address)))
        if not itself:
            self._ledger.cut_short = True

    async def _take_items(self, read: ListingRead, page: FetchedPage) -> None:
        for notice in read.notices:
            self._ledger.reasons.add(notice)
        entries = iter(read.items)
        while chunk := await self._read(page, lambda: _next_entries(entries)):
            for entry in chunk:
                if isinstance(entry, FoundItem):
                    if self._limit is not None:
                        return
                    await self._take_item(entry)
                elif isinstance(entry, Dropped):
                    self._found_items += 1
                    self._ledger.cut_short = True
                    self._ledger.drop(entry)
                else:
                    self._ledger.reasons.add(entry)

    async def _take_item(self, item: FoundItem) -> None:
        self._found_items += 1
        if self._found_items > self._most_items:
            self._meet(LimitMet("limit-records", f"The limit of {self._most_items:,} records was met."), item.place)
            return
        detail = self._detail(item.detail) if item.detail is not None else None
        await self._queue.put(_Pending(item, detail))

    # Detail pages.

    def _detail(self, request: PageRequest) -> "asyncio.Task[DetailRead]":
        """The task that reads a detail page; items that share a page share the task."""
        self._ledger.pages.found += 1
        task = self._details.get(request.identity)
        if task is not None:
            self._ledger.pages.duplicate += 1
            self._details.move_to_end(request.identity)
            return task
        task = self._spawn(self._read_detail(request))
        self._details[request.identity] = task
        if len(self._details) > KEPT_DETAILS:
            self._details.popitem(last=False)
        return task

    async def _read_detail(self, request: PageRequest) -> DetailRead:
        try:
            page = await self._fetcher.fetch(request)
            read = await self._read(page, lambda: self._reader.read_detail(page, request))
        except PageLost as lost:
            self._lose(lost, request.address)
            raise
        except Unreadable as error:
            self._ledger.pages.failed += 1
            self._ledger.reasons.add(error.notice(readable(request.address)))
            raise
        self._ledger.pages.fetched += 1
        for notice in read.notices:
            self._ledger.reasons.add(notice)
        return read

    # Items, in order.

    async def _hand_on(self) -> None:
        while (pending := await self._queue.get()) is not None:
            item = pending.item
            values = item.values
            if pending.detail is not None:
                if not pending.detail.done() and self._sink.waiting_seconds() > STALE_SECONDS:
                    await self._sink.flush()
                try:
                    detail = await pending.detail
                except (PageLost, Unreadable) as error:
                    message = "Items whose detail page could not be had were dropped; an earlier state of them stays."
                    self._ledger.drop(Notice(f"detail-{error.code}", f"{message} ({error.message})", item.place))
                    continue
                values = {**values, **detail.values}
            await self._sink.add(values, item.url, item.place)

    async def _read(self, page: FetchedPage, work: Callable[[], T]) -> T:
        """Small pages are read at once, where a thread would cost more than it spares."""
        if len(page.body) < LARGE_PAGE and not self._reader.takes_long(page):
            return work()
        return await asyncio.to_thread(work)

    def _lose(self, lost: PageLost, address: str) -> None:
        match lost:
            case LimitMet():
                self._meet(lost, address)
            case OffLimits():
                self._ledger.pages.off_limits += 1
                self._ledger.reasons.add(lost.notice(readable(address)))
            case PageFailed():
                self._ledger.pages.failed += 1
                self._ledger.reasons.add(lost.notice(readable(address)))

    def _meet(self, limit: LimitMet, place: str) -> None:
        self._limit = self._limit or limit
        self._ledger.reasons.add(limit.notice(readable(place)))


def _next_entries(entries: Iterator[FoundItem | Notice]) -> list[FoundItem | Notice]:
    return list(islice(entries, _ITEMS_AT_ONCE))
