"""Answers that are lists: `{"items": [...], "next": "<cursor>" | null}`."""

from collections.abc import Iterable
from typing import Annotated

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from moisson_shared.contracts.model import Contract

MOST_ITEMS = 200


class PageWanted(Contract):
    """Which page a reader asks for."""

    limit: int
    after: str | None


async def _page_wanted(
    limit: Annotated[int, Query(ge=1, le=MOST_ITEMS)] = 50,
    after: Annotated[str | None, Query(max_length=2000)] = None,
) -> PageWanted:
    return PageWanted(limit=limit, after=after)


PageDep = Annotated[PageWanted, Depends(_page_wanted)]
"""`?limit=` (1 to 200, 50 unless told) and `?after=`."""


def list_response(items: Iterable[BaseModel], following: str | None = None) -> Response:
    """The items as JSON, without a second pass through FastAPI's encoder."""
    return list_of_json((item.model_dump_json().encode() for item in items), following)


def list_of_json(items: Iterable[bytes], following: str | None = None) -> Response:
    """The same of items that are JSON already."""
    body = b'{"items":[' + b",".join(items) + b'],"next":' + orjson.dumps(following) + b"}"
    return Response(body, media_type="application/json")
