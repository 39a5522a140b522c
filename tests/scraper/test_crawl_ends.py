"""A crawl ends as soon as one of its sides does, however much the other still has in hand."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from moisson_scraper.crawling.crawl import WINDOW, Crawl
from moisson_scraper.crawling.listing_place import ListingPlace
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.reading.source_reader import (
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
)
from moisson_shared.adapters.sqlite_documents import SqliteDocuments
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.run import RunState
from moisson_shared.ports.documents import Applied, Operation
from tests.scraper.pages_at_hand import pages_at_hand
from tests.scraper.running_scraper import file_spider, html_spider, running_scraper, shown
from tests.scraper.sample_site import Asked, SampleSite, answer, directory

ITEMS = 500
PAGE = FetchedPage("https://s.example/", 200, "text/html", b"<p>")


class OnePage:
    """A listing of one page with more items than the window holds."""

    def __init__(self, broken_after: int = ITEMS) -> None:
        self._broken_after = broken_after

    def first_pages(self) -> tuple[PageRequest, ...]:
        return (PageRequest(PAGE.address),)

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        return ()

    def takes_long(self, page: FetchedPage) -> bool:
        return False

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        return ListingRead(FoundItem({"n": self._number(n)}, None, None, f"item {n}") for n in range(ITEMS))

    def _number(self, n: int) -> int:
        if n >= self._broken_after:
            raise ArithmeticError("the reader breaks")
        return n

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        return DetailRead({})

    async def fetch(self, request: PageRequest) -> FetchedPage:
        return PAGE


class Sink:
    """Takes some items, then raises or waits for ever."""

    def __init__(self, takes: int, error: Exception | None) -> None:
        self._takes = takes
        self._error = error
        self.seen = 0
        self.stuck = asyncio.Event()

    async def add(self, values: JsonObject, url: str | None, place: str, listed: ListingPlace) -> None:
        if self.seen < self._takes:
            self.seen += 1
            return
        await asyncio.sleep(0.05)  # until the window is full
        self.stuck.set()
        if self._error is not None:
            raise self._error
        await asyncio.Event().wait()

    async def flush(self) -> None:
        return


def crawl_of(sink: Sink, page: OnePage) -> Crawl:
    assert ITEMS > 2 * WINDOW
    pages = pages_at_hand(page, page)
    return Crawl(pages.starts, pages, sink, RunLedger(), most_items=ITEMS)


@pytest.mark.parametrize("error", [Unavailable("the store is away"), ArithmeticError("whatever")])
async def test_a_sink_that_fails_ends_the_crawl_with_its_error(error: Exception) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(type(error), match=str(error)):
            await crawl_of(Sink(3, error), OnePage()).run()
    assert len(asyncio.all_tasks()) == 1


async def test_a_listing_that_fails_ends_the_crawl_with_its_error() -> None:
    async with asyncio.timeout(5):
        with pytest.raises(ArithmeticError, match="the reader breaks"):
            await crawl_of(Sink(3, None), OnePage(broken_after=2 * WINDOW)).run()
    assert len(asyncio.all_tasks()) == 1


async def test_a_cancelled_crawl_ends_while_the_window_is_full() -> None:
    sink = Sink(3, None)
    running = asyncio.create_task(crawl_of(sink, OnePage()).run())
    await sink.stuck.wait()
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=5)
    assert done
    assert running.cancelled()
    assert len(asyncio.all_tasks()) == 1


async def test_a_run_over_one_long_page_can_be_cancelled(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(300, per_page=300)
    site.delay = 0.05
    async with running_scraper(tmp_path, site, requests_per_host=1) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start("essor-projets")
        await scraper.fetched(run.id, 5)
        answered = await scraper.send("POST", f"/v1/runs/{run.id}/cancel", scraper.people.member)
        assert answered.status_code == 202
        ended = await scraper.ended(run.id, seconds=5)
        assert ended.state is RunState.CANCELLED, shown(ended)


class LeavingStore(SqliteDocuments):
    """The real engine, whose writes fail for as long as it is away."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.away = False
        self.left = asyncio.Event()

    def leave(self) -> None:
        self.away = True
        self.left.set()

    async def apply(self, operations: Sequence[Operation]) -> Applied:
        if self.away:
            raise Unavailable("The store is away.")
        return await super().apply(operations)


async def test_a_store_that_goes_away_leaves_the_run_for_later(tmp_path: Path, site: SampleSite) -> None:
    rows = 1500
    store = LeavingStore(tmp_path / "scraper.sqlite")

    file = answer("id;n\n" + "".join(f"{n};{n}\n" for n in range(rows)), content_type="text/csv")

    def once(asked: Asked) -> bytes:
        if asked.times == 1:
            store.leave()
        return file

    site.pages["/f.csv"] = once
    async with running_scraper(tmp_path, site, documents=store, lease_seconds=0.5) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        run = await scraper.start("essor-fichier")
        await store.left.wait()
        await asyncio.sleep(1)  # longer than the lease, which must not be renewed for ever
        store.away = False
        ended = await scraper.ended(run.id, seconds=10)
        assert ended.complete, shown(ended)
        assert ended.counters.items == rows
