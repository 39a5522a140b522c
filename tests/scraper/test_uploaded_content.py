"""Uploads in the store: whole or not at all, whatever happens meanwhile."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.keeping.upload_documents import UPLOAD_CHUNKS, KeptUpload
from moisson_scraper.keeping.uploaded_content import CHUNK, read_upload, write_upload
from moisson_shared.adapters.sqlite_documents import SqliteDocuments
from moisson_shared.contracts.errors import Conflict, Invalid, TooLarge

MOST = 20_000_000


def described(upload_id: str, size: int, sha256: str, chunks: int) -> KeptUpload:
    return KeptUpload(
        bytes=size,
        sha256=sha256,
        uploaded_at=datetime(2018, 3, 1, tzinfo=UTC),
        uploaded_by="mia",
        spider_id="s",
        partner="p",
        upload_id=upload_id,
        chunks=chunks,
    )


async def parts(*given: bytes) -> AsyncIterator[bytes]:
    for part in given:
        yield part


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteDocuments]:
    made = SqliteDocuments(tmp_path / "s.sqlite")
    await made.open(COLLECTIONS)
    yield made
    await made.close()


async def test_a_file_of_many_chunks_is_read_back_and_replaces_the_one_before(store: SqliteDocuments) -> None:
    first = bytes(range(256)) * 30_000
    await write_upload(store, described, "s", parts(first[:10], first[10:CHUNK], first[CHUNK:]), MOST)
    read = await read_upload(store, "s")
    assert read is not None
    assert read[1] == first
    assert read[0].sha256 == hashlib.sha256(first).hexdigest()
    await write_upload(store, described, "s", parts(b"zwei"), MOST)
    read = await read_upload(store, "s")
    assert read is not None
    assert read[1] == b"zwei"
    assert await store.count(UPLOAD_CHUNKS) == 1


async def test_an_upload_that_fails_leaves_the_old_file_and_nothing_else(store: SqliteDocuments) -> None:
    await write_upload(store, described, "s", parts(b"eins"), MOST)

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * (CHUNK + 1)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await write_upload(store, described, "s", broken(), MOST)
    with pytest.raises(TooLarge):
        await write_upload(store, described, "s", parts(b"x" * CHUNK, b"x" * CHUNK), CHUNK + 1)
    with pytest.raises(Invalid):
        await write_upload(store, described, "s", parts(), MOST)
    read = await read_upload(store, "s")
    assert read is not None
    assert read[1] == b"eins"
    assert await store.count(UPLOAD_CHUNKS) == 1


async def test_of_two_uploads_at_once_one_wins_whole(store: SqliteDocuments) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"s" * CHUNK
        yield b"s"
        begun.set()
        await goes_on.wait()
        yield b"s"

    slower = asyncio.create_task(write_upload(store, described, "s", slow(), MOST))
    await begun.wait()
    await write_upload(store, described, "s", parts(b"schnell"), MOST)
    goes_on.set()
    with pytest.raises(Conflict):
        await slower
    read = await read_upload(store, "s")
    assert read is not None
    assert read[1] == b"schnell"
    assert await store.count(UPLOAD_CHUNKS) == 1
