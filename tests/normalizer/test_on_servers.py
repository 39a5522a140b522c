"""The way from feed to published index on MongoDB and Elasticsearch."""

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.normalizer.neighbours import Neighbours, served
from tests.normalizer.recipes import a_recipe, a_row
from tests.normalizer.running_normalizer import Normalizer, running_normalizer

pytestmark = pytest.mark.servers


def server(variable: str) -> str:
    """The address of a real server; fails saying what to do where it is missing."""
    address = os.environ.get(variable)
    assert address, f"{variable} is not set: run `make servers` and the tests through `make test-servers`"
    return address


@pytest.fixture
async def on_servers(tmp_path: Path) -> AsyncIterator[Normalizer]:
    name = f"normalizer-{secrets.token_hex(6)}"
    mongo, _, options = server("MONGO_URL").partition("?")
    elastic = server("ELASTICSEARCH_URL")
    documents_url = f"{mongo.rstrip('/')}/{name}?{options}"
    async with (
        served(Neighbours()) as neighbours,
        running_normalizer(
            tmp_path, neighbours, documents_url=documents_url, search_url=f"elasticsearch+{elastic}/{name}"
        ) as running,
    ):
        yield running
    async with httpx.AsyncClient(base_url=elastic) as client:
        found = (await client.get(f"/_cat/indices/{name}*", params={"format": "json"})).json()
        for index in found:
            await client.delete(f"/{index['index']}")
    await drop_database(documents_url)


async def drop_database(url: str) -> None:
    from motor.motor_asyncio import AsyncIOMotorClient

    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(url)
    await client.drop_database(client.get_default_database().name)
    client.close()


async def test_feed_to_published_index_and_back(on_servers: Normalizer) -> None:
    feed = on_servers.neighbours.feed()
    feed.put(*(a_row(f"Projet {number}", Année="?" if number == 3 else "2020") for number in range(30)))
    await on_servers.create("recipes", a_recipe())
    first = await on_servers.run()
    assert first.version is not None
    assert (first.recipes[0].projects, first.recipes[0].rejects) == (30, 1)
    assert (await on_servers.publish(first.version)).status_code == 200
    assert len(await on_servers.titles()) == 30

    feed.change("r0001", a_row("Projet renommé"))
    feed.change("r0002", None)
    second = await on_servers.run()

    assert second.version is not None
    counters = second.recipes[0]
    assert (counters.new, counters.changed, counters.gone, counters.unchanged) == (0, 1, 1, 28)
    assert len(await on_servers.titles()) == 30
    assert (await on_servers.publish(second.version)).status_code == 200
    assert "Projet renommé" in await on_servers.titles()
    assert (await on_servers.publish(first.version)).status_code == 200
    assert len(await on_servers.titles()) == 30
    assert (await on_servers.run()).outcome == "unchanged"
