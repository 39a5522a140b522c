"""Where the pages of a run come from: the fetcher that fits its source and order, a reader, and the visits before."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from datetime import datetime, timedelta

from moisson_scraper.archiving.run_archive import PageArchive
from moisson_scraper.crawling.page_visitor import READER_VERSION, Fetches, PageVisitor, VisitRules
from moisson_scraper.crawling.run_evidence import RunEvidence
from moisson_scraper.crawling.run_pages import RunPages, SuppliesPages
from moisson_scraper.crawling.shared_pages import SharedPages
from moisson_scraper.fetching.archived_pages import ArchivedPages
from moisson_scraper.fetching.host_standing import RunStandings
from moisson_scraper.fetching.page_fetcher import FetchTools, PageFetcher
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.fetching.uploaded_file import UploadedFile
from moisson_scraper.fingerprint import fingerprint_of
from moisson_scraper.keeping.collections import FEEDS, RUNS, KeptRun, SpiderFeed
from moisson_scraper.keeping.error_pages import ErrorPages
from moisson_scraper.keeping.feed_lease import FeedLease
from moisson_scraper.keeping.run_samples import RunSamples
from moisson_scraper.keeping.visit_documents import NO_RUN, VISITS, visit_place
from moisson_scraper.keeping.visit_shelf import KeepsVisits, NoVisits, VisitShelf
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.rendering.renderer import Renderer
from moisson_scraper.secret_book import SecretBook
from moisson_shared.contracts.sources import FileSource, HtmlSource, Source
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentStore, Find, Range

NO_ARCHIVE = "this installation has no archive (its operator sets MOISSON_SCRAPER_ARCHIVE_FOLDER)"


class PageSupply:
    """Opens the pages of runs, for one process. `tell_lot` tells workers of pages to visit; None: there are none."""

    def __init__(
        self,
        store: DocumentStore,
        tools: FetchTools,
        renderer: Renderer,
        secrets: SecretBook,
        now: Callable[[], datetime],
        tell_lot: Callable[[str], Awaitable[None]] | None = None,
        archive: PageArchive | None = None,
    ) -> None:
        self._archive = archive
        self.standings = RunStandings()
        self._store = store
        self._tools = tools
        self._renderer = renderer
        self.secrets = secrets
        self._now = now
        self._tell_lot = tell_lot

    async def open(self, spider: SpiderConfig, run: KeptRun, budget: RunBudget, lease: FeedLease) -> SuppliesPages:
        """The pages that a run asks for, from this process or from all workers."""
        if self._archive is not None and spider.archive:
            self._archive.mend(spider.id, run.id)
        async with AsyncExitStack() as held:
            evidence = self._evidence(spider, run, held)
            shelf = await self._shelf(run, evidence)
            local = await self._local(spider, run, budget, shelf, lease.feed, evidence, held)
        if self._tell_lot is None or not isinstance(shelf, VisitShelf) or _renders_details(spider.source):
            return local
        clock = self._tools.hosts.clock
        standings = self.standings.of(run.id, run.token)
        shared = SharedPages(self._store, lease, local, shelf, run, budget, self._tell_lot, clock, standings)
        try:
            await shared.open()
        except BaseException:
            await shared.close()
            raise
        return shared

    async def open_local(self, spider: SpiderConfig, run: KeptRun, budget: RunBudget) -> RunPages:
        """The pages of one lot."""
        async with AsyncExitStack() as held:
            evidence = self._evidence(spider, run, held)
            shelf = VisitShelf(self._store, run.spider_id, run_number(run), before_writing=evidence.flush)
            feed = await self._store.get(FEEDS, run.spider_id)
            known = feed.value if feed is not None else None
            return await self._local(spider, run, budget, shelf, known, evidence, held, notes_spared=True)

    @property
    def why_not_rendered(self) -> str | None:
        """Why pages cannot be opened in a browser here; None where they can."""
        return self._renderer.why_not

    @property
    def why_not_archived(self) -> str | None:
        """Why pages cannot be archived here; None where they can."""
        return None if self._archive is not None else NO_ARCHIVE

    def _evidence(self, spider: SpiderConfig, run: KeptRun, held: AsyncExitStack) -> RunEvidence:
        """Trials are not archived, and pages that come from an archive are in one."""
        errors = ErrorPages(self._store, spider.id, run.id, self._now)
        order = run.order
        if self._archive is None or not spider.archive or order.trial_pages is not None or order.reread_of is not None:
            return RunEvidence(errors)
        held.push_async_callback(self._archive.closed, run.id)
        return RunEvidence(errors, self._archive.opened(spider.id, run.id, run_number(run)))

    async def _local(
        self,
        spider: SpiderConfig,
        run: KeptRun,
        budget: RunBudget,
        shelf: KeepsVisits,
        feed: SpiderFeed | None,
        evidence: RunEvidence,
        held: AsyncExitStack,
        *,
        notes_spared: bool = False,
    ) -> RunPages:
        reading = PageReading.of(spider.source, self._tools.processes)
        rules = VisitRules(
            run_id=run.id,
            reader=_reader_of(spider),
            now=self._now,
            as_of=await self._as_of(run),
            revisit=timedelta(hours=spider.politeness.revisit_hours),
            spare_run=run.order.retry_of,
            doubted_run=feed.doubted_run if feed is not None else None,
            confirmed_run=feed.confirmed_run if feed is not None else None,
            one_file=isinstance(spider.source, FileSource),
            notes_spared=notes_spared or run.order.retry_of is not None,
        )
        samples: RunSamples | None = None
        if run.order.trial_pages is None:
            samples = RunSamples(self._store, run, rules.reader, self._now)
            await samples.open()
        fetcher = await held.enter_async_context(self._fetcher(spider, run, budget))
        if run.order.reread_of is None:  # what is in the archive was asked for with placeholders, and has no secrets
            fetcher = await self.secrets.filling(spider, fetcher)
        visitor = PageVisitor(fetcher, reading, shelf, budget, rules, evidence)
        return RunPages(reading.first_pages(), visitor, reading, shelf, held.pop_all(), samples)

    async def _as_of(self, run: KeptRun) -> datetime:
        """When the run began; of a retry, when the run began that it retries."""
        retried = await self._store.get(RUNS, run.order.retry_of) if run.order.retry_of is not None else None
        return (retried.value if retried is not None else run).started_at or run.started_at or self._now()

    def _fetcher(self, spider: SpiderConfig, run: KeptRun, budget: RunBudget) -> AbstractAsyncContextManager[Fetches]:
        if (reread := run.order.reread_of) is not None:
            clock = self._tools.hosts.clock
            return nullcontext(ArchivedPages(self._store, self._archive, spider.id, reread, budget, clock))
        if isinstance(spider.source, FileSource) and spider.source.url is None:
            return nullcontext(UploadedFile(self._store, spider.id, spider.partner, budget, self._tools.hosts.clock))
        standings = self.standings.of(run.id, run.token)
        return self._renderer.pages_of(spider.source, PageFetcher(self._tools, spider.politeness, budget, standings))

    async def _shelf(self, run: KeptRun, evidence: RunEvidence) -> KeepsVisits:
        """A run that reads an archive leaves what is known of the site alone; beginning it again costs no request."""
        if run.order.trial_pages is not None or run.order.reread_of is not None:
            return NoVisits()
        first, last = visit_place(run.spider_id, 0), visit_place(run.spider_id, NO_RUN)
        any_visit = await self._store.find(VISITS, Find((Range("place", at_least=first, at_most=last),), limit=1))
        fresh = not any_visit.items
        number = run_number(run)
        return VisitShelf(self._store, run.spider_id, number, fresh=fresh, before_writing=evidence.flush)


def _renders_details(source: Source) -> bool:
    """Whether a detail takes this process's browser."""
    return isinstance(source, HtmlSource) and source.rendering is not None and source.rendering.details


def run_number(run: KeptRun) -> int:
    """Orders the runs of a spider: when it was queued, in milliseconds."""
    return int(run.queued_at.timestamp() * 1000)


def _reader_of(spider: SpiderConfig) -> str:
    """An unchanged file is not even read, so what its records are known by must be the same too."""
    reader = reader_hash(spider.source)
    if not isinstance(spider.source, FileSource):
        return reader
    return fingerprint_of([reader, spider.identity.model_dump(mode="json")]).hex()


def reader_hash(source: Source) -> str:
    """The same for configurations that read the same page alike."""
    return fingerprint_of([READER_VERSION, source.model_dump(mode="json")]).hex()
