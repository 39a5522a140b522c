"""Normalisation runs as documents: asked for, claimed under a lease, heard of, and ended. The queue only hints.

At most one run of a corpus waits and one is at work; `slot` is unique and says which. A run whose holder fell silent
is claimed by the next who looks.
"""

import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from moisson_normalizer.catalogue import Clock
from moisson_shared.contracts.errors import AlreadyExists, NotFound, Unavailable, VersionConflict
from moisson_shared.contracts.model import Contract, Instant, Slug
from moisson_shared.contracts.normalisation import NormalisationRun, RejectTotal
from moisson_shared.contracts.run import RunState
from moisson_shared.ports.documents import (
    Collection,
    DeleteWhere,
    DocumentStore,
    Equal,
    Find,
    In,
    Insert,
    Operation,
    Order,
    Page,
    Range,
    Replace,
    Stored,
)
from moisson_shared.ports.lease_watch import LeaseWatch
from moisson_shared.ports.work_queue import Hint, WorkSender

TOPIC = "normalise"


class RunDocument(Contract):
    """A run as it is kept: what everybody reads, and what the work needs."""

    id: str
    corpus: Slug
    state: RunState
    slot: str | None
    queued_at: Instant
    run: NormalisationRun
    sets: dict[str, str] = {}
    """The sets of the version it built or found, by recipe: their rejects are the run's."""
    totals: tuple[RejectTotal, ...] = ()


class Lease(Contract):
    """Who is at work for whom, until when."""

    id: str
    holder: str | None
    """None once it was given back."""
    until: Instant

    @property
    def expires_at(self) -> datetime:
        """As a `Leased` says it."""
        return self.until


RUNS: Collection[RunDocument] = Collection(
    "runs", RunDocument, lambda kept: kept.id, ("corpus", "state", "slot", "queued_at"), (("slot",),)
)
LEASES: Collection[Lease] = Collection("leases", Lease, lambda lease: lease.id)
RUN_COLLECTIONS = (RUNS, LEASES)


