"""Two processes that both believe to hold one spider's run, or one lot of its pages: the first one was halted for
longer than its lease, and goes on as if nothing had been. It may write nothing more.
"""

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory
from tests.scraper.test_killed_again_and_again import asked_again, told, undisturbed
from tests.scraper.worker_processes import moved, worker_settings, workers

PROJECTS = 150
AT_ONCE = 4


async def halt(pid: int, database: Path) -> None:
    """SIGSTOP at a moment when the process does not hold the file's own lock, which nobody could take over."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        try:
            with closing(sqlite3.connect(database, timeout=0.2, isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(0.03)
        else:
            return


@pytest.mark.parametrize("shares", [False, True])
async def test_a_leader_that_was_halted_past_its_lease_writes_nothing_more(
    tmp_path: Path, site: SampleSite, shares: bool
) -> None:
    site.pages |= directory(PROJECTS, per_page=15)
    (tmp_path / "calm").mkdir()
    expected = await undisturbed(tmp_path / "calm", site)
    site.delay = 0.1
    database = tmp_path / "scraper.sqlite"
    async with running_scraper(tmp_path, site, works=False) as scraper:
        spider = html_spider(site)
        await scraper.save(spider)
        settings = worker_settings(scraper, site, DOCUMENTS_URL=f"sqlite://{database}", SHARE_PAGES=str(shares))
        async with workers(tmp_path, 1, settings) as made:
            run = await scraper.start(spider["id"])
            await scraper.fetched(run.id, 20, 60)
            first = made.processes[0].pid
            assert first is not None
            await made.start()
            await halt(first, database)
            at_halt = (await scraper.read_run(run.id)).counters.pages_done
            await scraper.fetched(run.id, at_halt + 40, 60)  # the other one has the run now
            await moved(scraper, run.id, at_halt + 40)
            site.asked.clear()
            os.kill(first, signal.SIGCONT)
            ended = await scraper.ended(run.id, 60)
            assert (ended.state, ended.complete) == (RunState.DONE, True)
            assert ended.counters.pages_fetched == PROJECTS + PROJECTS // 15
            assert [told(record) for record in (await scraper.feed(spider["id"]))[0]] == expected
            assert "lease lost" in made.log()
            assert ("lot lost" in made.log()) is shares
            # The bound: it finds out at its next beat, so at most what it had in hand then is asked for by both.
            assert sum(len(times) for times in asked_again(site).values()) <= 2 * AT_ONCE
