"""What people ask of a run while it does what they asked before, or after its spider is gone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from moisson_scraper.keeping.collections import RUNS, SPIDERS
from moisson_scraper.running.new_run import new_run
from moisson_scraper.running.run_spider import utc_now
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.run import RunOrder, RunState
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Applied, Collection, DocumentStore, Insert, Operation, Replace
from tests.scraper.running_scraper import PARTNER, People, Scraper, html_spider, polite, running_scraper
from tests.scraper.sample_site import SampleSite, answer, directory

SPIDER = "essor-projets"


class Meanwhile:
    """A store where something else happens before or after a write, once: the first one of a run in a state, or of
    what is new in a collection."""

    def __init__(self, store: DocumentStore, what: RunState | Collection[Any]) -> None:
        self._store = store
        self._what = what
        self.before: Callable[[], Awaitable[None]] | None = None
        self.after: Callable[[], Awaitable[None]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def apply(self, operations: Sequence[Operation]) -> Applied:
        runs = [one.value for one in operations if isinstance(one, Replace) and one.collection is RUNS]
        made = [one.collection for one in operations if isinstance(one, Insert)]
        concerned = self._what in made or any(run.state is self._what for run in runs)
        if concerned and (happens := self.before) is not None:
            self.before = None
            await happens()
        applied = await self._store.apply(operations)
        if concerned and (happens := self.after) is not None:
            self.after = None
            await happens()
        return applied


async def test_a_run_that_is_cancelled_as_it_pauses_is_cancelled(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(60)
    site.delay = 0.1
    store: Any = Meanwhile(open_documents(f"sqlite://{tmp_path}/scraper.sqlite"), RunState.PAUSED)
    async with running_scraper(tmp_path, site, documents=store, requests_per_host=2) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start(SPIDER)
        await scraper.fetched(run.id, 1)

        async def cancel() -> None:
            answered = await scraper.send("POST", f"/v1/runs/{run.id}/cancel", scraper.people.member)
            assert answered.json()["state"] == RunState.RUNNING

        store.before = cancel
        await scraper.send("POST", f"/v1/runs/{run.id}/pause", scraper.people.member)
        ended = await scraper.ended(run.id, seconds=10)
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


async def made_again(scraper: Scraper, spider: dict[str, Any]) -> None:
    """The spider is there anew, once all is over of the deleted one."""
    async with asyncio.timeout(5):
        while True:
            made = await scraper.send("POST", "/v1/spiders", scraper.people.member, json=spider)
            if made.status_code == 201:
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
        await made_again(scraper, html_spider(site))
        accepted = await scraper.send("POST", f"/v1/runs/{held.id}/accept", scraper.people.member)
        assert accepted.status_code == 409, accepted.text
        assert await scraper.records(SPIDER) == []


async def test_nothing_is_accepted_once_records_are_to_be_deleted(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    people = People()
    async with running_scraper(tmp_path, site, people=people) as scraper:
        await scraper.save(html_spider(site, expectations={"least_records": 3}))
        held = await scraper.crawl(SPIDER)
    accept = f"/v1/runs/{held.id}/accept"
    async with running_scraper(tmp_path, site, people=people, works=False) as scraper:
        await scraper.send("DELETE", f"/v1/spiders/{SPIDER}/raw-records", scraper.people.member)
        early = await scraper.send("POST", accept, scraper.people.member)
        assert (early.status_code, "have been deleted" in early.text) == (409, True), early.text


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


async def stated_quota(scraper: Scraper, **quota: int) -> None:
    path = f"/v1/partners/{PARTNER}/quota"
    stated = await scraper.send("PUT", path, scraper.people.admin, json=quota, headers={"If-Match": "*"})
    assert stated.status_code == 200, stated.text


async def test_a_run_is_retried_after_a_trial_and_after_one_that_never_began(tmp_path: Path, site: SampleSite) -> None:
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
        await stated_quota(scraper, runs_per_day=0)
        waiting = await scraper.start(SPIDER)
        await scraper.paused(waiting.id)
        await scraper.send("POST", f"/v1/runs/{waiting.id}/cancel", member)
        assert (await scraper.ended(waiting.id)).counters.pages_done == 0
        await stated_quota(scraper)
        site.pages["/projets/3"] = whole
        site.asked.clear()
        again = await scraper.send("POST", runs, member, json={"retry_of": first.id})
        assert again.status_code == 202, again.text
        assert (await scraper.ended(again.json()["id"])).counters.pages_fetched == 1
        assert [target for target in site.targets() if target != "/robots.txt"] == ["/projets/3"]


async def test_a_pause_that_comes_as_a_run_begins_holds(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    store: Any = Meanwhile(open_documents(f"sqlite://{tmp_path}/scraper.sqlite"), RunState.RUNNING)
    async with running_scraper(tmp_path, site, documents=store) as scraper:
        await scraper.save(html_spider(site))
        begins = asyncio.Event()

        async def pause() -> None:
            run = (await scraper.send("GET", f"/v1/spiders/{SPIDER}/runs", scraper.people.member)).json()["items"][0]
            answered = await scraper.send("POST", f"/v1/runs/{run['id']}/pause", scraper.people.member)
            assert answered.json()["state"] == RunState.PAUSED
            begins.set()

        store.before = pause
        run = await scraper.start(SPIDER)
        await asyncio.wait_for(begins.wait(), 5)
        await asyncio.sleep(0.3)  # longer than the sweep: nobody takes it up
        assert (await scraper.read_run(run.id)).state is RunState.PAUSED
        assert site.asked == []
        await scraper.send("POST", f"/v1/runs/{run.id}/resume", scraper.people.member)
        assert (await scraper.ended(run.id)).state is RunState.DONE


async def test_a_resumed_run_that_is_taken_up_at_once_was_resumed(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    site.delay = 0.2
    store: Any = Meanwhile(open_documents(f"sqlite://{tmp_path}/scraper.sqlite"), RunState.RESUMING)
    async with running_scraper(tmp_path, site, documents=store) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start(SPIDER)
        await scraper.send("POST", f"/v1/runs/{run.id}/pause", scraper.people.member)
        await scraper.paused(run.id)

        async def taken_up() -> None:  # by the sweep
            async with asyncio.timeout(5):
                while True:
                    if (await scraper.read_run(run.id)).state is RunState.RUNNING:
                        return
                    await asyncio.sleep(0.02)

        store.after = taken_up
        resumed = await scraper.send("POST", f"/v1/runs/{run.id}/resume", scraper.people.member)
        assert (resumed.status_code, resumed.json().get("state")) == (202, RunState.RESUMING), resumed.text


async def test_a_pause_that_comes_as_the_process_stops_holds(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(30)
    site.delay = 0.1
    people = People()
    async with running_scraper(tmp_path, site, people=people, requests_per_host=2, progress_seconds=9) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start(SPIDER)
        async with asyncio.timeout(5):
            while True:
                if "/projets" in site.targets():
                    break
                await asyncio.sleep(0.02)
        asked = await scraper.send("POST", f"/v1/runs/{run.id}/pause", people.member)
        assert asked.json()["state"] == RunState.RUNNING
    before = len(site.asked)
    async with running_scraper(tmp_path, site, people=people) as scraper:
        await asyncio.sleep(0.3)  # longer than the sweep: nobody takes it up
        left = await scraper.read_run(run.id)
        assert (left.state, left.code, len(site.asked)) == (RunState.PAUSED, "paused-by-person", before)


async def test_no_spider_is_left_of_a_partner_that_goes_as_it_is_made(tmp_path: Path, site: SampleSite) -> None:
    store: Any = Meanwhile(open_documents(f"sqlite://{tmp_path}/scraper.sqlite"), SPIDERS)
    async with running_scraper(tmp_path, site, documents=store) as scraper:
        await scraper.send("POST", "/v1/partners", scraper.people.admin, json={"id": PARTNER, "name": "Essor"})

        async def goes() -> None:
            gone = await scraper.send("DELETE", f"/v1/partners/{PARTNER}", scraper.people.admin)
            assert gone.status_code == 204

        store.before = goes
        made = await scraper.send("POST", "/v1/spiders", scraper.people.member, json=html_spider(site))
        assert made.status_code == 409, made.text
        listed = await scraper.send("GET", "/v1/spiders", scraper.people.admin)
        assert listed.json()["items"] == []


async def test_a_pause_does_not_wait_for_a_site_that_asks_to_be_left_alone(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/projets"] = answer("later", status="503 Busy\r\nRetry-After: 120")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start(SPIDER)
        async with asyncio.timeout(5):
            while True:
                if "/projets" in site.targets():
                    break
                await asyncio.sleep(0.02)
        await scraper.send("POST", f"/v1/runs/{run.id}/pause", scraper.people.member)
        left = await scraper.paused(run.id)
        assert (left.code, left.counters.pages_failed, left.counters.pages_not_reached) == ("paused-by-person", 0, 1)
