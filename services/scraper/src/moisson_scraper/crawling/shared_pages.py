"""The pages of a run whose details are visited by any number of processes: they go out in lots, come back as visits.

The leader of the run reads the listings itself, in their order. What a worker did is known by its visits, so a lot that
is lost, done twice or taken over costs time, and no page is asked for again that was written down. Lots are written
under the lease of the spider: a leader that was taken over neither adds to those of the next one nor withdraws them.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import structlog

from moisson_scraper.crawling.crawl import WINDOW
from moisson_scraper.crawling.page_visitor import Visited, visited_from
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.crawling.run_pages import RunPages
from moisson_scraper.fetching.host_standing import HostStandings
from moisson_scraper.fetching.page_failure import HostClosed, LimitMet, PageLost, RunStopping
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.keeping.collections import KeptRun
from moisson_scraper.keeping.feed_lease import FeedLease, LeaseLost, is_cancelled
from moisson_scraper.keeping.kept_reading import detail_from, requests_from, requests_text
from moisson_scraper.keeping.visit_documents import LOTS, PageLot
from moisson_scraper.keeping.visit_shelf import VisitShelf
from moisson_scraper.reading.addresses import slot_of
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import DetailRead, FoundItem, ListingRead, PageRequest
from moisson_shared.contracts.errors import MoissonError, Unavailable
from moisson_shared.ports.documents import Delete, DeleteWhere, DocumentStore, Equal, Find, Insert, Operation

LOT_PAGES = 20
GATHER_SECONDS = 0.05
"""How long the first page of a lot waits for others."""
LOOK_SECONDS = 0.1
HINT_SECONDS = 1.0
"""How often a lot that nobody has taken is told of again."""
_MOST_LOTS = 500


@dataclass(slots=True)
class _Lot:
    requests: list[tuple[PageRequest, str]]
    retries: int
    """Lent to it out of the run's."""
    futures: "dict[str, asyncio.Future[Visited[DetailRead]]]" = field(default_factory=dict)
    """By the identity of the request; of an adopted lot, only of pages that were asked for since."""
    back: bool = False


