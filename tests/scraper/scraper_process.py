"""The scraper as a process of its own, to be killed and started again over the same folder."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from moisson_shared.contracts.raw_record import FeedEnd, RawRecord
from moisson_shared.contracts.run import CrawlRun
from tests.free_ports import free_port
from tests.scraper.running_scraper import People, adds_up
from tests.scraper.sample_site import SampleSite
from tests.shared.web.tokens import ISSUER


@dataclass
class ScraperProcess:
    """Call `start`, `kill`, `stop` as often as wanted."""

    folder: Path
    people: People
    neighbours: SampleSite
    site: SampleSite
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns when it is ready."""
        self.port = free_port()
        said = {
            "DEMO": "true",
            "PORT": str(self.port),
            "DOCUMENTS_URL": f"sqlite://{self.folder}/scraper.sqlite",
            "ISSUER": ISSUER,
            "JWKS_URL": f"{self.neighbours.url}/jwks",
            "OUTBOUND_ALLOW": self.site.address,
            "LEASE_SECONDS": "1",
            "SWEEP_SECONDS": "0.2",
            "PROGRESS_SECONDS": "0.1",
            "RETRY_BACKOFF": "0.05",
            **self.settings,
        }
        environment = os.environ | {f"MOISSON_SCRAPER_{name}": value for name, value in said.items()}
        with (self.folder / "scraper.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "moisson_scraper", env=environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as client:
            while True:
                assert self.process.returncode is None, (self.folder / "scraper.log").read_text()
                try:
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """SIGKILL, at once."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        process, self.process = self.process, None
        if process.returncode is None:
            process.send_signal(number)
        async with asyncio.timeout(20):
            return await process.wait()

    async def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, base_url=self.url, timeout=20) as client:
            return await client.request(method, path, headers=self.people.admin, **given)

    async def save(self, spider: dict[str, Any]) -> None:
        await self.send("POST", "/v1/partners", json={"id": spider["partner"], "name": "Essor"})
        answer = await self.send("POST", "/v1/spiders", json=spider)
        assert answer.status_code == 201, answer.text

    async def run(self, run_id: str) -> CrawlRun:
        answer = await self.send("GET", f"/v1/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        return CrawlRun.model_validate_json(answer.content)

    async def ended(self, run_id: str) -> CrawlRun:
        async with asyncio.timeout(60):
            run = await self.run(run_id)
            while not run.state.final:
                await asyncio.sleep(0.1)
                run = await self.run(run_id)
        adds_up(run)
        return run

    async def feed(self, spider: str, after: str = "", limit: int = 5000) -> tuple[list[RawRecord], FeedEnd]:
        parameters: dict[str, Any] = {"limit": limit} | ({"after": after} if after else {})
        answer = await self.send("GET", f"/v1/spiders/{spider}/raw-records", params=parameters)
        assert answer.status_code == 200, answer.text
        lines = answer.text.splitlines()
        return [RawRecord.model_validate_json(line) for line in lines[:-1]], FeedEnd.model_validate_json(lines[-1])
