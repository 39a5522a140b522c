"""Half of all hints are lost, half of the rest are given twice: only time is lost."""

import random
from collections.abc import Mapping
from pathlib import Path

from moisson_shared.adapters.in_process_queue import InProcessQueue
from moisson_shared.ports.work_queue import Handler, Hint
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory
from tests.scraper.test_killed_again_and_again import told, undisturbed


class Unreliable:
    """A queue as the port allows it."""

    def __init__(self, chance: random.Random) -> None:
        self._queue = InProcessQueue()
        self._chance = chance
        self.lost = 0
        self.doubled = 0
        self._handled = 0

    @property
    def failures(self) -> Mapping[str, int]:
        return self._queue.failures

    async def send(self, hint: Hint) -> None:
        if self._chance.random() < 0.5:
            self.lost += 1
            return
        await self._queue.send(hint)

    async def receive(self, handlers: dict[str, Handler], concurrency: int) -> None:
        await self._queue.receive({topic: self._twice(handler) for topic, handler in handlers.items()}, concurrency)

    def _twice(self, handler: Handler) -> Handler:
        async def handle(key: str) -> None:
            await handler(key)
            self._handled += 1
            if self._handled % 2:
                self.doubled += 1
                await handler(key)

        return handle

    async def close(self) -> None:
        await self._queue.close()


async def test_lost_and_doubled_hints_change_nothing(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(100)
    (tmp_path / "calm").mkdir()
    expected = await undisturbed(tmp_path / "calm", site)
    queue = Unreliable(random.Random(20261127))
    async with running_scraper(tmp_path, site, queue=queue, share_pages=True) as scraper:
        spider = html_spider(site)
        await scraper.save(spider)
        run = await scraper.crawl(spider["id"])
        assert run.complete
        assert (run.counters.pages_fetched, run.counters.records_new) == (110, 100)
        assert [told(record) for record in (await scraper.feed(spider["id"]))[0]] == expected
        pages = [target for target in site.targets() if target != "/robots.txt"]
        assert sorted(pages) == sorted(set(pages))
        assert queue.lost > 0
        assert queue.doubled > 0
        assert queue.failures == {}
