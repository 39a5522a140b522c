"""Runs as people ask for them: queue, look at, pause, resume, cancel, accept."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from moisson_scraper.crawling.run_outcome import PAUSED
from moisson_scraper.health.judge_run import Judgement
from moisson_scraper.keeping.audit_trail import audited
from moisson_scraper.keeping.collections import (
    FEEDS,
    RUN_STATISTICS,
    RUNS,
    SPIDER_VERSIONS,
    SPIDERS,
    STAGED,
    KeptRun,
    StagedItems,
    staged_key,
    version_key,
)
from moisson_scraper.keeping.confirmed_parts import with_values
from moisson_scraper.quota_book import CODES as QUOTA_CODES
from moisson_scraper.report_run import report_of
from moisson_scraper.rights import require_manager, require_reader
from moisson_scraper.running.new_run import new_run
from moisson_scraper.running.run_orders import Wish, require_rereadable, require_retriable, wish_line
from moisson_scraper.running.run_spider import utc_now
from moisson_scraper.running.work import ScraperWork
from moisson_scraper.stated_fields import stated_fields
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import AlreadyExists, NotFound, NotNow, VersionConflict
from moisson_shared.contracts.run import CrawlRun, RunOrder, RunState
from moisson_shared.contracts.run_report import RunReport
from moisson_shared.ports.documents import DocumentStore, Equal, Expect, Find, Insert, Order, Page, Replace, Stored

_RUN = "run of that id"
_SPIDER = "spider of that id"


class RunShelf:
    """The use cases of runs."""

    def __init__(self, store: DocumentStore, work: ScraperWork, look_seconds: float = 0.5) -> None:
        self._store = store
        self._work = work
        self._look_seconds = look_seconds

    async def queue(self, caller: Caller, spider: str, order: RunOrder | None = None) -> CrawlRun:
        """A new run of the spider's present version. Raises `NotNow` while one is going on."""
        stored = await self._store.get(SPIDERS, spider)
        require_manager(caller, stored.value.partner if stored else None, _SPIDER)
        if stored is None:
            raise NotFound(f"There is no {_SPIDER}.")
        order = order or RunOrder()
        feed = await self._store.get(FEEDS, spider)
        if feed is not None and feed.value.closing:
            raise NotNow("The records of this spider have been deleted: run it again.")
        if not stored.value.enabled and order.trial_pages is None:
            raise NotNow("This spider is switched off: enable it first.")
        if order.retry_of is not None:
            await require_retriable(self._store, spider, order)
        if order.reread_of is not None:
            await require_rereadable(self._store, spider, order)
        run = new_run(stored.value, order, caller.subject, utc_now())
        try:
            entry = audited(caller, "asked", None, run, run.queued_at)
            wished = wish_line(run, caller, "asked", run.queued_at)
            await self._store.apply([Expect(SPIDERS, spider, stored.version), Insert(RUNS, run), entry, wished])
        except AlreadyExists as error:
            raise NotNow("A run of this spider is queued or going on: wait for its end, or cancel it.") from error
        except VersionConflict as error:
            raise NotNow("The spider was changed at this very moment: try again.") from error
        await self._work.tell_run(run.id)
        return run.shown()

    async def listed(self, caller: Caller, spider: str, limit: int, after: str | None) -> Page[KeptRun]:
        """The runs of a spider, the newest first."""
        stored = await self._store.get(SPIDERS, spider)
        require_reader(caller, stored.value.partner if stored else None, _SPIDER)
        find = Find((Equal("spider_id", spider),), (Order("queued_at", descending=True),), limit, after or None)
        return await self._store.find(RUNS, find)

    async def read(self, caller: Caller, run: str) -> CrawlRun:
        """One run."""
        return (await self._readable(caller, run)).value.shown()

    async def cancel(self, caller: Caller, run: str) -> CrawlRun:
        """Asks it to stop; one that has not begun is cancelled at once. Asking again changes nothing."""

        def is_so(kept: KeptRun) -> bool:
            return kept.state.final or kept.cancel_requested

        shown = await self._changed(caller, "cancelled", run, is_so, _cancelled)
        if not shown.state.final:
            await self._work.tell_run(run)
        return shown

    async def pause(self, caller: Caller, run: str) -> CrawlRun:
        """Asks it to stop where it is; what is being asked for is waited for. One that waits stops at once."""

        def paused(kept: KeptRun) -> KeptRun:
            waits = kept.state in {RunState.QUEUED, RunState.RESUMING} or _over_a_quota(kept)
            if waits and kept.settling is None:
                told = {"state": RunState.PAUSED, "code": PAUSED.code, "error": PAUSED.error}
                return kept.model_copy(update=told)
            return kept.model_copy(update={"pause_requested": True})

        def is_so(kept: KeptRun) -> bool:
            if _over_a_quota(kept):
                return False  # it would go on by itself
            return kept.state.final or kept.state is RunState.PAUSED or kept.pause_requested or kept.cancel_requested

        return await self._changed(caller, "paused", run, is_so, paused)

    async def resume(self, caller: Caller, run: str) -> CrawlRun:
        """Lets a paused run go on where it was left. Raises `NotNow` for one that is not paused."""

        def resumed(kept: KeptRun) -> KeptRun:
            if kept.state is not RunState.PAUSED:
                raise NotNow(f"This run is not paused but {kept.state}.")
            told = {"state": RunState.RESUMING, "code": None, "error": None, "pause_requested": False}
            return kept.model_copy(update=told)

        def is_so(kept: KeptRun) -> bool:
            return kept.state is RunState.RESUMING

        shown = await self._changed(caller, "resumed", run, is_so, resumed)
        await self._work.tell_run(run)
        return shown

    async def accept(self, caller: Caller, run: str) -> CrawlRun:
        """Takes what a quarantined run has found as it is. Raises `NotNow` where its items are not kept any more."""
        stored = await self._readable(caller, run)
        require_manager(caller, stored.value.partner, _RUN)
        feed = await self._store.get(FEEDS, stored.value.spider_id)
        if stored.value.state is not RunState.QUARANTINED or feed is None or feed.value.held_run != run:
            raise NotNow("Only the last quarantined run of a spider can be accepted, before another one has begun.")
        if feed.value.closing:
            raise NotNow("The records of this spider have been deleted: run it again.")
        told: dict[str, object] = {"state": RunState.RESUMING, "settling": RunState.DONE, "accepted_by": caller.subject}
        told |= {"seen_at": stored.value.finished_at, "finished_at": None, "active_of": stored.value.spider_id}
        taken = stored.value.model_copy(update=told)
        try:
            entry = audited(caller, "accepted", stored.value, taken, utc_now(), version=stored.version)
            wished = wish_line(taken, caller, "accepted", utc_now())
            keep = Expect(FEEDS, feed.key, feed.version)
            await self._store.apply([Replace(RUNS, taken, stored.version), keep, entry, wished])
        except AlreadyExists as error:
            raise NotNow("A run of this spider is queued or going on: wait for its end, or cancel it.") from error
        except VersionConflict as error:
            raise NotNow("A run of this spider has begun at this very moment.") from error
        await self._work.tell_run(run)
        return taken.shown()

    async def found(self, caller: Caller, run: str, after: int) -> StagedItems | None:
        """One part of what a trial or a quarantined run has found and not written; None after the last one."""
        stored = await self._readable(caller, run)
        part = await self._store.get(STAGED, staged_key(stored.key, after))
        return await with_values(self._store, stored.value.spider_id, part.value) if part is not None else None

    async def report(self, caller: Caller, run: str) -> RunReport:
        """Why the run gave what it gave."""
        stored = await self._readable(caller, run)
        statistics = await self._store.get(RUN_STATISTICS, run)
        spider = await self._store.get(
            SPIDER_VERSIONS, version_key(stored.value.spider_id, stored.value.spider_version)
        )
        expected: dict[str, float | None] = {}
        if spider is not None:
            expected = dict.fromkeys(stated_fields(spider.value.source))
            stated = spider.value.expectations
            expected |= {name: field.fill for name, field in stated.fields.items()}
            judgement = Judgement(self._store, spider.value, run)
            if stated.learn and (baseline := await judgement.baseline(before=stored.value.queued_at)) is not None:
                learned = baseline.least_fill(stated.tolerance)
                expected |= {name: max(least, expected.get(name) or 0.0) for name, least in learned.items()}
        return report_of(stored.value.shown(), statistics.value if statistics is not None else None, expected)

    async def _changed(
        self,
        caller: Caller,
        verb: Wish,
        run: str,
        is_so: Callable[[KeptRun], bool],
        change: Callable[[KeptRun], KeptRun],
    ) -> CrawlRun:
        """The run after a change that its members may ask for; asking again changes nothing."""
        stored = await self._readable(caller, run)
        require_manager(caller, stored.value.partner, _RUN)
        for _ in range(20):
            if is_so(stored.value):
                return stored.value.shown()
            changed = change(stored.value)
            entry = audited(caller, verb, stored.value, changed, utc_now(), version=stored.version)
            try:
                wished = wish_line(changed, caller, verb, utc_now())
                await self._store.apply([Replace(RUNS, changed, stored.version), entry, wished])
            except VersionConflict:
                await asyncio.sleep(0.01)
                stored = await self._readable(caller, run)
                continue
            return changed.shown()  # not as it is by now: it may have been taken up already
        raise NotNow("The run is being written at this very moment: try again.")

    async def watch(self, caller: Caller, run: str) -> AsyncGenerator[CrawlRun, None]:
        """The run now, and again whenever it has changed, until it is final. Raises before the first one."""
        stored = await self._readable(caller, run)
        return self._states(stored)

    async def _states(self, stored: Stored[KeptRun]) -> AsyncGenerator[CrawlRun, None]:
        version = 0
        while True:
            if stored.version != version:
                version = stored.version
                yield stored.value.shown()
                if stored.value.state.final:
                    return
            await asyncio.sleep(self._look_seconds)
            found = await self._store.get(RUNS, stored.key)
            if found is None:
                return
            stored = found

    async def _readable(self, caller: Caller, run: str) -> Stored[KeptRun]:
        stored = await self._store.get(RUNS, run)
        require_reader(caller, stored.value.partner if stored else None, _RUN)
        if stored is None:
            raise NotFound(f"There is no {_RUN}.")
        return stored


def _over_a_quota(run: KeptRun) -> bool:
    return run.state is RunState.PAUSED and run.code in QUOTA_CODES


def _cancelled(run: KeptRun) -> KeptRun:
    """One that is at work is ended by whoever runs it; one that was left is taken up again, to write what it has."""
    asked: dict[str, object] = {"cancel_requested": True, "pause_requested": False}
    if run.state is RunState.QUEUED:
        told = {"state": RunState.CANCELLED, "active_of": None, "finished_at": utc_now(), "code": "cancelled"}
        return run.model_copy(update={**asked, **told, "error": "The run was cancelled before it began."})
    if run.state is RunState.PAUSED:
        asked["state"] = RunState.RESUMING
    return run.model_copy(update=asked)
