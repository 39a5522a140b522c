"""Public search over HTTP: five addresses that anybody may read, thin because they are asked most."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from moisson_api.routes.search_documentation import MAP_PARAMETERS, PAGE_PARAMETERS, answers
from moisson_api.searching.http_cache import cache_headers, has_already, opaque_tag
from moisson_api.searching.public_search import Answered, PublicSearch
from moisson_shared.contracts.access import Caller
from moisson_shared.web.auth import caller_of

_JSON = "application/json"
_GEO_JSON = "application/geo+json"


def search_router(search: PublicSearch) -> APIRouter:
    """The routes over one index."""
    router = APIRouter(prefix="/v1/corpora", tags=["search"])

    @router.get("", summary="Published corpora", responses=answers("Corpora"))
    @router.head("", include_in_schema=False)
    async def corpora(request: Request) -> Response:
        caller = await caller_of(request)
        return await _answer(request, caller, await search.corpora(caller.level, request.scope["query_string"]))

    @router.get("/{corpus}", summary="One corpus: schema, taxonomies, partners", responses=answers("Corpus"))
    @router.head("/{corpus}", include_in_schema=False)
    async def corpus(request: Request, corpus: str) -> Response:
        caller = await caller_of(request)
        answered = await search.corpus(corpus, caller.level, request.scope["query_string"])
        return await _answer(request, caller, answered)

    @router.get(
        "/{corpus}/projects",
        summary="Search",
        responses=answers("SearchAnswer"),
        openapi_extra={"parameters": PAGE_PARAMETERS},
    )
    @router.head("/{corpus}/projects", include_in_schema=False)
    async def projects(request: Request, corpus: str) -> Response:
        caller = await caller_of(request)
        language = request.headers.get("accept-language")
        answered = await search.page(corpus, caller.level, request.scope["query_string"], language)
        return await _answer(request, caller, answered)

    @router.get("/{corpus}/projects/{project_id}", summary="One project", responses=answers("Project"))
    @router.head("/{corpus}/projects/{project_id}", include_in_schema=False)
    async def project(request: Request, corpus: str, project_id: str) -> Response:
        caller = await caller_of(request)
        answered = await search.project(corpus, project_id, caller.level, request.scope["query_string"])
        return await _answer(request, caller, answered)

    @router.get(
        "/{corpus}/map",
        summary="The places of all found projects (RFC 7946)",
        responses=answers("FeatureCollection", _GEO_JSON),
        openapi_extra={"parameters": MAP_PARAMETERS},
    )
    @router.head("/{corpus}/map", include_in_schema=False)
    async def shown_map(request: Request, corpus: str) -> Response:
        caller = await caller_of(request)
        language = request.headers.get("accept-language")
        answered = await search.map(corpus, caller.level, request.scope["query_string"], language)
        return await _answer(request, caller, answered, _GEO_JSON)

    return router


async def _answer(request: Request, caller: Caller, answered: Answered, media_type: str = _JSON) -> Response:
    """304 where the reader has it already, else the body; the engine is asked only for the latter."""
    tag = opaque_tag(answered.views, answered.language)
    headers = cache_headers(tag, anonymous=caller.anonymous)
    if has_already(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(await answered.body(), headers=headers, media_type=media_type)
