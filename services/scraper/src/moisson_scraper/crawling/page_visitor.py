"""One page of a run, by the cheapest way that is right: what this run has read already, what is known to hold still,
what the site says is unchanged, or a fetch and a reading. Each way ends in a visit that is kept.

Steps: look at the last visit, spare the page or ask for it with the last validators (RFC 9110, 13), read it, keep.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Literal, Protocol, TypeVar

from moisson_scraper.crawling.run_evidence import RunEvidence
from moisson_scraper.crawling.unchanged_pages import (
    body_hash,
    is_as_stated_before,
    is_unchanged,
    moved_to,
    with_validators,
)
from moisson_scraper.fetching.page_failure import EndOfListing, LimitMet, PageLost
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.keeping.collections import PageVisit
from moisson_scraper.keeping.kept_reading import (
    detail_from,
    detail_text,
    leads_on_no_more,
    listing_from,
    listing_text,
    lists_items,
    loss_from,
    loss_text,
)
from moisson_scraper.keeping.visit_shelf import KeepsVisits
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.source_reader import DetailRead, FetchedPage, FoundItem, ListingRead, PageRequest
from moisson_scraper.reading.stoppable_reading import StreamedListing

R = TypeVar("R", ListingRead, DetailRead)
How = Literal["fetched", "unchanged", "spared"]
READER_VERSION = "5"
"""One more whenever the same configuration would read the same page otherwise."""


class Fetches(Protocol):
    """Gets pages; raises `PageLost`. A 304 is an answer where the request has validators."""

    def fetch(self, request: PageRequest) -> Awaitable[FetchedPage]: ...


class Reads(Protocol):
    """Reads pages; raises `Unreadable`."""

    def read_listing(self, page: FetchedPage, request: PageRequest) -> Awaitable[ListingRead]: ...

    def read_detail(self, page: FetchedPage, request: PageRequest) -> Awaitable[DetailRead]: ...


@dataclass(frozen=True, slots=True)
class Visited(Generic[R]):
    """What a page gave, and how it was come by. `page` is there where it was read just now."""

    read: R
    how: How
    page: FetchedPage | None = None
    emptied: bool = False
    """The page is of a listing, had items the last time, and has none."""
    cut_off: bool = False
    """The page is of a listing, led on the last time, does not any more, and is as full as it was."""


class SourceUnchanged(Exception):
    """The source is one file, and it is what it was at the end of the last complete run."""


@dataclass(frozen=True, slots=True)
class VisitRules:
    """What of earlier visits a run may rely on. `spare_run` is a run whose readings hold without a new request."""

    run_id: str
    reader: str
    now: Callable[[], datetime]
    as_of: datetime
    """The moment by which `revisit` is reckoned: one for all attempts of a run and for its retry, so that what is
    spared once is spared again."""
    revisit: timedelta = timedelta(0)
    spare_run: str | None = None
    doubted_run: str | None = None
    """A run that was quarantined: what it read holds only where the site says so again."""
    confirmed_run: str | None = None
    """The last complete run: what it visited and did not keep a reading of is in the records."""
    one_file: bool = False
    """The source is one file: where it is what it was, there is nothing else to look at."""
    notes_spared: bool = False
    """Whether a visit is written of spared pages too: where another process, or a retry of this one, goes by them."""


class PageVisitor:
    """Visits pages for one run."""

    def __init__(
        self,
        fetcher: Fetches,
        reading: Reads,
        shelf: KeepsVisits,
        budget: RunBudget,
        rules: VisitRules,
        evidence: RunEvidence | None = None,
    ) -> None:
        self._evidence = evidence or RunEvidence()
        self._fetcher = fetcher
        self._reading = reading
        self._shelf = shelf
        self.budget = budget
        self._rules = rules
        self.tells_origins = bool(rules.revisit)
        """Whether an item that is as it was spares its detail."""

    async def listing(self, request: PageRequest) -> Visited[ListingRead]:
        """A listing page. Raises `PageLost`, `Unreadable`, and `SourceUnchanged`."""
        return await self._visit(request, "", self._reading.read_listing, _listing_text, listing_from)

    async def detail(self, request: PageRequest, origin: str) -> Visited[DetailRead]:
        """A detail page; `origin` is the hash of the item that led there. Raises `PageLost` and `Unreadable`."""
        return await self._visit(request, origin, self._reading.read_detail, detail_text, detail_from)

    def spared(self, request: PageRequest, origin: str) -> Visited[DetailRead] | None:
        """A detail that need not be asked for, where that is known without a look into the store; else None."""
        recalled = self._shelf.recalled(request)
        if recalled is None:
            return None
        known, reading = recalled
        if reading is None or known.run_id == self._rules.run_id or not self._is_known(known):
            return None
        if not self._holds(known, request, origin) or self._notes(known, request, origin):
            return None
        self._spare(request, known)
        return Visited(detail_from(reading), "spared")

    async def _visit(
        self,
        request: PageRequest,
        origin: str,
        read_page: Callable[[FetchedPage, PageRequest], Awaitable[R]],
        text_of: Callable[[R], str | None],
        read_from: Callable[[str], R],
    ) -> Visited[R]:
        known = await self._shelf.visit(request)
        if known is not None and known.run_id == self._rules.run_id:
            self.budget.take_again(known.how != "spared", known.bytes, known.retries)
            if (again := visited_from(known, read_from)) is not None:
                return again
            known = None  # too long to keep: it is asked for again
        if known is not None and not self._is_known(known):
            known = None
        if known is not None and known.reading is not None and self._holds(known, request, origin):
            return await self._held(request, known, origin, read_from(known.reading))
        if known is not None and not _is_usable(known, self._rules):
            known = None
        earlier = read_from(known.reading) if known is not None and known.reading is not None else None
        if isinstance(earlier, ListingRead):
            self._shelf.expect(_led_to(earlier))  # most listings are what they were, or lead to much the same
        page = None
        try:
            page = await self._asked(request, known)
            if known is not None and is_unchanged(page, known):
                await self._unchanged(request, known, page, origin)
                if earlier is None:
                    raise SourceUnchanged
                return Visited(earlier, "unchanged")
            archived = await self._evidence.fetched(request, page)
            read = await read_page(page, request)
        except LimitMet:
            raise
        except (PageLost, Unreadable) as loss:
            await self._lost(request, known, loss, page, origin)
            raise
        reading = text_of(read)
        emptied = known is not None and lists_items(known.reading) and not lists_items(reading)
        cut_off = known is not None and leads_on_no_more(known.reading, reading)
        # Not validated: it is made of our own values, and a crawl makes one per page.
        await self._shelf.keep(
            PageVisit.model_construct(
                key=self._shelf.key(request),
                place=self._shelf.place,
                run_id=self._rules.run_id,
                how="fetched",
                visited_at=self._rules.now(),
                retries=page.retries,
                bytes=page.bytes,
                etag=page.header("etag"),
                last_modified=page.header("last-modified"),
                modified=request.modified,
                body_hash=body_hash(page),
                moved_to=moved_to(request, page),
                reader=self._rules.reader,
                origin=origin,
                reading=reading,
                emptied=emptied,
                cut_off=cut_off,
                failure=None,
                archived=archived,
            )
        )
        return Visited(read, "fetched", page, emptied, cut_off)

    async def _held(self, request: PageRequest, known: PageVisit, origin: str, read: R) -> Visited[R]:
        """What the last visit gave, which holds. A retry is no second look at a page that it does not ask for."""
        retried = known.run_id == self._rules.spare_run
        emptied, cut_off = retried and known.emptied, retried and known.cut_off
        notes = self._notes(known, request, origin)
        self._spare(request, known)
        if notes:
            await self._keep(request, known, how="spared", origin=origin, emptied=emptied, cut_off=cut_off)
        return Visited(read, "spared", None, emptied, cut_off)

    async def _lost(
        self,
        request: PageRequest,
        known: PageVisit | None,
        loss: PageLost | Unreadable,
        page: FetchedPage | None,
        origin: str,
    ) -> None:
        await self._evidence.lost(request, loss, page)
        failure = loss_text(loss)
        emptied = False
        if isinstance(loss, EndOfListing):
            emptied = known is not None and lists_items(known.reading) and known.failure != failure
            loss.emptied = emptied
        retries = loss.retries if isinstance(loss, PageLost) else 0
        await self._keep(request, known, failure=failure, origin=origin, page=page, retries=retries, emptied=emptied)

    async def _asked(self, request: PageRequest, known: PageVisit | None) -> FetchedPage:
        """The page; a 304 only of the page that the validators are of. Raises `PageLost`."""
        page = await self._fetcher.fetch(with_validators(request, known))
        if known is not None and page.status == 304 and moved_to(request, page) != known.moved_to:
            # It leads elsewhere than the last time, to a page that may have been as it is for years.
            return await self._fetcher.fetch(request)
        return page

    def _holds(self, known: PageVisit, request: PageRequest, origin: str) -> bool:
        """Whether the page need not be asked for at all."""
        if known.failure is not None:
            return False
        if known.run_id == self._rules.spare_run:
            return True
        if known.run_id == self._rules.doubted_run:
            return False
        if is_as_stated_before(request, known):
            return True
        # Either way: a visit from the future, by a clock that was wrong, must not hold until that future comes.
        recent = abs(self._rules.as_of - known.visited_at) < self._rules.revisit
        return recent and bool(origin) and origin == known.origin

    def _is_known(self, known: PageVisit) -> bool:
        """Whether the visit says what this run would have read."""
        return known.reader == self._rules.reader and self._evidence.suffices(known.archived)

    def _notes(self, known: PageVisit, request: PageRequest, origin: str) -> bool:
        """Whether a spared page's visit is written again; without it the same page is spared by the same rule."""
        return self._rules.notes_spared or known.origin != origin or known.modified != request.modified

    def _spare(self, request: PageRequest, known: PageVisit) -> None:
        self._evidence.spared(request, known.archived)
        self._shelf.spare(known)

    async def _unchanged(self, request: PageRequest, known: PageVisit, page: FetchedPage, origin: str) -> None:
        await self._evidence.unchanged(request, page, known.archived)
        await self._keep(request, known, how="unchanged", origin=origin, page=page)

    async def _keep(
        self,
        request: PageRequest,
        known: PageVisit | None,
        *,
        how: How = "fetched",
        failure: str | None = None,
        origin: str = "",
        page: FetchedPage | None = None,
        retries: int = 0,
        emptied: bool = False,
        cut_off: bool = False,
    ) -> None:
        """The last visit again, with what this run knows of the page."""
        base = known or PageVisit(
            key=self._shelf.key(request),
            place=self._shelf.place,
            run_id=self._rules.run_id,
            how=how,
            visited_at=self._rules.now(),
            reader=self._rules.reader,
        )
        update: dict[str, object] = {"place": self._shelf.place, "run_id": self._rules.run_id, "how": how}
        update |= {
            "failure": failure,
            "origin": origin,
            "modified": request.modified,
            "emptied": emptied,
            "cut_off": cut_off,
        }
        update |= {"bytes": page.bytes if page else 0, "retries": page.retries if page else retries}
        if how == "unchanged" and page is not None:
            update |= {"visited_at": self._rules.now(), "moved_to": moved_to(request, page)}
        await self._shelf.keep(base.model_copy(update=update))


