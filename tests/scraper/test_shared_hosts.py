"""One budget per host for several processes, and what a crawl does while that budget is away."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.in_process_queue import InProcessQueue
from tests.free_ports import free_port
from tests.scraper.running_scraper import codes, html_spider, running_scraper, shown
from tests.scraper.sample_site import SampleSite, directory


@pytest.fixture
async def shared() -> AsyncIterator[str]:
    """The server and a prefix of our own; its keys are removed at the end."""
    server = os.environ.get("REDIS_URL")
    if not server:
        pytest.fail("REDIS_URL is not set: start the servers with `make servers`, then run `make test-servers`")
    prefix = f"moisson-test-{secrets.token_hex(6)}"
    yield f"{server}?prefix={prefix}"
    async with Redis.from_url(server) as client:
        async for key in client.scan_iter(match=f"{prefix}:*"):
            await client.delete(key)


@pytest.mark.servers
async def test_two_processes_share_what_a_host_can_bear(tmp_path: Path, site: SampleSite, shared: str) -> None:
    site.pages |= directory(12)
    site.delay = 0.01
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    async with (
        running_scraper(folders[0], site, host_budget_url=shared, requests_per_host=2) as one,
        running_scraper(folders[1], site, host_budget_url=shared, requests_per_host=2) as two,
    ):
        for scraper in (one, two):
            await scraper.save(html_spider(site))
        runs = await asyncio.gather(one.crawl("essor-projets"), two.crawl("essor-projets"))
        assert [run.complete for run in runs] == [True, True]
        assert site.most_at_once == 2


async def test_nobody_is_visited_while_the_budget_is_away(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    away = f"redis://127.0.0.1:{free_port()}"
    async with running_scraper(tmp_path, site, host_budget_url=away) as scraper:
        await scraper.save(html_spider(site, limits={"seconds": 1}))
        run = await scraper.crawl("essor-projets")
        assert codes(run) == {"host-budget-away": 1}, shown(run)
        assert not run.complete
        assert site.asked == []
        ready = await scraper.client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json() == {"status": "degraded", "degraded": ["host_budget"]}


@pytest.mark.parametrize(
    ("queue", "budget", "worker", "told"),
    [
        ("in-process:", "in-process:", False, False),
        ("in-process:", "in-process:", True, True),
        ("redis://127.0.0.1:1/0", "in-process:", False, True),
        ("redis://127.0.0.1:1/0", "redis://127.0.0.1:1/0", False, False),
        ("redis://127.0.0.1:1/0", "redis://127.0.0.1:1/0", True, False),
    ],
)
def test_processes_that_count_apart_are_noticed(queue: str, budget: str, worker: bool, told: bool) -> None:
    settings = ScraperSettings(queue_url=queue, host_budget_url=budget, client_secret=SecretStr("not-the-default-one"))
    reason = settings.why_counted_apart(worker=worker)
    assert (reason is not None) is told
    assert reason is None or "MOISSON_SCRAPER_HOST_BUDGET_URL is in-process" in reason


async def test_an_operator_of_processes_that_count_apart_is_told_at_the_start(
    tmp_path: Path, site: SampleSite, capfd: pytest.CaptureFixture[str]
) -> None:
    shared: dict[str, Any] = {"queue_url": "redis://127.0.0.1:1/0", "share_pages": False}
    async with running_scraper(tmp_path, site, queue=InProcessQueue(), **shared):
        assert "MOISSON_SCRAPER_HOST_BUDGET_URL is in-process" in "".join(capfd.readouterr())


@pytest.mark.servers
async def test_a_run_goes_on_when_the_budget_comes_back(tmp_path: Path, site: SampleSite, shared: str) -> None:
    site.pages |= directory(3)
    port, server = free_port(), urlsplit(shared)
    behind = server._replace(netloc=f"127.0.0.1:{port}").geturl()
    async with running_scraper(tmp_path, site, host_budget_url=behind) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start("essor-projets")
        await asyncio.sleep(0.3)
        assert site.asked == []
        async with relay(port, server.hostname or "", server.port or 6379):
            ended = await scraper.ended(run.id)
            assert ended.complete, shown(ended)


@asynccontextmanager
async def relay(port: int, host: str, behind: int) -> AsyncIterator[None]:
    """A way to the server that is there while the block runs."""
    ways: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            try:
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
            finally:
                writer.close()
                await writer.wait_closed()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(host, behind)
        for way in (pass_on(reader, forth), pass_on(back, writer)):
            ways.add(asyncio.create_task(way))

    listening = await asyncio.start_server(accept, "127.0.0.1", port)
    try:
        yield
    finally:
        listening.close()
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
