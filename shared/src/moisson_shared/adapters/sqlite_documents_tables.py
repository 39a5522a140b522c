"""Lays out collections in a SQLite file: a table each, a column and an index per indexed attribute, unique indexes.

What is there is written down in `moisson_layout`, so that an attribute declared later is filled in from the bodies.
Columns of attributes no longer declared stay, unread; when declared again they are filled anew.
"""

import json
import sqlite3
from collections.abc import Sequence

from moisson_shared.adapters import sqlite_documents_statements as sql
from moisson_shared.adapters.document_attributes import Layout
from moisson_shared.adapters.document_codec import attributes_of
from moisson_shared.adapters.document_cursor import is_unique_alone
from moisson_shared.contracts.errors import AlreadyExists

_AT_ONCE = 200


def lay_out_tables(connection: sqlite3.Connection, layouts: Sequence[Layout]) -> None:
    """Creates or extends what the collections need, inside the caller's transaction. Nothing to do is no write."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS moisson_layout (collection TEXT PRIMARY KEY, layout TEXT NOT NULL) WITHOUT ROWID"
    )
    for layout in layouts:
        wanted = _description(layout)
        row = connection.execute("SELECT layout FROM moisson_layout WHERE collection = ?", (layout.name,)).fetchone()
        if row is not None and row[0] == wanted:
            continue
        known: dict[str, str] = json.loads(row[0])["attributes"] if row is not None else {}
        _lay_out(connection, layout, known)
        connection.execute(
            "INSERT INTO moisson_layout VALUES (?, ?) ON CONFLICT (collection) DO UPDATE SET layout = excluded.layout",
            (layout.name, wanted),
        )


def _description(layout: Layout) -> str:
    attributes = {attribute.name: attribute.kind.value for attribute in layout.attributes}
    return json.dumps({"attributes": attributes, "indexes": sorted(_indexes(layout))}, sort_keys=True)


def _lay_out(connection: sqlite3.Connection, layout: Layout, known: dict[str, str]) -> None:
    # A table with rowids: bodies make rows wide, and wide rows in a WITHOUT ROWID tree make every search read them.
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {sql.table(layout.name)} "
        "(key TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL)"
    )
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({sql.table(layout.name)})")}
    indexes = _indexes(layout)
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (layout.name,)
    ).fetchall():
        if name not in indexes:
            connection.execute(f'DROP INDEX "{name}"')
    for attribute in layout.attributes:
        # Declared without a type, so that SQLite never converts what it is given.
        if f"a_{attribute.name}" not in columns:
            connection.execute(f"ALTER TABLE {sql.table(layout.name)} ADD COLUMN {sql.column(attribute)}")
    new = [attribute.name for attribute in layout.attributes if known.get(attribute.name) != attribute.kind]
    if new:
        _fill(connection, layout, new)
    for statement in indexes.values():
        _create_index(connection, layout, statement)


def _indexes(layout: Layout) -> dict[str, str]:
    """The statements that create each index, by its name."""
    statements: dict[str, str] = {}
    for attribute in layout.attributes:
        if not attribute.indexed or is_unique_alone(layout, attribute.name):
            continue
        name = f"{layout.name}__by_{attribute.name}"
        target = f"{sql.table(layout.name)} ({sql.column(attribute)}, key)"
        statements[name] = f'CREATE INDEX IF NOT EXISTS "{name}" ON {target}'
    for group in layout.collection.unique:
        if group == (layout.collection.keyed_by,):
            continue
        name = f"{layout.name}__one_{'__'.join(group)}"
        target = f"{sql.table(layout.name)} ({', '.join(sql.column(layout.attribute(each)) for each in group)})"
        statements[name] = f'CREATE UNIQUE INDEX IF NOT EXISTS "{name}" ON {target}'
    return statements


def _create_index(connection: sqlite3.Connection, layout: Layout, statement: str) -> None:
    try:
        connection.execute(statement)
    except sqlite3.IntegrityError as error:
        raise AlreadyExists(
            f"{layout.name} holds documents that are not unique as is now demanded ({error}): mend them first."
        ) from error


def _fill(connection: sqlite3.Connection, layout: Layout, names: Sequence[str]) -> None:
    filled = [attribute for attribute in layout.attributes if attribute.name in names]
    updates = ", ".join(f"{sql.column(attribute)} = ?" for attribute in filled)
    after = ""
    while True:
        rows = connection.execute(
            f"SELECT key, body FROM {sql.table(layout.name)} WHERE key >= ? ORDER BY key LIMIT {_AT_ONCE}",  # noqa: S608  # declared names
            (after,),
        ).fetchall()
        connection.executemany(
            f"UPDATE {sql.table(layout.name)} SET {updates} WHERE key = ?",  # noqa: S608  # declared names
            [(*attributes_of(layout, key, body, names), key) for key, body in rows],
        )
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]
