"""What one request of OpenScraper's data API may cost: what is cut says so, and what is too much is refused."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from moisson_scraper.openscraper.data_api import OpenScraperApi
from moisson_scraper.openscraper.data_page import CsvExport
from moisson_scraper.openscraper.find_views import find_views
from moisson_scraper.openscraper.scan_records import RecordScan, ScanBounds, ScanGate
from moisson_shared.contracts.access import ANONYMOUS
from moisson_shared.contracts.errors import TooLarge, TooManyRequests
from tests.scraper.openscraper_site import CLOSED, Reader, filled_reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Reader]:
    async with filled_reader(tmp_path_factory.mktemp("bounds")) as filled:
        yield filled


@pytest.mark.parametrize(
    ("bounds", "cut_by", "looked_at"),
    [
        (ScanBounds(records=3), "records", 3),
        (ScanBounds(records=2), "records", 2),
        (ScanBounds(records=1), "records", 1),
        (ScanBounds(seconds=-1), "seconds", 0),
        (ScanBounds(), None, 4),
    ],
)
async def test_a_search_that_is_cut_says_so(
    reader: Reader, bounds: ScanBounds, cut_by: str | None, looked_at: int
) -> None:
    in_order = sorted(await reader.found(""), key=lambda record: str(record["_id"]))
    found = sum("vélo" in (*record.get("mots", ()), *record["titre"][0].split()) for record in in_order[:looked_at])
    api = OpenScraperApi(reader.store, bounds)
    for query in ([("search_for", "velo")], [("search_for", "velo"), ("shuffle_seed", "1")]):
        answer = await api.data(ANONYMOUS, query, "/")
        assert isinstance(answer, dict)
        log = answer["query_log"]
        assert (log["complete"], log["cut_by"]) == (cut_by is None, cut_by)
        assert (log["records_scanned"], log["count_results_tot"]) == (looked_at, found)
    export = await api.data(ANONYMOUS, [("all_results", "true"), ("export_as_csv", "true")], "/")
    assert isinstance(export, CsvExport)
    assert export.cut == cut_by
    stats = await api.stats(ANONYMOUS, [])
    assert stats["query_log"]["cut_by"] == cut_by


@pytest.mark.parametrize("more", [[], [("shuffle_seed", "1")], [("search_for", "velo")], "items"])
async def test_a_page_of_too_large_records_is_refused_and_smaller_ones_are_had(
    reader: Reader, more: list[tuple[str, str]] | str
) -> None:
    ids = [record["_id"] for record in await reader.found("")]
    asked = [("item_id", " ".join(ids))] if isinstance(more, str) else more
    api = OpenScraperApi(reader.store, ScanBounds(page_bytes=150))
    with pytest.raises(TooLarge, match="results_per_page"):
        await api.data(ANONYMOUS, asked, "/")
    answer = await api.data(ANONYMOUS, [*asked, ("results_per_page", "1")], "/")
    assert isinstance(answer, dict)
    assert answer["query_log"]["count_results"] == 1


@pytest.mark.parametrize("everything", ["true", "false"])
async def test_a_csv_has_only_so_many_columns(reader: Reader, everything: str) -> None:
    asked = [("export_as_csv", "true"), ("all_results", everything)]
    with pytest.raises(TooLarge, match="spider_id"):
        await OpenScraperApi(reader.store, ScanBounds(columns=5)).data(ANONYMOUS, asked, "/")


async def test_statistics_count_only_so_many_tags_in_all(reader: Reader) -> None:
    stats = await OpenScraperApi(reader.store, ScanBounds(tags=2)).stats(ANONYMOUS, [])
    assert sum(len(one["stats"]) for one in stats["counts_stats"]["tags_stats"]) == 2
    assert (stats["query_log"]["complete"], stats["query_log"]["cut_by"]) == (False, "tags")


async def test_a_look_through_large_records_ends_in_time_and_lets_others_work(reader: Reader) -> None:
    """A second goes by with each record, as where each is large: none of the rest of a batch is looked at."""
    seconds = iter(range(100))
    scan = RecordScan(reader.store, ScanBounds(seconds=3), lambda: next(seconds))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    before = [(turns, stored.key) async for _, stored in scan.over(await find_views(reader.store, ANONYMOUS))]
    beside.cancel()
    assert (len(before), scan.read, scan.cut) == (2, 2, "seconds")
    assert before[0][0] < before[1][0]


async def test_so_many_searches_at_once() -> None:
    gate = ScanGate(ScanBounds().requests)
    with gate, gate, gate, gate, pytest.raises(TooManyRequests), gate:
        pass
    with gate:
        assert len(CLOSED) == 1
