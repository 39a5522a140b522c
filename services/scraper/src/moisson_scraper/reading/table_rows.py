"""From rows of cells to items: the header row names the fields; odd rows are kept and counted."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import NamedTuple

from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FoundItem
from moisson_scraper.reading.text_cleaning import replaced_characters
from moisson_scraper.reading.value_room import ValueRoom
from moisson_shared.contracts.model import JsonObject

Cell = str | int | float | bool | None


class Row(NamedTuple):
    """One row of a file: its number from 1, and its cells; None is a cell with nothing in it at all."""

    number: int
    cells: list[Cell]
    replaced: int = 0
    """Characters that could not be kept and were replaced."""
    cut: bool = False
    """Whether blank cells at its end are not told, as in a sheet, whose rows are all as wide."""


MOST_COLUMNS = 2000
MOST_CHARACTERS, MOST_PER_BYTE = 200_000_000, 50
"""Of all records of one file, and more for each of its bytes: a name in the header stands in each record, and a cell of
a spreadsheet may stand for a million."""
MOST_BLANK = 100_000
"""Blank rows that are told together: who waits for the next item may stop waiting then."""
LOOKED_AT = 30
"""Rows at the beginning among which the header is looked for."""


def header_names(cells: list[Cell]) -> list[str]:
    """One name per column, as it stands there. A blank one is `(column 3)`, a second `Nom` is `Nom (2)`."""
    names: list[str] = []
    used: set[str] = set()
    following: dict[str, int] = {}
    for position, cell in enumerate(cells, 1):
        text = "" if cell is None else str(cell)
        name = text if text.strip() else f"(column {position})"
        number = following.get(name, 2)
        unique = name
        while unique in used:
            unique = f"{name} ({number})"
            number += 1
        used.add(unique)
        following[name] = number
        names.append(unique)
    return names


def items_of(
    rows: Iterable[Row | Notice], header_row: int | None, address: str, size: int = 0
) -> Iterator[FoundItem | Notice]:
    """One item per row that is not blank; notices among the rows are handed on. Without a stated header row it is
    looked for (`find_header`). Raises `Unreadable` where there is no header, and where the items come to far more than
    the `size` of their file in bytes."""
    source = iter(rows)
    room = ValueRoom(MOST_CHARACTERS + MOST_PER_BYTE * size)
    beginning: list[Row | Notice] = []
    if header_row is None:
        beginning = list(islice(source, LOOKED_AT))
        header_row, told = find_header([row for row in beginning if isinstance(row, Row)], address)
        yield from told
    left = chain(beginning, source)
    names, notices = _header(left, header_row, address)
    yield from notices
    number = header_row
    blank = 0  # rows before this one: counted together, since a file may have a million of them
    for row in left:
        if isinstance(row, Notice):
            yield replace(row, sample=f"{address} {row.sample}".strip())
            continue
        number = row.number
        if _is_blank(row.cells):
            yield from replaced_characters(row.replaced, f"{address} row {number}")
            blank += 1
            if blank == MOST_BLANK:
                yield from _blank_rows(blank, number, address)
                blank = 0
            continue
        yield from _blank_rows(blank, number - 1, address)
        blank = 0
        yield from _item(row, names, f"{address} row {number}", room)
    yield from _blank_rows(blank, number, address)


def _blank_rows(count: int, last: int, address: str) -> Iterator[Notice]:
    if count:
        message = "Rows without any value were skipped."
        yield Notice("blank-row", message, f"{address} row {last - count + 1}", count)


def _item(row: Row, names: list[str], place: str, room: ValueRoom) -> Iterator[FoundItem | Notice]:
    cells = row.cells
    values = _values(names, cells)
    room.take(sum(map(len, values)) + sum(len(value) for value in values.values() if isinstance(value, str)))
    yield from replaced_characters(row.replaced, place)
    if len(cells) > len(names) or (len(cells) < len(names) and not row.cut):
        message = "Rows have more or fewer cells than the header; what they have was kept."
        yield Notice("ragged-row", message, place)
    if left_out := sum(cell not in {None, ""} for cell in cells[MOST_COLUMNS:]):
        message = f"Cells after the {MOST_COLUMNS:,}th of their row were left out."
        yield Notice("cells-left-out", message, place, left_out)
    yield FoundItem(values, None, None, place)


def find_header(beginning: list[Row], address: str) -> tuple[int, tuple[Notice, ...]]:
    """The number of the row that names the columns: the first that is not blank, unless it plainly is a title, with
    cells in no more than a third of the columns that the rows have."""
    filled = [(row.number, sum(not _is_blank([cell]) for cell in row.cells)) for row in beginning]
    filled = [(number, cells) for number, cells in filled if cells]
    if not filled:
        raise Unreadable("no-header", "There is no row that could name the columns: those at the beginning are blank.")
    usual = sorted(cells for _, cells in filled)[(len(filled) - 1) // 2]
    found = next(number for number, cells in filled if usual < 2 or cells > max(1, usual // 3))
    if found == filled[0][0]:
        return found, ()
    message = f"The rows before row {found} were taken for a title; state `header_row` where that is wrong."
    return found, (Notice("header-found", message, address),)


def _header(source: Iterator[Row | Notice], header_row: int, address: str) -> tuple[list[str], list[Notice]]:
    for row in source:
        if isinstance(row, Notice) or row.number < header_row:
            continue
        number, cells, replaced, _ = row
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
