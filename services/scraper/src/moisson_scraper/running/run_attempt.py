"""One attempt at one run, under the lease of its spider.

Steps: crawl, with every page and item kept on the way; judge what was found; write it; mark what is gone; give the
lease back. A pause or a death in between costs the pages that were being asked for, and nothing else.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from moisson_scraper.crawling.crawl import Crawl, CrawlFailed
from moisson_scraper.crawling.page_visitor import SourceUnchanged
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.crawling.run_outcome import CANCELLED, CANCELLING, DONE, PAUSED, PUT_BACK, RunOutcome, failed
from moisson_scraper.crawling.run_pages import SuppliesPages
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.health.judge_run import Judgement
from moisson_scraper.keeping.collections import RUN_STATISTICS, RunStatistics
from moisson_scraper.keeping.confirmed_parts import confirmed_parts
from moisson_scraper.keeping.feed_lease import FeedLease, LeaseLost, is_cancelled
from moisson_scraper.keeping.record_writer import tombstones_of
from moisson_scraper.keeping.run_log import Level, RunLog
from moisson_scraper.keeping.run_progress import RunProgress
from moisson_scraper.keeping.staged_items import ItemStage
from moisson_scraper.quota_book import CODES as QUOTA_CODES
from moisson_scraper.running.page_supply import PageSupply
from moisson_scraper.running.quota_guard import QuotaGuard
from moisson_scraper.running.seen_site import archive_incomplete
from moisson_scraper.running.settle_run import keep_statistics, what_stays, write_found
from moisson_shared.contracts.errors import MoissonError, Unavailable, VersionConflict
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.spider import Limits, SpiderConfig
from moisson_shared.ports.documents import DocumentStore

_TRIES = 5
GRACE_SECONDS = 2.0
"""How long a process that stops waits for pages that are being asked for."""


@dataclass(frozen=True, slots=True)
class RunRules:
    """How runs are kept alive and given up; see the settings."""

    lease_seconds: float = 15.0
    progress_seconds: float = 0.5
    most_attempts: int = 20


class RunAttempt:
    """Made for one attempt; `go` is called once."""

    def __init__(
        self,
        store: DocumentStore,
        supply: PageSupply,
        lease: FeedLease,
        progress: RunProgress,
        quota: QuotaGuard,
        rules: RunRules,
        now: Callable[[], datetime],
        log: RunLog,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        log.counters = lambda: self._ledger.counters()
        self._store = store
        self._supply = supply
        self._lease = lease
        self._progress = progress
        self._quota = quota
        self._rules = rules
        self._now = now
        self._clock = clock
        self._ledger = RunLedger()
        self._crawling: asyncio.Task[None] | None = None
        self._budget: RunBudget | None = None
        self._left: RunOutcome | None = None
        """The run is left where it is: paused, or put back."""
        self._cancelled = False
        self._lost: Exception | None = None

    def cancel(self) -> None:
        """Ends the crawl at once."""
        self._cancelled = True
        if self._crawling is not None:
            self._crawling.cancel()

    def leave(self, outcome: RunOutcome, grace: float | None = None) -> None:
        """Begins no further page; those that are being asked for are waited for, at most `grace` seconds."""
        if self._left is not None or self._cancelled:
            return
        self._left = outcome
        if self._budget is not None:
            self._budget.close()
        if grace is not None and self._crawling is not None:
            asyncio.get_running_loop().call_later(grace, self._crawling.cancel)

    async def go(self, spider: SpiderConfig) -> None:
        """The run to its end, or to where it is left. Raises `LeaseLost`, or `Unavailable` when the store is away."""
        run = self._progress.run
        if run.settling is not None:
            await self._resume_settling()
            return
        self._budget = RunBudget(_limits(spider, run.order.trial_pages), self._deadline(spider))
        self._ledger = RunLedger(spider.expectations)
        if (missed := await archive_incomplete(self._store, run)) is not None:
            self._ledger.cut_short = True
            self._ledger.reasons.add(missed)
        pages = await self._supply.open(spider, run, self._budget, self._lease)
        # A trial's items are for people to look at, and stay when records have moved on.
        confirmed = await confirmed_parts(self._store, self._lease.feed) if run.order.trial_pages is None else ()
        stage = ItemStage(self._lease, spider.identity, self._ledger, run.id, confirmed)
        crawl = Crawl(pages.starts, pages, stage, self._ledger, spider.limits.records)
        if self._left is not None:
            self._budget.close()
        self._crawling = asyncio.create_task(crawl.run())
        if self._cancelled:
            self._crawling.cancel()
        pulse = asyncio.create_task(self._pulse(pages))
        try:
            outcome = await self._outcome(self._crawling)
            if self._lost is not None:
                raise self._lost
            await self._lease.renew()  # nothing is kept by one that has lost it and does not know yet
            await stage.flush()
            await pages.flush()
            pages.account(self._ledger)
            await self._quota.charge(self._ledger.counters())
            outcome = self._left_at(outcome)
            self._note()
            if not outcome.state.waiting:
                outcome = await self._judged(spider, outcome)
                await keep_statistics(self._store, self._lease, self._ledger, self._progress.run.id)
                await self._progress.settle(outcome, self._ledger)
                self._crawling = None
                del crawl, stage  # what they know of each page is not needed to write what was found
                state = outcome.state.value
                self._log.say("judged", f"The crawl is over; the run is to end as {state}.", state=state)
                await self._log.flush()
                await write_found(self._store, self._lease, self._ledger, self._progress.run, outcome, self._now)
                self._say_settled(outcome)
        finally:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
            await pages.close()
        if outcome.state is RunState.DONE and self._ledger.complete and run.order.trial_pages is None:
            await pages.forget_earlier()
        await self.end(outcome)

    def _left_at(self, outcome: RunOutcome) -> RunOutcome:
        """Where the run is left, if it is: a quota that is used up with the last page holds nobody up."""
        if self._left is None or (self._left.code in QUOTA_CODES and outcome is DONE and self._ledger.complete):
            return outcome
        return self._left

    def _deadline(self, spider: SpiderConfig) -> float:
        return self._clock() + max(0.0, spider.limits.seconds - self._progress.run.active_seconds)

    async def _outcome(self, crawling: "asyncio.Task[None]") -> RunOutcome:
        try:
            await asyncio.wait({crawling})
        except asyncio.CancelledError:
            crawling.cancel()
            await asyncio.wait({crawling})
            self._left = PUT_BACK
        if crawling.cancelled():
            self._ledger.cut_short = True
            return self._left or CANCELLED
        error = crawling.exception()
        match error:
            case None:
                return DONE
            case SourceUnchanged():
                self._ledger.source_unchanged = True
                self._ledger.pages.count("unchanged")
                return DONE
            case CrawlFailed():
                self._ledger.cut_short = True
                return failed(error.code, str(error))
            case LeaseLost() | Unavailable():
                raise error
            case MoissonError():
                self._ledger.cut_short = True
                return failed("store", str(error))
            case _:
                # Whatever a page did to us, the run ends with a word, and the log has the rest.
                structlog.get_logger().error("run failed", run=self._progress.run.id, exc_info=error)
                self._ledger.cut_short = True
                return failed("unknown", f"The scraper failed on something it does not know ({type(error).__name__}).")

    async def _judged(self, spider: SpiderConfig, outcome: RunOutcome) -> RunOutcome:
        """A run that is done, or was cancelled, is healthy only if it is what its spider's runs usually are."""
        if not outcome.writes or self._ledger.source_unchanged or self._progress.run.order.trial_pages is not None:
            return outcome
        judgement = Judgement(self._store, spider, self._progress.run.id)
        if await judgement.misses_keys(self._ledger, self._progress.run.order.retry_of):
            self._ledger.miss_keys()
        return await judgement.of(self._ledger, part=outcome.state is RunState.CANCELLED) or outcome

    async def _resume_settling(self) -> None:
        """An earlier attempt, or a person who accepted the run, has decided; what is left is to write."""
        run = self._progress.run
        kept = await self._store.get(RUN_STATISTICS, run.id)
        statistics = kept.value if kept is not None else RunStatistics(run_id=run.id, items=0)
        self._ledger = RunLedger.restored(run, statistics)
        self._ledger.records.gone = await tombstones_of(self._store, self._lease.feed, run.id)
        outcome = RunOutcome(run.settling or RunState.DONE, run.code, run.error)
        await write_found(self._store, self._lease, self._ledger, self._progress.run, outcome, self._now)
        self._say_settled(outcome)
        await self.end(outcome)

    def _say_settled(self, outcome: RunOutcome) -> None:
        if outcome.writes:
            self._log.say("settled", "What was found is written.")
        else:
            self._log.say("nothing-written", "Nothing is written.")

    async def end(self, outcome: RunOutcome) -> None:
        """Writes the end of the run and gives the lease back, in one batch; or leaves the run where it is."""
        for _ in range(_TRIES):
            await self._progress.refresh()
            try:
                await self._give_back(outcome)
            except VersionConflict:
                continue  # somebody asked for something at this very moment
            await self._progress.reread()
            level: Level = "error" if outcome.state in {RunState.FAILED, RunState.QUARANTINED} else "info"
            code = "left" if outcome.state.waiting else "ended"
            why = {"why": outcome.code} if outcome.code else {}
            message = f"The run is {outcome.state}." + (f" {outcome.error}" if outcome.error else "")
            self._log.say(code, message, level, state=outcome.state.value, **why)
            with suppress(Unavailable):  # the run has ended; its log may lack the last line
                await self._log.flush()
            return
        raise LeaseLost(f"the run {self._progress.run.id} is written by somebody else")

    async def _give_back(self, outcome: RunOutcome) -> None:
        run = self._progress.run
        if outcome.state.waiting:
            if run.pause_requested:
                outcome = PAUSED  # a person has asked meanwhile: then it does not go on by itself
            if run.cancel_requested and outcome.state is RunState.PAUSED:
                outcome = CANCELLING  # nobody would take up a paused one
            await self._lease.release([self._progress.put_back(outcome, self._ledger)])
            return
        moment = self._now()
        operations, known = await what_stays(self._store, self._lease.feed, self._ledger, run, outcome, moment)
        operations.insert(0, self._progress.ending(outcome, self._ledger, moment))
        await self._lease.release(operations, **known)

    async def _pulse(self, pages: SuppliesPages) -> None:
        """Renews the lease, writes progress and visits, hears what people ask for; until it is cancelled itself."""
        renewed = time.monotonic()
        while not is_cancelled():
            await asyncio.sleep(self._rules.progress_seconds)
            try:
                if time.monotonic() - renewed > self._rules.lease_seconds / 3:
                    await self._lease.renew()
                    renewed = time.monotonic()
                await pages.flush()
                pages.account(self._ledger)
                await self._progress.save(self._ledger)
                self._note()
                await self._log.flush()
                self._hear()
                if (over := await self._quota.verdict(self._ledger.counters())) is not None:
                    self.leave(over)
            except LeaseLost as error:
                self._lost = error
                self.cancel()
                self._log.say("lease-lost", f"Another process has taken the run over: {error}.", "warning")
                with suppress(Unavailable):
                    await self._log.flush()
                return
            except Unavailable as error:
                structlog.get_logger().warning("progress not written", reason=str(error))

    def _hear(self) -> None:
        """What people have asked for, as the run document says it."""
        if self._progress.run.cancel_requested:
            if self._left is not CANCELLED:
                self.cancel()
        elif self._progress.run.pause_requested:
            self.leave(PAUSED)

    def _note(self) -> None:
        """What has been met since the last time."""
        self._log.notice(self._ledger.reasons.listed())
        if self._budget is not None:
            self._log.held(self._budget.holds)


def _limits(spider: SpiderConfig, trial_pages: int | None) -> Limits:
    """The spider's limits; a trial has fewer pages."""
    if trial_pages is None:
        return spider.limits
    return spider.limits.model_copy(update={"pages": min(trial_pages, spider.limits.pages)})
