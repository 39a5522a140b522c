"""Where Redis is, an address of a queue there that nobody else has, and a server of one's own to stop and kill."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis


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
