"""From rows of cells to items: the header row names the fields; odd rows are kept and counted."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FoundItem
from moisson_scraper.reading.text_cleaning import replaced_characters
from moisson_shared.contracts.model import JsonObject

Cell = str | int | float | bool | None


class Row(NamedTuple):
    """One row of a file: its number from 1, and its cells; None is a cell with nothing in it at all."""

    number: int
    cells: list[Cell]
    replaced: int = 0
    """Characters that could not be kept and were replaced."""


MOST_COLUMNS = 2000


def header_names(cells: list[Cell]) -> list[str]:
    """One name per column, as it stands there. A blank one is `(column 3)`, a second `Nom` is `Nom (2)`."""
    names: list[str] = []
    used: set[str] = set()
    for position, cell in enumerate(cells, 1):
        text = "" if cell is None else str(cell)
        name = text if text.strip() else f"(column {position})"
        number = 2
        unique = name
        while unique in used:
            unique = f"{name} ({number})"
            number += 1
        used.add(unique)
        names.append(unique)
    return names


def items_of(rows: Iterable[Row], header_row: int, address: str) -> Iterator[FoundItem | Notice]:
    """One item per row that is not blank. Raises `Unreadable` where there is no header."""
    source = iter(rows)
    names, notices = _header(source, header_row, address)
    number = header_row
    yield from notices
    blank = 0  # rows before this one: counted together, since a file may have a million of them
    for number, cells, replaced in source:
        place = f"{address} row {number}"
        yield from replaced_characters(replaced, place)
        if _is_blank(cells):
            blank += 1
            continue
        yield from _blank_rows(blank, number - 1, address)
        blank = 0
        if len(cells) != len(names):
            message = "Rows have more or fewer cells than the header; what they have was kept."
            yield Notice("ragged-row", message, place)
        if left_out := sum(cell not in {None, ""} for cell in cells[MOST_COLUMNS:]):
            message = f"Cells after the {MOST_COLUMNS:,}th of their row were left out."
            yield Notice("cells-left-out", message, place, left_out)
        yield FoundItem(_values(names, cells), None, None, place)
    yield from _blank_rows(blank, number, address)


def _blank_rows(count: int, last: int, address: str) -> Iterator[Notice]:
    if count:
        message = "Rows without any value were skipped."
        yield Notice("blank-row", message, f"{address} row {last - count + 1}", count)


def _header(source: Iterator[Row], header_row: int, address: str) -> tuple[list[str], list[Notice]]:
    for number, cells, replaced in source:
        if number < header_row:
            continue
        if number > header_row or _is_blank(cells):
            raise Unreadable("no-header", f"Row {header_row}, which should name the columns, is blank.")
        cells = _without_blank_tail(cells)
        if len(cells) > MOST_COLUMNS:
            raise Unreadable("too-many-columns", f"There are {len(cells)} columns; at most {MOST_COLUMNS} are read.")
        names = header_names(cells)
        notices = list(replaced_characters(replaced, f"{address} row {number}"))
        if odd := [name for name, cell in zip(names, cells, strict=True) if name != str(cell)]:
            message = f"Columns without a name, or with one that is taken, were named: {', '.join(odd)}"[:300]
            notices.append(Notice("header-renamed", message, address, len(odd)))
        return names, notices
    raise Unreadable("no-header", f"There is no row {header_row}, which should name the columns.")


def _without_blank_tail(cells: list[Cell]) -> list[Cell]:
    width = len(cells)
    while width and (cells[width - 1] is None or not str(cells[width - 1]).strip()):
        width -= 1
    return cells[:width]


def _is_blank(cells: list[Cell]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _values(names: list[str], cells: list[Cell]) -> JsonObject:
    """Cells beyond the header are kept under their column's number, to MOST_COLUMNS; missing ones are not there."""
    values: JsonObject = {name: cell for name, cell in zip(names, cells, strict=False) if cell is not None}
    for position, cell in enumerate(cells[len(names) : MOST_COLUMNS], len(names) + 1):
        if cell is not None and cell != "":
            values[f"(column {position})"] = cell
    return values
