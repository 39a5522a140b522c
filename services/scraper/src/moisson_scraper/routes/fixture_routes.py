"""`/v1/spiders/{id}/fixtures`, `/check` and `/pages`: approved pages, their replay, and the bytes of kept pages."""

from fastapi import APIRouter
from starlette.responses import Response

from moisson_scraper.fixtures.keep_fixtures import FixtureShelf, PageContent
from moisson_scraper.routes.answers import document, nothing
from moisson_shared.contracts.page_fixture import FixtureOrder
from moisson_shared.contracts.spider import SpiderDraft
from moisson_shared.web.auth import CallerDep
from moisson_shared.web.paging import PageDep, list_response

PAGE_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
"""A site's page is hostile: it is never anything but text here, and nothing in it runs or is loaded."""


def fixture_router(shelf: FixtureShelf) -> APIRouter:
    """Members of the partner and admins approve and drop; who may read the spider looks and checks."""
    router = APIRouter(prefix="/v1/spiders/{spider_id}", tags=["spiders"])

    @router.get("/fixtures")
    async def list_fixtures(caller: CallerDep, spider_id: str, wanted: PageDep) -> Response:
        page = await shelf.listed(caller, spider_id, wanted.limit, wanted.after)
        return list_response((stored.value for stored in page.items), page.next)

    @router.post("/fixtures", status_code=201)
    async def approve_preview(caller: CallerDep, spider_id: str, order: FixtureOrder) -> Response:
        fixture = await shelf.approve(caller, spider_id, order)
        return document(fixture, status=201, location=f"/v1/spiders/{spider_id}/fixtures/{fixture.id}")

    @router.get("/fixtures/{fixture_id}")
    async def read_fixture(caller: CallerDep, spider_id: str, fixture_id: str) -> Response:
        return document(await shelf.read(caller, spider_id, fixture_id))

    @router.delete("/fixtures/{fixture_id}", status_code=204)
    async def drop_fixture(caller: CallerDep, spider_id: str, fixture_id: str) -> Response:
        await shelf.drop(caller, spider_id, fixture_id)
        return nothing()

    @router.post("/check")
    async def check_spider(caller: CallerDep, spider_id: str, draft: SpiderDraft | None = None) -> Response:
        """Replays all fixtures, with the spider as it is or with the draft that is sent; nothing is saved."""
        return document(await shelf.check(caller, spider_id, draft))

    @router.get("/pages/{page_id}")
    async def read_page(caller: CallerDep, spider_id: str, page_id: str) -> Response:
        """The page as text; what is no text is a download."""
        return _content(await shelf.page(caller, spider_id, page_id))

    return router


def _content(found: PageContent) -> Response:
    kept, body = found.kept, found.page.body
    try:
        text = body.decode(kept.encoding, "replace") if kept.encoding else None
    except LookupError:
        text = None
    if text is None:
        headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{kept.id}.bin"'}
        return Response(body, headers=headers, media_type="application/octet-stream")
    return Response(text, headers=PAGE_HEADERS, media_type="text/plain; charset=utf-8")
