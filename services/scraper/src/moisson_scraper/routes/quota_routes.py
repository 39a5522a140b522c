"""`/v1/partners/{partner}/quota`: what a partner may use, and what it has used."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from moisson_scraper.keep_quotas import QuotaShelf
from moisson_scraper.routes.answers import document
from moisson_shared.contracts.quota import Quota
from moisson_shared.web.auth import CallerDep


def quota_router(shelf: QuotaShelf) -> APIRouter:
    """Quotas: stated by admins, read by the partner's members too."""
    router = APIRouter(prefix="/v1/partners/{partner_id}/quota", tags=["quotas"])

    @router.get("")
    async def read_quota(caller: CallerDep, partner_id: str) -> Response:
        stored = await shelf.read(caller, partner_id)
        return document(stored.value, stored.version)

    @router.put("")
    async def state_quota(
        caller: CallerDep, partner_id: str, quota: Quota, if_match: Annotated[str | None, Header()] = None
    ) -> Response:
        stored = await shelf.state(caller, partner_id, quota, if_match)
        return document(stored.value, stored.version)

    return router
