"""A run of a spider: watched live with script, by reloading without; and how its numbers add up."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import MoissonError
from moisson_shared.contracts.run import CrawlRun
from moisson_shared.web.event_stream import ServerEvent, event_stream
from moisson_viz_gateway.gateway import FormDep, Gateway, GatewayDep, Member, MemberDep

router = APIRouter(prefix="/studio/runs", include_in_schema=False)


_LOOKS = {
    "fetched": "best",
    "duplicate": "good",
    "off_limits": "warn",
    "failed": "bad",
    "not_reached": "rest",
    "waiting": "wait",
    "new": "best",
    "changed": "good",
    "unchanged": "rest",
    "dropped": "bad",
}


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole: its key in the catalogue, its colour, its number, and its share in per cent."""

    key: str
    look: str
    number: int
    percent: float


@dataclass(frozen=True, slots=True)
class Sum:
    """A whole and its parts; `parts` add up to `whole` (see `RunCounters`)."""

    key: str
    whole: int
    parts: tuple[Share, ...]


def sums_of(run: CrawlRun) -> tuple[Sum, Sum]:
    """Pages and records, each with its parts."""
    counters = run.counters
    pages = {
        "fetched": counters.pages_fetched,
        "duplicate": counters.pages_duplicate,
        "off_limits": counters.pages_off_limits,
        "failed": counters.pages_failed,
        "not_reached": counters.pages_not_reached,
    }
    records = {
        "new": counters.records_new,
        "changed": counters.records_changed,
        "unchanged": counters.records_unchanged,
        "dropped": counters.records_dropped,
    }
    waiting = max(0, counters.pages_found - sum(pages.values()))
    if waiting and not run.state.final:
        pages["waiting"] = waiting
    return _sum("pages", counters.pages_found, pages), _sum("records", counters.items, records)


def _sum(key: str, whole: int, parts: dict[str, int]) -> Sum:
    shares = (
        Share(f"run.{key}.{name}", _LOOKS[name], number, 100 * number / whole if whole else 0.0)
        for name, number in parts.items()
    )
    return Sum(key, whole, tuple(shares))


@router.get("/{run_id}")
async def run_page(request: Request, run_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """One run."""
    run = await gateway.scraper.one_run(member.token, run_id)
    spider = (await gateway.scraper.spider(member.token, run.spider_id)).spider
    return gateway.pages.page(
        "studio/run.html",
        request,
        member.visitor,
        section="spiders",
        run=run,
        spider=spider,
        sums=sums_of(run),
        manages=member.session.manages(run.partner),
    )


@router.post("/{run_id}/cancel")
async def cancel_run(run_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Asks the run to stop."""
    await gateway.scraper.cancel(member.token, run_id)
    return RedirectResponse(f"/studio/runs/{run_id}", 303)


@router.get("/{run_id}/events")
async def run_events(request: Request, run_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """The run as it goes on, as fragments of the page: `run` for each state, then `end`."""
    await gateway.scraper.one_run(member.token, run_id)
    return event_stream(request, _fragments(gateway, member, run_id))


async def _fragments(gateway: Gateway, member: Member, run_id: str) -> AsyncGenerator[ServerEvent, None]:
    try:
        async with aclosing(gateway.scraper.watch(member.token, run_id)) as states:
            async for run in states:
                html = gateway.pages.text("studio/run_progress.html", member.visitor, run=run, sums=sums_of(run))
                yield ServerEvent("run", html)
    except MoissonError:
        pass  # the page is loaded again, and says itself what is the matter
    yield ServerEvent("end", "")
