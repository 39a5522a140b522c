"""Characters that no store can keep, replaced by U+FFFD and counted. Nothing else of a value is ever changed."""

import re

from moisson_scraper.reading.notice import Notice
from moisson_shared.contracts.model import JsonObject

DEEPEST = 60
"""Levels of lists and objects in one value; JSON readers downstream give up not far above."""
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class TooDeep(Exception):
    """A value with more levels than DEEPEST."""


def clean_text(text: str) -> tuple[str, int]:
    """The text without NUL and lone surrogates, and how many were replaced."""
    if text.isascii() and "\x00" not in text:
        return text, 0
    return _UNKEEPABLE.subn("�", text)


def clean_value(value: object, depth: int = 0) -> tuple[object, int]:
    """The same for any JSON value, keys included; a key that comes to equal another keeps its own place with a `�`."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list | dict):
        if depth >= DEEPEST:
            raise TooDeep
        if isinstance(value, list):
            cleaned = [clean_value(part, depth + 1) for part in value]
            return [part for part, _ in cleaned], sum(count for _, count in cleaned)
        return _clean_object(value, depth)
    return value, 0


def _clean_object(value: JsonObject, depth: int) -> tuple[JsonObject, int]:
    found: JsonObject = {}
    replaced = 0
    for key, part in value.items():
        name, in_key = clean_text(key)
        while name in found:
            name += "�"
        found[name], in_value = clean_value(part, depth + 1)
        replaced += in_key + in_value
    return found, replaced


def replaced_characters(count: int, place: str) -> tuple[Notice, ...]:
    """The notice for replaced characters; none where nothing was."""
    if not count:
        return ()
    message = "Characters that cannot be kept (NUL, halves of UTF-16 pairs) were replaced by U+FFFD."
    return (Notice("unkeepable-characters", message, place, count),)
