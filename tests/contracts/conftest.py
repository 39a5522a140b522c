"""Every document store runs the same suite: a fresh one per test, by its address, so that processes can share it."""

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
