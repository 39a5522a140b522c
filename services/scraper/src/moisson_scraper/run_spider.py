"""One run from its document to its end: take the lease, crawl, tell progress, settle what is gone, give the lease back.

A run that a dead process left behind is done again from its beginning under a new token: its id stays, its counters
start over, and records it had written already are found unchanged.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.crawling.crawl import Crawl, CrawlFailed
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.crawling.run_outcome import DONE, RunOutcome, cancelled, failed
from moisson_scraper.fetching.page_fetcher import FetchTools, PageFetcher
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.keeping.collections import RUNS, SPIDER_VERSIONS, KeptRun, version_key
from moisson_scraper.keeping.feed_lease import FeedLease, LeaseLost, take_lease
from moisson_scraper.keeping.record_sink import RecordSink
from moisson_scraper.keeping.run_progress import RunProgress
from moisson_scraper.reading.compile_source import compile_source
from moisson_shared.contracts.errors import MoissonError, Unavailable, VersionConflict
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentStore

_TRIES = 5


def utc_now() -> datetime:
    """The time, for documents."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RunRules:
    """How runs are kept alive and given up; see the settings."""

    lease_seconds: float = 15.0
    progress_seconds: float = 0.5
    most_attempts: int = 20


class SpiderRunner:
    """Runs spiders for one process. `holder` is this process's own name."""

    def __init__(
        self,
        store: DocumentStore,
        tools: FetchTools,
        holder: str,
        rules: RunRules,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._tools = tools
        self._holder = holder
        self._rules = rules
        self._now = now
        self._stopping = False
        self._at_work: set[_Attempt] = set()

    def stop(self) -> None:
        """From now on runs are put back instead of going on; those at work end within moments."""
        self._stopping = True
        for attempt in tuple(self._at_work):
            attempt.interrupt(put_back=True)

    async def run(self, run_id: str) -> KeptRun | None:
        """Does the run if it is there to be done and its spider is free. Gives the final document, else None."""
        stored = await self._store.get(RUNS, run_id)
        if stored is None or stored.value.state.final or self._stopping:
            return None
        lease = await take_lease(
            self._store, stored.value.spider_id, self._holder, self._rules.lease_seconds, self._now
        )
        if lease is None:
            return None
        log = structlog.get_logger().bind(run=run_id, spider=stored.value.spider_id)
        try:
            return await self._run_under(lease, run_id)
        except LeaseLost as error:
            log.warning("lease lost", reason=str(error))
            await _let_go(lease)
        except Unavailable as error:
            log.warning("run left for later", reason=str(error))
        return None

    async def _run_under(self, lease: FeedLease, run_id: str) -> KeptRun | None:
        stored = await self._store.get(RUNS, run_id)
        if stored is None or stored.value.state.final:
            await lease.release()
            return None
        attempts = stored.value.attempts + 1
        progress = RunProgress(self._store, stored)
        await progress.begin(lease.token, attempts, self._now())
        kept = await self._store.get(SPIDER_VERSIONS, version_key(stored.value.spider_id, stored.value.spider_version))
        attempt = _Attempt(self._store, self._tools, lease, progress, self._rules, self._now)
        self._at_work.add(attempt)
        try:
            if self._stopping:
                attempt.interrupt(put_back=True)
            if kept is None or lease.feed.closing:
                await attempt.end(failed("The spider of this run has been deleted."))
            elif faults := faults_in(kept.value):
                # Saved before a rule became stricter: its author is told here what saving would tell now.
                told = "; ".join(f"{fault.pointer}: {fault.message}" for fault in faults)
                await attempt.end(failed(f"This spider cannot be run until it is mended. {told}"[:2000]))
            elif attempts > self._rules.most_attempts:
                await attempt.end(failed(f"The run was begun {attempts - 1} times and never came to its end."))
            else:
                await attempt.go(kept.value)
        finally:
            self._at_work.discard(attempt)
        return progress.run if progress.run.state.final else None


async def _let_go(lease: FeedLease) -> None:
    """When only the run was lost (somebody ended it just before it began), the spider is free again at once."""
    with suppress(LeaseLost, Unavailable):
        await lease.release()


class _Attempt:
    """One attempt at one run, under the lease of its spider."""

    def __init__(
        self,
        store: DocumentStore,
        tools: FetchTools,
        lease: FeedLease,
        progress: RunProgress,
        rules: RunRules,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._tools = tools
        self._lease = lease
        self._progress = progress
        self._rules = rules
        self._now = now
        self._ledger = RunLedger()
        self._crawling: asyncio.Task[None] | None = None
        self._interrupted = False
        self._put_back = False
        self._lost: Exception | None = None

    def interrupt(self, *, put_back: bool = False) -> None:
        """Ends the crawl; the run is cancelled, or put back for the next start."""
        self._interrupted = True
        self._put_back = self._put_back or put_back
        if self._crawling is not None:
            self._crawling.cancel()

    async def go(self, spider: SpiderConfig) -> None:
        """Crawls, and writes the end of it. Raises `LeaseLost`, or `Unavailable` when the store stays away."""
        budget = RunBudget(spider.limits, self._tools.clock() + spider.limits.seconds)
        sink = RecordSink(self._store, self._lease, spider.identity, self._ledger, self._progress.run.id, self._now)
        reader = compile_source(spider.source)
        fetcher = PageFetcher(self._tools, spider.politeness, budget)
        crawl = Crawl(reader, fetcher, sink, self._ledger, spider.limits.records)
        self._crawling = asyncio.create_task(crawl.run())
        if self._interrupted:
            self._crawling.cancel()
        pulse = asyncio.create_task(self._pulse(budget))
        try:
            outcome = await self._outcome(self._crawling)
            if self._lost is not None:
                raise self._lost
            if not self._put_back:
                await sink.flush()
                outcome = await self._settle(sink, outcome)
        finally:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
        self._take_spent(budget)
        await self.end(outcome)

    async def _outcome(self, crawling: "asyncio.Task[None]") -> RunOutcome:
        try:
            await asyncio.wait({crawling})
        except asyncio.CancelledError:
            crawling.cancel()
            await asyncio.wait({crawling})
            self._interrupted = self._put_back = True
        if crawling.cancelled():
            self._ledger.cut_short = True
            return cancelled()
        error = crawling.exception()
        match error:
            case None:
                return DONE
            case CrawlFailed():
                self._ledger.cut_short = True
                return failed(str(error))
            case LeaseLost() | Unavailable():
                raise error
            case MoissonError():
                self._ledger.cut_short = True
                return failed(str(error))
            case _:
                # Whatever a page did to us, the run ends with a word, and the log has the rest.
                structlog.get_logger().error("run failed", run=self._progress.run.id, exc_info=error)
                self._ledger.cut_short = True
                return failed(f"The scraper failed on something it does not know ({type(error).__name__}).")

    async def _settle(self, sink: RecordSink, outcome: RunOutcome) -> RunOutcome:
        """What is missing is gone only after a complete run; after another, what was found is noted as seen."""
        if outcome is DONE and self._ledger.complete:
            await sink.tombstone_missing()
        else:
            await sink.confirm_seen(self._progress.run.started_at or self._now())
        return outcome

    async def end(self, outcome: RunOutcome) -> None:
        """Writes the end of the run and gives the lease back, in one batch; or puts the run back."""
        for _ in range(_TRIES):
            await self._progress.refresh()
            try:
                await self._give_back(outcome)
            except VersionConflict:
                continue  # somebody asked for a cancellation at this very moment
            await self._progress.reread()
            return
        raise LeaseLost(f"the run {self._progress.run.id} is written by somebody else")

    async def _give_back(self, outcome: RunOutcome) -> None:
        if self._put_back:
            await self._lease.release([self._progress.requeued()])
            return
        moment = self._now()
        confirmed = moment if outcome is DONE and self._ledger.complete else None
        await self._lease.release([self._progress.ending(outcome, self._ledger, moment)], confirmed)

    def _take_spent(self, budget: RunBudget) -> None:
        self._ledger.retries = budget.retries
        self._ledger.bytes = budget.bytes

    async def _pulse(self, budget: RunBudget) -> None:
        """Renews the lease, writes progress, hears of a cancellation; until it is cancelled itself."""
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(self._rules.progress_seconds)
            self._take_spent(budget)
            try:
                if time.monotonic() - renewed > self._rules.lease_seconds / 3:
                    await self._lease.renew()
                    renewed = time.monotonic()
                await self._progress.save(self._ledger)
            except LeaseLost as error:
                self._lost = error
                self.interrupt()
                return
            except Unavailable as error:
                structlog.get_logger().warning("progress not written", reason=str(error))
                continue
            if self._progress.run.cancel_requested and not self._interrupted:
                self.interrupt()
