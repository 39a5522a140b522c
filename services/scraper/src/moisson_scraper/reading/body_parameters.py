"""Where parameters of paging stand in the JSON body of a call: at its top, or inside by JSON Pointer (RFC 6901). Pure.

GraphQL takes a cursor among its `variables`, and search engines take the place inside of what they are asked.
"""

import re
from collections.abc import Mapping

from moisson_shared.contracts.model import JsonObject

DEEPEST = 10
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)+")


def with_parameters(body: JsonObject, added: Mapping[str, object]) -> JsonObject:
    """The body with these parameters; objects on the way to one that are not there are made."""
    for parameter, value in added.items():
        *way, last = _steps(parameter)
        body = here = {**body}
        for step in way:
            inner = here.get(step)
            here[step] = here = {**inner} if isinstance(inner, dict) else {}
        here[last] = value
    return body


def why_not_in_body(body: JsonObject, parameter: str) -> str | None:
    """Why paging cannot set this parameter; None where it can."""
    if parameter.startswith("/") and not _POINTER.fullmatch(parameter):
        return "not a JSON Pointer (RFC 6901): in a name, ~ is written ~0, and / is written ~1"
    *way, last = _steps(parameter)
    if len(way) >= DEEPEST:
        return f"a JSON Pointer of more than {DEEPEST} steps"
    here: object = body
    for step in way:
        here = here.get(step, {}) if isinstance(here, dict) else here
        if not isinstance(here, dict):
            return f"{step!r} of the body holds no object: paging cannot set a parameter in it"
    if isinstance(here, dict) and last in here:
        return "paging sets this parameter: take it out of the body"
    return None


def _steps(parameter: str) -> tuple[str, ...]:
    if not parameter.startswith("/"):
        return (parameter,)
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in parameter[1:].split("/"))
