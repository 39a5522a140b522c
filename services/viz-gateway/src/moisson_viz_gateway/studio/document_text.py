"""A document as text that people edit: parsing it, and finding the line that a JSON pointer (RFC 6901) means. Pure."""

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # the stdlib's own scanner, public since 3.1

from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.model import Contract, JsonObject

_BLANK = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^\s,\]}]+")
MOST_CHARACTERS = 500_000


@dataclass(frozen=True, slots=True)
class PlacedFault:
    """A fault and the line of the text where it lies, from 1."""

    line: int
    pointer: str
    message: str


def written(document: Contract, *, without: Sequence[str] = ()) -> str:
    """A document as indented JSON, as its form shows it; what is left at its default is left out."""
    value = document.model_dump(mode="json", exclude=set(without), exclude_defaults=True)
    for name in ("kind", "step"):
        _restore(document, value, name)
    return json.dumps(value, ensure_ascii=False, indent=2)


def _restore(document: object, value: object, name: str) -> None:
    """Puts back the words that say which kind a part is of: they are defaults of their models, but needed to read."""
    if isinstance(document, Contract) and isinstance(value, dict):
        if name in type(document).model_fields:
            value.setdefault(name, getattr(document, name))
            rest = {key: value.pop(key) for key in list(value) if key != name}
            value.update(rest)
        for field in type(document).model_fields:
            if field in value:
                _restore(getattr(document, field), value[field], name)
    elif isinstance(document, Mapping) and isinstance(value, dict):
        for key in value:
            _restore(document[key], value[key], name)
    elif isinstance(document, tuple) and isinstance(value, list):
        for one, other in zip(document, value, strict=True):
            _restore(one, other, name)


def read_document(text: str) -> JsonObject:
    """The object that the text holds. `Invalid`, with the line in its message, when it is no JSON object."""
    if len(text) > MOST_CHARACTERS:
        raise Invalid("The text is too long.", (Fault("", f"more than {MOST_CHARACTERS} characters"),))
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        message = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise Invalid("This is not JSON.", (Fault(f"#{line}", f"{message}"),)) from error
    if not isinstance(document, dict):
        raise Invalid("A document is an object in braces.", (Fault("", "write an object: { … }"),))
    return document


def placed(faults: Sequence[Fault], text: str) -> list[PlacedFault]:
    """The faults in the order of their lines. A pointer to something absent means the nearest thing around it."""
    lines = _lines(text)
    found = []
    for fault in faults:
        pointer = fault.pointer
        if pointer.startswith("#") and pointer[1:].isdigit():
            found.append(PlacedFault(int(pointer[1:]), "", fault.message))
            continue
        while pointer and pointer not in lines:
            pointer = pointer.rpartition("/")[0]
        found.append(PlacedFault(lines.get(pointer, 1), fault.pointer, fault.message))
    return sorted(found, key=lambda fault: fault.line)


def value_offsets(text: str) -> dict[str, int]:
    """Where every value of a JSON text begins, by its pointer; as far as the text is JSON."""
    places: dict[str, int] = {}
    # What was found before a fault is all there is to point at.
    with contextlib.suppress(ValueError, IndexError, RecursionError):
        _scan(text, _skip(text, 0), "", places)
    return places


def _lines(text: str) -> dict[str, int]:
    """The line of every value, by its pointer; as far as the text is JSON."""
    starts = [0, *(place.end() for place in re.finditer("\n", text))]
    lines: dict[str, int] = {}
    for pointer, offset in value_offsets(text).items():
        lines[pointer] = _line_of(starts, offset)
    return lines


def _line_of(starts: list[int], offset: int) -> int:
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= offset else (low, middle)
    return low + 1


def _scan(text: str, at: int, pointer: str, places: dict[str, int]) -> int:
    """Notes the value that begins at `at`, and all inside it; returns where it ends."""
    places[pointer] = at
    match text[at]:
        case "{":
            return _scan_inside(text, at, pointer, places, close="}")
        case "[":
            return _scan_inside(text, at, pointer, places, close="]")
        case '"':
            _, end = scanstring(text, at + 1)
            return int(end)
        case _:
            found = _SCALAR.match(text, at)
            if found is None:
                raise ValueError("no value here")
            return found.end()


def _scan_inside(text: str, at: int, pointer: str, places: dict[str, int], close: str) -> int:
    at = _skip(text, at + 1)
    number = 0
    while text[at] != close:
        start = at
        if close == "}":
            key, at = scanstring(text, at + 1)
            at = _skip(text, _skip(text, at) + 1)
            inner = pointer + "/" + key.replace("~", "~0").replace("/", "~1")
        else:
            inner = f"{pointer}/{number}"
            number += 1
        at = _skip(text, _scan(text, at, inner, places))
        places[inner] = start
        if text[at] == ",":
            at = _skip(text, at + 1)
    return at + 1


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return at if found is None else found.end()