class Leases:
    """Leases of this process. Holders on the same machine that no longer live lose theirs at once.

    Several tasks of the process may hold the same one; it ends when the last of them gives it back. One that ends at a
    moment that only a wrong clock can have told is free once it was seen unchanged for its length (see `LeaseWatch`).
    """

    def __init__(
        self,
        documents: DocumentStore,
        clock: Clock,
        seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = seconds
        self._documents = documents
        self._clock = clock
        self._watch = LeaseWatch(seconds, monotonic)
        self._holding: Counter[str] = Counter()
        self._holder = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"

    async def take(self, name: str) -> bool:
        """Takes a lease; False while another process holds it."""
        taken = await self.renew(name)
        self._holding[name] += taken
        return taken

    async def renew(self, name: str) -> bool:
        """Holds a lease for some more seconds; False while another process holds it."""
        stored = await self._documents.get(LEASES, name)
        lease = Lease(id=name, holder=self._holder, until=self._clock() + timedelta(seconds=self.seconds))
        if stored is not None and stored.value.holder != self._holder and self._holds(stored):
            return False
        write: Operation = Replace(LEASES, lease, stored.version) if stored else Insert(LEASES, lease)
        try:
            await self._documents.apply([write])
        except (AlreadyExists, VersionConflict):
            return False
        return True

    async def give_back(self, name: str) -> None:
        """Ends a lease that was taken, unless another task of this process holds it too; somebody else's stays."""
        self._holding[name] -= 1
        if self._holding[name] > 0:
            return
        del self._holding[name]
        stored = await self._documents.get(LEASES, name)
        if stored is not None and stored.value.holder == self._holder:
            ended = stored.value.model_copy(update={"holder": None, "until": self._clock()})
            try:
                await self._documents.apply([Replace(LEASES, ended, stored.version)])
            except VersionConflict:
                return

    def _holds(self, stored: Stored[Lease]) -> bool:
        return not self._watch.is_free(stored, self._clock()) and not _is_dead(stored.value.holder or "")


def _is_dead(holder: str) -> bool:
    """Whether a holder is known to live no more: only of this machine can that be told."""
    host, _, rest = holder.partition("/")
    pid = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class RunBook:
    """Asks for runs and tells of them."""

    def __init__(self, documents: DocumentStore, queue: WorkSender, clock: Clock, keep: int) -> None:
        self._documents = documents
        self._queue = queue
        self._clock = clock
        self._keep = keep

    async def request(self, corpus: str, by: str) -> RunDocument:
        """A waiting run of the corpus: a new one, or the one that waits already and so will see everything."""
        slot = f"{corpus}/queued"
        while True:
            waiting = await self._documents.find(RUNS, Find(where=(Equal("slot", slot),), limit=1))
            if waiting.items:
                document = waiting.items[0].value
                break
            now = self._clock()
            run = NormalisationRun(
                id=f"n{secrets.token_hex(8)}", corpus=corpus, state=RunState.QUEUED, requested_by=by, queued_at=now
            )
            document = RunDocument(id=run.id, corpus=corpus, state=run.state, slot=slot, queued_at=now, run=run)
            try:
                await self._documents.apply([Insert(RUNS, document)])
            except AlreadyExists:
                continue
            break
        await self.hint(document.id)
        return document

    async def is_at_work(self, corpus: str) -> bool:
        """Whether a run of the corpus is going on."""
        found = await self._documents.find(RUNS, Find(where=(Equal("slot", f"{corpus}/running"),), limit=1))
        return bool(found.items)

    async def hint(self, run_id: str) -> None:
        """Tells the queue; if it cannot hear, the sweep will."""
        try:
            await self._queue.send(Hint(TOPIC, run_id))
        except Unavailable:
            return

    async def hint_unfinished(self, corpus: str | None = None) -> None:
        """Tells the queue of every run that is not over."""
        where = [In("state", (RunState.QUEUED, RunState.RUNNING))]
        page = await self._documents.find(RUNS, Find(where=tuple(where), order=(Order("queued_at"),), limit=1000))
        for item in page.items:
            if corpus is None or item.value.corpus == corpus:
                await self.hint(item.key)

    async def get(self, run_id: str) -> Stored[RunDocument]:
        """The run; `NotFound` where there is none."""
        stored = await self._documents.get(RUNS, run_id)
        if stored is None:
            raise NotFound(f"There is no run {run_id!r}.")
        return stored

    async def page(self, corpus: str, limit: int, after: str | None) -> Page[RunDocument]:
        """Runs of a corpus, newest first."""
        order = (Order("queued_at", descending=True),)
        return await self._documents.find(
            RUNS, Find(where=(Equal("corpus", corpus),), order=order, limit=limit, after=after)
        )

    async def begin(self, stored: Stored[RunDocument]) -> Stored[RunDocument] | None:
        """Marks a run as at work; None where another run of the corpus is, or somebody else was first."""
        document = stored.value
        run = document.run.model_copy(update={"state": RunState.RUNNING, "started_at": self._clock()})
        begun = document.model_copy(
            update={"state": RunState.RUNNING, "slot": f"{document.corpus}/running", "run": run}
        )
        try:
            applied = await self._documents.apply([Replace(RUNS, begun, stored.version)])
        except (AlreadyExists, VersionConflict):
            return None
        return Stored(stored.key, applied.versions[(RUNS.name, stored.key)], begun)

    def ended(self, stored: Stored[RunDocument], run: NormalisationRun, **changes: object) -> Operation:
        """The write that ends a run, to go with what it did: both or neither, and only if nobody took the run over."""
        final = run.model_copy(update={"finished_at": self._clock()})
        document = stored.value.model_copy(update={"state": run.state, "slot": None, "run": final, **changes})
        return Replace(RUNS, document, stored.version)

    async def forget_old(self, corpus: str) -> None:
        """Keeps the newest runs of a corpus."""
        finals = tuple(state for state in RunState if state.final)
        where = (Equal("corpus", corpus), In("state", finals))
        order = (Order("queued_at", descending=True),)
        page = await self._documents.find(RUNS, Find(where=where, order=order, limit=self._keep))
        if page.next is not None:
            oldest = page.items[-1].value.queued_at
            await self._documents.apply([DeleteWhere(RUNS, (*where, Range("queued_at", below=oldest)))])
