"""The visits of one spider's pages, for one run: recalled many at once, kept in batches, forgotten in the end.

A visit that was not written when the process dies costs one more fetch of its page, and nothing else. Nothing at all is
written of a page that was spared: what spared it once spares it again, and that it is still there is known in memory.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Container, Iterable
from contextlib import suppress
from functools import lru_cache, partial
from itertools import islice
from typing import Protocol, TypeAlias

from moisson_scraper.digest_numbers import DigestSet
from moisson_scraper.keeping.feed_lease import to_the_end
from moisson_scraper.keeping.visit_documents import READINGS, VISITS, PageReading, PageVisit, visit_key, visit_place
from moisson_scraper.reading.source_reader import PageRequest
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.documents import Delete, DocumentStore, Find, Operation, Order, Put, Range

MOST_WAITING = 200
_MOST_WAITING_CHARACTERS = 4_000_000
MOST_FORGOTTEN = 500
MOST_RECALLED = 2000
"""Visits in memory: those of the pages that are about to be read."""
MOST_EXPECTED = 500
"""Pages that are recalled ahead at once."""


Recalled: TypeAlias = tuple[PageVisit, str | None]
"""A visit and its reading."""


class KeepsVisits(Protocol):
    """Recalls visits and keeps new ones."""

    @property
    def place(self) -> str: ...

    def key(self, request: PageRequest) -> str: ...

    def expect(self, requests: Iterable[PageRequest]) -> None: ...

    async def recall(self, requests: Iterable[PageRequest]) -> None: ...

    def recalled(self, request: PageRequest) -> Recalled | None: ...

    def spare(self, visit: PageVisit) -> None: ...

    async def visit(self, request: PageRequest) -> PageVisit | None: ...

    async def keep(self, visit: PageVisit) -> None: ...

    async def flush(self) -> None: ...

    async def forget_earlier(self) -> None: ...

    async def close(self) -> None: ...


class NoVisits:
    """Of a run that goes on from nothing and leaves nothing behind."""

    place = ""

    def key(self, request: PageRequest) -> str:
        return request.identity

    def expect(self, requests: Iterable[PageRequest]) -> None:
        """There is nothing to expect."""

    async def recall(self, requests: Iterable[PageRequest]) -> None:
        """There is nothing to recall."""

    def recalled(self, request: PageRequest) -> Recalled | None:
        return None

    def spare(self, visit: PageVisit) -> None:
        """Nothing is spared."""

    async def visit(self, request: PageRequest) -> PageVisit | None:
        return None

    async def keep(self, visit: PageVisit) -> None:
        """Nothing is kept."""

    async def flush(self) -> None:
        """Nothing waits."""

    async def forget_earlier(self) -> None:
        """Nothing was kept."""

    async def close(self) -> None:
        """Nothing is held."""


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
        # A page's key is asked for when it is expected, recalled, and read.
        self._key_of = lru_cache(MOST_EXPECTED)(partial(visit_key, spider_id))
        self._number = number
        self._fresh = fresh
        self._recalled: OrderedDict[str, Recalled | None] = OrderedDict()
        self._coming: asyncio.Task[None] | None = None
        self._spared = DigestSet()
        """Pages whose visits hold as they stand in the store."""
        self._waiting: list[PageVisit] = []
        self._waiting_characters = 0
        self._writing = asyncio.Lock()

    @property
    def place(self) -> str:
        """Where the visits of this run stand."""
        return visit_place(self._spider_id, self._number)

    def key(self, request: PageRequest) -> str:
        """The document key of a page's visit."""
        return self._key_of(request.identity)

    def expect(self, requests: Iterable[PageRequest]) -> None:
        """Begins to recall the first of these pages meanwhile; one such look at a time."""
        if not self._fresh and (self._coming is None or self._coming.done()):
            self._coming = asyncio.create_task(self._expected(list(islice(requests, MOST_EXPECTED))))

    async def recall(self, requests: Iterable[PageRequest]) -> None:
        """Reads the visits of several pages at once, so that asking for each costs nothing."""
        if self._fresh:
            return
        if self._coming is not None:
            await asyncio.wait({self._coming})
            self._coming = None  # what it did not bring, whyever, is read now
        await self._recall(requests)

    async def _expected(self, requests: Iterable[PageRequest]) -> None:
        with suppress(Unavailable):  # who needs them will hear of it
            await self._recall(requests)

    async def _recall(self, requests: Iterable[PageRequest]) -> None:
        wanted = [key for key in map(self.key, requests) if key not in self._recalled]
        if not wanted:
            return
        found = await self._found(wanted)
        for key in wanted:
            self._recalled[key] = found.get(key)
        while len(self._recalled) > MOST_RECALLED:
            self._recalled.popitem(last=False)

    def recalled(self, request: PageRequest) -> Recalled | None:
        """The last visit of a page and its reading, apart, where they are at hand; they stay there."""
        return self._recalled.get(self.key(request))

    def spare(self, visit: PageVisit) -> None:
        """The visit holds as it is, and its page is still there: nothing is written."""
        self._recalled.pop(visit.key, None)
        self._spared.add(_digest(visit.key))

    async def visit(self, request: PageRequest) -> PageVisit | None:
        """The last visit of a page; None where there was none."""
        if self._fresh:
            return None
        key = self.key(request)
        if key not in self._recalled:
            await self.recall((request,))
        recalled = self._recalled.pop(key, None)
        return None if recalled is None else _whole(*recalled)

    async def written(self, requests: Iterable[PageRequest]) -> list[PageVisit | None]:
        """The visits as the store has them now, whoever wrote them, in the order of the requests."""
        keys = [self.key(request) for request in requests]
        found = await self._found(keys)
        return [_whole(*found[key]) if key in found else None for key in keys]

    async def _found(self, keys: list[str]) -> dict[str, Recalled]:
        """The visits that are there, with their readings; both are looked for at once."""
        looks = self._store.get_many(VISITS, keys), self._store.get_many(READINGS, keys)
        found, readings = await asyncio.gather(*looks)
        texts = {key: stored.value.text for key, stored in readings.items()}
        return {
            key: (stored.value, texts.get(key) if stored.value.has_reading else None) for key, stored in found.items()
        }

    async def keep(self, visit: PageVisit) -> None:
        """Takes a visit; writes a batch when there is enough for one."""
        self._waiting.append(visit)
        if visit.key in self._recalled:
            self._recalled[visit.key] = visit, visit.reading  # a page that was expected while it was being asked for
        self._spared.discard(_digest(visit.key))
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
        earlier = Range("place", at_least=visit_place(self._spider_id, 0), below=self.place)
        if self._spared and await self._store.count(VISITS, (earlier,)) == len(self._spared):
            return  # a spared page stands where an earlier run has put it: these are all
        await forget_visits(self._store, self._spider_id, self.place, self._spared)

    async def close(self) -> None:
        """Waits for nothing that is still expected."""
        if self._coming is not None:
            self._coming.cancel()
            await asyncio.gather(self._coming, return_exceptions=True)


