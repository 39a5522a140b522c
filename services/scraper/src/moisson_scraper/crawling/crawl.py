"""One crawl: listing pages in their order, details meanwhile, items handed on in the order of the listing.

Knows neither the store nor the run document: it asks for pages, hands on items, and keeps the ledger. A crawl that is
begun again goes the same way; who gives it the pages sees to it that none is asked for twice.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from moisson_scraper.crawling.frontier import Frontier
from moisson_scraper.crawling.listing_place import ListingPlace, listing_address
from moisson_scraper.crawling.page_visitor import Visited
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.fetching.page_failure import EndOfListing, LimitMet, OffLimits, PageLost, RunStopping
from moisson_scraper.fingerprint import content_hash
from moisson_scraper.reading.addresses import readable
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.source_reader import DetailRead, FoundItem, ListingRead, PageRequest
from moisson_shared.contracts.model import JsonObject

T = TypeVar("T")
Detail: TypeAlias = "asyncio.Task[JsonObject] | JsonObject | None"
"""The values of a detail, or the task that reads them; None where there is none."""

WINDOW = 200
"""Items whose details are under way or wait for an earlier one; also what bounds memory."""
KEPT_DETAILS = 250
"""Details that are remembered for items that share one; more than are under way."""


class GivesPages(Protocol):
    """Visits pages, each at most once per run; raises `PageLost` and `Unreadable`."""

    tells_origins: bool
    """Whether it matters which state of its item led to a detail."""

    async def recall(self, requests: Iterable[PageRequest]) -> None:
        """Pages that will be asked for soon."""
        ...

    def listing(self, request: PageRequest) -> Awaitable[Visited[ListingRead]]:
        """Raises `SourceUnchanged` too."""
        ...

    def entries(self, visited: Visited[ListingRead]) -> AsyncGenerator[list[FoundItem | Notice], None]:
        """The items of a listing and what was noticed among them, some at a time; to be closed."""
        ...

    def spared(self, request: PageRequest, origin: str) -> Visited[DetailRead] | None:
        """A detail that need not be asked for, where that is known at once; else None."""
        ...

    def detail(self, request: PageRequest, origin: str) -> Awaitable[Visited[DetailRead]]: ...


class TakesItems(Protocol):
    """Takes items in the order of the listing."""

    async def add(self, values: JsonObject, url: str | None, place: str, listed: ListingPlace) -> None: ...

    async def flush(self) -> None: ...


class CrawlFailed(Exception):
    """The run has nothing to show; `code` is a stable word, `str()` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Pending:
    item: FoundItem
    listed: ListingPlace
    detail: Detail


