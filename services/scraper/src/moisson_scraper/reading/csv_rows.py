"""Rows of a CSV or TSV text (RFC 4180, with the delimiters people use)."""

import csv
import io
from collections import Counter
from collections.abc import Iterator

from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.table_rows import Row

DELIMITERS = (";", ",", "\t", "|")
MOST_CELL_CHARACTERS = 4_000_000
_SAMPLE_CHARACTERS = 100_000
_SAMPLE_ROWS = 100


def find_delimiter(text: str, header_row: int = 1) -> str:
    """The delimiter that splits the beginning into the most columns, the same number in most rows.

    A text in which none splits anything has one column; then it does not matter.
    """
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


def csv_rows(text: str, delimiter: str) -> Iterator[Row]:
    """The rows with their numbers; quoted line ends are part of their cell. Raises `Unreadable` where it is no CSV."""
    # One limit for the whole process, and always the same: the standard one (131,072) cuts off long descriptions.
    csv.field_size_limit(MOST_CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield Row(number, list(cells))
    except csv.Error as error:
        raise Unreadable("not-csv", f"After row {number} the file cannot be read as CSV: {error}.") from error
