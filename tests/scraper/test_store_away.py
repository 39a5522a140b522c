"""A store that goes away in the middle of a write, while what waits for that write is told to end."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from moisson_scraper.keeping.collections import KeptRun
from moisson_shared.adapters.sqlite_documents import SqliteDocuments
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.run import RunState
from moisson_shared.ports.documents import Applied, Operation
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory
from tests.scraper.test_killed_again_and_again import told, undisturbed


class SlowlyAway(SqliteDocuments):
    """While it is away, each write takes its time to say so."""

    away = False
    refused = 0

    async def apply(self, operations: Sequence[Operation]) -> Applied:
        if self.away:
            await asyncio.sleep(0.3)
            self.refused += 1
            raise Unavailable("The store is away.")
        return await super().apply(operations)


async def test_a_run_whose_crawl_ends_while_its_progress_cannot_be_written_goes_on_later(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(60)
    (tmp_path / "calm").mkdir()
    expected = await undisturbed(tmp_path / "calm", site)
    site.delay = 0.05
    for shares in (False, True):
        folder = tmp_path / f"shared {shares}"
        folder.mkdir()
        store = SlowlyAway(folder / "scraper.sqlite")
        rules: dict[str, Any] = {"progress_seconds": 0.01, "lease_seconds": 1.0, "share_pages": shares}
        async with running_scraper(folder, site, documents=store, **rules) as scraper:
            spider = html_spider(site)
            await scraper.save(spider)
            run = await scraper.start(spider["id"])
            await scraper.fetched(run.id, 20)
            store.away = True
            asked = -1
            while asked != len(site.asked):  # until the crawl is over, or cannot go on
                asked = len(site.asked)
                await asyncio.sleep(0.5)
            assert store.refused > 0
            store.away = False
            assert (await scraper.ended(run.id)).complete
            assert [told(record) for record in (await scraper.feed(spider["id"]))[0]] == expected


class AwayAtTheEnd(SqliteDocuments):
    """Is away once, when the end of a run is to be written."""

    armed = False

    async def apply(self, operations: Sequence[Operation]) -> Applied:
        written = [getattr(operation, "value", None) for operation in operations]
        if self.armed and any(isinstance(run, KeptRun) and run.state is RunState.DONE for run in written):
            self.armed = False
            raise Unavailable("The store is away.")
        return await super().apply(operations)


async def test_tombstones_that_were_written_before_the_store_went_away_are_counted(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(9)
    store = AwayAtTheEnd(tmp_path / "scraper.sqlite")
    rules: dict[str, Any] = {"progress_seconds": 30, "lease_seconds": 1.0}
    async with running_scraper(tmp_path, site, documents=store, **rules) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        site.pages |= directory(6)
        store.armed = True
        run = await scraper.crawl("essor-projets")
        assert (store.armed, run.counters.records_gone, run.counters.records_unchanged) == (False, 3, 6)
