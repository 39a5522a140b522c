"""A run of a spider: watched live with script, by reloading without; and how its numbers add up."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Request
from starlette.responses import Response

from moisson_shared.contracts.errors import MoissonError
from moisson_shared.contracts.run import CrawlRun
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.web.event_stream import ServerEvent, event_stream
from moisson_viz_gateway.gateway import Gateway, GatewayDep, Member, MemberDep
from moisson_viz_gateway.studio.found_items import FoundTable, found_table
from moisson_viz_gateway.studio.run_choices import NONE, run_choices
from moisson_viz_gateway.studio.run_sums import sums_of
from moisson_viz_gateway.studio.what_broke import broken_sentences

router = APIRouter(prefix="/studio/runs", include_in_schema=False)
FIRST_FOUND = 10
"""Items of a trial that its own page shows."""


@router.get("/{run_id}")
async def run_page(request: Request, run_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """One run."""
    run = await gateway.scraper.one_run(member.token, run_id)
    return gateway.pages.page(
        "studio/run.html",
        request,
        member.visitor,
        section="spiders",
        spider=(await gateway.scraper.spider(member.token, run.spider_id)).spider,
        found=await _found(gateway, member, run),
        shell=await _progress(gateway, member, run),
    )


@router.get("/{run_id}/events")
async def run_events(request: Request, run_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """The run as it goes on, as fragments of the page: `run` for each state, then `end`."""
    await gateway.scraper.one_run(member.token, run_id)
    return event_stream(request, _fragments(gateway, member, run_id))


async def _fragments(gateway: Gateway, member: Member, run_id: str) -> AsyncGenerator[ServerEvent, None]:
    try:
        async with aclosing(gateway.scraper.watch(member.token, run_id)) as states:
            async for run in states:
                view = await _progress(gateway, member, run)
                yield ServerEvent("run", gateway.pages.text("studio/run_progress.html", member.visitor, **view))
    except MoissonError:
        pass  # the page is loaded again, and says itself what is the matter
    yield ServerEvent("end", "")


async def _progress(gateway: Gateway, member: Member, run: CrawlRun) -> dict[str, object]:
    """What the part of the page that is kept up to date is made of."""
    newest = await gateway.scraper.runs(member.token, run.spider_id) if run.state.final else ()
    return {
        "run": run,
        "manages": member.session.manages(run.partner),
        "pace": run.pace,
        "sums": sums_of(run),
        "choices": run_choices(run, newest) if member.session.manages(run.partner) else NONE,
        "broken": broken_sentences(run, gateway.pages.wording(member.visitor.language)),
    }


async def _found(gateway: Gateway, member: Member, run: CrawlRun) -> FoundTable | None:
    """The first items of a trial that is at its end; None for other runs."""
    if run.order.trial_pages is None or not run.state.final:
        return None
    return found_table((await gateway.scraper.found(member.token, run.id)).items[:FIRST_FOUND])


async def spider_of_run(gateway: Gateway, member: Member, run: CrawlRun) -> SpiderConfig:
    """The spider in the version that ran."""
    return await gateway.scraper.spider_version(member.token, run.spider_id, run.spider_version)
