"""Rows of a CSV or TSV text (RFC 4180, with the delimiters people use)."""

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator

from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.table_rows import Row

DELIMITERS = (";", ",", "\t", "|")
MOST_CELL_CHARACTERS = 4_000_000
MOST_CELLS = 5_000_000
"""Of one row: a line of nothing but delimiters would take a score of times its bytes. More than the characters of a
cell, so that a quote which is opened for nothing is found out before."""
MOST_MENDED = 100
"""Quotes that are opened for nothing, in one file: each one has lines read again."""
_SAMPLE_CHARACTERS = 100_000
_SAMPLE_ROWS = 100
_SAID = re.compile(r"\"?sep=([^\"\r\n])\"?[;,\t|]*(?:\r\n?|\n)", re.IGNORECASE)
"""A first line that tells Excel the delimiter; saved again, it may have been quoted, or given empty cells."""


def find_delimiter(text: str, header_row: int = 1) -> str:
    """The delimiter that the first line states, as Excel has it (`sep=;`). Else the one that splits the beginning into
    the most columns, the same number in most rows.

    A text in which none splits anything has one column; then it does not matter.
    """
    if (said := _SAID.match(text)) is not None:
        return said[1]
    sample = text[:_SAMPLE_CHARACTERS]
    whole = len(sample) == len(text)
    return max(DELIMITERS, key=lambda delimiter: _score(sample, delimiter, header_row, whole=whole))


def _score(sample: str, delimiter: str, header_row: int, *, whole: bool) -> tuple[float, int]:
    widths: list[int] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), 1):
            if number >= header_row and any(cells):
                widths.append(len(cells))
            if len(widths) > _SAMPLE_ROWS:
                break
    except csv.Error:
        return 0.0, 0
    if not whole and len(widths) > 1:
        widths.pop()  # the sample may have cut the last row
    if not widths:
        return 0.0, 0
    width, times = Counter(widths).most_common(1)[0]
    if width < 2:
        return 0.0, 0
    # The header's own width counts most: a text column full of commas is regular too, now and then.
    return (times / len(widths)) * (2.0 if widths[0] == width else 1.0), width


def csv_rows(text: str, delimiter: str) -> Iterator[Row | Notice]:
    """The rows with their numbers; quoted line ends are part of their cell. Raises `Unreadable` where it is no CSV.

    A cell that merely begins with a quote would take all lines up to the next one with it: such a quote is read as it
    stands, and told. A first line that only states the delimiter is a row without cells.
    """
    # One limit for the whole process, and always the same: the standard one (131,072) cuts off long descriptions.
    csv.field_size_limit(MOST_CELL_CHARACTERS)
    lines = _Lines(text, delimiter)
    blanks = _stand_before_quotes(text, delimiter)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=blanks)
    number = width = mended = 0
    while True:
        lines.begin_row()
        cells: list[str] | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if len(lines.taken) < 2:
                raise Unreadable("not-csv", f"After row {number} the file cannot be read as CSV: {error}.") from error
        number += 1
        if cells is None or (len(lines.taken) > 1 and _is_broken(lines, delimiter, width, blanks=blanks)):
            mended += 1
            if mended > MOST_MENDED:
                raise Unreadable("not-csv", f"Up to row {number}, {mended} quotes are opened and never closed.")
            first, *others = lines.taken
            cells = _as_it_stands(first, delimiter)
            lines.give_back(others)
            reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=blanks)
            message = "Quotes that are opened and never closed were read as they stand."
            yield Notice("unclosed-quote", message, f"row {number}")
        width = len(cells)
        yield Row(number, list(cells) if number > 1 or _SAID.match(text) is None else [])


def _stand_before_quotes(text: str, delimiter: str) -> bool:
    """Whether the file puts a blank after each delimiter (`1, "a, b"`), which then is no part of the cell behind it."""
    sample = text[:_SAMPLE_CHARACTERS]
    return delimiter != "\t" and f'{delimiter} "' in sample and f'{delimiter}"' not in sample


class _Lines:
    """The lines of a text, with those that were taken for the row that is being read."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._source = io.StringIO(text, newline="")
        self._delimiter = delimiter
        self._cells = 0
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.at_end = False

    def begin_row(self) -> None:
        """What was taken has been read."""
        self.taken.clear()
        self._cells = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._source, None)
        if line is None:
            self.at_end = True
            raise StopIteration
        self._cells += line.count(self._delimiter)
        if self._cells > MOST_CELLS:
            raise Unreadable("too-many-columns", f"The file has a row of more than {MOST_CELLS:,} cells.")
        self.taken.append(line)
        return line

    def give_back(self, lines: list[str]) -> None:
        self._again.extendleft(reversed(lines))
        self.at_end = False


def _is_broken(lines: _Lines, delimiter: str, width: int, *, blanks: bool) -> bool:
    """Whether a row of several lines is several rows: its quote is still open at the end of the text, or is closed in
    the middle of a cell, and the lines have as many cells as the row before."""
    if lines.at_end:
        return True
    try:
        list(csv.reader(lines.taken, delimiter=delimiter, strict=True, skipinitialspace=blanks))
    except csv.Error:
        first, second, *_ = lines.taken
        return len(_as_it_stands(first, delimiter)) == len(_as_it_stands(second, delimiter)) == width
    return False


def _as_it_stands(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE))
