"""`/v1/audit`: who changed what."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from moisson_scraper.read_audit import AuditShelf
from moisson_shared.web.auth import CallerDep
from moisson_shared.web.paging import PageDep, list_response

Filter = Annotated[str | None, Query(max_length=63)]


def audit_router(shelf: AuditShelf) -> APIRouter:
    """The audit trail: for members of a partner of their own, for stewards and admins of all."""
    router = APIRouter(prefix="/v1/audit", tags=["audit"])

    @router.get("")
    async def read_audit(caller: CallerDep, wanted: PageDep, partner: Filter = None, spider: Filter = None) -> Response:
        page = await shelf.listed(caller, partner, spider, wanted.limit, wanted.after)
        return list_response((stored.value for stored in page.items), page.next)

    return router
