"""`/v1/spiders/{spider}/secrets`: put, listed by name, deleted; never read."""

from fastapi import APIRouter
from starlette.responses import Response

from moisson_scraper.keep_secrets import SecretShelf
from moisson_scraper.routes.answers import document, nothing
from moisson_shared.contracts.sources import SecretName
from moisson_shared.contracts.spider_secret import SecretDraft
from moisson_shared.web.auth import CallerDep
from moisson_shared.web.paging import list_response


def secret_router(shelf: SecretShelf) -> APIRouter:
    """Secrets of spiders: written by members and admins, listed by whoever may read the spider."""
    router = APIRouter(prefix="/v1/spiders/{spider_id}/secrets", tags=["secrets"])

    @router.get("")
    async def list_secrets(caller: CallerDep, spider_id: str) -> Response:
        return list_response(await shelf.listed(caller, spider_id))

    @router.put("/{name}")
    async def put_secret(caller: CallerDep, spider_id: str, name: SecretName, draft: SecretDraft) -> Response:
        return document(await shelf.put(caller, spider_id, name, draft))

    @router.delete("/{name}", status_code=204)
    async def delete_secret(caller: CallerDep, spider_id: str, name: SecretName) -> Response:
        await shelf.delete(caller, spider_id, name)
        return nothing()

    return router
