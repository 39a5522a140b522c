"""`/v1/spiders`: the documents, their versions, and previews."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import Response

from moisson_scraper.fixtures.check_fixtures import FixturePolicy
from moisson_scraper.keep_spiders import SpiderShelf
from moisson_scraper.previewing.preview_spider import SpiderPreviewer
from moisson_scraper.routes.answers import document, nothing
from moisson_shared.contracts.spider import SpiderDraft
from moisson_shared.web.auth import CallerDep
from moisson_shared.web.paging import PageDep, list_response

IfMatch = Annotated[str | None, Header()]
DIFFERENCES = "Moisson-Fixture-Differences"
"""How many differences the fixtures showed when a changed configuration was saved; `POST …/check` lists them."""
VersionNumber = Annotated[int, Path(ge=1, le=10**9 - 1)]


def spider_router(shelf: SpiderShelf, previewer: SpiderPreviewer) -> APIRouter:
    """Spiders: partners manage their own, admins all, stewards read all."""
    router = APIRouter(prefix="/v1/spiders", tags=["spiders"])

    @router.get("")
    async def list_spiders(
        caller: CallerDep, wanted: PageDep, partner: Annotated[str | None, Query(max_length=63)] = None
    ) -> Response:
        page = await shelf.listed(caller, partner, wanted.limit, wanted.after)
        return list_response((stored.value for stored in page.items), page.next)

    @router.post("", status_code=201)
    async def create_spider(caller: CallerDep, draft: SpiderDraft) -> Response:
        spider = await shelf.create(caller, draft)
        return document(spider, spider.version, 201, f"/v1/spiders/{spider.id}")

    @router.post("/preview")
    async def preview_draft(caller: CallerDep, draft: SpiderDraft) -> Response:
        return document(await previewer.of_draft(caller, draft))

    @router.get("/{spider_id}")
    async def read_spider(caller: CallerDep, spider_id: str) -> Response:
        spider = await shelf.read(caller, spider_id)
        return document(spider, spider.version)

    @router.put("/{spider_id}")
    async def replace_spider(
        caller: CallerDep,
        spider_id: str,
        draft: SpiderDraft,
        if_match: IfMatch = None,
        fixtures: Annotated[FixturePolicy, Query()] = "refuse",
    ) -> Response:
        change = await shelf.replace(caller, spider_id, draft, if_match, fixtures)
        answer = document(change.config, change.config.version)
        if change.check is not None:
            told = sum(len(one.differences) + one.left_out for one in change.check.fixtures)
            answer.headers[DIFFERENCES] = str(told)
        return answer

    @router.delete("/{spider_id}", status_code=204)
    async def delete_spider(caller: CallerDep, spider_id: str) -> Response:
        await shelf.delete(caller, spider_id)
        return nothing()

    @router.delete("/{spider_id}/raw-records", status_code=204)
    async def empty_spider(caller: CallerDep, spider_id: str) -> Response:
        await shelf.empty(caller, spider_id)
        return nothing()

    @router.post("/{spider_id}/preview")
    async def preview_spider(caller: CallerDep, spider_id: str) -> Response:
        return document(await previewer.of_saved(caller, spider_id))

    @router.get("/{spider_id}/versions")
    async def list_versions(caller: CallerDep, spider_id: str, wanted: PageDep) -> Response:
        page = await shelf.versions(caller, spider_id, wanted.limit, wanted.after)
        return list_response((stored.value for stored in page.items), page.next)

    @router.get("/{spider_id}/versions/{number}")
    async def read_version(caller: CallerDep, spider_id: str, number: VersionNumber) -> Response:
        spider = await shelf.version(caller, spider_id, number)
        return document(spider, spider.version)

    return router
