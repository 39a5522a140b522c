"""Runs: queue, list, read, cancel, and watch by server-sent events."""

from collections.abc import AsyncGenerator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from moisson_scraper.keep_runs import RunShelf
from moisson_scraper.routes.answers import document
from moisson_shared.contracts.run import CrawlRun
from moisson_shared.web.auth import CallerDep
from moisson_shared.web.event_stream import ServerEvent, event_stream
from moisson_shared.web.paging import PageDep, list_response


def run_router(shelf: RunShelf) -> APIRouter:
    """Runs of spiders."""
    router = APIRouter(prefix="/v1", tags=["runs"])

    @router.post("/spiders/{spider_id}/runs", status_code=202)
    async def queue_run(caller: CallerDep, spider_id: str) -> Response:
        run = await shelf.queue(caller, spider_id)
        return document(run, status=202, location=f"/v1/runs/{run.id}")

    @router.get("/spiders/{spider_id}/runs")
    async def list_runs(caller: CallerDep, spider_id: str, wanted: PageDep) -> Response:
        page = await shelf.listed(caller, spider_id, wanted.limit, wanted.after)
        return list_response((stored.value.shown() for stored in page.items), page.next)

    @router.get("/runs/{run_id}")
    async def read_run(caller: CallerDep, run_id: str) -> Response:
        return document(await shelf.read(caller, run_id))

    @router.post("/runs/{run_id}/cancel", status_code=202)
    async def cancel_run(caller: CallerDep, run_id: str) -> Response:
        return document(await shelf.cancel(caller, run_id), status=202)

    @router.get("/runs/{run_id}/events")
    async def watch_run(request: Request, caller: CallerDep, run_id: str) -> Response:
        return event_stream(request, _events(await shelf.watch(caller, run_id)))

    return router


async def _events(states: AsyncGenerator[CrawlRun, None]) -> AsyncGenerator[ServerEvent, None]:
    try:
        async for run in states:
            yield ServerEvent("run", run.model_dump_json())
    finally:
        await states.aclose()
