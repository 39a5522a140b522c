"""The fields of JSON objects: what each path gives, verbatim."""

from typing import Any

from moisson_scraper.reading.json_paths import CompiledPath, compile_path
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.text_cleaning import clean_value, replaced_characters
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.selecting import JsonFields

CompiledFields = dict[str, CompiledPath]
MOST_LOOKS = 10_000_000
"""Paths times the bytes of a document, beyond which it takes long: each path may give all of it, copied and cleaned."""


def compile_fields(fields: JsonFields) -> CompiledFields:
    """The paths, ready to run. Raises `PathRefused`."""
    return {name: compile_path(path) for name, path in fields.items()}


def read_values(member: Any, fields: CompiledFields, place: str) -> tuple[JsonObject, list[Notice]]:
    """The values of one item: by the fields' paths, or its own keys. A path that can give several gives a list.

    Raises `PathFailed` and `TooDeep`.
    """
    if not fields:
        values: JsonObject = member if isinstance(member, dict) else {"value": member}
    else:
        values = {}
        for name, path in fields.items():
            found = path.all(member)
            if found:
                values[name] = found[0] if path.single else found
    cleaned, replaced = clean_value(values)
    return (cleaned if isinstance(cleaned, dict) else {}), list(replaced_characters(replaced, place))