async def forget_visits(
    store: DocumentStore, spider_id: str, below: str, spared: Container[bytes] = frozenset()
) -> None:
    """Those that stand before a place, with their readings, some at a time, but for the spared ones. Safe to be killed
    in."""
    earlier = (Range("place", at_least=visit_place(spider_id, 0), below=below),)
    after: str | None = None
    while True:
        page = await store.find(VISITS, Find(earlier, (Order("place"),), MOST_FORGOTTEN, after))
        gone = [visit.key for visit in page.items if _digest(visit.key) not in spared]
        await store.apply([Delete(collection, key) for key in gone for collection in (READINGS, VISITS)])
        if page.next is None:
            return
        after = page.next


def _whole(visit: PageVisit, reading: str | None) -> PageVisit:
    """With its reading. To copy a visit costs as much as to read it: that is spared where the two will do apart."""
    return visit if reading is None else visit.model_copy(update={"reading": reading})


def _digest(key: str) -> bytes:
    """That of the page's identity, from the key of its visit."""
    return bytes.fromhex(key.rpartition("/")[2])


def _written(visit: PageVisit) -> list[Operation]:
    """What is written of a visit: its reading only where the store does not have it."""
    bare = visit.model_copy(update={"reading": None, "has_reading": visit.reading is not None})
    if visit.reading is None or visit.has_reading:
        return [Put(VISITS, bare)]
    return [Put(VISITS, bare), Put(READINGS, PageReading.model_construct(key=visit.key, text=visit.reading))]
