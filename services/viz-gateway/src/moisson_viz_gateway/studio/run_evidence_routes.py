"""What a run leaves to look at: why pages failed, each class with its first page, and the log line by line."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from moisson_viz_gateway.gateway import GatewayDep, MemberDep
from moisson_viz_gateway.studio.kept_page_routes import MOST_LINES

router = APIRouter(prefix="/studio/runs", include_in_schema=False)


@router.get("/{run_id}/errors")
async def run_errors(request: Request, run_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """Pages that failed, by class."""
    run = await gateway.scraper.one_run(member.token, run_id)
    return gateway.pages.page(
        "studio/run_errors.html",
        request,
        member.visitor,
        section="spiders",
        run=run,
        spider=(await gateway.scraper.spider(member.token, run.spider_id)).spider,
        errors=(await gateway.scraper.evidence.errors(member.token, run_id)).errors,
    )


@router.get("/{run_id}/errors/{code}/page")
async def error_page(request: Request, run_id: str, code: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """The first page of a class, as text with numbered lines."""
    run = await gateway.scraper.one_run(member.token, run_id)
    kept = await gateway.scraper.evidence.error_page(member.token, run_id, code)
    lines = kept.text.split("\n")
    return gateway.pages.page(
        "studio/kept_page.html",
        request,
        member.visitor,
        section="spiders",
        spider_id=run.spider_id,
        is_text="\0" not in kept.text,
        lines=lines[:MOST_LINES],
        cut=kept.cut or len(lines) > MOST_LINES,
    )


@router.get("/{run_id}/log")
async def run_log(request: Request, run_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """What happened, in its order."""
    run = await gateway.scraper.one_run(member.token, run_id)
    log = await gateway.scraper.evidence.log(member.token, run_id)
    return gateway.pages.page(
        "studio/run_log.html",
        request,
        member.visitor,
        section="spiders",
        run=run,
        spider=(await gateway.scraper.spider(member.token, run.spider_id)).spider,
        log=log,
    )
