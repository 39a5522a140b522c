"""Where the pages of a run come from: the fetcher that fits its source and order, a reader, and the visits before."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from moisson_scraper.crawling.crawl import GivesPages
from moisson_scraper.crawling.page_visitor import READER_VERSION, Fetches, PageVisitor, Visited, VisitRules
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.fetching.page_fetcher import FetchTools, PageFetcher
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.fetching.uploaded_file import UploadedFile
from moisson_scraper.fingerprint import fingerprint_of
from moisson_scraper.keeping.collections import VISITS, KeptRun, SpiderFeed, visit_place
from moisson_scraper.keeping.visit_shelf import KeepsVisits, NoVisits, VisitShelf
from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.reading.source_reader import DetailRead, FoundItem, ListingRead, PageRequest
from moisson_shared.contracts.sources import FileSource, Source
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentStore, Find, Range


class SuppliesPages(GivesPages, Protocol):
    """The pages of one run."""

    starts: tuple[PageRequest, ...]

    async def flush(self) -> None:
        """Writes the visits that wait."""
        ...

    def account(self, ledger: RunLedger) -> None:
        """Tells the ledger what was spent."""
        ...

    async def forget_earlier(self) -> None:
        """After a complete run: pages that it did not visit are not there any more."""
        ...

    async def close(self) -> None:
        """Gives back what it holds."""
        ...


class RunPages:
    """`SuppliesPages` within this process."""

    def __init__(
        self, starts: tuple[PageRequest, ...], visitor: PageVisitor, reading: PageReading, shelf: KeepsVisits
    ) -> None:
        self.starts = starts
        self._visitor = visitor
        self._reading = reading
        self._shelf = shelf

    async def recall(self, requests: Iterable[PageRequest]) -> None:
        await self._shelf.recall(requests)

    def listing(self, request: PageRequest) -> Awaitable[Visited[ListingRead]]:
        return self._visitor.listing(request)

    def entries(self, visited: Visited[ListingRead]) -> AsyncGenerator[list[FoundItem | Notice], None]:
        return self._reading.entries(visited.page, visited.read)

    def detail(self, request: PageRequest, origin: str) -> Awaitable[Visited[DetailRead]]:
        return self._visitor.detail(request, origin)

    async def flush(self) -> None:
        await self._shelf.flush()

    def account(self, ledger: RunLedger) -> None:
        budget = self._visitor.budget
        ledger.retries, ledger.bytes = budget.retries, budget.bytes

    async def forget_earlier(self) -> None:
        await self._shelf.forget_earlier()

    async def close(self) -> None:
        """Nothing is held."""


class PageSupply:
    """Opens the pages of runs, for one process."""

    def __init__(self, store: DocumentStore, tools: FetchTools, now: Callable[[], datetime]) -> None:
        self._store = store
        self._tools = tools
        self._now = now

    async def open(self, spider: SpiderConfig, run: KeptRun, budget: RunBudget, feed: SpiderFeed) -> SuppliesPages:
        """The pages that a run asks for."""
        reader = compile_source(spider.source)
        reading = PageReading(reader)
        shelf = await self._shelf(run)
        rules = VisitRules(
            run_id=run.id,
            reader=reader_hash(spider.source),
            now=self._now,
            revisit=timedelta(hours=spider.politeness.revisit_hours),
            spare_run=run.order.retry_of,
            confirmed_run=feed.confirmed_run,
            one_file=isinstance(spider.source, FileSource),
        )
        visitor = PageVisitor(self._fetcher(spider, budget), reading, shelf, budget, rules)
        return RunPages(reader.first_pages(), visitor, reading, shelf)

    def _fetcher(self, spider: SpiderConfig, budget: RunBudget) -> Fetches:
        if isinstance(spider.source, FileSource) and spider.source.url is None:
            return UploadedFile(self._store, spider.id, spider.partner, budget, self._tools.clock)
        return PageFetcher(self._tools, spider.politeness, budget)

    async def _shelf(self, run: KeptRun) -> KeepsVisits:
        if run.order.trial_pages is not None:
            return NoVisits()
        first, last = visit_place(run.spider_id, 0), visit_place(run.spider_id, 10**15 - 1)
        any_visit = await self._store.find(VISITS, Find((Range("place", at_least=first, at_most=last),), limit=1))
        return VisitShelf(self._store, run.spider_id, run_number(run), fresh=not any_visit.items)


def run_number(run: KeptRun) -> int:
    """Orders the runs of a spider: when it was queued, in milliseconds."""
    return int(run.queued_at.timestamp() * 1000)


def reader_hash(source: Source) -> str:
    """The same for configurations that read the same page alike."""
    return fingerprint_of([READER_VERSION, source.model_dump(mode="json")]).hex()
