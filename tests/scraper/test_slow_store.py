"""Shared pages over a store that answers late: a lot that goes out while others are looked at is not taken for lost."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from moisson_scraper.keeping.visit_documents import LOTS
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.ports.documents import Collection, DocumentStore, Stored
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory


class SlowLooks:
    """A store whose answers about lots are some time on their way."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def get_many(self, collection: Collection[Any], keys: Sequence[str]) -> dict[str, Stored[Any]]:
        found = await self._store.get_many(collection, keys)
        if collection is LOTS:
            await asyncio.sleep(0.2)
        return found


async def test_a_lot_that_goes_out_meanwhile_is_visited(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(60)
    site.delay = 0.05
    store: Any = SlowLooks(open_documents(f"sqlite://{tmp_path}/scraper.sqlite"))
    async with running_scraper(tmp_path, site, documents=store, share_pages=True) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert (run.complete, run.counters.records_new) == (True, 60)
