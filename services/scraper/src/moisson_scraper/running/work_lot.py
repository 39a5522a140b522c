"""One lot of pages, visited by whoever takes it: under a lease of its own, so that a dead worker's lot is taken over.

Steps: take the lot, visit its pages, write what they gave, say that it is done.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from moisson_scraper.crawling.run_pages import RunPages
from moisson_scraper.fetching.page_failure import PageLost
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.keeping.collections import RUNS, SPIDER_VERSIONS, KeptRun, version_key
from moisson_scraper.keeping.feed_lease import is_cancelled
from moisson_scraper.keeping.kept_reading import requests_from
from moisson_scraper.keeping.lot_lease import LotLease, LotLost
from moisson_scraper.keeping.visit_documents import LOTS, PageLot
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.source_reader import PageRequest
from moisson_scraper.running.page_supply import PageSupply
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.lease_watch import LeaseWatch


@dataclass(frozen=True, slots=True)
class LotRules:
    """How long a lot is held without a sign of life, and how often its visits are written."""

    lease_seconds: float = 15.0
    progress_seconds: float = 0.5


class LotWorker:
    """Visits lots for one process. `holder` is this process's own name."""

    def __init__(
        self, store: DocumentStore, supply: PageSupply, holder: str, rules: LotRules, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._supply = supply
        self._holder = holder
        self._rules = rules
        self._now = now
        self._watch = LeaseWatch(rules.lease_seconds)
        self._budgets: set[RunBudget] = set()
        self._stopping = False

    def stop(self) -> None:
        """From now on no page is begun; lots at work are given back."""
        self._stopping = True
        for budget in self._budgets:
            budget.close()

    async def work(self, key: str) -> None:
        """Visits the lot if it is free."""
        stored = await self._store.get(LOTS, key)
        if stored is None or self._stopping or not stored.value.open or not self._watch.is_free(stored, self._now()):
            return
        run = await self._store.get(RUNS, stored.value.run_id)
        spider_version = version_key(stored.value.spider_id, stored.value.spider_version)
        spider = await self._store.get(SPIDER_VERSIONS, spider_version)
        if run is None or spider is None or not _goes_on(run.value):
            return  # its leader is away or stops: another one will want it, or it is withdrawn
        lease = LotLease(self._store, stored, self._holder, self._rules.lease_seconds, self._now)
        try:
            await lease.take()
            await self._visit(lease, spider.value, run.value)
        except LotLost as error:
            structlog.get_logger().info("lot lost", lot=key, reason=str(error))
        except Unavailable as error:
            structlog.get_logger().warning("lot left for later", lot=key, reason=str(error))

    async def _visit(self, lease: LotLease, spider: SpiderConfig, run: KeptRun) -> None:
        lot = lease.lot
        limits = spider.limits.model_copy(update={"retries_in_all": lot.retries_left})
        budget = RunBudget(limits, time.monotonic() + lot.seconds)
        standings = self._supply.standings.of(run.id, run.token)
        standings.close(lot.closed)
        pages = await self._supply.open_local(spider, run, budget)
        self._budgets.add(budget)
        visiting = asyncio.create_task(_visit_all(pages, lot))
        beating = asyncio.create_task(self._beat(lease, pages, budget))
        try:
            done, _ = await asyncio.wait({visiting, beating}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            # One that was halted, and whose lot was taken over meanwhile, keeps nothing.
            await lease.renew(self._rules.lease_seconds)
            await pages.flush()
            await lease.give_back(done=not budget.closed, closed=standings.closed())
        finally:
            self._budgets.discard(budget)
            for task in (visiting, beating):
                task.cancel()
            await asyncio.gather(visiting, beating, return_exceptions=True)
            await pages.close()

    async def _beat(self, lease: LotLease, pages: RunPages, budget: RunBudget) -> None:
        """Writes visits, keeps the lot, hears that the run is to stop; until it is cancelled. Raises `LotLost`."""
        while not is_cancelled():
            await asyncio.sleep(self._rules.progress_seconds)
            try:
                renewed = await lease.renew(min(1.0, self._rules.lease_seconds / 3))
                await pages.flush()
                if renewed:
                    run = await self._store.get(RUNS, lease.lot.run_id)
                    if run is None or run.value.cancel_requested or run.value.state.final:
                        raise LotLost(f"the run {lease.lot.run_id} was cancelled")  # what is being asked for as well
                    if not _goes_on(run.value):
                        budget.close()
            except Unavailable as error:
                structlog.get_logger().warning("lot not renewed", lot=lease.lot.key, reason=str(error))


def _goes_on(run: KeptRun) -> bool:
    return run.state is RunState.RUNNING and not run.cancel_requested and not run.pause_requested


async def _visit_all(pages: RunPages, lot: PageLot) -> None:
    """Every page of the lot, all at once: the hosts' turns say when each may be asked for."""
    requests = requests_from(lot.requests)
    await pages.recall(request for request, _ in requests)
    await asyncio.gather(*(_visit_one(pages, request, origin) for request, origin in requests))


async def _visit_one(pages: RunPages, request: PageRequest, origin: str) -> None:
    with contextlib.suppress(PageLost, Unreadable):  # its visit says why; without one, the leader knows
        await pages.detail(request, origin)
