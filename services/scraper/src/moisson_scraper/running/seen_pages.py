"""The few pages that a suggestion looks at: each is asked for once, within a small budget, and read as a run would."""

from dataclasses import dataclass, field

from moisson_scraper.crawling.page_visitor import Fetches
from moisson_scraper.fetching.page_failure import PageLost
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageKind, PageRequest
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.sources import Source

_MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class ReadSample:
    """The first items of a listing page, and where it leads."""

    items: tuple[FoundItem, ...]
    following: tuple[PageRequest, ...]
    fingerprint: bytes

    @property
    def rows(self) -> list[JsonObject]:
        return [item.values for item in self.items]


@dataclass(slots=True)
class SeenPages:
    """Fetches through one fetcher and remembers."""

    fetcher: Fetches
    processes: ReadingProcesses
    known: dict[str, FetchedPage] = field(default_factory=dict)

    async def fetch(self, request: PageRequest) -> FetchedPage:
        """The page, as the fetcher gives it. Raises `PageLost`."""
        plain = request.method == "GET"
        if plain and request.address in self.known:
            return self.known[request.address]
        page = await self.fetcher.fetch(request)
        if plain:
            self.known[request.address] = page
        return page

    async def tried(self, address: str, kind: PageKind = PageKind.LISTING) -> FetchedPage | None:
        """The page, or None where it cannot be had."""
        try:
            return await self.fetch(PageRequest(address, kind))
        except PageLost:
            return None

    async def read(self, source: Source, page: FetchedPage, request: PageRequest | None = None) -> ReadSample:
        """The first items of a page under a source. Raises `Unreadable`."""
        reading = PageReading.of(source, self.processes)
        read = await reading.read_listing(page, request or reading.first_pages()[0])
        items: list[FoundItem] = []
        entries = reading.entries(page, read)
        try:
            async for chunk in entries:
                items.extend(entry for entry in chunk if isinstance(entry, FoundItem))
                if len(items) >= _MOST_ITEMS:
                    break
        finally:
            await entries.aclose()
        return ReadSample(tuple(items[:_MOST_ITEMS]), read.following, read.fingerprint)

    async def leads_on(self, source: Source, page: FetchedPage) -> bool:
        """Whether the source's paging brings other items after those of this page."""
        try:
            first = await self.read(source, page)
            if not first.following:
                return False
            second = await self.read(source, await self.fetch(first.following[0]), first.following[0])
        except (PageLost, Unreadable):
            return False
        return bool(second.items) and [(i.values, i.url) for i in second.items] != [
            (i.values, i.url) for i in first.items
        ]

    async def read_detail(self, source: Source, request: PageRequest) -> JsonObject | None:
        """The values of an item's page; None where it cannot be had or read."""
        try:
            page = await self.fetch(request)
            return (await PageReading.of(source, self.processes).read_detail(page, request)).values
        except (PageLost, Unreadable):
            return None
