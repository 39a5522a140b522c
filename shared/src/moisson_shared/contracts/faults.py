"""From pydantic's errors to faults: where in the document, as JSON pointers (RFC 6901), and what is wrong there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.misplaced import Misplaced
from moisson_shared.contracts.model import FIELD_NAME, HTTP_ADDRESS, LANGUAGE, SLUG

Location = Sequence[int | str]
MOST_FAULTS = 100
"""In one answer; a document with more wrong than this is told so in a last fault."""


def json_pointer(location: Iterable[int | str]) -> str:
    """`("fields", 0, "a/b")` is `/fields/0/a~1b`; the whole document is the empty text."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


_ABSENT = object()


def _inside(here: object, part: int | str) -> object:
    if isinstance(here, Mapping):
        return here.get(part, _ABSENT)
    if isinstance(here, list | tuple) and isinstance(part, int) and part < len(here):
        return here[part]
    return _ABSENT


def place_in(document: object, detail: Mapping[str, Any]) -> tuple[int | str, ...]:
    """The parts of an error's location that are in the document, and a key that is missing there.

    Pydantic also names the branch of a union it tried; such a part is left out, because a reader of the document
    would look for it in vain.
    """
    place: list[int | str] = []
    here = document
    error = detail.get("ctx", {}).get("error")
    location: Location = (*detail["loc"], *(error.place if isinstance(error, Misplaced) else ()))
    for part in location:
        inside = _inside(here, part)
        if inside is not _ABSENT:
            place.append(part)
            here = inside
    if detail["type"] == "missing" and location and (not place or place[-1] != location[-1]):
        place.append(location[-1])
    return tuple(place)


_WRITTEN = {
    HTTP_ADDRESS: "write an address that begins with http:// or https://, without blanks or control characters",
    SLUG: "write small letters without accents, digits, and single hyphens between them: france-engagee",
    FIELD_NAME: "write small letters without accents, digits and _, a letter first: sub_themes",
    LANGUAGE: "write a language by its two letters: fr",
}
"""What is wanted, for people who do not read patterns."""


def message_of(detail: Mapping[str, Any]) -> str:
    """Pydantic's sentence, without the prefix it puts before our own; ours for what has a form that is known."""
    message = str(detail["msg"])
    if detail["type"] == "string_pattern_mismatch":
        pattern = message.removeprefix("String should match pattern '").removesuffix("'")
        return _WRITTEN.get(pattern, message)
    for prefix in ("Value error, ", "Assertion failed, "):
        message = message.removeprefix(prefix)
    return message


def without_echoes(details: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The errors but for lists that pydantic finds too short only because it refused their elements."""
    every = list(details)
    places = [tuple(detail["loc"]) for detail in every]
    within = {place[:length] for place in places for length in range(len(place))}
    return [
        detail
        for detail, place in zip(every, places, strict=True)
        if detail["type"] != "too_short" or place not in within
    ]


def faults_of(error: ValidationError, document: object) -> tuple[Fault, ...]:
    """One fault for each error that pydantic found in `document` (the value that was validated)."""
    details = without_echoes(error.errors(include_url=False, include_input=False))
    return limited(Fault(json_pointer(place_in(document, detail)), message_of(detail)) for detail in details)


def limited(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The first hundred, and how many more there are."""
    every = tuple(faults)
    if len(every) <= MOST_FAULTS:
        return every
    return (*every[:MOST_FAULTS], Fault("", f"and {len(every) - MOST_FAULTS} more faults"))


def invalid(message: str, error: ValidationError, document: object) -> Invalid:
    """The domain error for a document that its model refused."""
    return Invalid(message, faults_of(error, document))
