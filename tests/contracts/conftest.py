"""Every document store and every search index runs the same suites, by its address, so that processes can share it."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pymongo
import pytest

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.ports.documents import DocumentStore
from tests.contracts.document_nouns import COLLECTIONS
from tests.contracts.search_corpus import a_project, layout, manifest, the_corpus
from tests.contracts.search_engines import ENGINES, SearchIndex, an_address, delete_index, index_at


@pytest.fixture(params=["sqlite", pytest.param("mongodb", marks=pytest.mark.servers)])
def documents_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store of its own."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/documents.sqlite"
        return
    server = mongo_url()
    name = f"moisson_test_{secrets.token_hex(6)}"
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(server, serverSelectionTimeoutMS=5000)
    _end_transactions(client, name)
    client.drop_database(name)
    client.close()


def _end_transactions(client: pymongo.MongoClient[dict[str, object]], database: str) -> None:
    """Dropping waits for transactions of killed writers, for longer than a test should take."""
    idle = {"$currentOp": {"allUsers": False, "idleSessions": True, "idleConnections": False}}
    ours = {"$match": {"type": "idleSession", "appName": f"moisson/{database}", "transaction": {"$exists": True}}}
    sessions: list[dict[str, object]] = [{"$set": {"id": "$lsid.id"}}, {"$project": {"id": 1, "_id": 0}}]
    found = list(client.admin.aggregate([idle, ours, *sessions]))
    if found:
        client.admin.command("killSessions", found)


def mongo_url() -> str:
    """Where the real server is; fails, and never skips, when nobody says so."""
    url = os.environ.get("MONGO_URL")
    if not url:
        pytest.fail('MONGO_URL is not set: run `make servers`, or `eval "$(deploy/servers/up)"`')
    return url


@pytest.fixture
async def documents(documents_url: str) -> AsyncIterator[DocumentStore]:
    """An open store with the collections of `document_nouns`."""
    store = open_documents(documents_url)
    await store.open(COLLECTIONS)
    yield store
    await store.close()


@pytest.fixture(params=ENGINES)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SearchIndex]:
    """An empty index of each engine."""
    async with index_at(an_address(request.param, tmp_path)) as index:
        yield index


@pytest.fixture(params=[*ENGINES, "tantivy in clones"], scope="module")
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an index with the corpus, written once for all these tests: at once, or as clone after clone, so
    that it lies in several segments."""
    engine, _, clones = request.param.partition(" ")
    url = an_address(engine, tmp_path_factory.mktemp("search"))

    async def publish() -> None:
        async with index_at(url, keep=True) as index:
            if not clones:
                await index.publish(the_corpus())
                return
            made = await index.publish([*the_corpus()[:25], a_project("gone", title="Bibliothèque d'énergie")])
            for start in (20, 40, 50):
                version = await index.writer.begin(layout(), clone=made.version)
                await index.writer.write("essai", version, the_corpus()[start : start + 20])
                await index.writer.remove("essai", version, ["gone"])
                made = manifest(version)
                await index.writer.seal(made)
            await index.writer.publish("essai", made.version)

    asyncio.run(publish())
    yield url
    asyncio.run(delete_index(url))


@pytest.fixture
async def corpus(published: str) -> AsyncIterator[SearchIndex]:
    """The index that `published` has written; to be read only."""
    async with index_at(published, keep=True) as index:
        yield index
