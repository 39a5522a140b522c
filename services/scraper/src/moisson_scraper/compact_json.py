"""JSON without blanks, in UTF-8 and faithful: what orjson does not write, the standard library does."""

import json

import orjson

_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)


def compact_json(value: object, *, sort_keys: bool = False) -> bytes:
    """The JSON of a value of plain Python; integers over 64 bits and 1 beside 1.0 stay what they are.

    Raises `ValueError` where the value has no JSON (a lone surrogate, most often).
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if sort_keys else None)
    except orjson.JSONEncodeError:
        return (_sorted if sort_keys else _plain).encode(value).encode()