def visited_from(visit: PageVisit, read_from: Callable[[str], R]) -> Visited[R] | None:
    """What a visit of this very run gave; None where it was too long to keep. Raises `PageLost` and `Unreadable`."""
    if visit.failure is not None:
        loss = loss_from(visit.failure)
        if isinstance(loss, EndOfListing):
            loss.emptied = visit.emptied
        raise loss
    if visit.reading is None:
        return None
    return Visited(read_from(visit.reading), visit.how, emptied=visit.emptied, cut_off=visit.cut_off)


def _led_to(read: ListingRead) -> Iterator[PageRequest]:
    """The pages that a listing leads to: the next listings, which are asked for first, and details."""
    yield from read.following
    if isinstance(read.items, list):
        yield from (entry.detail for entry in read.items if isinstance(entry, FoundItem) and entry.detail is not None)


def _listing_text(read: ListingRead) -> str | None:
    """Listings that are read while they come (files of many rows) are not kept: their records are."""
    at_hand = isinstance(read.items, list | tuple) and not isinstance(read, StreamedListing)
    return listing_text(read) if at_hand else None


def _is_usable(known: PageVisit, rules: VisitRules) -> bool:
    """Whether there is something to go on with if the page is what it was."""
    if known.reading is not None:
        return True
    return rules.one_file and rules.confirmed_run is not None and known.run_id == rules.confirmed_run
