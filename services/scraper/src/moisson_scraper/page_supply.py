"""Where the pages of a run come from: the fetcher that fits its source and order, a reader, and the visits before."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from datetime import datetime, timedelta

from moisson_scraper.crawling.page_visitor import READER_VERSION, Fetches, PageVisitor, VisitRules
from moisson_scraper.crawling.run_pages import RunPages, SuppliesPages
from moisson_scraper.crawling.shared_pages import SharedPages
from moisson_scraper.fetching.page_fetcher import FetchTools, PageFetcher
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.fetching.uploaded_file import UploadedFile
from moisson_scraper.fingerprint import fingerprint_of
from moisson_scraper.keeping.collections import VISITS, KeptRun, visit_place
from moisson_scraper.keeping.feed_lease import FeedLease
from moisson_scraper.keeping.visit_shelf import KeepsVisits, NoVisits, VisitShelf
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.rendering.renderer import Renderer
from moisson_shared.contracts.sources import FileSource, HtmlSource, Source
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentStore, Find, Range


class PageSupply:
    """Opens the pages of runs, for one process. `tell_lot` tells workers of pages to visit; None: there are none."""

    def __init__(
        self,
        store: DocumentStore,
        tools: FetchTools,
        renderer: Renderer,
        now: Callable[[], datetime],
        tell_lot: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._store = store
        self._tools = tools
        self._renderer = renderer
        self._now = now
        self._tell_lot = tell_lot

    async def open(self, spider: SpiderConfig, run: KeptRun, budget: RunBudget, lease: FeedLease) -> SuppliesPages:
        """The pages that a run asks for, from this process or from all workers."""
        shelf = await self._shelf(run)
        local = await self._local(spider, run, budget, shelf, lease.feed.confirmed_run)
        if self._tell_lot is None or not isinstance(shelf, VisitShelf) or _renders_details(spider.source):
            return local
        shared = SharedPages(self._store, lease, local, shelf, run, budget, self._tell_lot, self._tools.hosts.clock)
        await shared.open()
        return shared

    async def open_local(self, spider: SpiderConfig, run: KeptRun, budget: RunBudget) -> RunPages:
        """The pages of one lot."""
        return await self._local(spider, run, budget, VisitShelf(self._store, run.spider_id, run_number(run)), None)

    @property
    def why_not_rendered(self) -> str | None:
        """Why pages cannot be opened in a browser here; None where they can."""
        return self._renderer.why_not

    async def _local(
        self, spider: SpiderConfig, run: KeptRun, budget: RunBudget, shelf: KeepsVisits, confirmed_run: str | None
    ) -> RunPages:
        reading = PageReading.of(spider.source, self._tools.processes)
        rules = VisitRules(
            run_id=run.id,
            reader=reader_hash(spider.source),
            now=self._now,
            revisit=timedelta(hours=spider.politeness.revisit_hours),
            spare_run=run.order.retry_of,
            confirmed_run=confirmed_run,
            one_file=isinstance(spider.source, FileSource),
        )
        held = AsyncExitStack()
        fetcher = await held.enter_async_context(self._fetcher(spider, budget))
        visitor = PageVisitor(fetcher, reading, shelf, budget, rules)
        return RunPages(reading.first_pages(), visitor, reading, shelf, held)

    def _fetcher(self, spider: SpiderConfig, budget: RunBudget) -> AbstractAsyncContextManager[Fetches]:
        if isinstance(spider.source, FileSource) and spider.source.url is None:
            return nullcontext(UploadedFile(self._store, spider.id, spider.partner, budget, self._tools.hosts.clock))
        return self._renderer.pages_of(spider.source, PageFetcher(self._tools, spider.politeness, budget))

    async def _shelf(self, run: KeptRun) -> KeepsVisits:
        if run.order.trial_pages is not None:
            return NoVisits()
        first, last = visit_place(run.spider_id, 0), visit_place(run.spider_id, 10**15 - 1)
        any_visit = await self._store.find(VISITS, Find((Range("place", at_least=first, at_most=last),), limit=1))
        return VisitShelf(self._store, run.spider_id, run_number(run), fresh=not any_visit.items)


def _renders_details(source: Source) -> bool:
    """Whether a detail takes this process's browser."""
    return isinstance(source, HtmlSource) and source.rendering is not None and source.rendering.details


def run_number(run: KeptRun) -> int:
    """Orders the runs of a spider: when it was queued, in milliseconds."""
    return int(run.queued_at.timestamp() * 1000)


def reader_hash(source: Source) -> str:
    """The same for configurations that read the same page alike."""
    return fingerprint_of([READER_VERSION, source.model_dump(mode="json")]).hex()
