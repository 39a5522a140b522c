"""Values taken as a whole: how they are written to be filtered and counted, the same for a stored and an asked one."""

import hashlib
import math

from moisson_shared.contracts.project import Scalar
from moisson_shared.contracts.schema import FieldType
from moisson_shared.querying.dates import parse_date

LONGEST_VALUE = 2000
"""Characters. Engines refuse very long terms, so a longer value is known by its beginning and its digest."""

NUMERIC = frozenset({FieldType.NUMBER, FieldType.INTEGER})
RANGED = NUMERIC | {FieldType.DATE}
"""The types whose fields can be asked for by bounds."""


def exact_value(value: Scalar) -> str:
    """A value as text: `true`, `12`, `2.5`, or the text itself. Equal numbers are written alike."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = value.encode(errors="replace").decode()
    if len(text) > LONGEST_VALUE:
        return f"{text[:200]}…{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
    return text


def asked_value(text: str, kind: FieldType) -> str | None:
    """A filter's text in the same writing; None where no value of that type is meant."""
    if kind is FieldType.BOOLEAN:
        return text if text in {"true", "false"} else None
    if kind is FieldType.DATE:
        return text if parse_date(text) else None
    if kind in NUMERIC:
        try:
            number = int(text) if text.lstrip("+-").isdecimal() else float(text)
        except ValueError:
            return None
        return exact_value(number) if number_of(number) is not None else None
    return exact_value(text)


def number_of(value: object) -> float | None:
    """A finite number as the engines keep it (double precision); None for anything else, booleans included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