class SharedPages:
    """`SuppliesPages` over the workers of all processes."""

    def __init__(
        self,
        store: DocumentStore,
        lease: FeedLease,
        local: RunPages,
        shelf: VisitShelf,
        run: KeptRun,
        budget: RunBudget,
        tell: Callable[[str], Awaitable[None]],
        clock: Callable[[], float],
        standings: HostStandings,
    ) -> None:
        self.starts = local.starts
        self.tells_origins = local.tells_origins
        self._store = store
        self._lease = lease
        self._local = local
        self._shelf = shelf
        self._run = run
        self._budget = budget
        self._tell = tell
        self._clock = clock
        self._standings = standings
        self._gathering: list[tuple[PageRequest, str]] = []
        self._futures: dict[str, asyncio.Future[Visited[DetailRead]]] = {}
        self._lots: dict[str, _Lot] = {}
        self._adopted: dict[str, _Lot] = {}
        """By the identity of each of its pages, until that is asked for."""
        self._number = 0
        self._told_at = clock()
        self._full = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Adopts the lots that a dead leader has left, and begins to send and to collect."""
        left = await self._store.find(LOTS, Find((Equal("run_id", self._run.id),), limit=_MOST_LOTS))
        for stored in left.items:
            lot = self._lots[stored.key] = _Lot(requests_from(stored.value.requests), stored.value.retries_left)
            self._budget.lent += lot.retries
            self._adopted |= {request.identity: lot for request, _ in lot.requests}
            self._number = max(self._number, int(stored.key.rpartition("/")[2]) + 1)
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._collect())]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def recall(self, requests: Iterable[PageRequest]) -> None:
        await self._local.recall(requests)

    def listing(self, request: PageRequest) -> Awaitable[Visited[ListingRead]]:
        return self._local.listing(request)

    def entries(self, visited: Visited[ListingRead]) -> AsyncGenerator[list[FoundItem | Notice], None]:
        return self._local.entries(visited)

    def spared(self, request: PageRequest, origin: str) -> Visited[DetailRead] | None:
        """Here: no worker has to be told of a page that nobody asks for."""
        return self._local.spared(request, origin)

    async def detail(self, request: PageRequest, origin: str) -> Visited[DetailRead]:
        """Waits for the worker that visits the page. Raises `PageLost`, `Unreadable`, and what the store raises."""
        known = await self._shelf.visit(request)
        if known is not None and known.run_id == self._run.id:
            self._budget.take_again(known.how != "spared", known.bytes, known.retries)
            if (again := visited_from(known, detail_from)) is not None:
                return again
        self._standings.of(slot_of(request.address)).require_open()
        self._budget.take_page(self._clock())
        future: asyncio.Future[Visited[DetailRead]] = asyncio.get_running_loop().create_future()
        adopted = self._adopted.pop(request.identity, None)
        if adopted is not None and not adopted.back:
            adopted.futures[request.identity] = future
        else:
            self._futures[request.identity] = future
            self._gathering.append((request, origin))
            if len(self._gathering) >= LOT_PAGES:
                self._full.set()
        return await future

    async def flush(self) -> None:
        await self._local.flush()

    def account(self, ledger: RunLedger) -> None:
        ledger.retries, ledger.bytes = self._budget.retries, self._budget.bytes

    async def forget_earlier(self) -> None:
        await self._local.forget_earlier()

    async def close(self) -> None:
        """Withdraws what is still out; workers hear of it at their next beat."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._lots:
            with contextlib.suppress(MoissonError, LeaseLost):
                await self._write([DeleteWhere(LOTS, (Equal("run_id", self._run.id),))])
        await self._local.close()

    # Lots on their way out.

    async def _send(self) -> None:
        while not is_cancelled():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GATHER_SECONDS):
                    await self._full.wait()
            self._full.clear()
            while self._gathering:
                part, self._gathering = self._gathering[:LOT_PAGES], self._gathering[LOT_PAGES:]
                await self._publish(part)

    async def _publish(self, part: list[tuple[PageRequest, str]]) -> None:
        key = f"{self._run.id}/{self._number:08d}"
        self._number += 1
        retries = self._budget.lend_retries(len(part) / WINDOW)
        lot = PageLot(
            key=key,
            run_id=self._run.id,
            spider_id=self._run.spider_id,
            spider_version=self._run.spider_version,
            requests=requests_text(part),
            seconds=max(0.0, self._budget.deadline - self._clock()),
            retries_left=retries,
            closed=self._standings.closed(),
        )
        identities = [request.identity for request, _ in part]
        futures = {identity: self._futures.pop(identity) for identity in identities}
        try:
            await self._write([Insert(LOTS, lot)])
        except (MoissonError, LeaseLost) as error:
            self._budget.lent -= retries
            for future in futures.values():
                _fail(future, error)
            return
        self._lots[key] = _Lot(part, retries, futures)
        await self._tell(key)

    # Lots on their way back.

    async def _collect(self) -> None:
        while not is_cancelled():
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except Unavailable as error:
                structlog.get_logger().warning("lots not looked at", run=self._run.id, reason=str(error))

    async def _look(self) -> None:
        if not self._lots:
            return
        out = tuple(self._lots)  # those that go out while the store is asked are not in its answer
        now = await self._store.get_many(LOTS, out)
        tell_again = self._clock() - self._told_at > HINT_SECONDS
        if tell_again:
            self._told_at = self._clock()
        for key in out:
            stored = now.get(key)
            if stored is not None:
                self._standings.close(stored.value.closed)
            if stored is None or not stored.value.open:
                await self._take_back(key, withdrawn=stored is None)
            elif stored.value.holder is None and (self._budget.closed or self._leads_nowhere(key)):
                await self._withdraw(key, stored.version)
            elif tell_again:
                await self._tell(key)

    async def _take_back(self, key: str, *, withdrawn: bool) -> None:
        lot = self._lots[key]
        visits = await self._shelf.written(request for request, _ in lot.requests)
        if not withdrawn:
            await self._write([Delete(LOTS, key)])
        del self._lots[key]
        self._budget.lent -= lot.retries
        lot.back = True
        for (request, _), visit in zip(lot.requests, visits, strict=True):
            future = lot.futures.get(request.identity)
            if future is None:
                continue
            if visit is None or visit.run_id != self._run.id:
                _fail(future, self._unvisited())
                continue
            self._budget.take_again(False, visit.bytes, visit.retries)
            try:
                visited = visited_from(visit, detail_from)
            except (PageLost, Unreadable) as loss:
                _fail(future, loss)
                continue
            if visited is None:
                _fail(future, Unreadable("reading-too-long", "The page gave more than can be kept."))
            elif not future.done():
                future.set_result(visited)

    async def _withdraw(self, key: str, version: int) -> None:
        operations: list[Operation] = [Delete(LOTS, key, version)]
        with contextlib.suppress(MoissonError):  # a worker has taken it at this moment: it is waited for
            await self._write(operations)
            lot = self._lots.pop(key)
            self._budget.lent -= lot.retries
            lot.back = True
            for request, _ in lot.requests:
                future = lot.futures.get(request.identity)
                if future is not None:
                    _fail(future, self._closed(request) or RunStopping())

    def _leads_nowhere(self, key: str) -> bool:
        """Whether the run is done with the hosts of all its pages."""
        return all(self._closed(request) is not None for request, _ in self._lots[key].requests)

    def _closed(self, request: PageRequest) -> PageLost | None:
        try:
            self._standings.of(slot_of(request.address)).require_open()
        except HostClosed as closed:
            return closed
        return None

    async def _write(self, operations: list[Operation]) -> None:
        await self._lease.write(lambda feed: (feed.last_seq, operations))

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """Nobody waits for ever when sending or collecting breaks."""
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            every = [self._futures, *(lot.futures for lot in self._lots.values())]
            for future in [future for futures in every for future in futures.values()]:
                _fail(future, error)

    def _unvisited(self) -> PageLost:
        if self._budget.closed:
            return RunStopping()
        return LimitMet("limit-seconds", f"The limit of {self._budget.limits.seconds:,} seconds was met.")


def _fail(future: "asyncio.Future[Visited[DetailRead]]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # looked at: who waited may be gone
