"""What people ask of a run while it does what they asked before, or after its spider is gone."""

import asyncio
from pathlib import Path

from moisson_scraper.keeping.collections import RUNS
from moisson_scraper.running.new_run import new_run
from moisson_scraper.running.run_spider import utc_now
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.run import RunOrder, RunState
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Insert
from tests.scraper.running_scraper import Scraper, html_spider, polite, running_scraper
from tests.scraper.sample_site import SampleSite, answer, directory

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


async def deleted(scraper: Scraper) -> None:
    """The spider is gone, and its records are tombstoned."""
    gone = await scraper.send("DELETE", f"/v1/spiders/{SPIDER}", scraper.people.member)
    assert gone.status_code == 204, gone.text
    async with asyncio.timeout(5):
        while True:
            if not await scraper.records(SPIDER):
                return
            await asyncio.sleep(0.02)


async def test_what_a_deleted_spider_had_found_is_neither_shown_nor_accepted(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(6)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, expectations={"least_records": 7}))
        held = await scraper.crawl(SPIDER)
        assert held.state is RunState.QUARANTINED
        order = {"trial_pages": 5}
        tried = await scraper.send("POST", f"/v1/spiders/{SPIDER}/runs", scraper.people.member, json=order)
        await scraper.ended(tried.json()["id"])
        await deleted(scraper)
        for run in (held.id, tried.json()["id"]):
            shown = await scraper.send("GET", f"/v1/runs/{run}/items", scraper.people.member)
            assert shown.json() == {"items": [], "next": None}
        accepted = await scraper.send("POST", f"/v1/runs/{held.id}/accept", scraper.people.member)
        assert accepted.status_code == 409, accepted.text
        await scraper.save(html_spider(site))
        accepted = await scraper.send("POST", f"/v1/runs/{held.id}/accept", scraper.people.member)
        assert accepted.status_code == 409, accepted.text
        assert await scraper.records(SPIDER) == []


async def test_a_run_that_was_queued_as_its_spider_was_deleted_asks_for_nothing(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(3)
    store = open_documents(f"sqlite://{tmp_path}/scraper.sqlite")
    async with running_scraper(tmp_path, site, documents=store) as scraper:
        spider = SpiderConfig.model_validate(await scraper.save(html_spider(site)))
        await deleted(scraper)
        # As the store is where both came at once, and the deletion was through before the run began.
        run = new_run(spider, RunOrder(), "mia", utc_now())
        await store.apply([Insert(RUNS, run)])
        ended = await scraper.ended(run.id, seconds=5)
        assert (ended.state, ended.code) == (RunState.FAILED, "spider-deleted")
        assert site.asked == []


async def test_a_run_is_retried_after_a_trial_which_itself_cannot_be(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(4)
    whole, site.pages["/projets/3"] = site.pages["/projets/3"], answer("no", status="500 Broken")
    runs = f"/v1/spiders/{SPIDER}/runs"
    async with running_scraper(tmp_path, site) as scraper:
        member = scraper.people.member
        await scraper.save(html_spider(site, politeness=polite(retries=0)))
        first = await scraper.crawl(SPIDER)
        tried = await scraper.send("POST", runs, member, json={"trial_pages": 2})
        trial = await scraper.ended(tried.json()["id"])
        for order in ({"retry_of": trial.id}, {"retry_of": first.id, "trial_pages": 2}):
            refused = await scraper.send("POST", runs, member, json=order)
            assert (refused.status_code, refused.json()["faults"][0]["pointer"]) == (422, "/retry_of"), order
        site.pages["/projets/3"] = whole
        site.asked.clear()
        again = await scraper.send("POST", runs, member, json={"retry_of": first.id})
        assert again.status_code == 202, again.text
        assert (await scraper.ended(again.json()["id"])).counters.pages_fetched == 1
        assert [target for target in site.targets() if target != "/robots.txt"] == ["/projets/3"]
