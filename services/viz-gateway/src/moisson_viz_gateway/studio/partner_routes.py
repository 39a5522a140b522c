"""A partner: its card, what it may use and has used, and who belongs to it."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.access import PartnerRole
from moisson_shared.contracts.errors import Invalid, MoissonError, NotFound
from moisson_viz_gateway.gateway import FormDep, Gateway, GatewayDep, Member, MemberDep
from moisson_viz_gateway.neighbours.api_client import MemberAnswer
from moisson_viz_gateway.studio.quota_view import meters

router = APIRouter(prefix="/studio/partners", include_in_schema=False)


@router.get("/{partner_id}")
async def partner_page(request: Request, partner_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """One partner, for who may read its spiders."""
    return await _page(request, gateway, member, partner_id)


@router.post("/{partner_id}/members")
async def put_member(
    request: Request, partner_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep
) -> Response:
    """Makes an account a member, or changes its role."""
    email, role = form.get("email", "").strip(), form.get("role", PartnerRole.EDITOR.value)
    try:
        await gateway.api.put_member(member.token, partner_id, email, role)
    except Invalid:
        message = gateway.pages.wording(member.visitor.language)("member.unknown", email=email)
        return await _page(request, gateway, member, partner_id, status=422, email=email, message=message)
    return RedirectResponse(f"/studio/partners/{partner_id}", 303)


@router.post("/{partner_id}/members/{account_id}/remove")
async def remove_member(
    partner_id: str, account_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep
) -> Response:
    """Takes an account out of the partner; whoever took out themselves has nothing to see here any more."""
    await gateway.api.remove_member(member.token, partner_id, account_id)
    own = account_id == member.session.account and not member.session.admin
    return RedirectResponse("/studio" if own else f"/studio/partners/{partner_id}", 303)


async def _page(
    request: Request,
    gateway: Gateway,
    member: Member,
    partner_id: str,
    *,
    status: int = 200,
    email: str = "",
    message: str = "",
) -> Response:
    partner = await gateway.scraper.partner(member.token, partner_id)
    words = gateway.pages.wording(member.visitor.language)
    away: list[str] = []
    members: tuple[MemberAnswer, ...] = ()
    try:
        members = await gateway.api.members(member.token, partner_id)
    except NotFound:
        pass  # whose role here has just ended
    except MoissonError as error:
        away.append(str(error))
    spiders = [one for one in await gateway.scraper.spiders(member.token) if one.partner == partner_id]
    return gateway.pages.page(
        "studio/partner.html",
        request,
        member.visitor,
        status=status,
        section="partners",
        partner=partner,
        spiders=spiders,
        meters=meters(await gateway.scraper.quota(member.token, partner_id), words),
        members=members,
        own=member.session.account,
        owns=member.session.owns(partner_id),
        manages=member.session.manages(partner_id),
        roles=tuple(PartnerRole),
        email=email,
        message=message,
        away=away,
    )
