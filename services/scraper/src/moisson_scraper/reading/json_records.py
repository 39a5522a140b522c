"""Records of a JSON file, of one object per line (NDJSON), and of GeoJSON (RFC 7946).

A list of records is read one by one where its path is plain (`$[*]`, `$.data.projets[*]`): then a large file costs no
more memory than its text. With any other path the document is read as a whole first.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from moisson_scraper.reading.json_document import finite, refuse_constant
from moisson_scraper.reading.json_paths import PathFailed, compile_path
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_shared.contracts.model import JsonObject

_PLAIN = re.compile(r"\$((?:\.[A-Za-z_\u0080-\U0010ffff][\w\u0080-\U0010ffff]*)*)\[\*\]")
_BLANK = re.compile(r"[ \t\r\n]*")
_DEEPEST_FOUND = 3
FEATURES = "$.features[*]"


def json_members(text: str, path: str | None, place: str) -> Iterator[object]:
    """The records that the path gives; without one, the list that the document is or plainly holds. A `Notice` among
    them is one.

    Raises `Unreadable`; in a list that is broken off, after the records that came before.
    """
    decoder = _decoder()
    path = path or _obvious_path(text)
    number = 0
    plain = _PLAIN.fullmatch(path) if path is not None else None
    if plain is not None:
        names = [name for name in plain[1].split(".") if name]
        for value in _streamed(text, names, decoder):
            number += 1
            yield value
    else:
        document = _whole(text, decoder)
        for value in _found(document, path):
            number += 1
            yield value
    if not number:
        yield Notice("no-items-in-page", f"{path or FEATURES!r} finds no items in the file.", place)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=finite, parse_constant=refuse_constant)


def _obvious_path(text: str) -> str | None:
    return "$[*]" if text[_blank(text, 0) :][:1] == "[" else None


def _found(document: Any, path: str | None) -> list[Any]:
    if path is None:
        return _list_in(document)
    try:
        return compile_path(path).all(document)
    except PathFailed as error:
        raise Unreadable("path-failed", f"The records: {error}"[:300]) from error


def _list_in(document: Any) -> list[Any]:
    """The longest list of objects, of those nearest to the top."""
    level = [document]
    for _ in range(_DEEPEST_FOUND):
        inside = [value for part in level if isinstance(part, dict) for value in part.values()]
        lists = [value for value in inside if isinstance(value, list) and any(isinstance(one, dict) for one in value)]
        if lists:
            return max(lists, key=len)
        level = inside
    message = "No list of objects is near the top of the document: say in `records` where they are, as $.data[*]."
    raise Unreadable("records-not-found", message)


# Reading a list while it comes.


def _streamed(text: str, names: list[str], decoder: json.JSONDecoder) -> Iterator[Any]:
    position = _blank(text, 0)
    for name in names:
        position = _inside(text, position, name, decoder)
        if position < 0:
            return
    if text[position : position + 1] != "[":
        if text[position : position + 1] == "{":
            # `[*]` of an object gives its values (RFC 9535, 2.3.2).
            value, _ = _value(text, position, decoder)
            yield from value.values()
        return
    position = _blank(text, position + 1)
    if text[position : position + 1] == "]":
        return
    while True:
        value, position = _value(text, position, decoder)
        yield value
        position = _blank(text, position)
        following = text[position : position + 1]
        if following == "]":
            return
        if following != ",":
            raise _not_json(position, "a comma or ] is missing")
        position = _blank(text, position + 1)


def _inside(text: str, position: int, name: str, decoder: json.JSONDecoder) -> int:
    """Where the value of that name begins in the object at a position; -1 where there is none."""
    if text[position : position + 1] != "{":
        if not text[position : position + 1]:
            raise _not_json(position, "it is empty")
        return -1
    position = _blank(text, position + 1)
    while text[position : position + 1] == '"':
        key, position = _value(text, position, decoder)
        position = _blank(text, position)
        if text[position : position + 1] != ":":
            raise _not_json(position, "a colon is missing")
        position = _blank(text, position + 1)
        if key == name:
            return position
        _, position = _value(text, position, decoder)
        position = _blank(text, position)
        if text[position : position + 1] != ",":
            break
        position = _blank(text, position + 1)
    if text[position : position + 1] != "}":
        raise _not_json(position, "a comma or } is missing")
    return -1


def _value(text: str, position: int, decoder: json.JSONDecoder) -> tuple[Any, int]:
    try:
        value, end = decoder.raw_decode(text, position)
    except RecursionError as error:
        raise _not_json(position, "it is nested too deeply") from error
    except ValueError as error:
        raise Unreadable("not-json", f"The file is not JSON: {error}."[:300]) from error
    return value, end


def _whole(text: str, decoder: json.JSONDecoder) -> Any:
    value, end = _value(text, _blank(text, 0), decoder)
    if _blank(text, end) != len(text):
        raise _not_json(end, "there is more after its end")
    return value


def _blank(text: str, position: int) -> int:
    found = _BLANK.match(text, position)
    return found.end() if found else position


def _not_json(position: int, reason: str) -> Unreadable:
    return Unreadable("not-json", f"The file is not JSON: {reason} (character {position:,}).")


# The other forms.


def ndjson_members(text: str, place: str) -> Iterator[object]:
    """One record per line. A line that is no JSON is dropped and counted; a file that begins with one is no NDJSON."""
    decoder = _decoder()
    known = False
    position, number = 0, 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        line = text[position:end].strip("\x1e \t\r")  # RFC 7464 has a record separator before each
        position, number = end + 1, number + 1
        if not line:
            continue
        try:
            value = _whole(line, decoder)
        except Unreadable as error:
            if not known:
                raise Unreadable("not-ndjson", f"The first line is not JSON. {error.message}"[:300]) from error
            yield Dropped("bad-line", "Lines that are not JSON were dropped.", f"{place} line {number}")
            continue
        known = True
        yield value
    if not known:
        yield Notice("no-items-in-page", "There are no lines in the file.", place)


def geojson_members(text: str, path: str | None, place: str) -> Iterator[object]:
    """The members that the path gives; without one, the features of a collection, or the one feature that the file is
    (RFC 7946, 3.2). Raises `Unreadable`, as `json_members`."""
    members = json_members(text, path or FEATURES, place)
    first = next(members)  # a notice where there are no members
    if path is None and isinstance(first, Notice) and '"Feature"' in text:
        whole = _whole(text, _decoder())
        if isinstance(whole, dict) and whole.get("type") == "Feature":
            first = whole
    yield first
    yield from members


def feature_record(feature: Any) -> JsonObject | None:
    """A GeoJSON feature as a record: its properties as they stand, its `geometry` verbatim, and its `id` if it has one.
    A property of such a name keeps it, and the feature's own is `(geometry)`, `(id)`. None for what is no feature."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None
    properties = feature.get("properties")
    values: JsonObject = dict(properties) if isinstance(properties, dict) else {}
    for name in ("geometry", "id"):
        if name in feature:
            values[f"({name})" if name in values else name] = feature[name]
    return values
