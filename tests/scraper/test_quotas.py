"""Quotas pause runs and let them go on; usage is counted once, whatever becomes of the process."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from moisson_scraper.keeping.collections import COLLECTIONS, RUNS
from moisson_scraper.keeping.tenancy import CHARGES, DayUsage
from moisson_scraper.quota_book import QuotaBook, Used, merged, over
from moisson_scraper.running.new_run import new_run
from moisson_scraper.running.quota_guard import QuotaGuard
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.quota import Quota
from moisson_shared.contracts.run import RunCounters, RunOrder, RunState
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Insert
from tests.scraper.running_scraper import PARTNER, Scraper, html_spider, json_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory

SPIDER = "essor-projets"
QUOTA = f"/v1/partners/{PARTNER}/quota"
DAY = date(2026, 11, 27)


def used(documents: int | None = None, **counted: int) -> Used:
    return Used(DayUsage(place="p", partner="p", day=DAY, **counted), documents)


@pytest.mark.parametrize(
    ("limits", "spent", "begins", "code"),
    [
        ({}, used(runs=10**9, pages=10**9, bytes=10**12), True, None),
        ({"runs_per_day": 2}, used(runs=1), True, None),
        ({"runs_per_day": 2}, used(runs=2), True, "quota-runs"),
        ({"runs_per_day": 2}, used(runs=9), False, None),
        ({"runs_per_day": 0}, used(), True, "quota-runs"),
        ({"pages_per_day": 10}, used(pages=9), False, None),
        ({"pages_per_day": 10}, used(pages=10), False, "quota-pages"),
        ({"bytes_per_day": 10}, used(bytes=11), True, "quota-bytes"),
        ({"documents": 10}, used(documents=10), False, "quota-storage"),
        ({"documents": 10}, used(), False, None),
    ],
)
def test_when_a_run_is_paused(limits: dict[str, int], spent: Used, begins: bool, code: str | None) -> None:
    paused = over(Quota.model_validate(limits), spent, begins=begins)
    assert (paused.code if paused is not None else None) == code
    if paused is not None:
        assert paused.state is RunState.PAUSED
        assert paused.error is not None
        assert code == "quota-storage" or "on 2026-11-28 at 00:00 UTC" in paused.error


def test_what_is_stated_goes_before_the_installation_s_own() -> None:
    defaults = Quota(pages_per_day=100, runs_per_day=5)
    assert merged(Quota(), defaults) == defaults
    assert merged(Quota(pages_per_day=0, documents=7), defaults) == Quota(pages_per_day=0, runs_per_day=5, documents=7)


async def stated(scraper: Scraper, **quota: int) -> dict[str, Any]:
    answered = await scraper.send("PUT", QUOTA, scraper.people.admin, json=quota, headers={"If-Match": "*"})
    assert answered.status_code == 200, answered.text
    return dict(answered.json())


async def shown(scraper: Scraper) -> dict[str, Any]:
    return dict((await scraper.send("GET", QUOTA, scraper.people.member)).json())


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "by workers"])
async def test_a_run_over_its_pages_is_paused_and_goes_on_once_an_admin_raises_the_quota(
    tmp_path: Path, site: SampleSite, shared: bool
) -> None:
    site.pages |= directory(120, per_page=60)
    site.delay = 0.02
    settings: dict[str, Any] = {"requests_per_host": 4, "quota_pages_per_day": 20, "share_pages": shared}
    async with running_scraper(tmp_path, site, **settings) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start(SPIDER)
        left = await scraper.paused(run.id)
        assert left.code == "quota-pages"
        assert "20 pages a day" in (left.error or "")
        asked = len(site.asked)
        assert 20 <= asked < 120
        again = await scraper.send("POST", f"/v1/runs/{run.id}/resume", scraper.people.member)
        assert again.status_code == 202
        await asyncio.sleep(0.3)  # longer than the sweep
        assert (await scraper.paused(run.id)).code == "quota-pages"
        assert len(site.asked) == asked, "over the quota no page is asked for, whoever resumes"
        await stated(scraper, pages_per_day=1000)
        ended = await scraper.ended(run.id)
        assert (ended.state, ended.complete, ended.counters.records_new) == (RunState.DONE, True, 120)
        targets = site.targets()
        assert sorted(set(targets)) == sorted(targets)
        usage = (await shown(scraper))["usage"]
        assert (usage["runs"], usage["pages"]) == (1, 122)
        assert usage["bytes"] == ended.counters.bytes_fetched
        assert usage["documents"] == 120 + 122


async def test_a_new_run_over_the_quota_waits_and_a_person_may_pause_or_cancel_it(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(2)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await stated(scraper, runs_per_day=1)
        assert (await scraper.crawl(SPIDER)).state is RunState.DONE
        asked = len(site.asked)
        waiting = await scraper.start(SPIDER)
        assert (await scraper.paused(waiting.id)).code == "quota-runs"
        by_person = await scraper.send("POST", f"/v1/runs/{waiting.id}/pause", scraper.people.member)
        assert by_person.json()["code"] == "paused-by-person"
        await stated(scraper, runs_per_day=2)
        await asyncio.sleep(0.5)  # longer than the sweep: a person's pause is not undone
        assert (await scraper.read_run(waiting.id)).state is RunState.PAUSED
        await scraper.send("POST", f"/v1/runs/{waiting.id}/resume", scraper.people.member)
        assert (await scraper.ended(waiting.id)).state is RunState.DONE
        third = await scraper.start(SPIDER)
        await scraper.paused(third.id)
        assert len(site.asked) > asked
        asked = len(site.asked)
        await scraper.send("POST", f"/v1/runs/{third.id}/cancel", scraper.people.member)
        assert (await scraper.ended(third.id)).state is RunState.CANCELLED
        assert len(site.asked) == asked
        assert (await shown(scraper))["usage"]["runs"] == 2


async def test_what_is_read_from_an_archive_was_asked_for_before(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    async with running_scraper(tmp_path, site, archive_folder=str(tmp_path / "archive")) as scraper:
        await scraper.save(html_spider(site, archive=True))
        first = await scraper.crawl(SPIDER)
        before = (await shown(scraper))["usage"]
        await stated(scraper, pages_per_day=1, bytes_per_day=1)
        order = {"reread_of": first.id}
        asked = await scraper.send("POST", f"/v1/spiders/{SPIDER}/runs", scraper.people.member, json=order)
        assert (await scraper.ended(asked.json()["id"], seconds=5)).state is RunState.DONE
        after = (await shown(scraper))["usage"]
        assert (after["runs"], after["pages"], after["bytes"]) == (2, before["pages"], before["bytes"])


async def test_storage_is_counted_and_lets_a_run_go_on_when_less_is_kept(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(10)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl(SPIDER)
        await scraper.save(html_spider(site, id="essor", partner="tilleul"))
        assert (await shown(scraper))["usage"]["documents"] == 10 + 11
        await stated(scraper, documents=21)
        held = await scraper.start(SPIDER)
        assert (await scraper.paused(held.id)).code == "quota-storage"
        free = await scraper.crawl("essor")
        assert free.state is RunState.DONE, "another partner's, though its id begins alike"
        assert (await shown(scraper))["usage"]["documents"] == 21
        await stated(scraper, documents=22)
        assert (await scraper.ended(held.id)).state is RunState.DONE


async def test_quotas_are_answered_with_what_is_stated_and_need_the_version_read(
    tmp_path: Path, site: SampleSite
) -> None:
    async with running_scraper(tmp_path, site, quota_runs_per_day=7) as scraper:
        await scraper.save(html_spider(site))
        answered = await scraper.send("GET", QUOTA, scraper.people.viewer)
        assert answered.headers["etag"] == '"0"'
        limits = {"runs_per_day": 7, "pages_per_day": None, "bytes_per_day": None, "documents": None}
        assert answered.json()["limits"] == limits
        assert answered.json()["stated"] == limits | {"runs_per_day": None}
        for if_match, status in ((None, 428), ('"1"', 412), ('"0"', 200), ('"0"', 412), ('"1"', 200)):
            headers = {"If-Match": if_match} if if_match else {}
            changed = await scraper.send("PUT", QUOTA, scraper.people.admin, json={"pages_per_day": 5}, headers=headers)
            assert changed.status_code == status, changed.text
        assert (await shown(scraper))["limits"] == limits | {"pages_per_day": 5}
        refused = await scraper.send("PUT", QUOTA, scraper.people.admin, json={"pages_per_day": -1})
        assert refused.status_code == 422


async def test_a_run_is_charged_once_by_any_number_of_processes_and_days(tmp_path: Path) -> None:
    store = open_documents(f"sqlite://{tmp_path}/store.sqlite")
    await store.open(COLLECTIONS)
    moment = datetime(2026, 11, 27, 23, 59, tzinfo=UTC)
    book = QuotaBook(store, Quota(pages_per_day=100), lambda: moment)
    spider = SpiderConfig.model_validate(json_spider("https://api.example/") | {"version": 1})
    runs = [new_run(spider.model_copy(update={"id": f"s{n}"}), RunOrder(), "ada", moment) for n in range(4)]
    await store.apply([Insert(RUNS, run) for run in runs])
    guards = [QuotaGuard(book, run, lambda: 0.0) for run in runs]
    doubled = [QuotaGuard(book, run, lambda: 0.0) for run in runs]
    assert await asyncio.gather(*(guard.begin() for guard in guards)) == [None] * 4
    assert await asyncio.gather(*(guard.begin() for guard in doubled)) == [None] * 4
    for pages in (3, 0, 5, 5, 8):  # a run that is begun again counts from nothing
        counted = RunCounters(pages_found=pages, pages_fetched=pages, bytes_fetched=pages * 10)
        await asyncio.gather(*(guard.charge(counted) for guard in (*guards, *doubled)))
    today = (await book.today(PARTNER)).value
    assert (today.runs, today.pages, today.bytes) == (4, 32, 320)
    moment += timedelta(minutes=2)
    counted = RunCounters(pages_found=90, pages_fetched=60, pages_failed=30, bytes_fetched=100)
    assert await guards[0].verdict(counted) is None
    tomorrow = (await book.today(PARTNER)).value
    assert (tomorrow.runs, tomorrow.pages, tomorrow.bytes) == (0, 82, 20)
    verdict = await guards[1].verdict(counted)
    assert verdict is not None
    assert (verdict.code, await store.count(CHARGES)) == ("quota-pages", 4)
    assert "on 2026-11-29" in (verdict.error or "")
    await store.close()
