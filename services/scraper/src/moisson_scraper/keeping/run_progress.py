"""The run document while its run is going on: progress goes in, a wish to cancel comes out."""

import asyncio
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

    def __init__(self, store: DocumentStore, stored: Stored[KeptRun]) -> None:
        self._store = store
        self._stored = stored
        self._lock = asyncio.Lock()

    @property
    def run(self) -> KeptRun:
        """As it was written or read last."""
        return self._stored.value

    async def begin(self, token: int, attempts: int, now: datetime) -> None:
        """The run is going on, from its beginning, under this token. What an earlier attempt counted is forgotten."""
        fresh: dict[str, object] = {"counters": RunCounters(), "reasons": (), "error": None, "complete": False}
        begun: dict[str, object] = {"state": RunState.RUNNING, "started_at": now, "finished_at": None}
        await self._write({**fresh, **begun, "token": token, "attempts": attempts})

    async def save(self, ledger: RunLedger) -> None:
        """Writes what has been counted; only reads where nothing has changed. Raises `LeaseLost`."""
        async with self._lock:
            counters, reasons = ledger.counters(), ledger.reasons.listed()
            if counters == self.run.counters and reasons == self.run.reasons:
                await self._read()
                return
        await self._write({"counters": counters, "reasons": reasons})

    def ending(self, outcome: RunOutcome, ledger: RunLedger, now: datetime) -> Operation:
        """The last write of the run, to be part of the batch that gives the lease back."""
        update: dict[str, object] = {
            "state": outcome.state,
            "error": outcome.error,
            "finished_at": now,
            "complete": ledger.complete and outcome.error is None,
            "counters": ledger.counters(),
            "reasons": ledger.reasons.listed(),
            "active_of": None,
        }
        return self._replacing(update)

    def requeued(self) -> Operation:
        """Puts the run back for the next start of a process."""
        return self._replacing({"state": RunState.QUEUED, "token": 0})

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
        self._stored = stored
