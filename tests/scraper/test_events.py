"""Progress as server-sent events, from a real server; the notice at the end of a run; work that failed."""

import asyncio
from pathlib import Path

import httpx

from moisson_scraper.app import create_app
from moisson_shared.adapters.in_process_queue import InProcessQueue
from moisson_shared.adapters.open_backends import open_documents, open_queue
from moisson_shared.contracts.run import CrawlRun, RunState
from moisson_shared.ports.work_queue import Hint
from moisson_shared.web.serving import BackgroundServer
from tests.scraper.running_scraper import People, html_spider, issuer_site, running_scraper, scraper_settings
from tests.scraper.sample_site import Asked, SampleSite, directory


async def events(client: httpx.AsyncClient, path: str) -> list[CrawlRun]:
    """All events of a stream, which must end by itself."""
    found = []
    async with client.stream("GET", path) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        name = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                assert name == "run"
                found.append(CrawlRun.model_validate_json(line.removeprefix("data: ")))
    return found


async def told_of_the_end(neighbours: SampleSite) -> list[Asked]:
    """The notices that the normalizer gets; the first may come a moment after the end of the run."""
    async with asyncio.timeout(10):
        while True:
            notices = [asked for asked in neighbours.asked if asked.path == "/v1/notices"]
            if notices:
                return notices
            await asyncio.sleep(0.02)


async def test_a_run_can_be_watched_to_its_end(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(30)
    site.delay = 0.03
    people = People()
    async with issuer_site(people) as neighbours:
        settings = scraper_settings(tmp_path, neighbours, site, issuer=neighbours.url, normalizer_url=neighbours.url)
        admin = people.token(sub="ada", roles=["admin"], partners=[], iss=neighbours.url)
        app = create_app(settings, open_documents(settings.documents_url), open_queue(settings.queue_url))
        async with (
            BackgroundServer(app) as server,
            httpx.AsyncClient(base_url=server.url, headers=admin, trust_env=False) as client,
        ):
            await client.post("/v1/partners", json={"id": "essor", "name": "Essor"})
            await client.post("/v1/spiders", json=html_spider(site))
            run = (await client.post("/v1/spiders/essor-projets/runs")).json()
            path = f"/v1/runs/{run['id']}/events"
            first, second = await asyncio.wait_for(asyncio.gather(events(client, path), events(client, path)), 30)
            for told in (first, second):
                assert told[-1].state is RunState.DONE
                assert told[-1].counters.items == 30
                assert all(not state.state.final for state in told[:-1])
                fetched = [state.counters.pages_fetched for state in told]
                assert fetched == sorted(fetched)
                assert len(set(fetched)) > 2
                paces = [state.pace for state in told if state.pace is not None]
                assert all(pace.pages_per_second > 0 for pace in paces)
                assert any(pace.seconds_left is not None for pace in paces)
                assert paces[-1].seconds_left is None, "it is at its end"
            late = await events(client, path)
            assert [state.state for state in late] == [RunState.DONE]
            notices = await told_of_the_end(neighbours)
            assert len(notices) == 1
            assert "authorization: bearer t" in notices[0].headers.lower()
            assert f"x-request-id: {run['id']}" in notices[0].headers.lower()


async def test_a_normalizer_that_is_away_delays_nothing(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    async with running_scraper(tmp_path, site, normalizer_url="http://127.0.0.1:1") as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).complete
        assert (await scraper.crawl("essor-projets")).complete
        ready = await scraper.client.get("/readyz")
        assert (ready.status_code, ready.json()["degraded"]) == (200, ["normalizer"])


async def test_work_that_failed_is_shown_by_topic(tmp_path: Path) -> None:
    queue = InProcessQueue()

    async def broken(key: str) -> None:
        raise ArithmeticError(key)

    async with running_scraper(tmp_path, queue=queue) as scraper:
        assert "moisson_work_failures_total{" not in (await scraper.client.get("/metrics")).text
        receiving = asyncio.create_task(queue.receive({"broken": broken}, 1))
        for key in ("a", "b"):
            await queue.send(Hint("broken", key))
        async with asyncio.timeout(5):
            while True:
                shown_now = (await scraper.client.get("/metrics")).text
                if 'moisson_work_failures_total{topic="broken"} 2.0' in shown_now:
                    break
                await asyncio.sleep(0.01)
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
