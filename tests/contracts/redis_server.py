"""Where Redis is, an address of a queue there that nobody else has, and a server of one's own to stop and kill."""

import asyncio
import os
import secrets
import signal
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.free_ports import free_port

ROOT = Path(__file__).parents[2]


def redis_url() -> str:
    """Where the real server is; fails, and never skips, when nobody says so."""
    url = os.environ.get("REDIS_URL")
    if not url:
        pytest.fail('REDIS_URL is not set: run `make servers`, or `eval "$(deploy/servers/up)"`')
    return url


@asynccontextmanager
async def a_queue_address(server: str) -> AsyncIterator[str]:
    """The address of an empty queue; whatever is there in the end is removed."""
    prefix = f"moisson-test-{secrets.token_hex(6)}"
    yield f"{server}?prefix={prefix}"
    async with Redis.from_url(server) as redis:
        keys = [key async for key in redis.scan_iter(f"*{prefix}:*")]
        if keys:
            await redis.delete(*keys)


class OwnRedis:
    """A server on a port of its own, with a password; it may be stopped, killed and halted, and started again."""

    PASSWORD = "not-to-be-shown"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://:{self.PASSWORD}@127.0.0.1:{self._port}/0"

    async def start(self) -> None:
        await self._run("start")

    async def stop(self) -> None:
        await self._run("stop")

    def signal(self, number: signal.Signals) -> None:
        """SIGKILL: it forgets nothing. SIGSTOP: it says nothing, and takes what is sent, until SIGCONT."""
        os.kill(int((self._folder / "redis.pid").read_text()), number)

    async def _run(self, script: str) -> None:
        said = {"PORT": str(self._port), "DATA": str(self._folder), "REDIS_ARGS": f"--requirepass {self.PASSWORD}"}
        process = await asyncio.create_subprocess_exec(
            ROOT / "deploy/servers/redis" / script, env=os.environ | said, stdout=DEVNULL
        )
        assert await process.wait() == 0
