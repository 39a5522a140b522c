"""What this process does by itself: the runs and deletions that wait in the store, told by hints and found by a sweep.

A hint that is lost, doubled or late is only a delay: the documents say what there is to do.
"""

import asyncio

import structlog

from moisson_scraper.close_feed import close_feed
from moisson_scraper.keeping.collections import FEEDS, RUNS
from moisson_scraper.keeping.feed_lease import LeaseLost
from moisson_scraper.keeping.lease_watch import LeaseWatch
from moisson_scraper.notify_normalizer import NormalizerNotices
from moisson_scraper.run_spider import SpiderRunner, utc_now
from moisson_scraper.work_lot import LotWorker
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.contracts.request_id import set_request_id
from moisson_shared.contracts.run import RunState
from moisson_shared.ports.documents import DocumentStore, Equal, Exists, Find
from moisson_shared.ports.work_queue import Handler, Hint, WorkQueue

RUN = "scraper.run"
LOT = "scraper.lot"
CLOSE = "scraper.close-feed"
_MOST_FOUND = 500


class ScraperWork:
    """Hears of work, finds forgotten work, does it. One per process."""

    def __init__(
        self,
        store: DocumentStore,
        queue: WorkQueue,
        runner: SpiderRunner,
        notices: NormalizerNotices,
        *,
        holder: str,
        lease_seconds: float,
        sweep_seconds: float,
        at_once: int,
        lots: LotWorker | None = None,
        lots_at_once: int = 1,
    ) -> None:
        self._store = store
        self._queue = queue
        self._runner = runner
        self._notices = notices
        self._holder = holder
        self._watch = LeaseWatch(lease_seconds)
        self._sweep_seconds = sweep_seconds
        self._at_once = at_once
        self._lots = lots
        self._lots_at_once = lots_at_once
        self._receiving: list[asyncio.Task[None]] = []
        self._sweeps: asyncio.Task[None] | None = None
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
        self._sweeps = asyncio.create_task(self._sweep_again())

    async def stop(self) -> None:
        """Puts runs back and ends within moments; safe to repeat."""
        if self._sweeps is not None:
            async with self._sweeping:
                self._sweeps.cancel()
            await asyncio.gather(self._sweeps, return_exceptions=True)
            self._sweeps = None
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

    async def _sweep_again(self) -> None:
        """By the loop's own clock: one that goes by the time of day would rest for as long as that was put back."""
        while True:
            await asyncio.sleep(self._sweep_seconds)
            try:
                await self.sweep()
            except Exception:  # noqa: BLE001  # whatever a sweep meets, the next one comes
                structlog.get_logger().exception("sweep failed")

    async def _sweep(self) -> None:
        try:
            runs = await self._store.find(RUNS, Find((Exists("active_of"),), limit=_MOST_FOUND))
            feeds = await self._store.find(FEEDS, Find((Equal("closing", True),), limit=_MOST_FOUND))
        except MoissonError as error:
            structlog.get_logger().warning("sweep", reason=str(error))
            return
        for run in runs.items:
            if run.value.state is not RunState.PAUSED:
                await self.tell_run(run.key)
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
        except LeaseLost as error:
            structlog.get_logger().warning("lease lost", spider=spider_id, reason=str(error))
