"""A query string as pairs of texts, read strictly: what is not UTF-8 is refused, not replaced. Knows no field."""

from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from moisson_shared.contracts.errors import Fault, Invalid

MOST_PARAMETERS = 300
"""In one query string; nobody clicks that many filters together."""
_LONGEST_NAME_SHOWN = 80


def pointer(name: str) -> str:
    """The JSON pointer (RFC 6901) of a parameter: `/query/themes`."""
    shown = name if len(name) <= _LONGEST_NAME_SHOWN else name[:_LONGEST_NAME_SHOWN] + "…"
    return "/query/" + shown.replace("~", "~0").replace("/", "~1")


def read_pairs(query_string: bytes) -> tuple[tuple[str, str], ...]:
    """Names and values in the order they were written, blank values kept (`application/x-www-form-urlencoded`).

    Raises `Invalid` for more than `MOST_PARAMETERS` and for octets that are not UTF-8.
    """
    if not query_string:
        return ()
    if query_string.count(b"&") >= MOST_PARAMETERS:
        message = f"more than {MOST_PARAMETERS} parameters; ask for less at once"
        raise Invalid(message, (Fault("/query", message),))
    return tuple(_decoded(query_string))


def _decoded(query_string: bytes) -> Iterator[tuple[str, str]]:
    for part in query_string.split(b"&"):
        if not part:
            continue
        raw_name, _, raw_value = part.partition(b"=")
        name = _text(raw_name, "/query")
        yield name, _text(raw_value, pointer(name))


def _text(raw: bytes, where: str) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        message = "this is not UTF-8; encode the address as UTF-8, then percent-encode it"
        raise Invalid(message, (Fault(where, message),)) from None
