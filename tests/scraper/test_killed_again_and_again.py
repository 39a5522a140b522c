"""`kill -9` at fifty moments of one run: the records are those of an undisturbed run, and pages are hardly asked again.

The bound: a page is asked for once more only where its earlier request was under way, or not yet written down
(`progress_seconds`), when a process was killed. So each kill costs at most the pages of that moment, once each.
"""

import random
from pathlib import Path
from typing import Any

import pytest

from moisson_shared.contracts.raw_record import RawRecord
from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory
from tests.scraper.worker_processes import Workers, killed_while_going_on, worker_settings, workers

KILLS = 50
PROJECTS = 900
WINDOW_SECONDS = 1.5
"""A request, the writing of its visit, and what a busy machine adds."""
LATE_SECONDS = 0.3
"""What a process had sent when it was killed may be seen a little later."""


def told(record: RawRecord) -> tuple[object, ...]:
    """What of a record must not depend on when it was written."""
    return record.key, record.ordinal, record.seq, record.deleted, record.values, record.content_hash


def asked_again(site: SampleSite) -> dict[str, list[float]]:
    """Pages that were asked for more than once, with the times of all requests but the last."""
    times: dict[str, list[float]] = {}
    for asked in site.asked:
        if asked.target != "/robots.txt":
            times.setdefault(asked.target, []).append(asked.at)
    return {target: found[:-1] for target, found in times.items() if len(found) > 1}


def is_within_bound(site: SampleSite, made: Workers) -> None:
    """Each repeated request was under way, or not written down, at a kill; and each kill repeats a page once."""
    for target, times in asked_again(site).items():
        costly = [[at for at in times if -LATE_SECONDS < kill - at < WINDOW_SECONDS] for kill in made.kills]
        assert set(times) == {at for found in costly for at in found}, (target, times, made.kills)
        assert len(times) <= sum(map(bool, costly)), (target, times, made.kills)


async def undisturbed(folder: Path, site: SampleSite) -> list[tuple[object, ...]]:
    async with running_scraper(folder, site) as calm:
        spider = html_spider(site)
        await calm.save(spider)
        assert (await calm.crawl(spider["id"])).complete
        expected = [told(record) for record in (await calm.feed(spider["id"]))[0]]
    site.asked.clear()
    return expected


@pytest.mark.timeout(300)
async def test_embedded_the_run_goes_on_where_each_killed_process_left_it(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(PROJECTS, per_page=30)
    (tmp_path / "calm").mkdir()
    expected = await undisturbed(tmp_path / "calm", site)
    site.delay = 0.05
    async with running_scraper(tmp_path, site, works=False) as scraper:
        spider = html_spider(site)
        await scraper.save(spider)
        settings = worker_settings(scraper, site, DOCUMENTS_URL=f"sqlite://{tmp_path}/scraper.sqlite")
        async with workers(tmp_path, 1, settings) as made:
            run = await scraper.start(spider["id"])
            ended = await killed_while_going_on(scraper, made, run, KILLS, random.Random(20261127), 0.15)
            assert (ended.state, ended.complete, len(made.kills)) == (RunState.DONE, True, KILLS)
            assert [told(record) for record in (await scraper.feed(spider["id"]))[0]] == expected
            assert ended.counters.pages_fetched == PROJECTS + PROJECTS // 30
            is_within_bound(site, made)


@pytest.mark.servers
@pytest.mark.timeout(300)
async def test_three_workers_share_one_crawl_however_often_they_are_killed(
    tmp_path: Path, site: SampleSite, mongo_url: str, redis_url: str
) -> None:
    site.pages |= directory(PROJECTS, per_page=30)
    (tmp_path / "calm").mkdir()
    expected = await undisturbed(tmp_path / "calm", site)
    site.delay = 0.1
    shared: dict[str, Any] = {"documents_url": mongo_url, "queue_url": redis_url, "host_budget_url": redis_url}
    async with running_scraper(tmp_path, site, works=False, requests_per_host=4, **shared) as scraper:
        spider = html_spider(site)
        await scraper.save(spider)
        settings = worker_settings(scraper, site, **{name.upper(): url for name, url in shared.items()})
        async with workers(tmp_path, 3, settings) as made:
            run = await scraper.start(spider["id"])
            ended = await killed_while_going_on(scraper, made, run, KILLS, random.Random(20261128), 0.15, 1.0)
            assert (ended.state, ended.complete) == (RunState.DONE, True)
            assert len(made.kills) == KILLS
            assert [told(record) for record in (await scraper.feed(spider["id"]))[0]] == expected
            assert site.most_at_once <= 8, "a killed process's places come back only after their time"
            is_within_bound(site, made)
