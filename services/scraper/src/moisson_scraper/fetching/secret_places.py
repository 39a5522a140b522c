"""Where secrets stand in a request: `{secret:name}` stands for a secret of the spider everywhere but in what is sent.
Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote, urlsplit, urlunsplit

from moisson_scraper.reading.source_reader import PageRequest
from moisson_shared.contracts.detail import levels_of
from moisson_shared.contracts.sources import JsonSource, Source

NAME = r"[a-z][a-z0-9-]{0,62}"
PLACE = re.compile(rf"\{{secret:({NAME})\}}")
_IN_ADDRESS = re.compile(rf"(?:\{{|%7B)secret(?::|%3A)({NAME})(?:\}}|%7D)", re.IGNORECASE)
_IN_BODY = re.compile(PLACE.pattern.encode())


def placeholder(name: str) -> str:
    """What stands for a secret."""
    return f"{{secret:{name}}}"


def texts_of(source: JsonSource) -> Iterable[tuple[tuple[str, ...], str]]:
    """Every text of a source that may name a secret, with its place below `source`."""
    for name, value in source.headers.items():
        yield ("headers", name), value
    for name, value in source.query.items():
        yield ("query", name), value
    if source.body is not None:
        yield ("body",), json.dumps(source.body, ensure_ascii=False)
    for depth, level in enumerate(levels_of(source.detail), 1):
        # Not split as an address: it is looked at before anybody knows that it is one.
        yield (*("detail",) * depth, "address"), (level.address or "").partition("#")[0].partition("?")[2]


def names_in(source: Source) -> frozenset[str]:
    """The secrets that a source names."""
    if not isinstance(source, JsonSource):
        return frozenset()
    return frozenset(name for _, text in texts_of(source) for name in PLACE.findall(text))


def filled(request: PageRequest, values: Mapping[str, str]) -> PageRequest:
    """The request as it is sent: values in query, headers and JSON body. Names that are unknown stay as they are."""

    def in_address(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return match[0] if value is None else quote(value, safe="")

    def in_header(match: re.Match[str]) -> str:
        return values.get(match[1], match[0])

    def in_body(match: re.Match[bytes]) -> bytes:
        value = values.get(match[1].decode())
        return match[0] if value is None else json.dumps(value, ensure_ascii=False)[1:-1].encode()

    parts = urlsplit(request.address)
    return replace(
        request,
        address=urlunsplit(parts._replace(query=_IN_ADDRESS.sub(in_address, parts.query))),
        headers=tuple((name, PLACE.sub(in_header, value)) for name, value in request.headers),
        body=_IN_BODY.sub(in_body, request.body),
    )


def missing_in(request: PageRequest, names: Iterable[str]) -> str | None:
    """The first of the names that the request wants filled in; None where it wants none."""
    asked = {match[1].lower() for match in _IN_ADDRESS.finditer(urlsplit(request.address).query)}
    asked |= {name for _, value in request.headers for name in PLACE.findall(value)}
    asked |= {name.decode() for name in _IN_BODY.findall(request.body)}
    return min(asked & frozenset(names), default=None)
