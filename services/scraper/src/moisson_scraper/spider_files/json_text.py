"""A JSON document of somebody else's: bounded, and with no key twice."""

import json
from typing import Any

from moisson_scraper.spider_files.yaml_document import DEEPEST, MOST_BYTES
from moisson_shared.contracts.errors import Fault, Invalid, TooLarge


def read_json(body: bytes) -> object:
    """The value. Raises `TooLarge`, and `Invalid` that says where."""
    if len(body) > MOST_BYTES:
        raise TooLarge(f"The file has {len(body):,} bytes; at most {MOST_BYTES:,} are read.")
    try:
        value: object = json.loads(body, object_pairs_hook=_each_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _invalid(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise _invalid(str(error)) from error
    if _deeper(value, DEEPEST):
        raise _invalid(f"it is nested more than {DEEPEST} levels deep")
    return value


def _invalid(message: str) -> Invalid:
    return Invalid("This is no JSON that can be read.", (Fault("", message),))


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is given twice in one object")
    return found


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _deeper(value: object, levels: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    return levels <= 0 or any(
        _deeper(part, levels - 1) for part in (value.values() if isinstance(value, dict) else value)
    )
