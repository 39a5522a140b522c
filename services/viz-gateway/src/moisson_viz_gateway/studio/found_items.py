"""What a trial or a quarantined run has found, as a table. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from moisson_shared.contracts.raw_record import HeldItem

ROWS = 50
"""In one page."""
_MOST_COLUMNS = 30
_MOST_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One item: its key, its address, and its values in the order of the columns."""

    key: str
    url: str | None
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundTable:
    """Items in a table; `more_columns` are fields that had no room."""

    columns: tuple[str, ...]
    rows: tuple[FoundRow, ...]
    more_columns: int


def found_table(items: Sequence[HeldItem]) -> FoundTable:
    """Fields in the order in which they are met; long values are cut."""
    names = list(dict.fromkeys(name for item in items for name in item.values))
    columns = tuple(names[:_MOST_COLUMNS])
    rows = tuple(
        FoundRow(item.key, item.url, tuple(shown_value(item.values.get(name)) for name in columns)) for item in items
    )
    return FoundTable(columns, rows, len(names) - len(columns))


def shown_value(value: object) -> str:
    """A value of a record as text, cut where it is long."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = " · ".join(value)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
