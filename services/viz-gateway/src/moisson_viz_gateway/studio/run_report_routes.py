"""Why a run gave what it gave, and what it found without keeping it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from moisson_viz_gateway.gateway import GatewayDep, MemberDep
from moisson_viz_gateway.studio.found_items import ROWS, found_table
from moisson_viz_gateway.studio.run_report_view import field_fills, report_sums
from moisson_viz_gateway.studio.run_routes import spider_of_run
from moisson_viz_gateway.studio.spider_words import start_addresses

router = APIRouter(prefix="/studio/runs", include_in_schema=False)
_Position = Annotated[int, Query(ge=0, le=1_000_000_000)]


@router.get("/{run_id}/report")
async def run_report(request: Request, run_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """From start addresses to stored records."""
    report = await gateway.scraper.report(member.token, run_id)
    spider = await spider_of_run(gateway, member, report.run)
    return gateway.pages.page(
        "studio/run_report.html",
        request,
        member.visitor,
        section="spiders",
        spider=spider,
        run=report.run,
        report=report,
        starts=start_addresses(spider),
        sums=report_sums(report),
        fills=field_fills(report),
    )


@router.get("/{run_id}/items")
async def run_items(
    request: Request, run_id: str, gateway: GatewayDep, member: MemberDep, part: _Position = 0, at: _Position = 0
) -> Response:
    """What a trial or a quarantined run has found, some rows of one part at a time."""
    run = await gateway.scraper.one_run(member.token, run_id)
    spider = (await gateway.scraper.spider(member.token, run.spider_id)).spider
    found = await gateway.scraper.found(member.token, run_id, part)
    following = None
    if at + ROWS < len(found.items):
        following = {"part": part, "at": at + ROWS}
    elif found.next is not None and (await gateway.scraper.found(member.token, run_id, found.next)).items:
        following = {"part": found.next}
    return gateway.pages.page(
        "studio/run_items.html",
        request,
        member.visitor,
        section="spiders",
        spider=spider,
        run=run,
        found=found_table(found.items[at : at + ROWS]),
        following=following,
    )
