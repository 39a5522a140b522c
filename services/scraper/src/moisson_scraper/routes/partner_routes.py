"""`/v1/partners`."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from moisson_scraper.keep_partners import PartnerShelf
from moisson_scraper.routes.answers import document, nothing
from moisson_shared.contracts.partner import Partner
from moisson_shared.web.auth import CallerDep
from moisson_shared.web.paging import PageDep, list_response

IfMatch = Annotated[str | None, Header()]


def partner_router(shelf: PartnerShelf) -> APIRouter:
    """Partners: admins write; a partner may replace its own card, and stewards any."""
    router = APIRouter(prefix="/v1/partners", tags=["partners"])

    @router.get("")
    async def list_partners(caller: CallerDep, wanted: PageDep) -> Response:
        page = await shelf.listed(caller, wanted.limit, wanted.after)
        return list_response((stored.value for stored in page.items), page.next)

    @router.post("", status_code=201)
    async def create_partner(caller: CallerDep, partner: Partner) -> Response:
        stored = await shelf.create(caller, partner)
        return document(stored.value, stored.version, 201, f"/v1/partners/{partner.id}")

    @router.get("/{partner_id}")
    async def read_partner(caller: CallerDep, partner_id: str) -> Response:
        stored = await shelf.read(caller, partner_id)
        return document(stored.value, stored.version)

    @router.put("/{partner_id}")
    async def replace_partner(
        caller: CallerDep, partner_id: str, partner: Partner, if_match: IfMatch = None
    ) -> Response:
        stored = await shelf.replace(caller, partner_id, partner, if_match)
        return document(stored.value, stored.version)

    @router.delete("/{partner_id}", status_code=204)
    async def delete_partner(caller: CallerDep, partner_id: str) -> Response:
        await shelf.delete(caller, partner_id)
        return nothing()

    return router
