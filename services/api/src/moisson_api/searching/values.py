"""What people write for a number, a date, a yes or no, a box: read exactly, or refused with what to write instead.

Pure: texts in, values out. `ValueError` carries a sentence for people; the caller knows which parameter it was.
"""

import math
import re

from moisson_shared.contracts.project import Scalar
from moisson_shared.contracts.schema import FieldType
from moisson_shared.contracts.search import BoundingBox, ValueRange
from moisson_shared.querying.dates import parse_date
from moisson_shared.querying.exact_values import LONGEST_VALUE, exact_value

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_LARGEST_INTEGER = 2**63 - 1


def read_number(text: str) -> float:
    """A finite decimal number with a point, as in `12.5`."""
    number = float(text) if len(text) <= 400 and _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise ValueError("write a finite number with a decimal point, such as 12.5")
    return number


def read_integer(text: str) -> int:
    """A whole number of at most 64 bits."""
    if not _INTEGER.fullmatch(text) or abs(int(text)) > _LARGEST_INTEGER:
        raise ValueError("write a whole number, such as 12")
    return int(text)


def read_date(text: str) -> str:
    """A year, a month or a day of the calendar (ISO 8601), unchanged."""
    if parse_date(text) is None:
        raise ValueError("write a year, a month or a day that exists: 2016, 2016-05 or 2016-05-17")
    return text


def read_flag(text: str) -> bool:
    """`true` or `false`, nothing else."""
    if text not in {"true", "false"}:
        raise ValueError("write true or false")
    return text == "true"


def read_filter_value(kind: FieldType, text: str) -> str:
    """A value to filter by, in the one form in which facets write it too."""
    if not text:
        raise ValueError("the value is empty; leave the parameter out to search without it")
    if len(text) > LONGEST_VALUE:
        raise ValueError(f"the value has {len(text)} characters; the limit is {LONGEST_VALUE}")
    match kind:
        case FieldType.NUMBER:
            return exact_value(read_number(text))
        case FieldType.INTEGER:
            return exact_value(read_integer(text))
        case FieldType.DATE:
            return read_date(text)
        case FieldType.BOOLEAN:
            return exact_value(read_flag(text))
        case _:
            return text


def read_bound(kind: FieldType, text: str) -> Scalar:
    """One end of a range, of the field's own type."""
    match kind:
        case FieldType.NUMBER:
            return read_number(text)
        case FieldType.INTEGER:
            return read_integer(text)
        case _:
            return read_date(text)


def ends_before_it_begins(asked: ValueRange) -> bool:
    """Whether no value can lie in the range. A year ends with its last day, so 2016-05 to 2016 is a range."""
    least, most = asked.least, asked.most
    if least is None or most is None:
        return False
    if isinstance(least, str) and isinstance(most, str):
        return least[: len(most)] > most
    return not isinstance(least, str) and not isinstance(most, str) and least > most


def read_box(text: str) -> BoundingBox:
    """`west,south,east,north` in WGS 84 degrees; west greater than east crosses the antimeridian."""
    parts = text.split(",")
    if len(parts) != 4:
        raise ValueError("write four numbers, west,south,east,north, such as -5.2,41.3,9.6,51.1")
    west, south, east, north = (read_number(part.strip()) for part in parts)
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        raise ValueError("west and east lie between -180 and 180 degrees")
    if not (-90 <= south <= 90 and -90 <= north <= 90):
        raise ValueError("south and north lie between -90 and 90 degrees")
    if south > north:
        raise ValueError("south is greater than north; the order is west,south,east,north")
    return BoundingBox(west=west, south=south, east=east, north=north)
