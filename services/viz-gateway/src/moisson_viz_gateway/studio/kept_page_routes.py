"""A page that the scraper keeps, as its source with numbered lines: nothing of it runs or is loaded."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from moisson_viz_gateway.gateway import GatewayDep, MemberDep

router = APIRouter(prefix="/studio/spiders", include_in_schema=False)
MOST_LINES = 5000


@router.get("/{spider_id}/pages/{page_id}")
async def kept_page(request: Request, spider_id: str, page_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """The page; each line has an address of its own."""
    kept = await gateway.scraper.pages.text(member.token, spider_id, page_id)
    lines = kept.text.split("\n") if kept is not None else []
    return gateway.pages.page(
        "studio/kept_page.html",
        request,
        member.visitor,
        section="spiders",
        spider_id=spider_id,
        is_text=kept is not None,
        lines=lines[:MOST_LINES],
        cut=kept is not None and (kept.cut or len(lines) > MOST_LINES),
    )
