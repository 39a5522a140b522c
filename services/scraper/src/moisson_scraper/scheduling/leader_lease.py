"""The right to fire schedules: one lease for all processes, with a fencing token.

No clock is compared with another machine's. A leader writes the document again and again; who sees it unwritten for
long enough, by a clock of its own that only goes forward, takes it. That alone would let two processes believe that
they lead, so every write under the lease replaces its document under the version that its holder wrote last: the second
one fails, with all that was to be written with it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from moisson_scraper.keeping.feed_lease import to_the_end
from moisson_shared.contracts.errors import AlreadyExists, VersionConflict
from moisson_shared.contracts.model import Contract, Count
from moisson_shared.ports.documents import Collection, DocumentStore, Insert, Operation, Replace, Stored


class Leadership(Contract):
    """Who leads."""

    name: str
    token: Count
    """One more at each taking."""
    holder: str | None


LEADERSHIPS = Collection("leaderships", Leadership, key=lambda leadership: leadership.name)
_NAME = "schedules"


class LeadershipLost(Exception):
    """Another process leads: stop, and write nothing more."""


class LeaderLease:
    """Held by one process at a time. Calls are serialised; a cancelled one is finished first."""

    def __init__(self, store: DocumentStore, stored: Stored[Leadership]) -> None:
        self._store = store
        self._stored = stored
        self._lock = asyncio.Lock()

    @property
    def token(self) -> int:
        return self._stored.value.token

    async def renew(self) -> None:
        """Shows that the leader lives. Raises `LeadershipLost`."""
        await self.write(())

    async def write(self, operations: Sequence[Operation]) -> None:
        """One batch, by the leader or by nobody. Raises `LeadershipLost`, and what the store raises for the rest."""
        async with self._lock:
            await to_the_end(self._apply(self._stored.value, operations))

    async def release(self) -> None:
        """Lets another process lead at once. Raises `LeadershipLost`."""
        async with self._lock:
            await to_the_end(self._apply(self._stored.value.model_copy(update={"holder": None}), ()))

    async def _apply(self, leadership: Leadership, operations: Sequence[Operation]) -> None:
        version = self._stored.version
        try:
            applied = await self._store.apply([Replace(LEADERSHIPS, leadership, version), *operations])
        except VersionConflict as error:
            found = await self._store.get(LEADERSHIPS, _NAME)
            if found is not None and found.version == version:
                raise  # the lease is ours; another document of the batch was written meanwhile
            raise LeadershipLost("another process fires the schedules now") from error
        self._stored = Stored(_NAME, applied.versions[LEADERSHIPS.name, _NAME], leadership)


class Candidate:
    """A process that would lead. `patience` seconds without a sign of life make a leader a dead one."""

    def __init__(
        self, store: DocumentStore, holder: str, patience: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._holder = holder
        self._patience = patience
        self._clock = clock
        self._seen: int | None = None
        self._since = 0.0

    async def take(self) -> LeaderLease | None:
        """The lease with a new token, where nobody holds it or its holder is dead; to be asked again and again."""
        stored = await self._store.get(LEADERSHIPS, _NAME)
        if stored is not None and stored.value.holder is not None and not self._is_stale(stored.version):
            return None
        token = 1 if stored is None else stored.value.token + 1
        taken = Leadership(name=_NAME, token=token, holder=self._holder)
        operation: Operation = (
            Insert(LEADERSHIPS, taken) if stored is None else Replace(LEADERSHIPS, taken, stored.version)
        )
        try:
            applied = await self._store.apply([operation])
        except (AlreadyExists, VersionConflict):
            return None
        return LeaderLease(self._store, Stored(_NAME, applied.versions[LEADERSHIPS.name, _NAME], taken))

    def _is_stale(self, version: int) -> bool:
        now = self._clock()
        if version != self._seen:
            self._seen, self._since = version, now
        return now - self._since >= self._patience
