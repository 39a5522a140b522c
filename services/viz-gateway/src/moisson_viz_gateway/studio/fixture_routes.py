"""Fixtures of a spider: pages with what must be read in them, approved by people, and what they give now."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import Conflict, Invalid
from moisson_shared.contracts.page_fixture import SpiderCheck
from moisson_viz_gateway.gateway import FormDep, Gateway, GatewayDep, Member, MemberDep
from moisson_viz_gateway.studio.difference_words import checked_fixture

router = APIRouter(prefix="/studio/spiders", include_in_schema=False)
_MOST_NAME = 200


@router.get("/{spider_id}/fixtures")
async def fixtures_page(
    request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep, approved: bool = False
) -> Response:
    """All of them."""
    words = gateway.pages.wording(member.visitor.language)
    return await _page(request, gateway, member, spider_id, done=words("fixture.approved") if approved else "")


@router.post("/{spider_id}/fixtures")
async def approve_preview(
    request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep
) -> Response:
    """Makes the preview that was looked at a fixture."""
    try:
        name = form.get("name", "")[:_MOST_NAME]
        await gateway.scraper.pages.approve(member.token, spider_id, form.get("preview", ""), name)
    except (Conflict, Invalid) as error:
        return await _page(request, gateway, member, spider_id, status=409, refused=str(error))
    return RedirectResponse(f"/studio/spiders/{spider_id}/fixtures?approved=1", 303)


@router.post("/{spider_id}/fixtures/{fixture_id}/drop")
async def drop_fixture(
    spider_id: str, fixture_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep
) -> Response:
    """Forgets one of them."""
    await gateway.scraper.pages.drop(member.token, spider_id, fixture_id)
    return RedirectResponse(f"/studio/spiders/{spider_id}/fixtures", 303)


@router.post("/{spider_id}/check")
async def check_spider(
    request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep
) -> Response:
    """Reads all of them again with the spider as it is."""
    return await _page(
        request, gateway, member, spider_id, check=await gateway.scraper.pages.check(member.token, spider_id)
    )


@router.get("/{spider_id}/check")
async def checked_before(spider_id: str, member: MemberDep) -> Response:
    """A check is not kept."""
    return RedirectResponse(f"/studio/spiders/{spider_id}/fixtures", 303)


async def _page(
    request: Request,
    gateway: Gateway,
    member: Member,
    spider_id: str,
    *,
    status: int = 200,
    check: SpiderCheck | None = None,
    refused: str = "",
    done: str = "",
) -> Response:
    spider = (await gateway.scraper.spider(member.token, spider_id)).spider
    words = gateway.pages.wording(member.visitor.language)
    checked = {one.fixture: checked_fixture(one, words) for one in check.fixtures} if check is not None else {}
    return gateway.pages.page(
        "studio/fixtures.html",
        request,
        member.visitor,
        status=status,
        section="spiders",
        spider=spider,
        manages=member.session.manages(spider.partner),
        fixtures=await gateway.scraper.pages.fixtures(member.token, spider_id),
        checked=checked,
        broken=sum(bool(one.lines) for one in checked.values()),
        refused=refused,
        done=done,
    )
