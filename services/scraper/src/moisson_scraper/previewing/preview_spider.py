"""The preview of a spider: its first listing page and up to three details, read as a run would. No record is stored.

Steps: check, fetch the first page, read it, fetch the first details, say what each selector gave and where that stands,
keep the pages.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from moisson_scraper.check_configuration import require_sound
from moisson_scraper.crawling.page_visitor import Fetches
from moisson_scraper.crawling.record_identity import key_of
from moisson_scraper.crawling.run_ledger import Reasons
from moisson_scraper.fetching.page_failure import PageLost
from moisson_scraper.fetching.page_fetcher import FetchTools, PageFetcher
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.fetching.uploaded_file import UploadedFile
from moisson_scraper.fixtures.keep_previews import PageSeen, PreviewPages
from moisson_scraper.fixtures.page_outcome import MOST_ADDRESSES, MOST_RECORDS, outcome_of
from moisson_scraper.keep_spiders import SpiderShelf
from moisson_scraper.locating.page_places import Places
from moisson_scraper.previewing.locate_values import located_detail, located_items
from moisson_scraper.previewing.preview_fields import PreviewedRow, previewed_fields
from moisson_scraper.previewing.unserved_tbody import unserved_tbody
from moisson_scraper.reading.addresses import readable
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.reading.source_reader import (
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
)
from moisson_scraper.rendering.renderer import Renderer
from moisson_scraper.rights import reads, require_known
from moisson_scraper.running.page_supply import reader_hash
from moisson_scraper.secret_book import SecretBook
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.detail import DEEPEST_DETAIL
from moisson_shared.contracts.errors import Forbidden, TooManyRequests
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.sources import FileSource
from moisson_shared.contracts.spider import Limits, SpiderDraft
from moisson_shared.contracts.spider_preview import PreviewedPage, PreviewedRecord, SpiderPreview
from moisson_shared.ports.documents import DocumentStore

MOST_DETAILS = 3
MOST_DETAILS_AT_HAND = 2
"""Of a spider that is proposed: so many have been looked at."""
MOST_INDEXES = 3
"""Pages that only lead to listings (indexes of sitemaps), one behind the other."""
SECONDS = 45
AT_ONCE = 4
AT_ONCE_OF_PARTNER = 2
"""So that the slow site of one partner keeps nobody else from looking at theirs."""
_MOST_BYTES = 50_000_000


class SpiderPreviewer:
    """Makes previews, a few at a time."""

    def __init__(
        self,
        shelf: SpiderShelf,
        tools: FetchTools,
        renderer: Renderer,
        store: DocumentStore,
        secrets: SecretBook,
        now: Callable[[], datetime],
    ) -> None:
        self._kept = PreviewPages(store, now)
        self._shelf = shelf
        self._tools = tools
        self._renderer = renderer
        self._store = store
        self._secrets = secrets
        self._being_made = Counter[str]()

    async def of_draft(self, caller: Caller, draft: SpiderDraft) -> SpiderPreview:
        """Of a spider that is not saved; for its partner's members, stewards and admins. Raises `Invalid`."""
        require_known(caller)
        if not reads(caller, draft.partner):
            raise Forbidden(
                f"Only members of the partner {draft.partner}, stewards and admins may preview its spiders."
            )
        require_sound(draft, self._renderer.why_not)
        # Who may not change the spider must not try its secrets on requests of their own making.
        return await self._made(draft, withheld=not caller.manages(draft.partner))

    async def of_saved(self, caller: Caller, spider: str) -> SpiderPreview:
        """Of a saved spider, for whoever may read it."""
        return await self._made(await self._shelf.read(caller, spider), withheld=False)

    async def over(self, draft: SpiderDraft, pages: Fetches) -> SpiderPreview:
        """Of a draft that has been checked, over pages that are at hand and are not kept; the caller's rights have been
        looked at."""
        return await _Look(draft, self._tools, MOST_DETAILS_AT_HAND).taken(pages, None)

    async def _made(self, spider: SpiderDraft, *, withheld: bool) -> SpiderPreview:
        with self._place(spider.partner):
            look = _Look(spider, self._tools)
            if isinstance(spider.source, FileSource) and spider.source.url is None:
                clock = self._tools.hosts.clock
                upload = UploadedFile(self._store, spider.id, spider.partner, look.budget, clock)
                return await look.taken(upload, self._kept)
            async with self._renderer.pages_of(spider.source, look.fetcher) as pages:
                filled = await self._secrets.filling(spider, pages, withheld=withheld)
                return await look.taken(filled, self._kept)

    @contextmanager
    def _place(self, partner: str) -> Iterator[None]:
        """For one more preview. Raises `TooManyRequests` where there is none."""
        for made, most, whose in (
            (self._being_made.total(), AT_ONCE, ""),
            (self._being_made[partner], AT_ONCE_OF_PARTNER, f" of {partner}"),
        ):
            if made >= most:
                raise TooManyRequests(f"{most} previews{whose} are being made: try again in a moment.", retry_after=5)
        self._being_made[partner] += 1
        try:
            yield
        finally:
            self._being_made -= Counter((partner,))


