"""The right to work on one lot of pages: a lease in the lot's own document, renewed while its holder lives."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from moisson_scraper.keeping.feed_lease import to_the_end
from moisson_scraper.keeping.visit_documents import LOTS, PageLot
from moisson_shared.contracts.errors import VersionConflict
from moisson_shared.ports.documents import DocumentStore, Replace, Stored


class LotLost(Exception):
    """The lot was withdrawn, or another worker has taken it over."""


class LotLease:
    """Held by one worker at a time. Every write replaces the document under the version it was read with."""

    def __init__(
        self,
        store: DocumentStore,
        stored: Stored[PageLot],
        holder: str,
        seconds: float,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._stored = stored
        self._holder = holder
        self._seconds = seconds
        self._now = now
        self._clock = clock
        self._held_since = clock()
        self._lock = asyncio.Lock()

    @property
    def lot(self) -> PageLot:
        """As it was written last."""
        return self._stored.value

    async def take(self) -> None:
        """Makes the lot this worker's. Raises `LotLost`."""
        await self._write({"token": self.lot.token + 1, **self._held()})

    async def renew(self, after: float) -> bool:
        """Holds it for the full time again where so many seconds of it are over; whether it did. Raises `LotLost`."""
        if self._clock() - self._held_since < after:
            return False
        await self._write(self._held())
        return True

    async def give_back(self, *, done: bool, closed: tuple[tuple[str, str, str], ...] = ()) -> None:
        """Frees it: done, or for another worker; `closed` are hosts that are not asked any more. Raises `LotLost`."""
        await self._write({"holder": None, "expires_at": None, "open": not done, "closed": closed})

    def _held(self) -> dict[str, object]:
        return {"holder": self._holder, "expires_at": self._now() + timedelta(seconds=self._seconds)}

    async def _write(self, update: dict[str, object]) -> None:
        await to_the_end(self._replace(update))

    async def _replace(self, update: dict[str, object]) -> None:
        async with self._lock:
            lot = self.lot.model_copy(update=update)
            began = self._clock()
            try:
                applied = await self._store.apply([Replace(LOTS, lot, self._stored.version)])
            except VersionConflict as error:
                raise LotLost(f"the lot {lot.key} was withdrawn or taken over") from error
            self._stored = Stored(lot.key, applied.versions[LOTS.name, lot.key], lot)
            self._held_since = began
