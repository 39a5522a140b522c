"""`/v1/partners/{partner}/members`: who belongs to a partner."""

from fastapi import APIRouter
from starlette.responses import Response

from moisson_api.identity.members import Member, MemberDraft, Members
from moisson_shared.contracts.audit import AuditEntry
from moisson_shared.contracts.model import Contract, Slug
from moisson_shared.web.auth import SignedInDep
from moisson_shared.web.paging import PageDep, list_response

_PRIVATE = {"Cache-Control": "private, no-cache"}


class MemberList(Contract):
    """All members of a partner; there is no second page."""

    items: tuple[Member, ...]
    next: None = None


class MemberChangePage(Contract):
    """A page of changes, the newest first."""

    items: tuple[AuditEntry, ...]
    next: str | None


def member_router(members: Members) -> APIRouter:
    """For admins, and for the partner's owners; other members and stewards read."""
    router = APIRouter(prefix="/v1/partners/{partner}/members", tags=["members"])

    @router.get("", response_model=MemberList, summary="Who belongs to a partner, and as what")
    async def listed(caller: SignedInDep, partner: Slug) -> Response:
        response = list_response(await members.listed(caller, partner))
        response.headers.update(_PRIVATE)
        return response

    @router.get("/audit", response_model=MemberChangePage, summary="Who changed who belongs to a partner")
    async def changes(caller: SignedInDep, partner: Slug, wanted: PageDep) -> Response:
        page = await members.changes(caller, partner, wanted.limit, wanted.after or None)
        response = list_response((stored.value for stored in page.items), page.next)
        response.headers.update(_PRIVATE)
        return response

    @router.put("", response_model=Member, summary="Make an account a member, or change its role")
    async def put(caller: SignedInDep, partner: Slug, draft: MemberDraft) -> Response:
        member = await members.put(caller, partner, draft)
        return Response(member.model_dump_json(), 200, _PRIVATE, "application/json")

    @router.delete("/{account_id}", status_code=204, summary="Take an account out of a partner")
    async def remove(caller: SignedInDep, partner: Slug, account_id: str) -> Response:
        await members.remove(caller, partner, account_id)
        return Response(status_code=204)

    return router
