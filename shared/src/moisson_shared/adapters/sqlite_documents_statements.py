"""SQL for the document store on SQLite: pure functions from layouts and conditions to statements and parameters.

Names come from declared collections (checked when laid out), values are always bound.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

from moisson_shared.adapters.document_attributes import Attribute, Layout, Plain, plain_value
from moisson_shared.adapters.document_batch import Copy, Room, Save
from moisson_shared.adapters.document_cursor import Place, SortKey, ties_possible
from moisson_shared.ports.documents import Condition, Equal, Exists, In, Range

MOST_VALUES = 20_000
"""In one statement: SQLite binds at most 32,766 in its default build."""


SqlValue = Plain | bytes
"""What a statement binds."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A boolean expression and what is bound in it."""

    sql: str
    values: tuple[Plain, ...] = ()


def column(attribute: Attribute) -> str:
    """The column of an attribute; the prefix keeps an attribute called `key` or `version` apart from ours."""
    return "key" if attribute.is_key else f'"a_{attribute.name}"'


def table(name: str) -> str:
    return f'"{name}"'


# A body is bound as bytes, which spares Python two conversions, and kept as text, which operators can read.


def insert(layout: Layout) -> str:
    """Inserts one row, as `insert_values` binds it."""
    columns = [column(attribute) for attribute in layout.attributes]
    names = ", ".join(["version", "body", *columns, "key"])
    marks = ", ".join(["?", "CAST(? AS TEXT)", *("?" for _ in columns), "?"])
    return f"INSERT INTO {table(layout.name)} ({names}) VALUES ({marks})"  # noqa: S608  # declared names


def insert_values(save: Save, room: Room) -> tuple[SqlValue, ...]:
    body = save.row.body()
    room.take(len(body))
    return (save.version, body, *save.row.attributes, save.row.key)


def replace(layout: Layout, unchanged: tuple[str, ...]) -> tuple[str, Callable[[Save, Room], tuple[SqlValue, ...]]]:
    """Replaces one row that has the version it is known by, and what binds its values.

    SQLite rewrites the entry of each index that a statement names, whether it becomes another one or not.
    """
    named = [attribute.name not in unchanged for attribute in layout.attributes]
    columns = [column(attribute) for attribute in compress(layout.attributes, named)]
    updates = ", ".join(["version = ?", "body = CAST(? AS TEXT)", *(f"{name} = ?" for name in columns)])

    def values(save: Save, room: Room) -> tuple[SqlValue, ...]:
        body = save.row.body()
        room.take(len(body))
        return (save.version, body, *compress(save.row.attributes, named), save.row.key, save.known)

    return f"UPDATE {table(layout.name)} SET {updates} WHERE key = ? AND version = ?", values  # noqa: S608  # declared names


def copy(layout: Layout, source: str) -> str:
    """Inserts one row, version 1, with the body of another inside, as `copy_values` binds it; none where the other is
    absent, or larger than was said."""
    columns = [column(attribute) for attribute in layout.attributes]
    names = ", ".join(["key", "version", "body", *columns])
    fitting = "key = ? AND length(CAST(body AS BLOB)) <= ?"
    marks = ", ".join(["?", "1", "CAST(? AS TEXT) || body || CAST(? AS TEXT)", *("?" for _ in columns)])
    # FAIL, for one row: what may have to be undone by itself is first copied by SQLite, page by page.
    return f"INSERT OR FAIL INTO {table(layout.name)} ({names}) SELECT {marks} FROM {table(source)} WHERE {fitting}"  # noqa: S608  # declared names


def copy_values(copy: Copy, room: Room) -> tuple[SqlValue, ...]:
    before, behind = copy.around()
    room.take(len(before) + copy.size + len(behind))
    return (copy.row.key, before, behind, *copy.row.attributes, copy.key, copy.size)


def remove(layout: Layout) -> str:
    return f"DELETE FROM {table(layout.name)} WHERE key = ?"  # noqa: S608  # declared names


def remove_where(layout: Layout, where: Sequence[Condition]) -> Clause:
    clause = conditions(layout, where)
    return Clause(f"DELETE FROM {table(layout.name)} WHERE {clause.sql}", clause.values)  # noqa: S608  # declared names


def versions(layout: Layout, keys: Sequence[str]) -> Clause:
    """Selects key and version."""
    return _by_key("key, version", layout.name, keys)


def sizes(collection: str, keys: Sequence[str]) -> Clause:
    """Selects keys and the bytes of their bodies."""
    return _by_key("key, length(CAST(body AS BLOB))", collection, keys)


def noted(layout: Layout, keys: Sequence[str]) -> Clause:
    """Selects key, version and what is noted."""
    return _by_key(", ".join(["key", "version", *map(column, layout.noted)]), layout.name, keys)


