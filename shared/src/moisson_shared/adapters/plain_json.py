"""The JSON of documents that are made of plain values only, written in one pass, and known to be read again as it was.

Most documents are: texts, whole numbers, finite numbers, yes or no, nothing, instants in UTC, and lists and objects of
these to a moderate depth. Their types are looked at, so that nothing else gets to a writer that would take it for
something, and orjson itself refuses what is left: lone surrogates, names that are no texts, and integers over 64 bits.
Knows no model.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from types import NoneType
from typing import Any

import orjson

MOST_LEVELS = 40
"""A parser goes to some 200."""

_ATOMS = frozenset({str, int, bool, NoneType})


def plain_json(fields: Mapping[str, Any]) -> bytes | None:
    """As pydantic writes them, in UTF-8; None where there is anything in them that needs a closer look."""
    for value in fields.values():
        kind = type(value)
        if kind in _ATOMS:
            continue
        if not (_is_utc(value) if kind is datetime else _is_plain(value, MOST_LEVELS)):
            return None
    try:
        return orjson.dumps(fields, option=orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:
        return None


def _is_utc(moment: datetime) -> bool:
    return moment.tzinfo is UTC or (moment.tzinfo is not None and not moment.utcoffset())


def _is_plain(value: Any, levels: int) -> bool:
    kind = type(value)
    if kind is dict:
        inside = value.values()
    elif kind is list:
        inside = value
    elif kind is float:
        return isfinite(value)
    else:
        return kind in _ATOMS
    if not levels:
        return False
    for each in inside:  # noqa: SIM110  # a generator costs more than what it yields here
        if type(each) not in _ATOMS and not _is_plain(each, levels - 1):
            return False
    return True
