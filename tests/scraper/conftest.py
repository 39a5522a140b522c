"""A sample site per test, and a database of its own on the server."""

import os
import uuid
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from tests.scraper.sample_site import SampleSite, sample_site


@pytest.fixture
async def site() -> AsyncIterator[SampleSite]:
    async with sample_site() as made:
        yield made


@pytest.fixture
async def mongo_url() -> AsyncIterator[str]:
    """A database of our own; removed at the end."""
    server = os.environ.get("MONGO_URL")
    if not server:
        pytest.fail("MONGO_URL is not set: start the servers with `make servers`, then run `make test-servers`")
    name = f"moisson_scraper_{uuid.uuid4().hex[:10]}"
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(server)
    await client.drop_database(name)
    client.close()


@pytest.fixture
def redis_url() -> str:
    """Names of our own on the server."""
    server = os.environ.get("REDIS_URL")
    if not server:
        pytest.fail("REDIS_URL is not set: start the servers with `make servers`, then run `make test-servers`")
    return f"{server}?prefix=test-{uuid.uuid4().hex[:10]}"
