"""`/compat/openscraper`: the data API of OpenScraper, for readers that were written for it."""

import json

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from moisson_scraper.openscraper.data_api import OpenScraperApi
from moisson_scraper.openscraper.data_page import CsvExport
from moisson_scraper.routes.answers import JSON
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.model import JsonObject
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.web.auth import CallerDep

CSV = "text/csv; charset=utf-8"
CUT_BY = "X-Moisson-Cut-By"
"""Of a CSV that a bound has cut: which one."""


def compat_router(api: OpenScraperApi, store: DocumentStore) -> APIRouter:
    """Anybody may read, at the level they reach."""
    router = APIRouter(prefix="/compat/openscraper", tags=["openscraper"])

    @router.get("/api/data")
    async def read_data(request: Request, caller: CallerDep) -> Response:
        answer = await api.data(caller, request.query_params.multi_items(), _uri(request))
        return _csv(answer, store, caller) if isinstance(answer, CsvExport) else _json(answer, caller)

    @router.get("/api/infos")
    async def read_infos(request: Request, caller: CallerDep) -> Response:
        return _json(await api.infos(caller, request.query_params.multi_items()), caller)

    @router.get("/api/stats")
    async def read_stats(request: Request, caller: CallerDep) -> Response:
        return _json(await api.stats(caller, request.query_params.multi_items()), caller)

    @router.get("/dataset/view")
    async def read_csv(request: Request, caller: CallerDep) -> Response:
        answer = await api.data(caller, request.query_params.multi_items(), _uri(request))
        if isinstance(answer, CsvExport):
            return _csv(answer, store, caller)
        message = "add export_as_csv=true; the page itself is the portal's now"
        raise Invalid("Only the CSV of this page is kept.", (Fault("/query/export_as_csv", message),))

    return router


def _uri(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _headers(caller: Caller) -> dict[str, str]:
    kept = "public, max-age=60" if caller.anonymous else "private, no-store"
    return {"Cache-Control": kept, "Vary": "Authorization"}


def _json(answer: JsonObject, caller: Caller) -> Response:
    return Response(json.dumps(answer, ensure_ascii=False), headers=_headers(caller), media_type=JSON)


def _csv(export: CsvExport, store: DocumentStore, caller: Caller) -> Response:
    headers = _headers(caller) | {"Content-Disposition": 'attachment; filename="openscraper.csv"'}
    if export.cut is not None:
        headers[CUT_BY] = export.cut
    return StreamingResponse(export.lines(store), headers=headers, media_type=CSV)
