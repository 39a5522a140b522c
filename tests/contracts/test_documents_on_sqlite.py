"""What only SQLite has: a file, that may be deleted, replaced, somebody else's, or grow."""

from pathlib import Path

import pytest

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.documents import Find, Insert, Order, Put
from tests.contracts.document_nouns import COLLECTIONS, NOTES, Note, all_keys, opened


async def test_a_sqlite_file_is_private_and_its_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "some" / "folder" / "été.sqlite"
    store = await opened(path.as_uri().replace("file:", "sqlite:"), *COLLECTIONS)
    await store.apply([Insert(NOTES, Note(id="a"))])
    assert {found.stat().st_mode & 0o777 for found in path.parent.iterdir()} == {0o600}
    await store.close()


async def test_a_sqlite_file_that_was_deleted_or_replaced_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "documents.sqlite"
    store = await opened(f"sqlite://{path}", *COLLECTIONS)
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


async def test_the_file_of_a_long_running_writer_does_not_grow_without_end(tmp_path: Path) -> None:
    store = await opened(f"sqlite://{tmp_path}/documents.sqlite", *COLLECTIONS)
    for number in range(60):
        await store.apply([Put(NOTES, Note(id=f"n{n}", rank=number, values={"t": "x" * 2000})) for n in range(200)])
    sizes = _sizes(tmp_path)
    assert sizes["documents.sqlite"] < 4_000_000
    assert sizes["documents.sqlite-wal"] < 20_000_000
    assert await all_keys(store, Find(order=(Order("rank"),), limit=100)) == sorted(f"n{n}" for n in range(200))
    await store.close()


def _sizes(folder: Path) -> dict[str, int]:
    return {found.name: found.stat().st_size for found in folder.iterdir()}
