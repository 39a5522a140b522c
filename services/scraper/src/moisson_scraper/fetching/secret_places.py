"""Where secrets stand in a request, and where a site repeats them: `{secret:name}` stands for a secret of the spider
everywhere but in the request that is sent. Pure.

A site may answer with what it was sent (`"next": "https://…?token=…"`). The answer is brought back to the placeholder
before anything reads it, in every spelling that answers use: as it is, percent-encoded, escaped for JSON or HTML, in
UTF-8 or UTF-16. A site that spells it otherwise repeats what is its own.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
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
        yield (*("detail",) * depth, "address"), urlsplit(level.address or "").query


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


class Masks:
    """Brings secrets back to their placeholders."""

    def __init__(self, values: Mapping[str, str]) -> None:
        spellings = {spelling: placeholder(name) for name, value in values.items() for spelling in _spellings(value)}
        # The longest first: one spelling may stand within another one.
        self._texts = sorted(spellings.items(), key=lambda pair: -len(pair[0]))
        self._octets = [
            (spelling.encode(encoding), shown.encode(encoding))
            for spelling, shown in self._texts
            for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        ]

    def text(self, text: str) -> str:
        """A text without any of the secrets."""
        for spelling, shown in self._texts:
            text = text.replace(spelling, shown)
        return text

    def page(self, page: FetchedPage) -> FetchedPage:
        """A page without any of the secrets: address, headers and body."""
        body = page.body
        for spelling, shown in self._octets:
            if spelling in body:
                body = body.replace(spelling, shown)
        return replace(
            page,
            address=self.text(page.address),
            content_type=self.text(page.content_type),
            headers=tuple((name, self.text(value)) for name, value in page.headers),
            body=body,
        )


def _spellings(value: str) -> set[str]:
    in_json = json.dumps(value)[1:-1]
    escaped = {quote(value, safe=""), quote(value), quote_plus(value), quote(value, safe="/:@!$&'()*+,;=~?")}
    lower = {re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), one) for one in escaped}
    in_html = {html.escape(value), html.escape(value, quote=False), html.escape(value).replace("&#x27;", "&#39;")}
    return {value, in_json, in_json.replace("/", "\\/"), *escaped, *lower, *in_html}
