"""A JSON document as it came over the wire: decoded (RFC 8259, 8.1), parsed without losing digits, cleaned."""

import json
import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from moisson_scraper.reading.decoding import decode_file
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FetchedPage

_GUARD = re.compile(r"\s*(?:\)\]\}'?,?|while\s*\(\s*(?:1|true)\s*\)\s*;|for\s*\(\s*;\s*;\s*\)\s*;|\{\}\s*&&)")
_CALL = re.compile(r"(?:\s|/\*\*/)*[A-Za-z_$][\w$.]{0,199}\s{0,9}\(")


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """The parsed value; texts in it may still hold characters that cannot be kept."""

    value: Any
    encoding: str
    notices: tuple[Notice, ...] = ()


class WrittenNumber(str):
    """A number with a fraction or an exponent as it stands in a document: `1.10`."""

    __slots__ = ()


def parse_json(page: FetchedPage, decimals: Callable[[str], float | str] | None = None) -> JsonDocument:
    """The document of a page; raises `Unreadable` for what is no JSON. `decimals` makes something else than a float of
    numbers with a fraction or an exponent."""
    if not page.body.strip():
        raise Unreadable("empty-body", "The page is empty.")
    # JSON has one encoding, UTF-8 (RFC 8259, 8.1); a mark or a charset that says otherwise is obeyed all the same.
    decoded = decode_file(page.body, page.content_type, page.address)
    try:
        return JsonDocument(_parsed(decoded.text, decimals), decoded.encoding, decoded.notices)
    except (ValueError, RecursionError) as error:
        inside = _unwrapped(decoded.text)
        if inside is not None:
            with suppress(ValueError, RecursionError):
                return JsonDocument(_parsed(inside, decimals), decoded.encoding, decoded.notices)
        kind = page.content_type.partition(";")[0].strip() or "of no stated type"
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Unreadable("not-json", f"The page ({kind}) is not JSON: {reason}."[:300]) from error


def begins_wrapped(text: str) -> bool:
    """Whether a text begins with such a prefix or call, and an object or an array behind it."""
    behind = _GUARD.match(text) or _CALL.match(text)
    return behind is not None and text[behind.end() :].lstrip()[:1] in {"{", "["}


def _parsed(text: str, decimals: Callable[[str], float | str] | None) -> Any:
    return json.loads(text, parse_constant=refuse_constant, parse_float=decimals or finite)


def _unwrapped(text: str) -> str | None:
    """What is behind a prefix that keeps scripts from including the answer, or within the call that lets them."""
    guard = _GUARD.match(text)
    if guard is not None:
        return text[guard.end() :]
    call = _CALL.match(text)
    if call is None:
        return None
    end = text.rstrip(" \t\r\n;")
    return end[call.end() : -1] if end.endswith(")") else None


def refuse_constant(name: str) -> NoReturn:
    """NaN and its like, which Python reads and JSON has not."""
    raise ValueError(f"{name} is no JSON value")


def finite(text: str) -> float | str:
    """A number beyond what a float can hold stays as it was written."""
    number = float(text)
    return number if math.isfinite(number) else text
