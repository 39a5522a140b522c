"""Refuses documents that would come back from JSON different, or not at all.

Contracts admit any JSON object for a partner's own data, and Python values can hold more than JSON: pydantic writes
lone surrogates in names as U+FFFD and numbers that are not finite as texts, and its parser stops at a depth and at a
number of digits that its writer does not mind. Bodies are looked over for signs of these; only then are they examined.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import from_json

from moisson_shared.contracts.errors import Fault, Invalid

MOST_DIGITS = 4300
MOST_BRACKETS_UNSEEN = 150
"""With fewer opening brackets than this a body cannot be too deep for the parser."""

_DIGITS = bytes(ord("0") if code in b"0123456789" else 0 for code in range(256))
_TOO_MANY_DIGITS = b"0" * (MOST_DIGITS + 1)
_REPLACEMENT = "\ufffd".encode()
_SIGNS = b"[{NI" + _REPLACEMENT[:1]
_NO_SIGNS = bytes(code for code in range(256) if code not in _SIGNS)


def require_faithful(value: BaseModel, body: bytes, collection: str, key: str) -> None:
    """`Invalid`, with JSON pointers, when `body` does not say what `value` holds or cannot be read again."""
    # One pass leaves a few bytes, where each search through the body would cost as much as this.
    signs = body.translate(None, _NO_SIGNS)
    suspect = (
        (_REPLACEMENT[:1] in signs and _REPLACEMENT in body)
        or (b"N" in signs and b'"NaN"' in body)
        or (b"I" in signs and b'Infinity"' in body)
    )
    if suspect and (faults := unwritable(value)):
        raise Invalid(f"{collection} {key!r} holds values that JSON cannot express.", faults)
    long = len(body) > MOST_DIGITS and _TOO_MANY_DIGITS in body.translate(_DIGITS)
    if long or signs.count(b"[") + signs.count(b"{") > MOST_BRACKETS_UNSEEN:
        try:
            from_json(b"[%b]" % body)  # as it stands where another document encloses it
        except ValueError as error:
            raise Invalid(
                f"{collection} {key!r} is nested too deeply or holds a number of too many digits: {error}."
            ) from error


def unwritable(value: BaseModel) -> tuple[Fault, ...]:
    """What JSON in UTF-8 cannot express, each with its place; nothing when it is nested too deeply to look."""
    try:
        return tuple(_faults(value, ""))
    except RecursionError:
        return ()


def _faults(value: Any, pointer: str) -> Iterator[Fault]:
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                yield from _faults(getattr(value, name), f"{pointer}/{name}")
        case Mapping():
            for name, inner in value.items():
                if isinstance(name, str) and _has_surrogate(name):
                    yield Fault(pointer, "a name holds a lone surrogate (half of a UTF-16 pair): remove it")
                yield from _faults(inner, f"{pointer}/{_token(name)}")
        case str():
            if _has_surrogate(value):
                yield Fault(pointer, "the text holds a lone surrogate (half of a UTF-16 pair): remove it")
        case bytes():
            pass
        case Sequence():
            for position, inner in enumerate(value):
                yield from _faults(inner, f"{pointer}/{position}")
        case float() if not math.isfinite(value):
            yield Fault(pointer, f"{value} is no JSON number: give a finite one, or null")


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _token(name: object) -> str:
    """A name in a JSON pointer (RFC 6901); a lone surrogate is shown as `?`."""
    return str(name).encode(errors="replace").decode().replace("~", "~0").replace("/", "~1")
