"""The run document while its run is going on: progress goes in, a wish to cancel comes out."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.crawling.run_outcome import RunOutcome
from moisson_scraper.keeping.collections import RUNS, KeptRun
from moisson_scraper.keeping.feed_lease import LeaseLost, to_the_end
from moisson_shared.contracts.errors import VersionConflict
from moisson_shared.contracts.run import RunCounters, RunState
from moisson_shared.ports.documents import DocumentStore, Operation, Replace, Stored


class RunProgress:
    """Written by the holder of the spider's lease only; others may ask for a cancellation in between."""

    def __init__(self, store: DocumentStore, stored: Stored[KeptRun], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._active_before = stored.value.active_seconds
        self._store = store
        self._stored = stored
        self._lock = asyncio.Lock()

    @property
    def run(self) -> KeptRun:
        """As it was written or read last."""
        return self._stored.value

    async def begin(self, token: int, attempts: int, now: datetime, expected: int | None) -> None:
        """The run is going on under this token. What an earlier attempt counted will be counted again, as it was."""
        began = self.run.started_at or now
        begun: dict[str, object] = {"state": RunState.RUNNING, "started_at": began, "finished_at": None}
        if self.run.settling is None:
            begun |= {"counters": RunCounters(), "reasons": (), "complete": False, "pages_expected": expected}
        self._active_before = self.run.active_seconds
        self._began = self._clock()
        begun["furthest"] = max(self.run.furthest, self.run.counters.pages_done)
        await self._write({**begun, "code": None, "error": None, "token": token, "attempts": attempts})

    @property
    def active_seconds(self) -> float:
        """How long the run has been worked on, by all of its attempts."""
        return round(self._active_before + self._clock() - self._began, 3)

    async def save(self, ledger: RunLedger) -> None:
        """Writes what has been counted; only reads where nothing has changed. Raises `LeaseLost`."""
        async with self._lock:
            counters, reasons = ledger.counters(), ledger.reasons.listed()
            if counters == self.run.counters and reasons == self.run.reasons:
                await self._read()
                return
        update: dict[str, object] = {"counters": counters, "reasons": reasons}
        await self._write({**update, "active_seconds": self.active_seconds})

    async def settle(self, outcome: RunOutcome, ledger: RunLedger) -> None:
        """The crawl is over; from now on an attempt only writes what was found."""
        counted: dict[str, object] = {"counters": ledger.counters(), "reasons": ledger.reasons.listed()}
        ended: dict[str, object] = {"settling": outcome.state, "code": outcome.code, "error": outcome.error}
        ended["broken"] = outcome.broken
        ended["complete"] = ledger.complete and outcome.state is RunState.DONE
        await self._write({**counted, **ended, "saw_all": ledger.complete, "active_seconds": self.active_seconds})

    def ending(self, outcome: RunOutcome, ledger: RunLedger, now: datetime) -> Operation:
        """The last write of the run, to be part of the batch that gives the lease back."""
        update: dict[str, object] = {
            "state": outcome.state,
            "code": outcome.code,
            "error": outcome.error,
            "finished_at": now,
            "complete": ledger.complete and outcome.state is RunState.DONE,
            "counters": ledger.counters(),
            "reasons": ledger.reasons.listed(),
            "active_of": None,
            "settling": None,
            "active_seconds": self.active_seconds,
        }
        return self._replacing(update)

    def put_back(self, outcome: RunOutcome, ledger: RunLedger) -> Operation:
        """Leaves the run where it is: for the next process, or until somebody asks for it."""
        update: dict[str, object] = {"state": outcome.state, "code": outcome.code, "error": outcome.error, "token": 0}
        update |= {"counters": ledger.counters(), "reasons": ledger.reasons.listed(), "pause_requested": False}
        return self._replacing({**update, "attempts": 0, "active_seconds": self.active_seconds})

    async def refresh(self) -> None:
        """Reads it again, before a last write. Raises `LeaseLost`."""
        async with self._lock:
            await self._read()

    async def reread(self) -> None:
        """Reads it as it is, whatever it is."""
        stored = await self._store.get(RUNS, self.run.id)
        if stored is not None:
            self._stored = stored

    async def _write(self, update: dict[str, object]) -> None:
        async with self._lock:
            for _ in range(5):
                operation = self._replacing(update)
                try:
                    applied = await to_the_end(self._store.apply([operation]))
                except VersionConflict:
                    expected = self.run.token
                    await self._read()
                    if self.run.token != expected:
                        raise LeaseLost(f"the run {self.run.id} was taken over") from None
                    continue
                self._stored = Stored(self.run.id, applied.versions[RUNS.name, self.run.id], operation.value)
                return
            raise LeaseLost(f"the run {self.run.id} is written by somebody else")

    def _replacing(self, update: dict[str, object]) -> Replace[KeptRun]:
        return Replace(RUNS, KeptRun.model_validate({**dict(self.run), **update}), self._stored.version)

    async def _read(self) -> None:
        stored = await self._store.get(RUNS, self.run.id)
        if stored is None or stored.value.state.final or stored.value.token != self.run.token:
            raise LeaseLost(f"the run {self.run.id} was taken over")
        if stored.value.state is RunState.PAUSED:
            raise LeaseLost(f"the run {self.run.id} was paused as it was to begin")
        self._stored = stored
