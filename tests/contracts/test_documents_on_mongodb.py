"""What only MongoDB has: a network that hangs, writers that died elsewhere, indexes that an operator sees."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pytest

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.documents import DocumentStore, Insert, Put
from tests.contracts.conftest import mongo_url
from tests.contracts.document_nouns import COLLECTIONS, COUNTERS, NOTES, Counter, Note, opened


@asynccontextmanager
async def _proxy(target: tuple[str, int] | None) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A listener on loopback: forwards to `target` while the event is set; a black hole while it is not."""
    flowing = asyncio.Event()
    tasks: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await flowing.wait()
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        if target is None:
            await reader.read()
            return
        far_reader, far_writer = await asyncio.open_connection(*target)
        writers.add(far_writer)
        for pumping in (pump(reader, far_writer), pump(far_reader, writer)):
            task = asyncio.create_task(pumping)
            tasks.add(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], flowing
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.close()


async def test_a_mongodb_that_takes_connections_and_never_answers_is_unavailable() -> None:
    async with _proxy(None) as (port, _):
        store = open_documents(f"mongodb://127.0.0.1:{port}/hung")
        begin = time.monotonic()
        with pytest.raises(Unavailable, match=f"127.0.0.1:{port}/hung"):
            await store.open(COLLECTIONS)
        assert time.monotonic() - begin < 4
        begin = time.monotonic()
        with pytest.raises(Unavailable):
            await store.check()
        assert time.monotonic() - begin < 2
        await store.close()


@pytest.mark.servers
async def test_a_mongodb_that_hangs_is_told_within_two_seconds_and_comes_back() -> None:
    server = urlsplit(mongo_url())
    async with _proxy((server.hostname or "127.0.0.1", server.port or 27017)) as (port, flowing):
        flowing.set()
        store = await opened(f"mongodb://127.0.0.1:{port}/moisson_test_hang?directConnection=true", COUNTERS)
        await store.check()
        flowing.clear()
        for _ in range(3):
            begin = time.monotonic()
            with pytest.raises(Unavailable):
                await store.check()
            assert time.monotonic() - begin < 2
        flowing.set()
        deadline = time.monotonic() + 20
        while True:
            try:
                await store.check()
                break
            except Unavailable:
                assert time.monotonic() < deadline, "the store did not come back"
        await store.apply([Put(COUNTERS, Counter(id="a"))])
        await store.close()
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(mongo_url())
    client.drop_database("moisson_test_hang")
    client.close()


@pytest.mark.servers
@pytest.mark.parametrize("documents_url", ["mongodb"], indirect=True)
async def test_a_transaction_that_a_dead_writer_left_open_does_not_block_the_next(
    documents: DocumentStore, documents_url: str
) -> None:
    await documents.apply([Put(COUNTERS, Counter(id="a"))])
    database = urlsplit(documents_url).path.strip("/")
    dead: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(documents_url, appname=f"moisson/{database}")
    with dead.start_session() as session:
        session.start_transaction()
        dead[database]["counters"].update_one({"_id": "a"}, {"$set": {"body": "half"}}, session=session)
        begin = time.monotonic()
        await documents.apply([Put(COUNTERS, Counter(id="a", count=7))])
        assert time.monotonic() - begin < 12
        with pytest.raises(pymongo.errors.OperationFailure):
            session.commit_transaction()
    dead.close()
    stored = await documents.get(COUNTERS, "a")
    assert stored is not None
    assert (stored.value.count, stored.version) == (7, 2)


@pytest.mark.servers
@pytest.mark.parametrize("documents_url", ["mongodb"], indirect=True)
async def test_the_indexes_that_lists_need_are_used(documents: DocumentStore, documents_url: str) -> None:
    """An operator can also ask by the indexed attributes: they are native values."""
    await documents.apply([Insert(NOTES, Note(id="a", rank=3, email="a@example.org", pinned=True))])
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(documents_url)
    notes = client.get_default_database()["notes"]
    found = notes.find_one({"a.rank": 3})
    assert found is not None
    assert found["a"] == {"title": "", "rank": 3, "pinned": True, "email": "a@example.org"}
    for query in ({"a.rank": 3}, {"a.email": {"$eq": "a@example.org"}}, {"a.owner": {"$eq": None}}):
        assert "COLLSCAN" not in str(notes.find(query).explain())
    client.close()
