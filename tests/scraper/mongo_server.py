"""A MongoDB of one's own: to be stopped, halted and started again amid a crawl."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL
from pathlib import Path

from tests.free_ports import free_port

ROOT = Path(__file__).parents[2]


class OwnMongo:
    """On a port of its own, over a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"mongodb://127.0.0.1:{self._port}/moisson_scraper?replicaSet=rs0"

    async def start(self) -> None:
        """Returns when it takes writes."""
        await self._run("start")

    async def stop(self) -> None:
        """In peace; what it had accepted is there when it starts again."""
        await self._run("stop")

    def signal(self, number: signal.Signals) -> None:
        """SIGKILL; or SIGSTOP: it says nothing, and takes what is sent, until SIGCONT."""
        os.kill(int((self._folder / "mongod.pid").read_text()), number)

    async def _run(self, script: str) -> None:
        said = {"PORT": str(self._port), "DATA": str(self._folder), "CACHE_GB": "0.25"}
        process = await asyncio.create_subprocess_exec(
            ROOT / "deploy/servers/mongodb" / script, env=os.environ | said, stdout=DEVNULL
        )
        assert await process.wait() == 0
