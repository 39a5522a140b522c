"""A database, or the Redis of queue and host budget, that goes away amid a run of two workers and comes back.

The bound: a page is asked for once more, per outage, only where its visit could not be written down.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moisson_shared.contracts.run import CrawlRun, RunState
from tests.contracts.redis_server import OwnRedis
from tests.scraper.mongo_server import OwnMongo
from tests.scraper.running_scraper import Scraper, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory
from tests.scraper.test_killed_again_and_again import asked_again, told, undisturbed
from tests.scraper.worker_processes import worker_settings, workers

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

PROJECTS = 120
PAGES = PROJECTS + PROJECTS // 20


@pytest.fixture
async def mongo(tmp_path: Path) -> AsyncIterator[OwnMongo]:
    server = OwnMongo(tmp_path / "mongodb")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[OwnRedis]:
    server = OwnRedis(tmp_path / "redis")
    await server.start()
    yield server
    await server.stop()


@dataclass
class Amid:
    """A run of two workers that has fetched some pages."""

    scraper: Scraper
    site: SampleSite
    run: CrawlRun
    expected: list[tuple[object, ...]]
    """The feed of an undisturbed run."""

    async def ends_as_undisturbed(self, outages: int) -> None:
        run = await self.scraper.ended(self.run.id, 90)
        assert (run.state, run.complete, run.counters.pages_fetched) == (RunState.DONE, True, PAGES)
        assert [told(record) for record in (await self.scraper.feed("essor-projets"))[0]] == self.expected
        again = asked_again(self.site)
        assert all(len(times) <= outages for times in again.values()), again


@pytest.fixture
async def amid(tmp_path: Path, site: SampleSite, mongo: OwnMongo, redis: OwnRedis) -> AsyncIterator[Amid]:
    """When it is over, the workers must have lived through it."""
    site.pages |= directory(PROJECTS, per_page=20)
    (tmp_path / "calm").mkdir()
    expected = await undisturbed(tmp_path / "calm", site)
    site.delay = 0.15
    shared: dict[str, Any] = {"documents_url": mongo.url, "queue_url": redis.url, "host_budget_url": redis.url}
    async with running_scraper(tmp_path, site, works=False, requests_per_host=4, **shared) as scraper:
        spider = html_spider(site)
        await scraper.save(spider)
        settings = worker_settings(scraper, site, **{name.upper(): url for name, url in shared.items()})
        async with workers(tmp_path, 2, settings) as made:
            run = await scraper.start(spider["id"])
            await scraper.fetched(run.id, 40, 60)
            yield Amid(scraper, site, run, expected)
            assert [process.exitcode for process in made.processes] == [None, None]


async def readiness(scraper: Scraper, status: int) -> str:
    """Returns once the service gives this answer, with what it says."""
    async with asyncio.timeout(30):
        while True:
            answer = await scraper.client.get("/readyz")
            if answer.status_code == status:
                return answer.text
            await asyncio.sleep(0.1)


async def test_a_database_that_goes_away_and_comes_back(amid: Amid, mongo: OwnMongo) -> None:
    scraper, run = amid.scraper, amid.run
    await mongo.stop()
    assert "documents" in await readiness(scraper, 503)
    refused = await scraper.send("GET", f"/v1/runs/{run.id}", scraper.people.admin)
    assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
    await mongo.start()
    await readiness(scraper, 200)
    going_on = await scraper.read_run(run.id)
    assert not going_on.state.final
    await scraper.fetched(run.id, 80, 60)
    mongo.signal(signal.SIGSTOP)
    await asyncio.sleep(3)  # longer than leases last
    mongo.signal(signal.SIGCONT)
    await amid.ends_as_undisturbed(outages=2)


async def test_a_redis_that_goes_away_and_comes_back(amid: Amid, site: SampleSite, redis: OwnRedis) -> None:
    await redis.stop()
    assert "host_budget" in await readiness(amid.scraper, 200)
    await asyncio.sleep(1)  # what was being asked for has come
    asked = len(site.asked)
    await asyncio.sleep(1)
    assert len(site.asked) == asked, "nobody is visited without the budget"
    await redis.start()
    await amid.ends_as_undisturbed(outages=1)
    assert site.most_at_once <= 8, "places that were taken before come back only after their time"
