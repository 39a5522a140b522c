"""What a verbatim value is: nothing, a text, or several values. Knows nothing of recipes and schemas."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\x00]")
"""Zero width characters, the soft hyphen, the byte order mark and NUL: they look like nothing and break comparisons."""


def is_empty(value: object) -> bool:
    """Whether a value says nothing: absent, null, blank, or a list of such values."""
    if value is None or value == "":
        return True
    if isinstance(value, str):
        return value.isspace()
    if isinstance(value, list | tuple):
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


def flattened(value: object) -> Iterator[Any]:
    """The single values in a value, empty ones left out, nested lists opened."""
    if isinstance(value, list | tuple):
        for element in value:
            yield from flattened(element)
    elif not is_empty(value):
        yield value


def is_tidy(text: str) -> bool:
    """Whether `collapsed` would change nothing: decided without looking at each word. Only blanks are printable white
    space, and nothing invisible is printable."""
    return text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " "


def collapsed(text: str) -> str:
    """Without white space around and invisible characters; white space inside (no-break too) becomes one blank."""
    if is_tidy(text):
        return text
    if (not text.isascii() or "\x00" in text) and _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def folded(text: str) -> str:
    """For comparing words: lower case, without accents, ligatures opened, white space collapsed."""
    if not text.isascii():
        text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae").replace("’", "'")
        text = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return " ".join(text.casefold().split())


def bare(text: str) -> str:
    """For comparing labels: `folded`, and without anything that is no letter or digit."""
    return "".join(mark for mark in folded(text) if mark.isalnum())
