"""Runs over hostile sites, many at once, while somebody keeps asking whether the service is well."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from moisson_shared.contracts.run import CrawlRun
from tests.scraper.running_scraper import Scraper
from tests.scraper.sample_site import Page, SampleSite, sample_site

SECONDS = 40
"""In which all runs of a test must have ended, though their traps would last for ever."""
ANSWERED_SECONDS = 3
"""In which the service says meanwhile that it is well."""
IMPATIENT = {"delay": 0, "timeout": 2.0, "retries": 0}
LIMITS = {"bytes_per_page": 200_000, "retries_in_all": 10, "pages": 20}


@asynccontextmanager
async def sites(pages: Iterable[dict[str, Page]]) -> AsyncIterator[list[SampleSite]]:
    """A site for each, so that no trap slows another one's host down."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(sample_site(each)) for each in pages]


@asynccontextmanager
async def patrolled(scraper: Scraper) -> AsyncIterator[None]:
    """Asks all the time; a late or bad answer fails the block."""

    async def patrol() -> None:
        while True:
            async with asyncio.timeout(ANSWERED_SECONDS):
                assert (await scraper.client.get("/healthz")).status_code == 200
            await asyncio.sleep(0.05)

    asking = asyncio.create_task(patrol())
    try:
        yield
        assert not asking.done(), asking.exception()
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def ended(scraper: Scraper, spiders: Iterable[dict[str, Any]]) -> list[CrawlRun]:
    """Saves the spiders, runs them all at once, and gives the ends of their runs in order."""
    for spider in spiders:
        await scraper.save(spider)
    async with patrolled(scraper), asyncio.timeout(SECONDS):
        runs = [await scraper.start(spider["id"]) for spider in spiders]
        return [await scraper.ended(run.id, seconds=SECONDS) for run in runs]
