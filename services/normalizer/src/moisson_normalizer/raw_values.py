"""What a verbatim value is: nothing, a text, or several values. Knows nothing of recipes and schemas."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

T = TypeVar("T")
_LONGEST_KEPT = 200
_FIRST_COMBINING = "\u0300"
_SEVERAL = (list, tuple)
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\x00]")
"""Zero width characters, the soft hyphen, the byte order mark and NUL: they look like nothing and break comparisons."""


def is_empty(value: object) -> bool:
    """Whether a value says nothing: absent, null, blank, or a list of such values."""
    if isinstance(value, str):
        return not value or value.isspace()
    if value is None:
        return True
    if isinstance(value, _SEVERAL):
        return all(map(is_empty, value))
    return isinstance(value, dict) and not value


def as_text(value: object) -> str | None:
    """A single value as text, or None for what has no plain text (an object). `1000.0` from a sheet is `1000`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return None


def flattened(value: object) -> list[Any]:
    """The single values in a value, empty ones left out, nested lists opened."""
    if not isinstance(value, _SEVERAL):
        return [] if is_empty(value) else [value]
    found: list[Any] = []
    for element in value:
        if isinstance(element, str):
            if element and not element.isspace():
                found.append(element)
        else:
            found.extend(flattened(element))
    return found


def remembered(convert: Callable[[str], T]) -> Callable[[str], T]:
    """The same function, keeping its last results: dates, numbers and labels repeat. Long texts are not kept, so that
    the memory for it is bounded."""
    short = lru_cache(maxsize=4096)(convert)

    @wraps(convert)
    def of(text: str) -> T:
        return short(text) if len(text) <= _LONGEST_KEPT else convert(text)

    return of


def collapsed(text: str) -> str:
    """Without white space around and invisible characters; white space inside (no-break too) becomes one blank."""
    # Only blanks are printable white space, and nothing invisible is printable: most texts need no closer look.
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    words = " ".join(text.split())
    return words if words.isprintable() else " ".join(_INVISIBLE.sub("", text).split())


def folded(text: str) -> str:
    """For comparing words: lower case, without accents, ligatures opened, white space collapsed."""
    if not text.isascii():
        text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae").replace("’", "'")
        text = unicodedata.normalize("NFKD", text)
        for mark in set(text):
            if mark >= _FIRST_COMBINING and unicodedata.combining(mark):
                text = text.replace(mark, "")
    return " ".join(text.casefold().split())


def bare(text: str) -> str:
    """For comparing labels: `folded`, and without anything that is no letter or digit."""
    return "".join(mark for mark in folded(text) if mark.isalnum())
