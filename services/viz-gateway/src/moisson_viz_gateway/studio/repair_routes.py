"""A run that lost something: the last good page beside today's, and selectors that find it again, to be taken over."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import Forbidden, NotNow
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.run_repair import RunRepair
from moisson_viz_gateway.gateway import FormDep, GatewayDep, MemberDep
from moisson_viz_gateway.studio.difference_words import checked_fixture
from moisson_viz_gateway.studio.page_sources import page_sources
from moisson_viz_gateway.studio.repair_view import expression_of, shown_losses, with_proposal
from moisson_viz_gateway.studio.run_choices import NONE, run_choices
from moisson_viz_gateway.studio.what_broke import broken_sentences

router = APIRouter(prefix="/studio/runs", include_in_schema=False)


@router.get("/{run_id}/repair")
async def repair_page(
    request: Request, run_id: str, gateway: GatewayDep, member: MemberDep, saved: int = 0
) -> Response:
    """What was lost, and what may be done; `saved` is the version that was just made."""
    run = await gateway.scraper.one_run(member.token, run_id)
    spider = (await gateway.scraper.spider(member.token, run.spider_id)).spider
    repair = await gateway.scraper.pages.repair(member.token, run_id)
    newest = await gateway.scraper.runs(member.token, run.spider_id)
    words = gateway.pages.wording(member.visitor.language)
    manages = member.session.manages(run.partner)
    check = repair.check
    draft = spider.model_dump(mode="json", exclude={"version"})
    kept = [page for pair in repair.pages for page in (pair.good, pair.today) if page is not None]
    sources = await page_sources(gateway, member, run.spider_id, kept)
    return gateway.pages.page(
        "studio/repair.html",
        request,
        member.visitor,
        section="spiders",
        run=run,
        spider=spider,
        repair=repair,
        saved=saved,
        manages=manages,
        choices=run_choices(run, newest) if manages else NONE,
        broken=broken_sentences(run, words),
        losses=await asyncio.to_thread(shown_losses, repair, draft, sources),
        checked=[checked_fixture(one, words) for one in check.fixtures] if check is not None else [],
    )


@router.post("/{run_id}/repair")
async def apply_repair(run_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Saves one proposal, or the best of each, as a new version of the spider. Raises `NotNow` where it is another
    proposal by now."""
    repair = await gateway.scraper.pages.repair(member.token, run_id)
    current = await gateway.scraper.spider(member.token, repair.spider_id)
    if not member.session.manages(current.spider.partner):
        raise Forbidden("Only members of the partner change its spiders.")
    draft = current.spider.model_dump(mode="json", exclude={"version"})
    changed = _best(repair) if form.get("action") == "all" else _one(repair, draft, form)
    if changed is None:
        raise NotNow("What is proposed has changed meanwhile: open the page again.")
    # Older fixtures may well not be read by a selector for today's page: the person has seen which.
    saved = await gateway.scraper.replace(member.token, repair.spider_id, changed, current.etag, "warn")
    return RedirectResponse(f"/studio/runs/{run_id}/repair?saved={saved.version}", 303)


def _best(repair: RunRepair) -> JsonObject | None:
    return repair.draft.model_dump(mode="json") if repair.draft is not None else None


def _one(repair: RunRepair, draft: JsonObject, form: dict[str, str]) -> JsonObject | None:
    for lost in repair.lost:
        for proposal in lost.proposals:
            if (lost.pointer, expression_of(proposal)) == (form.get("pointer"), form.get("expression")):
                return with_proposal(draft, lost.pointer, proposal)
    return None
