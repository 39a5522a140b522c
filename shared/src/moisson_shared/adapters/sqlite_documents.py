"""The document store on SQLite: one file, one table per collection.

Knows SQLite only; what a batch comes to is decided by `document_batch`, statements are made by
`sqlite_documents_statements`, threads and durability are `sqlite_documents_threads`'.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from moisson_shared.adapters import sqlite_documents_statements as sql
from moisson_shared.adapters.document_attributes import Layout, full_values, is_storable, lay_out
from moisson_shared.adapters.document_batch import (
    Address,
    Copy,
    Remove,
    Room,
    Save,
    Stretch,
    Write,
    merged_layouts,
    opened,
    prepare,
    settle,
)
from moisson_shared.adapters.document_codec import decode
from moisson_shared.adapters.document_cursor import Place, read_cursor, sort_keys, write_cursor
from moisson_shared.adapters.sqlite_documents_tables import lay_out_tables
from moisson_shared.adapters.sqlite_documents_threads import SqliteThreads
from moisson_shared.contracts.errors import AlreadyExists, TooLarge, Unavailable, VersionConflict
from moisson_shared.contracts.model import Contract
from moisson_shared.ports.documents import Applied, Collection, Condition, Find, Noted, Operation, Page, Stored

D = TypeVar("D", bound=Contract)

CHECK_SECONDS = 2.0
_KEYS_AT_ONCE = 500


class SqliteDocuments:
    """`DocumentStore` in the file at `path`, shared by any number of processes of one machine."""

    def __init__(self, path: Path) -> None:
        self._threads = SqliteThreads(path)
        self._path = path
        self._layouts: dict[str, Layout] = {}

    async def open(self, collections: Sequence[Collection[Any]]) -> None:
        """Creates what is missing: file, tables, columns, indexes."""
        layouts = merged_layouts(self._layouts, [lay_out(collection) for collection in collections])
        await self._threads.start()
        await self._threads.write(lay_out_tables, list(layouts.values()))
        self._layouts = layouts

    async def close(self) -> None:
        """Waits for what is going on, then closes the file."""
        await self._threads.stop()

    async def check(self) -> None:
        """Reads from the file, and sees to it that it is still the file that was opened.

        After a write that failed it writes too, so that a full disk is told until there is room.
        """
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._threads.read(_ping, self._threads)
                await self._threads.require_writing()
        except TimeoutError as error:
            raise Unavailable(
                f"The document store {self._path} did not answer in {CHECK_SECONDS:g} seconds."
            ) from error

    async def get(self, collection: Collection[D], key: str) -> Stored[D] | None:
        """The document, or None."""
        return (await self.get_many(collection, (key,))).get(key)

    async def get_many(self, collection: Collection[D], keys: Sequence[str]) -> dict[str, Stored[D]]:
        """Those of the keys that exist."""
        layout = opened(self._layouts, collection)
        return await self._threads.read(_read_many, layout, collection, keys)

    async def get_noted(self, collection: Collection[Any], keys: Sequence[str]) -> dict[str, Noted]:
        """What is noted of those of the keys that exist, from the writer's cache: a batch needs the same pages next."""
        layout = opened(self._layouts, collection)
        return await self._threads.read_to_write(_read_noted, layout, keys)

    async def find(self, collection: Collection[D], find: Find) -> Page[D]:
        """One page."""
        layout = opened(self._layouts, collection)
        return await self._threads.read(_read_page, layout, collection, find)

    async def count(self, collection: Collection[D], where: tuple[Condition, ...] = ()) -> int:
        """How many documents meet all conditions."""
        statement = sql.count(opened(self._layouts, collection), where)
        return await self._threads.read(_count, statement)

    async def apply(self, operations: Sequence[Operation]) -> Applied:
        """All of the operations in one transaction, or none.

        A caller that is cancelled meanwhile does not know whether it was done.
        """
        if not operations:
            return Applied()
        try:
            return Applied(await self._threads.write(_write, operations, self._layouts, expecting=True))
        except _OtherwiseError:
            return Applied(await self._threads.write(_write, operations, self._layouts, expecting=False))


def _ping(connection: sqlite3.Connection, threads: SqliteThreads) -> None:
    threads.require_file()
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _count(connection: sqlite3.Connection, statement: sql.Clause) -> int:
    return int(connection.execute(statement.sql, statement.values).fetchone()[0])


def _read_many(
    connection: sqlite3.Connection, layout: Layout, collection: Collection[D], keys: Sequence[str]
) -> dict[str, Stored[D]]:
    wanted = [key for key in dict.fromkeys(keys) if is_storable(key)]
    found: dict[str, Stored[D]] = {}
    for key, version, body in _rows(connection, partial(sql.documents, layout), wanted):
        found[key] = decode(collection, key, version, body)
    return {key: found[key] for key in wanted if key in found}


def _read_noted(connection: sqlite3.Connection, layout: Layout, keys: Sequence[str]) -> dict[str, Noted]:
    wanted = [key for key in dict.fromkeys(keys) if is_storable(key)]
    found: dict[str, Noted] = {}
    for key, version, *values in _rows(connection, partial(sql.noted, layout), wanted):
        found[key] = Noted(version, full_values(layout.noted, values))
    return found


