"""Runs as people ask for them: queue one, look at it, cancel it."""

import asyncio
import secrets
from collections.abc import AsyncGenerator

from moisson_scraper.keeping.collections import RUNS, SPIDERS, KeptRun
from moisson_scraper.rights import require_manager, require_reader
from moisson_scraper.run_spider import utc_now
from moisson_scraper.work import ScraperWork
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import AlreadyExists, NotFound, NotNow, VersionConflict
from moisson_shared.contracts.run import CrawlRun, RunState
from moisson_shared.ports.documents import DocumentStore, Equal, Expect, Find, Insert, Order, Page, Replace, Stored

_RUN = "run of that id"
_SPIDER = "spider of that id"


class RunShelf:
    """The use cases of runs."""

    def __init__(self, store: DocumentStore, work: ScraperWork, look_seconds: float = 0.5) -> None:
        self._store = store
        self._work = work
        self._look_seconds = look_seconds

    async def queue(self, caller: Caller, spider: str) -> CrawlRun:
        """A new run of the spider's present version. Raises `NotNow` while one is going on."""
        stored = await self._store.get(SPIDERS, spider)
        require_manager(caller, stored.value.partner if stored else None, _SPIDER)
        if stored is None:
            raise NotFound(f"There is no {_SPIDER}.")
        config = stored.value
        if not config.enabled:
            raise NotNow("This spider is switched off: enable it first.")
        run = KeptRun(
            id=secrets.token_hex(12),
            spider_id=spider,
            partner=config.partner,
            spider_version=config.version,
            state=RunState.QUEUED,
            requested_by=caller.subject,
            queued_at=utc_now(),
            active_of=spider,
        )
        try:
            await self._store.apply([Expect(SPIDERS, spider, stored.version), Insert(RUNS, run)])
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
        """Asks it to stop; a run that is still queued is cancelled at once. Asking again changes nothing."""
        stored = await self._readable(caller, run)
        require_manager(caller, stored.value.partner, _RUN)
        for _ in range(20):
            if stored.value.state.final or stored.value.cancel_requested:
                return stored.value.shown()
            try:
                await self._store.apply([Replace(RUNS, _cancelled(stored.value), stored.version)])
            except VersionConflict:
                await asyncio.sleep(0.01)
            stored = await self._readable(caller, run)
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


def _cancelled(run: KeptRun) -> KeptRun:
    """A running one is ended by whoever runs it; a queued one has nobody."""
    if run.state is not RunState.QUEUED:
        return run.model_copy(update={"cancel_requested": True})
    update = {"cancel_requested": True, "state": RunState.CANCELLED, "active_of": None, "finished_at": utc_now()}
    return run.model_copy(update={**update, "error": "The run was cancelled before it began."})
