"""Worker processes (`moisson-scraper work`), to be killed at any moment and replaced."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from moisson_shared.contracts.run import CrawlRun
from tests.scraper.forked_worker import forked_worker
from tests.scraper.running_scraper import Scraper
from tests.scraper.sample_site import SampleSite


def worker_settings(scraper: Scraper, site: SampleSite, **more: str) -> dict[str, str]:
    """What its workers are told besides."""
    said = {
        "DEMO": "true",
        "PORT": "0",
        "ISSUER": "http://127.0.0.1:9",
        "JWKS_URL": f"{scraper.neighbours.url}/jwks",
        "OUTBOUND_ALLOW": site.address,
        "LEASE_SECONDS": "1",
        "SWEEP_SECONDS": "0.2",
        "PROGRESS_SECONDS": "0.1",
        "RETRY_BACKOFF": "0.05",
        "REQUESTS_PER_HOST": "4",
    }
    return said | more


@dataclass
class Workers:
    """So many workers over the settings given; `kill` ends one of them and starts another."""

    folder: Path
    settings: dict[str, str]
    processes: list[ForkServerProcess] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    """When, on the monotonic clock."""

    async def start(self) -> ForkServerProcess:
        """One more."""
        environment = {f"MOISSON_SCRAPER_{name}": value for name, value in self.settings.items()}
        process = await asyncio.to_thread(forked_worker, environment, self._log)
        self.processes.append(process)
        return process

    async def kill(self, chance: random.Random) -> None:
        """SIGKILL to one of them."""
        process = self.processes.pop(chance.randrange(len(self.processes)))
        process.kill()
        self.kills.append(time.monotonic())
        await asyncio.to_thread(process.join)
        await self.start()

    async def end(self) -> None:
        """All of them, at once."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            await asyncio.to_thread(process.join)

    @property
    def _log(self) -> Path:
        return self.folder / "workers.log"

    def log(self) -> str:
        """What they said."""
        return self._log.read_text()


@asynccontextmanager
async def workers(folder: Path, count: int, settings: dict[str, str]) -> AsyncIterator[Workers]:
    """So many, while the block runs."""
    made = Workers(folder, settings)
    try:
        for _ in range(count):
            await made.start()
        yield made
    finally:
        await made.end()


async def killed_while_going_on(
    scraper: Scraper,
    made: Workers,
    run: CrawlRun,
    times: int,
    chance: random.Random,
    longest: float,
    patience: float = 60,
) -> CrawlRun:
    """Kills as often, at moments of chance after the run has come on, or after some seconds in which it has not; gives
    the run when it is at its end."""
    while len(made.kills) < times:
        before = (await scraper.read_run(run.id)).counters.pages_done
        await moved(scraper, run.id, before, patience)
        await asyncio.sleep(chance.uniform(0, longest))
        if (await scraper.read_run(run.id)).state.final:
            break
        await made.kill(chance)
    return await scraper.ended(run.id, 120)


async def moved(scraper: Scraper, run_id: str, before: int, patience: float = 60) -> None:
    """Returns once the run has read a page more, or is at its end; or when patience is."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while True:
                run = await scraper.read_run(run_id)
                if run.state.final or run.counters.pages_done > before:
                    return
                await asyncio.sleep(0.02)
