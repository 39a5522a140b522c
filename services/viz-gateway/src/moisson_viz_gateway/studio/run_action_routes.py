"""What people ask of a run: pause, resume, cancel, accept, and ask again for the pages that failed."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import Forbidden
from moisson_shared.contracts.run import CrawlRun, RunOrder
from moisson_viz_gateway.gateway import FormDep, Gateway, GatewayDep, Member, MemberDep
from moisson_viz_gateway.neighbours.scraper_client import RunAction

router = APIRouter(prefix="/studio/runs", include_in_schema=False)


@router.post("/{run_id}/cancel")
async def cancel_run(run_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Asks the run to stop for good."""
    return await _ask(gateway, member, run_id, "cancel")


@router.post("/{run_id}/pause")
async def pause_run(run_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Asks the run to stop where it is."""
    return await _ask(gateway, member, run_id, "pause")


@router.post("/{run_id}/resume")
async def resume_run(run_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Lets a paused run go on."""
    return await _ask(gateway, member, run_id, "resume")


@router.post("/{run_id}/accept")
async def accept_run(run_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Takes what a quarantined run has found as it is."""
    return await _ask(gateway, member, run_id, "accept")


@router.post("/{run_id}/retry")
async def retry_run(run_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """A new run over the pages that failed, and goes to watch it."""
    run = await _own_run(gateway, member, run_id)
    retried = await gateway.scraper.run(member.token, run.spider_id, RunOrder(retry_of=run_id))
    return RedirectResponse(f"/studio/runs/{retried.id}", 303)


async def _ask(gateway: Gateway, member: Member, run_id: str, action: RunAction) -> Response:
    run = await _own_run(gateway, member, run_id)
    await gateway.scraper.ask(member.token, run.id, action)
    return RedirectResponse(f"/studio/runs/{run.id}", 303)


async def _own_run(gateway: Gateway, member: Member, run_id: str) -> CrawlRun:
    """The run. Raises `Forbidden` for those who may only look at it; the scraper looks for itself besides."""
    run = await gateway.scraper.one_run(member.token, run_id)
    if not member.session.manages(run.partner):
        raise Forbidden("Only members of the partner decide on its runs.")
    return run
