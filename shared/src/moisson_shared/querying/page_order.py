"""Where a page ended: the values of its last project in the order that the query asked for."""

from moisson_shared.contracts.errors import CursorExpired
from moisson_shared.contracts.project import Project, Scalar
from moisson_shared.querying.indexed_project import ProjectIndexer
from moisson_shared.querying.plan_query import SortColumn

Cursor = tuple[Scalar | None, ...]


def cursor_of(shown: Project, sort: tuple[SortColumn, ...], indexer: ProjectIndexer) -> Cursor:
    """The value of each sort key (None where there is none), then the id. It is made of what the caller sees."""
    return (*(indexer.sort_value(shown, key.field) for key in sort), shown.id)


def check_cursor(after: Cursor, sort: tuple[SortColumn, ...]) -> Cursor:
    """The same cursor, numbers as floats; `CursorExpired` where it was not made for these sort keys."""
    if len(after) != len(sort) + 1 or not isinstance(after[-1], str):
        raise CursorExpired("The cursor was not made for this query; start from the first page.")
    values: list[Scalar | None] = [_value(value, key) for value, key in zip(after[:-1], sort, strict=True)]
    return (*values, after[-1])


def _value(value: Scalar | None, key: SortColumn) -> Scalar | None:
    if value is None:
        return None
    if key.numeric and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not key.numeric and isinstance(value, str):
        return value
    raise CursorExpired("The cursor was not made for this query; start from the first page.")
