"""Who changed what of a partner's, or of one of its spiders, the newest first."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from moisson_shared.contracts.errors import MoissonError
from moisson_viz_gateway.gateway import Gateway, GatewayDep, Member, MemberDep
from moisson_viz_gateway.studio.audit_words import change_lines, changed_value

router = APIRouter(prefix="/studio/partners", include_in_schema=False)
_Text = Annotated[str, Query(max_length=200)]


@router.get("/{partner_id}/changes")
async def changes_page(
    request: Request, partner_id: str, gateway: GatewayDep, member: MemberDep, spider: _Text = "", after: _Text = ""
) -> Response:
    """One page of the trail."""
    partner = await gateway.scraper.partner(member.token, partner_id)
    page = await gateway.scraper.audit(member.token, partner_id, spider, after)
    words = gateway.pages.wording(member.visitor.language)
    names = await _names(gateway, member, partner_id)
    return gateway.pages.page(
        "studio/changes.html",
        request,
        member.visitor,
        section="partners",
        partner=partner,
        spider=(await gateway.scraper.spider(member.token, spider)).spider if spider else None,
        lines=change_lines(page.items, names, words),
        shown=lambda change, after: changed_value(change, words, after=after),
        following={"after": page.next, **({"spider": spider} if spider else {})} if page.next else None,
    )


async def _names(gateway: Gateway, member: Member, partner: str) -> dict[str, str]:
    """The members by their accounts; without the api accounts stand for themselves."""
    try:
        return {one.account: one.name for one in await gateway.api.members(member.token, partner)}
    except MoissonError:
        return {}
