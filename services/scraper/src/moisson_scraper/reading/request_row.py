"""Requests for pages as rows of plain JSON and back. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from moisson_scraper.reading.source_reader import PageKind, PageRequest


def request_row(request: PageRequest) -> list[Any]:
    """The request; what is seldom there is left out."""
    plain = [request.address, request.kind.value, request.position, request.numbered, request.accept]
    plain += [request.modified, request.chained]
    if request.method == "GET" and not request.headers and not request.context and not request.capped:
        return plain
    row = [*plain, request.method, request.body.decode(), request.headers, request.context]
    return [*row, request.capped] if request.capped else row


def request_from_row(row: Sequence[Any]) -> PageRequest:
    """The request again. Raises `ValueError` for what is none."""
    address, kind, position, numbered, accept, modified, chained, *rest = row
    request = PageRequest(address, PageKind(kind), position, numbered, accept, modified=modified, chained=chained)
    if not rest:
        return request
    method, body, headers, context, *capped = rest
    pairs = tuple((name, text) for name, text in headers)
    request = replace(request, method=method, body=body.encode(), headers=pairs, context=context)
    return replace(request, capped=capped[0]) if capped else request
