"""From rows of cells to items: the header row names the fields; odd rows are kept and counted."""

from collections.abc import Iterable, Iterator

from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FoundItem
from moisson_shared.contracts.model import JsonObject

Cell = str | int | float | bool | None
Row = tuple[int, list[Cell]]
"""The number of the row in the file, from 1, and its cells. None is a cell with nothing in it at all."""
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
    yield from notices
    for number, cells in source:
        place = f"{address} row {number}"
        if _is_blank(cells):
            yield Notice("blank-row", "Rows without any value were skipped.", place)
            continue
        if len(cells) != len(names):
            message = "Rows have more or fewer cells than the header; they were kept as they are."
            yield Notice("ragged-row", message, place)
        yield FoundItem(_values(names, cells), None, None, place)


def _header(source: Iterator[Row], header_row: int, address: str) -> tuple[list[str], list[Notice]]:
    for number, cells in source:
        if number < header_row:
            continue
        if number > header_row or _is_blank(cells):
            raise Unreadable("no-header", f"Row {header_row}, which should name the columns, is blank.")
        while cells and (cells[-1] is None or not str(cells[-1]).strip()):
            cells = cells[:-1]
        if len(cells) > MOST_COLUMNS:
            raise Unreadable("too-many-columns", f"There are {len(cells)} columns; at most {MOST_COLUMNS} are read.")
        names = header_names(cells)
        notices = []
        if odd := [name for name, cell in zip(names, cells, strict=True) if name != str(cell)]:
            message = f"Columns without a name, or with one that is taken, were named: {', '.join(odd)}"[:300]
            notices.append(Notice("header-renamed", message, address, len(odd)))
        return names, notices
    raise Unreadable("no-header", f"There is no row {header_row}, which should name the columns.")


def _is_blank(cells: list[Cell]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _values(names: list[str], cells: list[Cell]) -> JsonObject:
    """Cells beyond the header are kept under their column's number; missing ones and None are not there."""
    values: JsonObject = {name: cell for name, cell in zip(names, cells, strict=False) if cell is not None}
    for position, cell in enumerate(cells[len(names) : MOST_COLUMNS], len(names) + 1):
        if cell is not None and cell != "":
            values[f"(column {position})"] = cell
    return values
