"""The visits of one spider's pages, for one run: recalled many at once, kept in batches, forgotten in the end.

A visit that was not written when the process dies costs one more fetch of its page, and nothing else.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from moisson_scraper.keeping.collections import READINGS, VISITS, PageReading, PageVisit, visit_key, visit_place
from moisson_scraper.keeping.feed_lease import to_the_end
from moisson_scraper.reading.source_reader import PageRequest
from moisson_shared.ports.documents import Delete, DocumentStore, Find, Operation, Put, Range

MOST_WAITING = 200
_MOST_WAITING_CHARACTERS = 4_000_000
MOST_FORGOTTEN = 500
MOST_RECALLED = 2000
"""Visits in memory: those of the pages that are about to be read."""


class KeepsVisits(Protocol):
    """Recalls visits and keeps new ones."""

    @property
    def place(self) -> str: ...

    def key(self, request: PageRequest) -> str: ...

    async def recall(self, requests: Iterable[PageRequest]) -> None: ...

    async def visit(self, request: PageRequest) -> PageVisit | None: ...

    async def keep(self, visit: PageVisit) -> None: ...

    async def flush(self) -> None: ...

    async def forget_earlier(self) -> None: ...


class NoVisits:
    """Of a run that goes on from nothing and leaves nothing behind."""

    place = ""

    def key(self, request: PageRequest) -> str:
        return request.identity

    async def recall(self, requests: Iterable[PageRequest]) -> None:
        """There is nothing to recall."""

    async def visit(self, request: PageRequest) -> PageVisit | None:
        return None

    async def keep(self, visit: PageVisit) -> None:
        """Nothing is kept."""

    async def flush(self) -> None:
        """Nothing waits."""

    async def forget_earlier(self) -> None:
        """Nothing was kept."""


class VisitShelf:
    """`number` orders the spider's runs; a shelf that is `fresh` has nothing to recall and does not look.

    `before_writing` is awaited before visits are written that were kept until then: what must not be later than they.
    """

    def __init__(
        self,
        store: DocumentStore,
        spider_id: str,
        number: int,
        *,
        fresh: bool = False,
        before_writing: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._before_writing = before_writing
        self._store = store
        self._spider_id = spider_id
        self._number = number
        self._fresh = fresh
        self._recalled: OrderedDict[str, PageVisit | None] = OrderedDict()
        self._waiting: list[PageVisit] = []
        self._waiting_characters = 0
        self._writing = asyncio.Lock()

    @property
    def place(self) -> str:
        """Where the visits of this run stand."""
        return visit_place(self._spider_id, self._number)

    def key(self, request: PageRequest) -> str:
        """The document key of a page's visit."""
        return visit_key(self._spider_id, request.identity)

    async def recall(self, requests: Iterable[PageRequest]) -> None:
        """Reads the visits of several pages at once, so that asking for each costs nothing."""
        if self._fresh:
            return
        wanted = [key for key in map(self.key, requests) if key not in self._recalled]
        if not wanted:
            return
        found = await self._found(wanted)
        for key in wanted:
            self._recalled[key] = found.get(key)
        while len(self._recalled) > MOST_RECALLED:
            self._recalled.popitem(last=False)

    async def visit(self, request: PageRequest) -> PageVisit | None:
        """The last visit of a page; None where there was none."""
        if self._fresh:
            return None
        key = self.key(request)
        if key not in self._recalled:
            await self.recall((request,))
        return self._recalled.pop(key, None)

    async def written(self, requests: Iterable[PageRequest]) -> list[PageVisit | None]:
        """The visits as the store has them now, whoever wrote them, in the order of the requests."""
        keys = [self.key(request) for request in requests]
        found = await self._found(keys)
        return [found.get(key) for key in keys]

    async def _found(self, keys: list[str]) -> dict[str, PageVisit]:
        """The visits that are there, with their readings."""
        visits = {key: stored.value for key, stored in (await self._store.get_many(VISITS, keys)).items()}
        read = [key for key, visit in visits.items() if visit.has_reading]
        for key, stored in (await self._store.get_many(READINGS, read)).items() if read else ():
            visits[key] = visits[key].model_copy(update={"reading": stored.value.text})
        return visits

    async def keep(self, visit: PageVisit) -> None:
        """Takes a visit; writes a batch when there is enough for one."""
        self._waiting.append(visit)
        self._waiting_characters += len(visit.reading or "")
        if len(self._waiting) >= MOST_WAITING or self._waiting_characters > _MOST_WAITING_CHARACTERS:
            await self.flush()

    async def flush(self) -> None:
        """Writes what is waiting, to the end once begun. Raises what the store raises; then it is still waiting."""
        async with self._writing:
            await to_the_end(self._flush())

    async def _flush(self) -> None:
        batch = self._waiting
        if not batch:
            return
        self._waiting, self._waiting_characters = [], 0
        try:
            if self._before_writing is not None:
                await self._before_writing()
            await self._store.apply([operation for visit in batch for operation in _written(visit)])
        except BaseException:
            self._waiting[:0] = batch
            self._waiting_characters = sum(len(visit.reading or "") for visit in self._waiting)
            raise

    async def forget_earlier(self) -> None:
        """After a complete run: pages that it did not visit are not there any more."""
        await forget_visits(self._store, self._spider_id, self.place)


async def forget_visits(store: DocumentStore, spider_id: str, below: str) -> None:
    """Those that stand before a place, with their readings, some at a time. Safe to be killed in."""
    earlier = Find((Range("place", at_least=visit_place(spider_id, 0), below=below),), limit=MOST_FORGOTTEN)
    while gone := (await store.find(VISITS, earlier)).items:
        await store.apply([Delete(collection, visit.key) for visit in gone for collection in (READINGS, VISITS)])


def _written(visit: PageVisit) -> list[Operation]:
    """What is written of a visit: its reading only where the store does not have it."""
    bare = visit.model_copy(update={"reading": None, "has_reading": visit.reading is not None})
    if visit.reading is None or visit.has_reading:
        return [Put(VISITS, bare)]
    return [Put(VISITS, bare), Put(READINGS, PageReading.model_construct(key=visit.key, text=visit.reading))]
