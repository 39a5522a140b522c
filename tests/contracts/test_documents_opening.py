"""Opening, changing what is indexed, closing, and saying in time that the engine is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pytest

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import AlreadyExists, Unavailable
from moisson_shared.contracts.model import Contract, JsonObject
from moisson_shared.ports.documents import (
    Collection,
    DocumentStore,
    Equal,
    Exists,
    Find,
    Insert,
    Order,
    Put,
)
from tests.contracts.conftest import mongo_url
from tests.contracts.document_nouns import COLLECTIONS, COUNTERS, NOTES, Colour, Counter, Note, all_keys, note


def _notes(indexed: tuple[str, ...], unique: tuple[tuple[str, ...], ...] = ()) -> Collection[Note]:
    return Collection("notes", Note, lambda value: value.id, indexed, unique)


async def _opened(url: str, *collections: Collection[Any]) -> DocumentStore:
    store = open_documents(url)
    await store.open(collections)
    return store


async def test_what_was_written_is_there_after_reopening(documents: DocumentStore, documents_url: str) -> None:
    await documents.apply([Insert(NOTES, Note(id="a", rank=1))])
    await documents.close()
    await documents.close()
    with pytest.raises(Unavailable):
        await documents.get(NOTES, "a")
    with pytest.raises(Unavailable):
        await documents.apply([Put(NOTES, Note(id="a"))])
    with pytest.raises(Unavailable):
        await documents.check()
    again = await _opened(documents_url, *COLLECTIONS)
    assert (await note(again, "a")).value.rank == 1
    await again.check()
    await again.close()


async def test_opening_is_repeatable_and_adds_up(documents_url: str) -> None:
    store = await _opened(documents_url, NOTES)
    await store.open([COUNTERS])
    await store.open([NOTES])
    await store.apply([Insert(NOTES, Note(id="a")), Insert(COUNTERS, Counter(id="c"))])
    await store.open(COLLECTIONS)
    assert await store.count(NOTES) == await store.count(COUNTERS) == 1
    await store.close()


async def test_an_attribute_that_becomes_indexed_is_filled_in(documents_url: str) -> None:
    moment = datetime(2024, 5, 1, 12, 0, 0, 7, tzinfo=UTC)
    before = _notes(("title",))
    store = await _opened(documents_url, before)
    await store.apply(
        [Insert(before, Note(id=f"n{n:04}", rank=n % 7 or None, written=moment, title=str(n))) for n in range(1000)]
    )
    await store.close()
    after = _notes(("title", "rank", "written", "colour"))
    store = await _opened(documents_url, after)
    assert await store.count(after, (Equal("rank", 3),)) == 143
    assert await store.count(after, (Equal("rank", None),)) == 143
    assert await store.count(after, (Equal("written", moment),)) == 1000
    assert await store.count(after, (Exists("colour"),)) == 0
    page = await store.find(after, Find((Equal("rank", 3),), (Order("title", descending=True),), limit=2))
    assert [item.value.title for item in page.items] == ["997", "990"]
    assert (await store.get(after, "n0001")) is not None
    await store.close()


async def test_an_attribute_that_is_indexed_again_is_filled_anew(documents_url: str) -> None:
    wide, narrow = _notes(("title", "rank")), _notes(("title",))
    store = await _opened(documents_url, wide)
    await store.apply([Insert(wide, Note(id="a", rank=1)), Insert(wide, Note(id="b", rank=1))])
    await store.close()
    store = await _opened(documents_url, narrow)
    await store.apply([Put(narrow, Note(id="a", rank=2)), Insert(narrow, Note(id="c", rank=2))])
    with pytest.raises(ValueError, match="not indexed"):
        await store.count(narrow, (Equal("rank", 1),))
    await store.close()
    store = await _opened(documents_url, wide)
    assert await store.count(wide, (Equal("rank", 1),)) == 1
    assert await store.count(wide, (Equal("rank", 2),)) == 2
    await store.close()


async def test_a_group_that_becomes_unique_is_checked_from_then_on(documents_url: str) -> None:
    free, strict = _notes(("email", "owner")), _notes(("email", "owner"), (("email",),))
    store = await _opened(documents_url, free)
    await store.apply([Insert(free, Note(id=key, email="one@example.org")) for key in "ab"])
    await store.close()
    store = open_documents(documents_url)
    with pytest.raises(AlreadyExists, match="notes"):
        await store.open([strict])
    await store.close()
    store = await _opened(documents_url, free)
    await store.apply([Put(free, Note(id="b", email="two@example.org"))])
    await store.close()
    store = await _opened(documents_url, strict)
    with pytest.raises(AlreadyExists, match="email"):
        await store.apply([Insert(strict, Note(id="c", email="one@example.org"))])
    await store.close()
    store = await _opened(documents_url, free)
    await store.apply([Insert(free, Note(id="c", email="one@example.org"))])
    await store.close()


class _Odd(Contract):
    id: str
    names: tuple[str, ...] = ()
    values: JsonObject = {}
    either: str | int = ""
    inner: Counter = Counter(id="x")
    colour: Colour = Colour.RED


MISTAKES: dict[str, tuple[Collection[Any], str]] = {
    "a list": (Collection("odd", _Odd, lambda odd: odd.id, ("names",)), "cannot be indexed"),
    "an object": (Collection("odd", _Odd, lambda odd: odd.id, ("values",)), "cannot be indexed"),
    "another document": (Collection("odd", _Odd, lambda odd: odd.id, ("inner",)), "cannot be indexed"),
    "two kinds": (Collection("odd", _Odd, lambda odd: odd.id, ("either",)), "not one kind"),
    "no field": (Collection("odd", _Odd, lambda odd: odd.id, ("missing",)), "no field"),
    "a path": (Collection("odd", _Odd, lambda odd: odd.id, ("inner.id",)), "names are like"),
    "unique but not indexed": (Collection("odd", _Odd, lambda odd: odd.id, (), (("colour",),)), "unique"),
    "a name that is no name": (Collection('o"dd', _Odd, lambda odd: odd.id), "names are like"),
    "a name of ours": (Collection("moisson_layout", _Odd, lambda odd: odd.id), "does not begin"),
    "a name of the engine": (Collection("sqlite_odd", _Odd, lambda odd: odd.id), "does not begin"),
}


@pytest.mark.parametrize(("collection", "message"), MISTAKES.values(), ids=MISTAKES)
async def test_collections_that_no_engine_can_keep(
    documents_url: str, collection: Collection[Any], message: str
) -> None:
    store = open_documents(documents_url)
    with pytest.raises(ValueError, match=message):
        await store.open([collection])
    await store.close()


async def test_one_name_declared_in_two_ways(documents: DocumentStore) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        await documents.open([_notes(("title",))])


async def test_names_that_engines_reserve_are_just_names(documents_url: str) -> None:
    class Group(Contract):
        key: str
        version: int = 0
        order: str = ""

    groups = Collection("group", Group, lambda group: group.key, ("key", "version", "order"), (("order",),))
    store = await _opened(documents_url, groups)
    await store.apply([Insert(groups, Group(key="a", version=7, order="by")), Insert(groups, Group(key="b"))])
    page = await store.find(groups, Find((Equal("key", "a"),), (Order("order"), Order("version"))))
    assert [(item.key, item.version, item.value.version) for item in page.items] == [("a", 1, 7)]
    await store.close()


async def test_a_document_that_no_longer_fits_its_model_is_named(documents_url: str) -> None:
    class Earlier(Contract):
        id: str
        count: int = 0
        gone: str = "x"

    earlier = Collection("counters", Earlier, lambda value: value.id)
    store = await _opened(documents_url, earlier)
    await store.apply([Insert(earlier, Earlier(id="a"))])
    await store.close()
    store = await _opened(documents_url, COUNTERS)
    with pytest.raises(RuntimeError, match="counters 'a' does not fit Counter"):
        await store.get(COUNTERS, "a")
    await store.close()


async def test_a_sqlite_file_is_private_and_its_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "some" / "folder" / "été.sqlite"
    store = await _opened(path.as_uri().replace("file:", "sqlite:"), *COLLECTIONS)
    await store.apply([Insert(NOTES, Note(id="a"))])
    assert {found.stat().st_mode & 0o777 for found in path.parent.iterdir()} == {0o600}
    await store.close()


async def test_a_sqlite_file_that_was_deleted_or_replaced_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "documents.sqlite"
    store = await _opened(f"sqlite://{path}", *COLLECTIONS)
    await store.check()
    path.unlink()
    with pytest.raises(Unavailable, match="deleted or replaced"):
        await store.check()
    path.write_bytes(b"")
    with pytest.raises(Unavailable, match="deleted or replaced"):
        await store.check()
    await store.close()


async def test_what_is_no_sqlite_file_is_unavailable_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "documents.sqlite"
    path.write_bytes(b"something else\n" * 1000)
    for url in (f"sqlite://{path}", f"sqlite://{tmp_path}", f"sqlite://{path}/below.sqlite"):
        store = open_documents(url)
        with pytest.raises(Unavailable, match="document store"):
            await store.open(COLLECTIONS)
        await store.close()
    assert path.read_bytes() == b"something else\n" * 1000


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
        store = await _opened(f"mongodb://127.0.0.1:{port}/moisson_test_hang?directConnection=true", COUNTERS)
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


async def test_the_file_of_a_long_running_writer_does_not_grow_without_end(tmp_path: Path) -> None:
    store = await _opened(f"sqlite://{tmp_path}/documents.sqlite", *COLLECTIONS)
    for number in range(60):
        await store.apply([Put(NOTES, Note(id=f"n{n}", rank=number, values={"t": "x" * 2000})) for n in range(200)])
    sizes = _sizes(tmp_path)
    assert sizes["documents.sqlite"] < 4_000_000
    assert sizes["documents.sqlite-wal"] < 20_000_000
    assert await all_keys(store, Find(order=(Order("rank"),), limit=100)) == sorted(f"n{n}" for n in range(200))
    await store.close()


def _sizes(folder: Path) -> dict[str, int]:
    return {found.name: found.stat().st_size for found in folder.iterdir()}
