"""A run that is cancelled while its requests hang: it ends at once, its connections are closed, nothing follows."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import Scraper, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory

READ = 20
"""Projects that are answered; the others' pages never end."""
LISTED = 2
"""The pages of the listing that lead to them."""
PROJECTS = 60
AT_ONCE_SECONDS = 10
"""Two, and what a busy machine adds; the requests themselves would go on for a minute."""


@dataclass
class Endless:
    """A body that comes byte by byte until the other side hangs up."""

    open: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, least: int, most: int) -> None:
        """Returns when so many of them are open."""
        while not least <= self.open <= most:
            self.changed.clear()
            await self.changed.wait()

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.changed.set()
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
            while not writer.transport.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        finally:
            self.open -= 1
            self.changed.set()


@dataclass
class HeldBack:
    """An answer that waits for its time."""

    answer: bytes
    time: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        await self.time.wait()
        writer.write(self.answer)
        await writer.drain()


async def hanging(scraper: Scraper, endless: Endless, held: HeldBack, run_id: str) -> None:
    """Returns when what can be read has been read, and requests hang. What hangs is listed only then: in one lot with
    pages that can be read, it would hold these up."""
    async with asyncio.timeout(20):
        await scraper.fetched(run_id, LISTED + READ)
        held.time.set()
        await endless.until(4, 4)


@pytest.mark.parametrize("shares", [False, True])
async def test_a_cancelled_run_lets_go_of_what_it_is_asking_for(tmp_path: Path, site: SampleSite, shares: bool) -> None:
    site.pages |= directory(PROJECTS)
    endless = Endless()
    rest = f"/projets?page={LISTED + 1}"
    answer = site.pages[rest]
    assert isinstance(answer, bytes)
    held = HeldBack(answer)
    site.pages[rest] = lambda _: held
    for n in range(READ + 1, PROJECTS + 1):
        site.pages[f"/projets/{n}"] = lambda _: endless
    async with running_scraper(tmp_path, site, share_pages=shares, requests_per_host=4) as scraper:
        spider = html_spider(site, politeness={"delay": 0, "timeout": 60})
        await scraper.save(spider)
        run = await scraper.start(spider["id"])
        await hanging(scraper, endless, held, run.id)
        assert (await scraper.send("POST", f"/v1/runs/{run.id}/cancel", scraper.people.admin)).status_code == 202
        async with asyncio.timeout(AT_ONCE_SECONDS):
            ended = await scraper.ended(run.id)
            await endless.until(0, 0)
        assert ended.state is RunState.CANCELLED
        asked = len(site.asked)
        kept = [(record.key, record.seq) for record in (await scraper.feed(spider["id"]))[0]]
        assert len(kept) == len({key for key, _ in kept}) == ended.counters.records_new == READ
        await asyncio.sleep(0.5)  # longer than a sweep, and than hints take
        assert len(site.asked) == asked, "nothing goes on fetching"
        assert (await scraper.read_run(run.id)).counters == ended.counters
        assert [(record.key, record.seq) for record in (await scraper.feed(spider["id"]))[0]] == kept

        site.pages |= directory(PROJECTS)
        again = await scraper.crawl(spider["id"])
        assert (again.complete, again.counters.records_new) == (True, PROJECTS - READ)
