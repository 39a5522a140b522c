"""Who changed what of a partner's, of one of its spiders, or of its members, the newest first."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from moisson_shared.contracts.audit import AuditEntry
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.contracts.spider import SpiderConfig
from moisson_viz_gateway.gateway import Gateway, GatewayDep, Member, MemberDep
from moisson_viz_gateway.neighbours.neighbour import ListPage
from moisson_viz_gateway.studio.audit_words import change_lines, changed_value

router = APIRouter(prefix="/studio/partners", include_in_schema=False)
_Text = Annotated[str, Query(max_length=200)]


@router.get("/{partner_id}/changes")
async def changes_page(
    request: Request, partner_id: str, gateway: GatewayDep, member: MemberDep, spider: _Text = "", after: _Text = ""
) -> Response:
    """One page of the trail that the scraper keeps."""
    trail = await gateway.scraper.audit(member.token, partner_id, spider, after)
    of = (await gateway.scraper.spider(member.token, spider)).spider if spider else None
    return await _page(request, gateway, member, partner_id, trail, spider=of)


@router.get("/{partner_id}/members/changes")
async def member_changes_page(
    request: Request, partner_id: str, gateway: GatewayDep, member: MemberDep, after: _Text = ""
) -> Response:
    """One page of the trail of members, which the api keeps."""
    trail = await gateway.api.member_changes(member.token, partner_id, after)
    return await _page(request, gateway, member, partner_id, trail, of_members=True)


async def _page(
    request: Request,
    gateway: Gateway,
    member: Member,
    partner_id: str,
    trail: ListPage[AuditEntry],
    *,
    spider: SpiderConfig | None = None,
    of_members: bool = False,
) -> Response:
    partner = await gateway.scraper.partner(member.token, partner_id)
    words = gateway.pages.wording(member.visitor.language)
    own = {"spider": spider.id} if spider is not None else {}
    return gateway.pages.page(
        "studio/changes.html",
        request,
        member.visitor,
        section="partners",
        partner=partner,
        spider=spider,
        of_members=of_members,
        lines=change_lines(trail.items, await _names(gateway, member, partner_id), words),
        shown=lambda change, after: changed_value(change, words, after=after),
        following={"after": trail.next, **own} if trail.next else None,
    )


async def _names(gateway: Gateway, member: Member, partner: str) -> dict[str, str]:
    """The members by their accounts; without the api accounts stand for themselves."""
    try:
        return {one.account: one.name for one in await gateway.api.members(member.token, partner)}
    except MoissonError:
        return {}
