"""Rows of an XLSX workbook, within limits: a workbook is a zip archive, and archives can explode."""

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from lxml.etree import LxmlError

from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.table_rows import Cell, Row
from moisson_scraper.reading.text_cleaning import clean_text
from moisson_scraper.reading.zip_archive import members_of

MOST_ROWS = 1_048_576
"""The rows of a sheet, by its format's own rules (ISO/IEC 29500); a gap between two row numbers is that many rows."""
# What openpyxl lets through from the depths of a broken workbook.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    LxmlError,
    KeyError,
    ValueError,  # defusedxml's refusals of entities among them
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    OverflowError,
    NotImplementedError,
    RecursionError,
)


def xlsx_rows(body: bytes, sheet: str | None) -> Iterator[Row]:
    """The rows of the named sheet, else of the first that has any; hidden ones, which often hold the choices of cells,
    come behind all others. Raises `Unreadable`."""
    # Here, for its 170 modules are of no use to a process that reads no workbook.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    broken = (*_BROKEN, InvalidFileException)
    members_of(body, "not-xlsx", "XLSX")
    try:
        workbook: Any = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
    except broken as error:
        raise Unreadable("not-xlsx", f"The file cannot be read as XLSX: {type(error).__name__}.") from error
    try:
        names = [chosen.title for chosen in workbook.worksheets]
        if not names or (sheet is not None and sheet not in names):
            raise Unreadable(
                "no-such-sheet", f"There is no sheet {sheet!r}; there are {', '.join(names) or 'none'}."[:300]
            )
        shown_first = sorted(names, key=lambda name: workbook[name].sheet_state != "visible")
        for name in shown_first if sheet is None else [sheet]:
            worksheet = workbook[name]
            worksheet.reset_dimensions()  # a workbook may lie about its size
            given = False
            for row in _rows(worksheet):
                if not given and not row.cells:
                    continue
                if not given:
                    yield from (Row(number, []) for number in range(1, row.number))
                    given = True
                yield row
            if given:
                return
    except broken as error:
        raise Unreadable("not-xlsx", f"The sheet cannot be read: {type(error).__name__}.") from error
    finally:
        workbook.close()


def _rows(worksheet: Any) -> Iterator[Row]:
    for number, cells in enumerate(worksheet.iter_rows(values_only=True), 1):
        if number > MOST_ROWS:
            raise Unreadable("too-many-rows", f"A sheet has {MOST_ROWS:,} rows at most; this one says it has more.")
        read = [_cell(cell) for cell in cells]
        replaced = sum(replaced for _, replaced in read)
        yield Row(number, _without_tail([cell for cell, _ in read]), replaced, cut=True)


def _without_tail(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _cell(value: object) -> tuple[Cell, int]:
    """Numbers and truth values as they are, moments and durations in ISO 8601, all else as text; and how much of it was
    replaced."""
    if value is None or isinstance(value, bool | int | float):
        return value, 0
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat(), 0
    if isinstance(value, dt.date | dt.time):
        return value.isoformat(), 0
    if isinstance(value, dt.timedelta):
        return _duration(value), 0
    return clean_text(str(value))


def _duration(value: dt.timedelta) -> str:
    """As OpenDocument writes it: `PT30H00M00S`, with the fraction of a second where there is one."""
    microseconds = abs(value) // dt.timedelta(microseconds=1)
    seconds, fraction = divmod(microseconds, 1_000_000)
    written = f"PT{seconds // 3600:02d}H{seconds // 60 % 60:02d}M{seconds % 60:02d}"
    sign = "-" if value < dt.timedelta() else ""
    return f"{sign}{written}{f'.{fraction:06d}'.rstrip('0') if fraction else ''}S"
