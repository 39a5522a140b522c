"""The runs of one process: each is taken under the lease of its spider, attempted, and given back.

A run that a dead process left behind is begun again under a new token: its id stays, and what it has read already is
not asked for again.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.crawling.run_outcome import CANCELLED, PUT_BACK, RunOutcome, failed
from moisson_scraper.keeping.collections import RUNS, SPIDER_VERSIONS, SPIDERS, KeptRun, version_key
from moisson_scraper.keeping.feed_lease import FeedLease, LeaseLost, take_lease
from moisson_scraper.keeping.run_log import RunLog
from moisson_scraper.keeping.run_progress import RunProgress
from moisson_scraper.quota_book import QuotaBook
from moisson_scraper.running.page_supply import PageSupply
from moisson_scraper.running.quota_guard import QuotaGuard
from moisson_scraper.running.run_attempt import GRACE_SECONDS, RunAttempt, RunRules
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.lease_watch import LeaseWatch


def utc_now() -> datetime:
    """The time, for documents."""
    return datetime.now(UTC)


class SpiderRunner:
    """Runs spiders for one process. `holder` is this process's own name."""

    def __init__(
        self,
        store: DocumentStore,
        supply: PageSupply,
        quotas: QuotaBook,
        holder: str,
        rules: RunRules,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._supply = supply
        self._quotas = quotas
        self._holder = holder
        self._rules = rules
        self._watch = LeaseWatch(rules.lease_seconds)
        self._now = now
        self._stopping = False
        self._at_work: set[RunAttempt] = set()

    def stop(self) -> None:
        """From now on runs are put back instead of going on; those at work end within moments."""
        self._stopping = True
        for attempt in tuple(self._at_work):
            attempt.leave(PUT_BACK, GRACE_SECONDS)

    async def run(self, run_id: str) -> KeptRun | None:
        """Does the run if it is there to be done and its spider is free. Gives the final document, else None."""
        stored = await self._store.get(RUNS, run_id)
        if stored is None or not _is_to_be_done(stored.value) or self._stopping:
            return None
        lease = await take_lease(self._store, stored.value.spider_id, self._holder, self._watch, self._now)
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
        if stored is None or not _is_to_be_done(stored.value):
            await lease.release()
            return None
        went_on = stored.value.counters.pages_done > stored.value.furthest
        attempts = 1 if went_on else stored.value.attempts + 1
        progress = RunProgress(self._store, stored, time.monotonic)
        await progress.begin(lease.token, attempts, self._now(), lease.feed.pages_found)
        kept = await self._store.get(SPIDER_VERSIONS, version_key(stored.value.spider_id, stored.value.spider_version))
        log = RunLog(self._store, run_id, stored.value.spider_id, f"attempt-{lease.token:09d}", self._now)
        begins = f"Attempt {attempts} begins, under the process {self._holder}."
        log.say("begun", begins, attempt=attempts, process=self._holder)
        quota = QuotaGuard(self._quotas, stored.value, time.monotonic)
        attempt = RunAttempt(self._store, self._supply, lease, progress, quota, self._rules, self._now, log)
        self._at_work.add(attempt)
        try:
            if self._stopping:
                attempt.leave(PUT_BACK)
            elif stored.value.cancel_requested:
                attempt.leave(CANCELLED)  # what it has read is written, and nothing more is asked for
            if kept is None or lease.feed.closing or await self._store.get(SPIDERS, kept.value.id) is None:
                await attempt.end(
                    failed("spider-deleted", "The spider of this run, or its records, have been deleted.")
                )
            elif faults := faults_in(kept.value, self._supply.why_not_rendered, self._supply.why_not_archived):
                # Saved before a rule became stricter: its author is told here what saving would tell now.
                told = "; ".join(f"{fault.pointer}: {fault.message}" for fault in faults)
                await attempt.end(
                    failed("configuration", f"This spider cannot be run until it is mended. {told}"[:2000])
                )
            elif attempts > self._rules.most_attempts:
                await attempt.end(
                    failed("given-up", f"The run was begun {attempts - 1} times and never came to its end.")
                )
            elif (held := await self._held_up(kept.value, stored.value, quota)) is not None:
                await attempt.end(held)
            else:
                await attempt.go(kept.value)
        finally:
            self._at_work.discard(attempt)
        return progress.run if progress.run.state.final else None

    async def _held_up(self, spider: SpiderConfig, run: KeptRun, quota: QuotaGuard) -> RunOutcome | None:
        """How a run ends or is paused before its first page; None where nothing is in its way. One that only writes
        what it has, or is to be cancelled, is not held up."""
        if run.settling is not None or run.cancel_requested:
            return None
        sends = run.order.reread_of is None  # what is in an archive has been asked for already
        if sends and (missing := await self._supply.secrets.why_not(spider)) is not None:
            return failed("secret-missing", missing)
        return await quota.begin()


def _is_to_be_done(run: KeptRun) -> bool:
    """A paused run is left alone until somebody asks for it."""
    return not run.state.final and run.state is not RunState.PAUSED


async def _let_go(lease: FeedLease) -> None:
    """When only the run was lost (somebody ended it just before it began), the spider is free again at once."""
    with suppress(LeaseLost, Unavailable):
        await lease.release()
