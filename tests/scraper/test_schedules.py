"""Schedules as partners meet them: saved, refused, shown, fired by whichever process leads."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.scheduling.schedule_state import SCHEDULE_STATES
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.schedule import ScheduleOutlook
from moisson_shared.ports.documents import Put
from tests.scraper.running_scraper import People, Scraper, file_spider, issuer_site, running_scraper
from tests.scraper.sample_site import SampleSite, answer
from tests.scraper.scheduled_spiders import in_time
from tests.scraper.scraper_process import ScraperProcess

SPIDER = "essor-fichier"


@pytest.fixture
def spider(site: SampleSite) -> dict[str, Any]:
    site.pages["/f.csv"] = answer("id;n\n1;un\n2;deux\n")
    # Far from now, so that nothing is due while a test runs.
    hour = (datetime.now(UTC) + timedelta(hours=12)).hour
    daily = {"kind": "cron", "expression": f"0 {hour} * * *", "time_zone": "UTC"}
    return file_spider(f"{site.url}/f.csv", schedule=daily)


async def outlook(scraper: Scraper) -> ScheduleOutlook:
    answered = await scraper.send("GET", f"/v1/spiders/{SPIDER}/schedule", scraper.people.member)
    assert answered.status_code == 200, answered.text
    return ScheduleOutlook.model_validate_json(answered.content)


async def put_back(folder: Path, days: float) -> None:
    """The stored state becomes what it would be had nobody led for so long."""
    store = open_documents(f"sqlite://{folder}/scraper.sqlite")
    await store.open((*COLLECTIONS, SCHEDULE_STATES))
    stored = await store.get(SCHEDULE_STATES, SPIDER)
    assert stored is not None
    assert stored.value.due_at is not None
    earlier = {
        "due_at": stored.value.due_at - timedelta(days=days),
        "next_at": datetime.now(UTC) - timedelta(seconds=1),
    }
    await store.apply([Put(SCHEDULE_STATES, stored.value.model_copy(update=earlier))])
    await store.close()


async def test_a_schedule_is_shown_and_goes_with_its_spider(tmp_path: Path, spider: dict[str, Any]) -> None:
    path = f"/v1/spiders/{SPIDER}/schedule"
    async with running_scraper(tmp_path) as scraper:
        await scraper.save(spider)
        shown = await outlook(scraper)
        assert shown.next_at is not None
        assert shown.next_at.hour == int(spider["schedule"]["expression"].split()[1])
        assert shown.next_at > datetime.now(UTC)
        assert (len(shown.upcoming), shown.last_fired_at, shown.skipped) == (5, None, ())
        await scraper.change(spider | {"enabled": False})
        assert (await outlook(scraper)).next_at is None
        await scraper.change(spider | {"schedule": {"kind": "adaptive", "least_hours": 6}})
        assert (await outlook(scraper)).interval_hours == 6
        assert (await scraper.send("GET", path, scraper.people.stranger)).status_code == 404
        await scraper.send("DELETE", f"/v1/spiders/{SPIDER}", scraper.people.admin)
        assert (await scraper.send("GET", path, scraper.people.member)).status_code == 404


async def test_an_impossible_schedule_is_refused_when_it_is_saved(tmp_path: Path, spider: dict[str, Any]) -> None:
    async with running_scraper(tmp_path) as scraper:
        await scraper.save(spider)
        wrong = spider | {"schedule": {"kind": "cron", "expression": "*/5 * * * *", "time_zone": "Europe/Lutece"}}
        path, headers = f"/v1/spiders/{SPIDER}", {"If-Match": "*"}
        answered = await scraper.send("PUT", path, scraper.people.member, json=wrong, headers=headers)
        assert answered.status_code == 422
        assert [fault["pointer"] for fault in answered.json()["faults"]] == [
            "/schedule/expression",
            "/schedule/time_zone",
        ]


async def test_what_was_missed_while_the_service_stood_still_is_caught_up_by_one_run(
    tmp_path: Path, site: SampleSite, spider: dict[str, Any]
) -> None:
    people = People()
    async with running_scraper(tmp_path, site, people=people) as scraper:
        await scraper.save(spider)
    await put_back(tmp_path, 10)
    async with running_scraper(tmp_path, site, people=people) as scraper:

        async def begun() -> str | None:
            return (await outlook(scraper)).last_run

        run = await scraper.ended(await in_time(begun))
        assert (run.trigger, run.requested_by, run.state) == ("schedule", "schedule", RunState.DONE)
        assert run.counters.records_new == 2
    async with running_scraper(tmp_path, site, people=people) as scraper:
        shown = await outlook(scraper)
        assert (shown.fired, shown.last_run) == (1, run.id)
        assert {one.code: one.count for one in shown.skipped} == {"missed": 9}
        assert shown.next_at is not None
        assert shown.next_at > datetime.now(UTC)


async def test_when_the_leader_is_killed_another_process_fires(
    tmp_path: Path, site: SampleSite, spider: dict[str, Any]
) -> None:
    people = People()
    async with issuer_site(people) as neighbours:
        leader, follower = (ScraperProcess(tmp_path, people, neighbours, site) for _ in range(2))
        try:
            await leader.start()
            await leader.save(spider)
            await follower.start()
            await leader.kill()
            await put_back(tmp_path, 3)

            async def begun() -> Any:
                return (await follower.send("GET", f"/v1/spiders/{SPIDER}/schedule")).json()["last_run"]

            run = await follower.ended(await in_time(begun))
            assert (run.trigger, run.state) == ("schedule", RunState.DONE)
        finally:
            await leader.kill()
            await follower.stop()