@dataclass(slots=True)
class _Seen:
    """What has been gathered so far."""

    reasons: Reasons = field(default_factory=Reasons)
    pages: list[PageSeen] = field(default_factory=list)
    items: int = 0
    first: list[FoundItem] = field(default_factory=list)
    listing: list[PreviewedRow] = field(default_factory=list)
    details: list[PreviewedRow] = field(default_factory=list)
    following: tuple[PageRequest, ...] = ()
    detail_addresses: list[str] = field(default_factory=list)
    further_details: int = 0

    def detail(self, number: int) -> JsonObject | None:
        """The values of an item's pages, one behind the other; None where none was read."""
        rows = [row.values for row in self.details if row.record == number]
        return {name: value for values in rows for name, value in values.items()} if rows else None


class _Look:
    """One preview being made."""

    def __init__(self, spider: SpiderDraft, tools: FetchTools, details: int = MOST_DETAILS) -> None:
        self._spider = spider
        self._details = details
        limits = Limits(
            pages=1 + MOST_INDEXES + MOST_DETAILS * DEEPEST_DETAIL,
            seconds=SECONDS,
            bytes_per_page=min(spider.limits.bytes_per_page, _MOST_BYTES),
            retries_in_all=2,
        )
        self._reader = PageReading.of(spider.source, tools.processes)
        self.budget = RunBudget(limits, tools.hosts.clock() + SECONDS)
        self.fetcher = PageFetcher(tools, spider.politeness, self.budget)
        self._pages: Fetches = self.fetcher
        self._seen = _Seen()

    async def taken(self, pages: Fetches, kept: PreviewPages | None) -> SpiderPreview:
        self._pages = pages
        request = self._reader.first_pages()[0]
        try:
            page = await self._pages.fetch(request)
            await self._read(page, request)
            for _ in range(MOST_INDEXES):
                if self._seen.items or not self._seen.following or self._seen.following[0].chained:
                    break
                request = self._seen.following[0]
                page = await self._pages.fetch(request)
                await self._read(page, request)
        except (PageLost, Unreadable) as error:
            self._seen.reasons.add(error.notice(readable(request.address)))
        for number, item in enumerate(self._seen.first[: self._details]):
            behind = item.detail
            while behind is not None:
                behind = await self._read_detail(number, behind)
        return await self._told(kept)

    async def _read(self, page: FetchedPage, request: PageRequest) -> None:
        read = await self._reader.read_listing(page, request)
        seen = self._seen
        seen.pages.append(PageSeen(page, request, read.encoding))
        seen.following = read.following
        for notice in (*read.notices, *unserved_tbody(self._spider.source, page, request)):
            seen.reasons.add(notice)
        await self._count(page, read)
        if not seen.items and (not read.following or read.following[0].chained):
            message = "No items were found on the first page: look at the item selector and at what the site answers."
            seen.reasons.add(Notice("no-items", message, readable(page.address)))
        number = len(seen.pages) - 1
        places = await self._listing_places(page, request)
        seen.listing += (
            PreviewedRow(number, record, item.values, there)
            for record, (item, there) in enumerate(zip(seen.first, places, strict=True))
        )

    async def _listing_places(self, page: FetchedPage, request: PageRequest) -> list[Places]:
        first = self._seen.first
        try:
            return await located_items(self._spider.source, self._reader, page, request, first)
        except Unreadable:
            self._without_places(page)
            return [{} for _ in first]

    async def _detail_places(self, page: FetchedPage, request: PageRequest) -> Places:
        try:
            return await located_detail(self._spider.source, self._reader, page, request)
        except Unreadable:
            self._without_places(page)
            return {}

    def _without_places(self, page: FetchedPage) -> None:
        message = "The elements of pages that take too long are not pointed at; their values are shown."
        self._seen.reasons.add(Notice("places-left-out", message, readable(page.address)))

    async def _count(self, page: FetchedPage, read: ListingRead) -> None:
        seen = self._seen
        async with aclosing(self._reader.entries(page, read)) as chunks:
            async for chunk in chunks:
                for entry in chunk:
                    if isinstance(entry, FoundItem):
                        self._take(entry)
                    else:
                        seen.items += isinstance(entry, Dropped)
                        seen.reasons.add(entry)

    def _take(self, item: FoundItem) -> None:
        seen = self._seen
        seen.items += 1
        if len(seen.first) < MOST_RECORDS:
            seen.first.append(item)
        if item.detail is not None:
            if len(seen.detail_addresses) < MOST_ADDRESSES:
                seen.detail_addresses.append(item.detail.address)
            else:
                seen.further_details += 1

    async def _read_detail(self, number: int, request: PageRequest) -> PageRequest | None:
        """Reads one page behind an item; gives the page behind that one."""
        try:
            page = await self._pages.fetch(request)
            read = await self._reader.read_detail(page, request)
        except (PageLost, Unreadable) as error:
            self._seen.reasons.add(error.notice(readable(request.address)))
            return None
        self._seen.pages.append(PageSeen(page, request, read.encoding, number))
        places = await self._detail_places(page, request)
        self._seen.details.append(PreviewedRow(len(self._seen.pages) - 1, number, read.values, places))
        for notice in (*read.notices, *unserved_tbody(self._spider.source, page, request)):
            self._seen.reasons.add(notice)
        return read.detail

    async def _told(self, kept: PreviewPages | None) -> SpiderPreview:
        seen = self._seen
        reader = reader_hash(self._spider.source)
        details = {row.record: seen.detail(row.record) or {} for row in seen.details}
        outcome = outcome_of(seen.items, seen.first, details, seen.following)
        preview: str | None = None
        ids: Sequence[str | None] = [None] * len(seen.pages)
        if kept is not None:
            preview, ids = await kept.keep(self._spider, reader, seen.pages, outcome)
        if kept is not None and None in ids:
            message = "Pages that are too large to keep were not kept; this preview cannot be approved."
            seen.reasons.add(Notice("page-not-kept", message, "", ids.count(None)))
        if further := seen.further_details + max(0, len(seen.following) - MOST_ADDRESSES):
            message = f"Of the addresses of further pages the first {MOST_ADDRESSES:,} are shown."
            seen.reasons.add(Notice("addresses-left-out", message, "", further))
        records = tuple(self._record(number, item) for number, item in enumerate(seen.first))
        following = tuple(page.address for page in seen.following[:MOST_ADDRESSES])
        return SpiderPreview(
            id=preview,
            reader=reader,
            pages=tuple(_page(page, of) for page, of in zip(seen.pages, ids, strict=True)),
            items=seen.items,
            records=records,
            fields=(
                *previewed_fields("listing", self._reader.field_names(PageKind.LISTING), seen.listing),
                *previewed_fields("detail", self._reader.field_names(PageKind.DETAIL), seen.details),
            ),
            next_address=following[0] if following else None,
            next_addresses=following,
            detail_addresses=tuple(seen.detail_addresses),
            warnings=seen.reasons.listed(),
        )

    def _record(self, number: int, item: FoundItem) -> PreviewedRecord:
        detail = self._seen.detail(number)
        values = {**item.values, **(detail or {})}
        key = key_of(self._spider.identity, values, item.url)
        complete = detail is not None or item.detail is None
        if key is None and complete:
            message = "Items have nothing to make their key of; a run would drop them."
            self._seen.reasons.add(Notice("item-without-key", message, item.place))
        return PreviewedRecord(
            key=key,
            url=item.url,
            values=values,
            detail_address=item.detail.address if item.detail is not None else None,
            detail_read=detail is not None,
        )


def _page(seen: PageSeen, kept: str | None) -> PreviewedPage:
    return PreviewedPage(
        id=kept,
        kind="listing" if seen.record is None else "detail",
        address=seen.request.address,
        final_address=seen.page.address,
        status=seen.page.status,
        content_type=seen.page.content_type[:200],
        encoding=seen.encoding,
        bytes=len(seen.page.body),
    )
