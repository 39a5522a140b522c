"""The right to write one spider's records: a lease with a fencing token, in the same document as the feed's counter.

Every write replaces that document under the version it was read with. So whoever lost the lease cannot write, and no
number of the feed becomes visible after a larger one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from moisson_scraper.keeping.collections import FEEDS, SpiderFeed
from moisson_shared.contracts.errors import VersionConflict
from moisson_shared.ports.documents import DocumentStore, Operation, Replace, Stored
from moisson_shared.ports.lease_watch import LeaseWatch

T = TypeVar("T")


class LeaseLost(Exception):
    """Another process has taken this spider over: stop, and write nothing more."""


class FeedLease:
    """Held by one run (or one deletion) at a time. Calls are serialised; a cancelled one is finished first."""

    def __init__(
        self, store: DocumentStore, stored: Stored[SpiderFeed], seconds: float, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._version = stored.version
        self._feed = stored.value
        self._seconds = seconds
        self._now = now
        self._lock = asyncio.Lock()

    @property
    def feed(self) -> SpiderFeed:
        """As this holder wrote it last."""
        return self._feed

    @property
    def token(self) -> int:
        return self._feed.token

    async def renew(self) -> None:
        """Holds the lease for its full time again. Raises `LeaseLost`."""
        async with self._lock:
            await self._replace(self._extended(), ())

    async def write(self, plan: Callable[[SpiderFeed], tuple[int, Sequence[Operation]]]) -> None:
        """One batch: `plan` gets the feed and gives its last number after the batch, and the operations.

        Raises `LeaseLost`, and what the store raises.
        """
        async with self._lock:
            last_seq, operations = plan(self._feed)
            if operations:
                await self._replace(self._extended().model_copy(update={"last_seq": last_seq}), operations)

    async def release(self, operations: Sequence[Operation] = (), **known: object) -> None:
        """Gives the lease back, in one batch with the operations. `known` is what the feed's document is to say now.

        Raises `LeaseLost`, and `VersionConflict` for the operations; then the lease is still held.
        """
        async with self._lock:
            update: dict[str, object] = {"holder": None, "expires_at": None, **known}
            await self._replace(self._feed.model_copy(update=update), operations)

    async def close_feed(self, operations: Sequence[Operation] = ()) -> None:
        """Gives the lease back once the spider's records are all tombstoned. No run stands for any of them now, nor is
        there one to accept: what it holds refers to them."""
        async with self._lock:
            update = {"holder": None, "expires_at": None, "closing": False, "confirmed_at": None}
            update |= {"confirmed_run": None, "pages_found": None, "held_run": None}
            await self._replace(self._feed.model_copy(update=update), operations)

    def _extended(self) -> SpiderFeed:
        return self._feed.model_copy(update={"expires_at": self._now() + timedelta(seconds=self._seconds)})

    async def _replace(self, feed: SpiderFeed, operations: Sequence[Operation]) -> None:
        await to_the_end(self._apply(feed, operations))

    async def _apply(self, feed: SpiderFeed, operations: Sequence[Operation]) -> None:
        try:
            applied = await self._store.apply([Replace(FEEDS, feed, self._version), *operations])
        except VersionConflict as error:
            now = await self._store.get(FEEDS, feed.spider_id)
            if now is not None and now.version == self._version:
                raise  # the lease is ours; another document of the batch was written meanwhile
            raise LeaseLost(f"the spider {feed.spider_id} was taken over") from error
        self._version = applied.versions[FEEDS.name, feed.spider_id]
        self._feed = feed


async def to_the_end(work: Awaitable[T]) -> T:
    """Awaits work that must not be left half known: a cancellation is honoured after it is done.

    Work that fails meanwhile raises its own error, for what it was to write is not written: see `is_cancelled`.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error from None
        raise


def is_cancelled() -> bool:
    """Whether the task that asks is to end: for loops that go on after an error, which may have come in its stead."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def take_lease(
    store: DocumentStore, spider_id: str, holder: str, watch: LeaseWatch, now: Callable[[], datetime]
) -> FeedLease | None:
    """The lease with a new token; None while somebody else holds it, or where there is no such feed."""
    stored = await store.get(FEEDS, spider_id)
    if stored is None:
        return None
    feed = stored.value
    moment = now()
    if not watch.is_free(stored, moment):
        return None
    taken = feed.model_copy(
        update={"token": feed.token + 1, "holder": holder, "expires_at": moment + timedelta(seconds=watch.seconds)}
    )
    try:
        applied = await store.apply([Replace(FEEDS, taken, stored.version)])
    except VersionConflict:
        return None
    return FeedLease(store, Stored(stored.key, applied.versions[FEEDS.name, spider_id], taken), watch.seconds, now)
