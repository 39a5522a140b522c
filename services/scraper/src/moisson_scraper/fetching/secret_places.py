"""Where secrets stand in a request: `{secret:name}` stands for a secret of the spider everywhere but in what is sent.
Pure."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from moisson_scraper.reading.source_reader import PageRequest
from moisson_shared.contracts.detail import levels_of
from moisson_shared.contracts.paging import CursorParameter
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


def parameters_in(source: Source) -> frozenset[tuple[str, str]]:
    """Each parameter of a query that may hold a secret, with the name of that secret: those that the source gives one,
    and that of a cursor, which goes back to whom it came from and may repeat any of them."""
    if not isinstance(source, JsonSource):
        return frozenset()
    stated: list[tuple[str, str]] = []
    for place, text in texts_of(source):
        if place[0] == "query":
            stated.append((place[1], text))
        elif place[-1] == "address":
            stated.extend((_parameter_of(part), part) for part in text.split("&"))
    found = {(parameter, name) for parameter, text in stated for name in PLACE.findall(text)}
    if isinstance(source.paging, CursorParameter):
        found |= {(source.paging.parameter, name) for name in names_in(source)}
    return frozenset(found)


def filled(
    request: PageRequest, values: Mapping[str, str], parameters: Collection[tuple[str, str]] = ()
) -> PageRequest:
    """The request as it is sent: values in query, headers and JSON body. Names that are unknown stay as they are.

    In the query a secret goes into those `parameters` only that may hold it (`parameters_in`): an answer names
    addresses too, and one like `/out?to=https://…/{secret:key}` would carry a secret to whom it leads to.
    """

    def in_parameter(part: str) -> str:
        parameter = _parameter_of(part)

        def one(match: re.Match[str]) -> str:
            value = values.get(match[1]) if (parameter, match[1]) in parameters else None
            return match[0] if value is None else quote(value, safe="")

        return _IN_ADDRESS.sub(one, part)

    def in_header(match: re.Match[str]) -> str:
        return values.get(match[1], match[0])

    def in_body(match: re.Match[bytes]) -> bytes:
        value = values.get(match[1].decode())
        return match[0] if value is None else json.dumps(value, ensure_ascii=False)[1:-1].encode()

    parts = urlsplit(request.address)
    return replace(
        request,
        address=urlunsplit(parts._replace(query="&".join(map(in_parameter, parts.query.split("&"))))),
        headers=tuple((name, PLACE.sub(in_header, value)) for name, value in request.headers),
        body=_IN_BODY.sub(in_body, request.body),
    )


def missing_in(request: PageRequest, names: Iterable[str], parameters: Collection[tuple[str, str]] = ()) -> str | None:
    """The first of the names that the request wants filled in; None where it wants none."""
    asked = {
        match[1]
        for part in urlsplit(request.address).query.split("&")
        for match in _IN_ADDRESS.finditer(part)
        if (_parameter_of(part), match[1]) in parameters
    }
    asked |= {name for _, value in request.headers for name in PLACE.findall(value)}
    asked |= {name.decode() for name in _IN_BODY.findall(request.body)}
    return min(asked & frozenset(names), default=None)


def _parameter_of(part: str) -> str:
    return unquote_plus(part.partition("=")[0])
