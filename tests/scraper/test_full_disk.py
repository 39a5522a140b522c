"""A disk that is full, played by a limit on the size of files: the service lives, says so, and goes on by itself."""

import asyncio
import resource
from pathlib import Path

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import html_spider
from tests.scraper.sample_site import SampleSite, directory
from tests.scraper.scraper_process import ScraperProcess
from tests.scraper.test_killed import a_process, going_on
from tests.scraper.test_killed_again_and_again import asked_again, told, undisturbed

PROJECTS = 120
PAGES = PROJECTS + PROJECTS // 10
FULL = 4096
"""Bytes of any file: every file of the store is longer, so nothing can be added to it."""
PROBLEM = "application/problem+json"


def room(scraper: ScraperProcess, most: int) -> None:
    """Files of the process may grow to so many bytes."""
    assert scraper.process is not None
    resource.prlimit(scraper.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


async def readiness(scraper: ScraperProcess, status: int) -> str:
    """Returns once the service gives this answer, with what it says."""
    async with asyncio.timeout(20):
        while True:
            answer = await scraper.send("GET", "/readyz")
            if answer.status_code == status:
                return answer.text
            await asyncio.sleep(0.1)


@pytest.mark.timeout(240)
async def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(PROJECTS)
    (tmp_path / "calm").mkdir()
    log = tmp_path / "scraper.log"
    expected = await undisturbed(tmp_path / "calm", site)
    site.delay = 0.05
    async with a_process(tmp_path, site, REQUESTS_PER_HOST="4") as scraper:
        await scraper.start()
        spider = html_spider(site)
        await scraper.save(spider)
        run_id = (await scraper.send("POST", f"/v1/spiders/{spider['id']}/runs")).json()["id"]
        before = await going_on(scraper, run_id)
        while log.stat().st_size < FULL:
            await scraper.run(run_id)
        room(scraper, FULL)
        partner = {"id": "tilleul", "name": "Tilleul"}
        for _ in range(3):
            refused = await scraper.send("POST", "/v1/partners", json=partner)
            assert (refused.status_code, refused.headers["content-type"]) == (503, PROBLEM), refused.text
        assert "documents" in await readiness(scraper, 503)
        assert (await scraper.send("GET", "/healthz")).status_code == 200
        assert not (await scraper.run(run_id)).state.final, "what is there can be read"
        await asyncio.sleep(3)  # the crawl ends, and cannot write what it has found; its lease is over
        waiting = await scraper.run(run_id)
        assert not waiting.state.final
        assert waiting.counters.pages_done >= before.counters.pages_done

        room(scraper, resource.RLIM_INFINITY)
        await readiness(scraper, 200)
        run = await scraper.ended(run_id)
        assert (run.state, run.complete, run.counters.pages_fetched) == (RunState.DONE, True, PAGES)
        assert [told(record) for record in (await scraper.feed(spider["id"]))[0]] == expected
        assert (await scraper.send("POST", "/v1/partners", json=partner)).status_code == 201
        # The bound: what could not be written down while the disk was full is asked for once more.
        assert all(len(times) == 1 for times in asked_again(site).values())
        assert "log lines lost" in log.read_text(), "it stands on the same disk, and its lines have ended nobody"
        assert await scraper.stop() == 0
