"""The pages of one run as its crawl and its attempt see them."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack
from typing import Protocol, TypeVar

from moisson_scraper.crawling.crawl import GivesPages
from moisson_scraper.crawling.page_visitor import PageVisitor, Visited
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.keeping.run_samples import RunSamples
from moisson_scraper.keeping.visit_shelf import KeepsVisits
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.reading.source_reader import DetailRead, FoundItem, ListingRead, PageRequest

R = TypeVar("R", ListingRead, DetailRead)


class SuppliesPages(GivesPages, Protocol):
    """The pages of one run."""

    starts: tuple[PageRequest, ...]

    async def flush(self) -> None:
        """Writes the visits that wait."""
        ...

    def account(self, ledger: RunLedger) -> None:
        """Tells the ledger what was spent."""
        ...

    async def forget_earlier(self) -> None:
        """After a complete run: pages that it did not visit are not there any more."""
        ...

    async def close(self) -> None:
        """Gives back what it holds."""
        ...


class RunPages:
    """`SuppliesPages` within this process."""

    def __init__(
        self,
        starts: tuple[PageRequest, ...],
        visitor: PageVisitor,
        reading: PageReading,
        shelf: KeepsVisits,
        held: AsyncExitStack,
        samples: RunSamples | None = None,
    ) -> None:
        self._samples = samples
        self._held = held
        self.tells_origins = visitor.tells_origins
        self.starts = starts
        self._visitor = visitor
        self._reading = reading
        self._shelf = shelf

    async def recall(self, requests: Iterable[PageRequest]) -> None:
        await self._shelf.recall(requests)

    async def listing(self, request: PageRequest) -> Visited[ListingRead]:
        return self._sampled(request, await self._visitor.listing(request))

    def entries(self, visited: Visited[ListingRead]) -> AsyncGenerator[list[FoundItem | Notice], None]:
        return self._reading.entries(visited.page, visited.read)

    def spared(self, request: PageRequest, origin: str) -> Visited[DetailRead] | None:
        return self._visitor.spared(request, origin)

    async def detail(self, request: PageRequest, origin: str) -> Visited[DetailRead]:
        return self._sampled(request, await self._visitor.detail(request, origin))

    def _sampled(self, request: PageRequest, visited: Visited[R]) -> Visited[R]:
        if self._samples is not None:
            self._samples.see(request, visited.page, visited.read.encoding)
        return visited

    async def flush(self) -> None:
        await self._shelf.flush()
        if self._samples is not None:
            await self._samples.flush()

    def account(self, ledger: RunLedger) -> None:
        budget = self._visitor.budget
        ledger.retries, ledger.bytes = budget.retries, budget.bytes

    async def forget_earlier(self) -> None:
        await self._shelf.forget_earlier()

    async def close(self) -> None:
        await self._shelf.close()
        await self._held.aclose()
