"""Raw records of several spiders, one after the other, within bounds: the store cannot search what partners wrote."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from moisson_scraper.keeping.collections import RAW_RECORDS, KeptRecord
from moisson_scraper.openscraper.visible_fields import SpiderView
from moisson_shared.contracts.errors import TooManyRequests
from moisson_shared.ports.documents import DocumentStore, Equal, Find, Stored

_AT_ONCE = 200
_SLICE = 0.05
"""Seconds after which others in this process have their turn."""


@dataclass(frozen=True, slots=True)
class ScanBounds:
    """Of one request, and of all requests together."""

    records: int = 200_000
    seconds: float = 5.0
    requests: int = 4
    columns: int = 2000
    """Of a CSV: each line has all of them."""
    tags: int = 50_000
    """Different ones that are counted, of all fields together: a source may name as many fields as it likes."""
    page_bytes: int = 32_000_000
    """Of the values of the records of one page: a record may have 8 million, and a page a thousand records."""


class RecordScan:
    """One look through the records of some spiders, in the order of spider and record id."""

    def __init__(self, store: DocumentStore, bounds: ScanBounds, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self.bounds = bounds
        self._clock = clock
        self._let_others = clock()
        self._until = self._let_others + bounds.seconds
        self.read = 0
        self.cut: str | None = None
        """`records`, `seconds` or `tags`: the bound that ended it before its time."""

    async def over(self, spiders: Sequence[SpiderView]) -> AsyncGenerator[tuple[SpiderView, Stored[KeptRecord]], None]:
        """Every record that is there, until a bound is met."""
        for view in spiders:
            after: str | None = None
            while True:
                if self._ended():
                    return
                find = Find(
                    (Equal("alive", view.spider.id),),
                    limit=min(_AT_ONCE, self.bounds.records - self.read),
                    after=after,
                )
                page = await self._store.find(RAW_RECORDS, find)
                for stored in page.items:
                    # One record may be large, and take as long as a thousand others.
                    if await self._too_late():
                        return
                    self.read += 1
                    yield view, stored
                after = page.next
                if after is None:
                    break

    async def _too_late(self) -> bool:
        now = self._clock()
        if now > self._until:
            self.cut = "seconds"
        elif now - self._let_others > _SLICE:
            self._let_others = now
            await asyncio.sleep(0)
        return self.cut is not None

    def _ended(self) -> bool:
        if self.read >= self.bounds.records:
            self.cut = "records"
        elif self._clock() > self._until:
            self.cut = "seconds"
        return self.cut is not None


class ScanGate:
    """So many at once, whoever asks: the rest is told to come back, instead of slowing down the crawls."""

    def __init__(self, most: int) -> None:
        self._free = most

    def __enter__(self) -> None:
        if self._free <= 0:
            raise TooManyRequests("Too many searches are going on at once; try again in a moment.", 2)
        self._free -= 1

    def __exit__(self, *_: object) -> None:
        self._free += 1
