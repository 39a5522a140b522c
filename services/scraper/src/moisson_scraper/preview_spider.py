"""The preview of a spider: its first listing page and up to three details, read as a run would, and nothing stored.

Steps: check, fetch the first page, read it, fetch the first details, say what each selector gave.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from moisson_scraper.check_configuration import require_sound
from moisson_scraper.crawling.page_visitor import Fetches
from moisson_scraper.crawling.record_identity import key_of
from moisson_scraper.crawling.run_ledger import Reasons
from moisson_scraper.fetching.page_failure import PageLost
from moisson_scraper.fetching.page_fetcher import FetchTools, PageFetcher
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.keep_spiders import SpiderShelf
from moisson_scraper.reading.addresses import readable
from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.source_reader import (
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
    SourceReader,
)
from moisson_scraper.rendering.renderer import Renderer
from moisson_scraper.rights import reads, require_known
from moisson_scraper.secret_book import SecretBook
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Forbidden, TooManyRequests
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.spider import Limits, SpiderDraft
from moisson_shared.contracts.spider_preview import PreviewedField, PreviewedPage, PreviewedRecord, SpiderPreview

MOST_DETAILS = 3
MOST_RECORDS = 20
SECONDS = 45
AT_ONCE = 4
_SAMPLES = 5
_SAMPLE_CHARACTERS = 200
_MOST_BYTES = 50_000_000


class SpiderPreviewer:
    """Makes previews, a few at a time."""

    def __init__(self, shelf: SpiderShelf, tools: FetchTools, renderer: Renderer, secrets: SecretBook) -> None:
        self._shelf = shelf
        self._tools = tools
        self._renderer = renderer
        self._secrets = secrets
        self._room = asyncio.Semaphore(AT_ONCE)

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

    async def _made(self, spider: SpiderDraft, *, withheld: bool) -> SpiderPreview:
        if self._room.locked():
            raise TooManyRequests(f"{AT_ONCE} previews are being made: try again in a moment.", retry_after=5)
        async with self._room:
            look = _Look(spider, self._tools)
            async with self._renderer.pages_of(spider.source, look.fetcher) as pages:
                return await look.taken(await self._secrets.filling(spider, pages, withheld=withheld))


@dataclass(slots=True)
class _Seen:
    """What has been gathered so far."""

    reasons: Reasons = field(default_factory=Reasons)
    pages: list[PreviewedPage] = field(default_factory=list)
    items: int = 0
    first: list[FoundItem] = field(default_factory=list)
    details: dict[int, JsonObject] = field(default_factory=dict)
    following: tuple[PageRequest, ...] = ()


class _Look:
    """One preview being made."""

    def __init__(self, spider: SpiderDraft, tools: FetchTools) -> None:
        self._spider = spider
        limits = Limits(
            pages=1 + MOST_DETAILS,
            seconds=SECONDS,
            bytes_per_page=min(spider.limits.bytes_per_page, _MOST_BYTES),
            retries_in_all=2,
        )
        self._reader: SourceReader = compile_source(spider.source)
        budget = RunBudget(limits, tools.hosts.clock() + SECONDS)
        self.fetcher = PageFetcher(tools, spider.politeness, budget)
        self._pages: Fetches = self.fetcher
        self._seen = _Seen()

    async def taken(self, pages: Fetches) -> SpiderPreview:
        self._pages = pages
        request = self._reader.first_pages()[0]
        try:
            page = await self._pages.fetch(request)
            await asyncio.to_thread(self._read, page, request)
        except (PageLost, Unreadable) as error:
            self._seen.reasons.add(error.notice(readable(request.address)))
        for number, item in enumerate(self._seen.first[:MOST_DETAILS]):
            if item.detail is not None:
                await self._read_detail(number, item.detail)
        return self._told()

    def _read(self, page: FetchedPage, request: PageRequest) -> None:
        read = self._reader.read_listing(page, request)
        seen = self._seen
        seen.pages.append(_page(PageKind.LISTING, request.address, page, read.encoding))
        seen.following = read.following
        for notice in read.notices:
            seen.reasons.add(notice)
        self._count(read)
        if not seen.items:
            message = "No items were found on the first page: look at the item selector and at what the site answers."
            seen.reasons.add(Notice("no-items", message, readable(page.address)))

    def _count(self, read: ListingRead) -> None:
        seen = self._seen
        for entry in read.items:
            if isinstance(entry, FoundItem):
                seen.items += 1
                if len(seen.first) < MOST_RECORDS:
                    seen.first.append(entry)
            else:
                seen.items += isinstance(entry, Dropped)
                seen.reasons.add(entry)

    async def _read_detail(self, number: int, request: PageRequest) -> None:
        try:
            page = await self._pages.fetch(request)
            read = await asyncio.to_thread(self._reader.read_detail, page, request)
        except (PageLost, Unreadable) as error:
            self._seen.reasons.add(error.notice(readable(request.address)))
            return
        self._seen.pages.append(_page(PageKind.DETAIL, request.address, page, read.encoding))
        self._seen.details[number] = read.values
        for notice in read.notices:
            self._seen.reasons.add(notice)

    def _told(self) -> SpiderPreview:
        seen = self._seen
        listing = [item.values for item in seen.first]
        details = list(seen.details.values())
        records = tuple(self._record(number, item) for number, item in enumerate(seen.first))
        return SpiderPreview(
            pages=tuple(seen.pages),
            items=seen.items,
            records=records,
            fields=(
                *_fields("listing", self._reader.field_names(PageKind.LISTING), listing),
                *_fields("detail", self._reader.field_names(PageKind.DETAIL), details),
            ),
            next_address=seen.following[0].address if seen.following else None,
            warnings=seen.reasons.listed(),
        )

    def _record(self, number: int, item: FoundItem) -> PreviewedRecord:
        detail = self._seen.details.get(number)
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


def _page(kind: PageKind, address: str, page: FetchedPage, encoding: str) -> PreviewedPage:
    return PreviewedPage(
        kind="listing" if kind is PageKind.LISTING else "detail",
        address=address,
        final_address=page.address,
        status=page.status,
        content_type=page.content_type[:200],
        encoding=encoding,
        bytes=len(page.body),
    )


def _fields(place: str, configured: Sequence[str], rows: Sequence[JsonObject]) -> list[PreviewedField]:
    """The configured fields, and those that the pages name themselves."""
    names = dict.fromkeys(configured)
    if not configured:
        for row in rows:
            names |= dict.fromkeys(row)
    found = []
    for name in names:
        values = [row[name] for row in rows if row.get(name) not in (None, "", [])]
        samples = dict.fromkeys(_sample(value) for value in values)
        found.append(
            PreviewedField(
                name=name,
                place="listing" if place == "listing" else "detail",
                filled=len(values),
                of=len(rows),
                samples=tuple(samples)[:_SAMPLES],
            )
        )
    return found


def _sample(value: object) -> str:
    text = " · ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _SAMPLE_CHARACTERS else text[: _SAMPLE_CHARACTERS - 1] + "…"