def documents(layout: Layout, keys: Sequence[str]) -> Clause:
    """Selects key, version and body."""
    return _by_key("key, version, CAST(body AS BLOB)", layout.name, keys)


def _by_key(chosen: str, collection: str, keys: Sequence[str]) -> Clause:
    marks = ", ".join("?" * len(keys))
    return Clause(f"SELECT {chosen} FROM {table(collection)} WHERE key IN ({marks})", tuple(keys))  # noqa: S608  # declared names


def count(layout: Layout, where: Sequence[Condition]) -> Clause:
    clause = conditions(layout, where)
    return Clause(f"SELECT count(*) FROM {table(layout.name)} WHERE {clause.sql}", clause.values)  # noqa: S608  # declared names


def page(
    layout: Layout, where: Sequence[Condition], keys: tuple[SortKey, ...], after: Place | None, limit: int
) -> Clause:
    """Selects key, version, body and the sort values of at most `limit` documents."""
    found = conditions(layout, where)
    place = _after(keys, after) if after is not None else Clause("TRUE")
    chosen = ", ".join(["key", "version", "CAST(body AS BLOB)", *(column(key.attribute) for key in keys)])
    order = [f"{column(key.attribute)} {'DESC' if key.descending else 'ASC'}" for key in keys]
    if not order or ties_possible(layout, where, keys):
        order.append("key")  # else an index on a unique group could not serve it
    sorting = ", ".join(order)
    return Clause(
        f"SELECT {chosen} FROM {table(layout.name)} WHERE {found.sql} AND {place.sql} ORDER BY {sorting} LIMIT ?",  # noqa: S608  # declared names
        (*found.values, *place.values, limit),
    )


def conditions(layout: Layout, where: Sequence[Condition]) -> Clause:
    """All of the conditions; TRUE for none."""
    return _all([_condition(layout, condition) for condition in where])


def _condition(layout: Layout, condition: Condition) -> Clause:
    attribute = layout.attribute(condition.attribute)
    name = column(attribute)
    match condition:
        case Equal(value=None) | Exists(present=False):
            return Clause(f"{name} IS NULL")
        case Exists():
            return Clause(f"{name} IS NOT NULL")
        case Equal(value=value):
            return Clause(f"{name} = ?", (plain_value(attribute, value),))
        case In(values=wanted):
            values = tuple(dict.fromkeys(plain_value(attribute, value) for value in wanted if value is not None))
            if len(values) > MOST_VALUES:
                raise ValueError(f"In on {name} names {len(values):,} values; at most {MOST_VALUES:,} at once")
            either = f"{name} IN ({', '.join('?' * len(values))})"
            return Clause(f"({either} OR {name} IS NULL)" if None in wanted else either, values)
        case Range():
            bounds = [(">", condition.above), (">=", condition.at_least), ("<", condition.below)]
            bounds.append(("<=", condition.at_most))
            given = [
                Clause(f"{name} {sign} ?", (plain_value(attribute, value),))
                for sign, value in bounds
                if value is not None
            ]
            return _all(given) if given else Clause(f"{name} IS NOT NULL")


def _after(keys: tuple[SortKey, ...], place: Place) -> Clause:
    """The documents behind a place: equal on the first sort keys and behind on the next one, or by key in the end.

    The first line alone lets SQLite begin at the right place of an index.
    """
    behind: list[Clause] = []
    same: list[Clause] = []
    for key, value in zip(keys, place.values, strict=True):
        name = column(key.attribute)
        behind.append(_all([*same, _behind(key, value)]))
        same.append(Clause(f"{name} IS ?", (value,)))
    behind.append(_all([*same, Clause("key > ?", (place.key,))]))
    either = Clause(f"({' OR '.join(f'({clause.sql})' for clause in behind)})", _values(behind))
    return _all([*_start(keys, place), either])


def _behind(key: SortKey, value: Plain) -> Clause:
    name = column(key.attribute)
    if value is None:
        return Clause("FALSE") if key.descending else Clause(f"{name} IS NOT NULL")
    if key.descending:
        return Clause(f"({name} < ? OR {name} IS NULL)", (value,))
    return Clause(f"{name} > ?", (value,))


def _start(keys: tuple[SortKey, ...], place: Place) -> list[Clause]:
    if not keys or place.values[0] is None:
        return []
    first, value = keys[0], place.values[0]
    name = column(first.attribute)
    if not first.descending:
        return [Clause(f"{name} >= ?", (value,))]
    return [] if first.attribute.optional else [Clause(f"{name} <= ?", (value,))]


def _all(clauses: Sequence[Clause]) -> Clause:
    return Clause(" AND ".join(f"({clause.sql})" for clause in clauses) or "TRUE", _values(clauses))


def _values(clauses: Sequence[Clause]) -> tuple[Plain, ...]:
    return tuple(value for clause in clauses for value in clause.values)
