"""What people ask of a run while it does what they asked before, or after its spider is gone."""

import asyncio
from pathlib import Path

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory

SPIDER = "essor-projets"


async def test_a_run_that_is_cancelled_while_it_pauses_is_cancelled_at_whatever_moment(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(30)
    site.delay = 0.05
    async with running_scraper(tmp_path, site, requests_per_host=2, progress_seconds=0.1) as scraper:
        await scraper.save(html_spider(site))
        for wait in (0.0, 0.04, 0.08, 0.12):
            run = await scraper.start(SPIDER)
            await scraper.fetched(run.id, 1)
            await scraper.send("POST", f"/v1/runs/{run.id}/pause", scraper.people.member)
            await asyncio.sleep(wait)
            await scraper.send("POST", f"/v1/runs/{run.id}/cancel", scraper.people.member)
            ended = await scraper.ended(run.id, seconds=5)
            assert (ended.state, ended.code, ended.counters.records_held) == (RunState.CANCELLED, "cancelled", 0)
