"""The feed of raw records as NDJSON, and the history of one record."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from moisson_scraper.read_feed import MOST_RECORDS, FeedShelf
from moisson_shared.web.auth import CallerDep
from moisson_shared.web.paging import PageDep, list_response

NDJSON = "application/x-ndjson"


def feed_router(shelf: FeedShelf) -> APIRouter:
    """Raw records: for the partner, stewards, admins, and services with the scope."""
    router = APIRouter(prefix="/v1/spiders/{spider_id}/raw-records", tags=["raw records"])

    @router.get("")
    async def read_feed(
        caller: CallerDep,
        spider_id: str,
        after: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_RECORDS)] = 1000,
    ) -> Response:
        page = await shelf.page(caller, spider_id, after, limit)
        body = b"\n".join((*page.lines, page.end.model_dump_json().encode(), b""))
        return Response(body, media_type=NDJSON, headers={"Cache-Control": "no-store"})

    @router.get("/history")
    async def read_history(
        caller: CallerDep,
        spider_id: str,
        wanted: PageDep,
        key: Annotated[str, Query(max_length=4000)],
        ordinal: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        states, following = await shelf.history(caller, spider_id, key, ordinal, wanted.limit, wanted.after)
        return list_response(states, following)

    return router