class Crawl:
    """One run over one source. Run it once."""

    def __init__(
        self,
        starts: tuple[PageRequest, ...],
        pages: GivesPages,
        sink: TakesItems,
        ledger: RunLedger,
        most_items: int,
    ) -> None:
        self._starts = starts
        self._numbered = {start.identity for start in starts if start.numbered}
        self._pages = pages
        self._sink = sink
        self._ledger = ledger
        self._most_items = most_items
        self._frontier = Frontier()
        self._queue: asyncio.Queue[_Pending | None] = asyncio.Queue(WINDOW)
        self._details: OrderedDict[str, Detail] = OrderedDict()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._limit: LimitMet | None = None
        self._found_items = 0
        self._listings = 0
        self._why_nothing = CrawlFailed(
            "no-items", "No items were found in the listing; records that are known were left as they are."
        )

    async def run(self) -> None:
        """Reads everything. Raises `CrawlFailed`, `SourceUnchanged`, and what the sink raises."""
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
        if self._found_items == 0 and self._limit is None:
            raise self._why_nothing

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
        self._ledger.pages.found += len(self._starts)
        self._ledger.pages.duplicate += len(self._frontier.begin(self._starts))
        while self._limit is None and (request := self._frontier.take()) is not None:
            await self._read_listing(request)
        await self._queue.put(None)

    async def _read_listing(self, request: PageRequest) -> None:
        self._listings += 1
        try:
            visited = await self._pages.listing(request)
            repeat = self._frontier.repeats(visited.read.fingerprint)
            if repeat is None:
                before = self._found_items
                await self._take_items(visited, listing_address(request))
                last = not visited.read.following
                if self._found_items == before and (last or visited.emptied) and self._limit is None:
                    self._note_empty(request, emptied=visited.emptied)
            elif repeat.elsewhere:
                message = "Start pages lead to the same items; these were taken once."
                self._ledger.reasons.add(Notice("listing-repeated", message, readable(request.address)))
            else:
                # A list may name a page by two addresses; that hides nothing.
                self._note_loop(request.address, itself=repeat.ago == 1 or not request.chained)
                self._ledger.pages.count(visited.how)
                return
        except EndOfListing as lost:
            self._ledger.pages.count("fetched")
            self._ledger.reasons.add(lost.notice(readable(request.address)))
            if lost.emptied:
                self._note_empty(request, emptied=True)
            return
        except (PageLost, Unreadable) as lost:
            self._lose(lost, request.address)
            if not isinstance(lost, LimitMet):
                self._ledger.listing_lost = True
                self._why_nothing = CrawlFailed("listing-lost", f"The listing cannot be read: {lost.message}")
            return
        self._ledger.pages.count(visited.how)
        if visited.cut_off:
            self._note_cut_off(request)
        # The first page by number is one of the starts, and follows the last start page as well.
        following = [page for page in visited.read.following if page.identity not in self._numbered]
        self._ledger.pages.found += len(following)
        for known in self._frontier.follow(following):
            self._ledger.pages.duplicate += 1
            if known.request.chained and not known.elsewhere:
                self._note_loop(known.request.address, itself=known.request.identity == request.identity)

    def _note_empty(self, request: PageRequest, *, emptied: bool) -> None:
        """A page may be empty for good reason, or say in HTML that the site is being repaired. Where it had items the
        last time, that is taken for a fact when it is so twice."""
        if emptied:
            self._ledger.cut_short = True
            message = (
                "Pages of the listing that had items have none. What was found there stays until that is so twice."
            )
            self._ledger.reasons.add(Notice("listing-emptied", message, readable(request.address)))
        elif len(self._starts) - len(self._numbered) > 1 and any(
            request.identity == start.identity for start in self._starts if not start.numbered
        ):
            message = "Start pages held no items. Records that were found there are gone, unless the run is held."
            self._ledger.reasons.add(Notice("start-without-items", message, readable(request.address)))

    def _note_cut_off(self, request: PageRequest) -> None:
        """A listing that has lost its link to the next page looks like one that has grown shorter by whole pages. That
        happens too, so it is taken for a fact when it is so twice."""
        self._ledger.cut_short = True
        message = (
            "Pages of the listing lead on no more, and are as full as they were. "
            "What was found behind them stays until that is so twice."
        )
        self._ledger.reasons.add(Notice("listing-cut-off", message, readable(request.address)))

    def _note_loop(self, address: str, *, itself: bool) -> None:
        """A last page that leads to itself is a usual way to end; a circle may hide pages: the run is not complete."""
        message = "The listing leads back to pages that were read already; it was ended there."
        self._ledger.reasons.add(Notice("paging-loop", message, readable(address)))
        if not itself:
            self._ledger.cut_short = True

    async def _take_items(self, visited: Visited[ListingRead], address: str | None) -> None:
        number = 0
        if visited.read.open_ended:
            self._ledger.cut_short = True
        for notice in visited.read.notices:
            self._ledger.reasons.add(notice)
        async with aclosing(self._pages.entries(visited)) as parts:
            async for part in parts:
                details = [entry.detail for entry in part if isinstance(entry, FoundItem)]
                await self._pages.recall(detail for detail in details if detail is not None)
                for entry in part:
                    if isinstance(entry, FoundItem):
                        if self._limit is not None:
                            return
                        number += 1
                        await self._take_item(entry, ListingPlace(address, self._listings, number))
                    elif isinstance(entry, Dropped):
                        number += entry.count
                        self._found_items += 1
                        self._ledger.cut_short = True
                        self._ledger.drop(entry)
                    else:
                        self._ledger.reasons.add(entry)

    async def _take_item(self, item: FoundItem, listed: ListingPlace) -> None:
        self._found_items += 1
        if self._found_items > self._most_items:
            self._meet(LimitMet("limit-records", f"The limit of {self._most_items:,} records was met."), item.place)
            return
        detail = None
        if item.detail is not None:
            origin = content_hash(item.values, item.url) if self._pages.tells_origins else ""
            detail = self._detail(item.detail, origin)
        await self._queue.put(_Pending(item, listed, detail))

    # Detail pages.

    def _detail(self, request: PageRequest, origin: str) -> Detail:
        """A detail and what is behind it, or the task that reads them; items that share a page share it."""
        self._ledger.pages.found += 1
        identity = request.identity
        detail = self._details.get(identity)
        if detail is not None:
            self._ledger.pages.duplicate += 1
            self._details.move_to_end(identity)
            return detail
        spared = self._pages.spared(request, origin)
        if spared is None:
            detail = self._spawn(self._read_detail(request, origin))
        else:
            self._count(spared)
            behind = spared.read.detail
            values = spared.read.values
            detail = values if behind is None else self._spawn(self._with_behind(values, behind, origin))
        self._details[identity] = detail
        if len(self._details) > KEPT_DETAILS:
            self._details.popitem(last=False)
        return detail

    async def _read_detail(self, request: PageRequest, origin: str) -> JsonObject:
        try:
            visited = await self._pages.detail(request, origin)
        except (PageLost, Unreadable) as lost:
            self._lose(lost, request.address)
            raise
        self._count(visited)
        behind = visited.read.detail
        if behind is None:
            return visited.read.values
        return await self._with_behind(visited.read.values, behind, origin)

    async def _with_behind(self, values: JsonObject, behind: PageRequest, origin: str) -> JsonObject:
        return {**values, **await _values_of(self._detail(behind, origin))}

    def _count(self, visited: Visited[DetailRead]) -> None:
        self._ledger.pages.count(visited.how)
        for notice in visited.read.notices:
            self._ledger.reasons.add(notice)

    # Items, in order.

    async def _hand_on(self) -> None:
        while (pending := await self._queue.get()) is not None:
            item = pending.item
            values = item.values
            if pending.detail is not None:
                try:
                    detail = await _values_of(pending.detail)
                except (PageLost, Unreadable) as error:
                    message = "Items whose detail page could not be had were dropped; an earlier state of them stays."
                    self._ledger.drop(Notice(f"detail-{error.code}", f"{message} ({error.message})", item.place))
                    continue
                values = {**values, **detail}
            await self._sink.add(values, item.url, item.place, pending.listed)

    def _lose(self, lost: PageLost | Unreadable, address: str) -> None:
        notice = lost.notice(readable(address))
        match lost:
            case LimitMet():
                self._meet(lost, address)
            case OffLimits():
                self._ledger.pages.off_limits += 1
                self._ledger.reasons.add(notice, "off_limits")
            case _:
                self._ledger.pages.failed += 1
                self._ledger.reasons.add(notice, "failed")

    def _meet(self, limit: LimitMet, place: str) -> None:
        self._limit = self._limit or limit
        self._ledger.cut_short = True
        if isinstance(limit, RunStopping):
            return
        self._ledger.limit_met = True
        self._ledger.reasons.add(limit.notice(readable(place)))


async def _values_of(detail: Detail) -> JsonObject:
    """Raises what the task raises."""
    return await detail if isinstance(detail, asyncio.Task) else detail or {}