def _rows(
    connection: sqlite3.Connection, statement_of: Callable[[Sequence[str]], sql.Clause], keys: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """What a statement selects by very many keys."""
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        statement = statement_of(keys[start : start + _KEYS_AT_ONCE])
        yield from connection.execute(statement.sql, statement.values)


def _read_page(connection: sqlite3.Connection, layout: Layout, collection: Collection[D], find: Find) -> Page[D]:
    keys = sort_keys(layout, find)
    after = read_cursor(layout, keys, find.after) if find.after is not None else None
    statement = sql.page(layout, find.where, keys, after, find.limit + 1)
    rows = connection.execute(statement.sql, statement.values).fetchall()
    items = tuple(decode(collection, row[0], row[1], row[2]) for row in rows[: find.limit])
    if len(rows) <= find.limit:
        return Page(items)
    last = rows[find.limit - 1]
    values = tuple(
        bool(value) if key.attribute.kind == "boolean" and value is not None else value
        for key, value in zip(keys, last[3:], strict=True)
    )
    return Page(items, write_cursor(layout, keys, Place(values, last[0])))


class _OtherwiseError(Exception):
    """A document is not as the batch expects."""


def _write(
    connection: sqlite3.Connection, operations: Sequence[Operation], layout_of: Mapping[str, Layout], *, expecting: bool
) -> dict[Address, int]:
    # Nearly always the documents are as the batch expects, and nobody need ask first; where they are not, the batch is
    # undone and done again with asking. A savepoint instead would make SQLite copy each page before it is written.
    # A body is written as JSON when SQLite is to take it: then its memory serves the next one, and stays in the cache.
    given: dict[Address, int] = {}
    room = Room()
    for stretch in prepare(operations, layout_of):
        layouts = {step.layout.name: step.layout for step in stretch.steps}
        versions = _versions(connection, stretch, layouts, expecting=expecting)
        sizes = None if expecting else _sizes(connection, stretch)
        try:
            outcome = settle(stretch.steps, versions, sizes, expecting=expecting)
            for name, copies in outcome.copies.items():
                _copy(connection, layouts[name], copies, room)
            for name, writes in outcome.writes.items():
                _write_collection(connection, layouts[name], writes, room)
        except (AlreadyExists, VersionConflict, TooLarge) as error:
            if not expecting:
                raise
            raise _OtherwiseError from error  # the careful way tells what is wrong first
        given |= outcome.versions
        if stretch.sweep is not None:
            statement = sql.remove_where(stretch.sweep.layout, stretch.sweep.where)
            connection.execute(statement.sql, statement.values)
    return given


def _versions(
    connection: sqlite3.Connection, stretch: Stretch, layouts: dict[str, Layout], *, expecting: bool
) -> dict[Address, int]:
    found: dict[Address, int] = {}
    for name, keys in stretch.keys(expecting=expecting).items():
        rows = _rows(connection, partial(sql.versions, layouts[name]), keys)
        found |= {(name, key): version for key, version in rows}
    return found


def _sizes(connection: sqlite3.Connection, stretch: Stretch) -> dict[Address, int]:
    found: dict[Address, int] = {}
    for name, keys in stretch.sources().items():
        found |= {(name, key): size for key, size in _rows(connection, partial(sql.sizes, name), keys)}
    return found


def _copy(connection: sqlite3.Connection, layout: Layout, copies: Sequence[Copy], room: Room) -> None:
    for source, run in groupby(copies, key=attrgetter("source")):
        wanted = list(run)
        values = (sql.copy_values(copy, room) for copy in wanted)
        if _execute_many(connection, layout, sql.copy(layout, source), values) != len(wanted):
            raise _OtherwiseError  # absent, or larger than was expected


def _write_collection(connection: sqlite3.Connection, layout: Layout, writes: Sequence[Write], room: Room) -> None:
    # A version that was expected needs no hold: no other writer comes in before this transaction ends.
    for (kind, unchanged), run in groupby(writes, key=_kind):
        if kind == "insert":
            values = (sql.insert_values(write, room) for write in run if isinstance(write, Save))
            _execute_many(connection, layout, sql.insert(layout), values)
        elif kind == "replace":
            saves = [write for write in run if isinstance(write, Save)]
            statement, values_of = sql.replace(layout, unchanged)
            values = (values_of(save, room) for save in saves)
            if _execute_many(connection, layout, statement, values) != len(saves):
                raise _OtherwiseError
        elif kind == "remove":
            connection.executemany(sql.remove(layout), [(write.key,) for write in run if isinstance(write, Remove)])


def _kind(write: Write) -> tuple[str, tuple[str, ...]]:
    if isinstance(write, Save):
        return ("replace", write.unchanged) if write.known else ("insert", ())
    return "remove" if isinstance(write, Remove) else "hold", ()


def _execute_many(
    connection: sqlite3.Connection, layout: Layout, statement: str, rows: Iterable[tuple[sql.SqlValue, ...]]
) -> int:
    """How many rows were written."""
    try:
        return connection.executemany(statement, rows).rowcount
    except sqlite3.IntegrityError as error:
        taken = str(error).rpartition(": ")[2].replace(f"{layout.name}.a_", "")
        raise AlreadyExists(f"{layout.name}: another document has the same {taken}.") from error
