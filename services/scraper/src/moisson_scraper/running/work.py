"""What this process does by itself: the runs and deletions that wait in the store, told by hints and found by a sweep.

A hint that is lost, doubled or late is only a delay: the documents say what there is to do.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from moisson_scraper.archiving.archive_keeping import ArchiveKeeping
from moisson_scraper.close_feed import close_feed
from moisson_scraper.keeping.collections import FEEDS, RUNS
from moisson_scraper.keeping.feed_lease import LeaseLost
from moisson_scraper.notify_normalizer import NormalizerNotices
from moisson_scraper.quota_book import QuotaBook
from moisson_scraper.running.run_spider import SpiderRunner, utc_now
from moisson_scraper.running.work_lot import LotWorker
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.contracts.request_id import set_request_id
from moisson_shared.contracts.run import RunState
from moisson_shared.ports.documents import DocumentStore, Equal, Exists, Find
from moisson_shared.ports.lease_watch import LeaseWatch
from moisson_shared.ports.work_queue import Handler, Hint, WorkQueue

RUN = "scraper.run"
LOT = "scraper.lot"
FIRST_LOOK_SECONDS = 60.0
"""After the start: archives have time."""
CLOSE = "scraper.close-feed"
_MOST_FOUND = 500
LOOK_SECONDS = 3600
"""How often it is looked for archives that are too old or too many."""


class ScraperWork:
    """Hears of work, finds forgotten work, does it. One per process."""

    def __init__(
        self,
        store: DocumentStore,
        queue: WorkQueue,
        runner: SpiderRunner,
        notices: NormalizerNotices,
        quotas: QuotaBook,
        *,
        holder: str,
        lease_seconds: float,
        sweep_seconds: float,
        at_once: int,
        lots: LotWorker | None = None,
        lots_at_once: int = 1,
        archives: ArchiveKeeping | None = None,
    ) -> None:
        self._archives = archives
        self._store = store
        self._queue = queue
        self._runner = runner
        self._notices = notices
        self._quotas = quotas
        self._holder = holder
        self._watch = LeaseWatch(lease_seconds)
        self._sweep_seconds = sweep_seconds
        self._at_once = at_once
        self._lots = lots
        self._lots_at_once = lots_at_once
        self._receiving: list[asyncio.Task[None]] = []
        self._looking: list[asyncio.Task[None]] = []
        self._sweeping = asyncio.Lock()

    async def start(self) -> None:
        """Begins to work; what waits in the store is found at once."""
        handlers: dict[str, Handler] = {RUN: self._run, CLOSE: self._close}
        self._receiving = [asyncio.create_task(self._queue.receive(handlers, self._at_once))]
        if self._lots is not None:
            # Beside the runs, not among them: a run waits for its lots, for ever if runs took all places.
            work = self._queue.receive({LOT: self._lots.work}, self._lots_at_once)
            self._receiving.append(asyncio.create_task(work))
        await self.sweep()
        self._looking = [asyncio.create_task(_again(self.sweep, self._sweep_seconds))]
        if self._archives is not None:
            self._looking.append(
                asyncio.create_task(_again(self._archives.look, LOOK_SECONDS, first=FIRST_LOOK_SECONDS))
            )

    async def stop(self) -> None:
        """Puts runs back and ends within moments; safe to repeat."""
        async with self._sweeping:
            for looking in self._looking:
                looking.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)
        self._looking = []
        self._runner.stop()
        if self._lots is not None:
            self._lots.stop()
        for receiving in self._receiving:
            receiving.cancel()
        await asyncio.gather(*self._receiving, return_exceptions=True)
        self._receiving = []

    async def tell_run(self, run_id: str) -> None:
        """A run has been queued. Never raises: the sweep would find it."""
        await self._tell(Hint(RUN, run_id))

    async def tell_closing(self, spider_id: str) -> None:
        """A spider has been deleted."""
        await self._tell(Hint(CLOSE, spider_id))

    async def tell_lot(self, key: str) -> None:
        """Pages wait for a worker. Never raises: the leader of their run tells again."""
        await self._tell(Hint(LOT, key))

    async def sweep(self) -> None:
        """Tells of everything that waits in the store; what is at work elsewhere is found to be so and left."""
        async with self._sweeping:
            await self._sweep()

    async def _sweep(self) -> None:
        try:
            runs = await self._store.find(RUNS, Find((Exists("active_of"),), limit=_MOST_FOUND))
            feeds = await self._store.find(FEEDS, Find((Equal("closing", True),), limit=_MOST_FOUND))
            resumed = await self._quotas.resumed(runs.items)
        except MoissonError as error:
            structlog.get_logger().warning("sweep", reason=str(error))
            return
        for run in runs.items:
            if run.value.state is not RunState.PAUSED:
                await self.tell_run(run.key)
        for key in resumed:
            await self.tell_run(key)
        for feed in feeds.items:
            await self.tell_closing(feed.key)

    async def _tell(self, hint: Hint) -> None:
        try:
            await self._queue.send(hint)
        except MoissonError as error:
            structlog.get_logger().warning("hint not sent", topic=hint.topic, key=hint.key, reason=str(error))

    async def _run(self, run_id: str) -> None:
        set_request_id(run_id)
        run = await self._runner.run(run_id)
        if run is not None:
            counters = run.counters
            structlog.get_logger().info(
                "run ended",
                run=run.id,
                spider=run.spider_id,
                state=run.state,
                pages=counters.pages_fetched,
                items=counters.items,
            )
            await self._notices.send(run.shown())

    async def _close(self, spider_id: str) -> None:
        try:
            await close_feed(self._store, spider_id, self._holder, self._watch, utc_now)
            if self._archives is not None:
                await self._archives.look()
        except LeaseLost as error:
            structlog.get_logger().warning("lease lost", spider=spider_id, reason=str(error))


async def _again(look: Callable[[], Awaitable[None]], seconds: float, *, first: float | None = None) -> None:
    """By the loop's own clock: one that goes by the time of day would rest for as long as that was put back."""
    await asyncio.sleep(seconds if first is None else first)
    while True:
        try:
            await look()
        except Exception:  # noqa: BLE001  # whatever a look meets, the next one comes
            structlog.get_logger().exception("looking failed")
        await asyncio.sleep(seconds)
