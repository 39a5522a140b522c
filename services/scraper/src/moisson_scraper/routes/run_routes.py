"""Runs: queue, list, read, cancel, and watch by server-sent events."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from moisson_scraper.compact_json import compact_json
from moisson_scraper.keep_runs import RunShelf
from moisson_scraper.keeping.record_batch import FoundRecord
from moisson_scraper.keeping.staged_items import records_of
from moisson_scraper.repair_run import RunRepairs
from moisson_scraper.routes.answers import document
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.raw_record import HeldItem
from moisson_shared.contracts.run import CrawlRun, RunOrder
from moisson_shared.web.auth import CallerDep
from moisson_shared.web.event_stream import ServerEvent, event_stream
from moisson_shared.web.paging import PageDep, list_response


def run_router(shelf: RunShelf, repairs: RunRepairs) -> APIRouter:
    """Runs of spiders."""
    router = APIRouter(prefix="/v1", tags=["runs"])

    @router.post("/spiders/{spider_id}/runs", status_code=202)
    async def queue_run(caller: CallerDep, spider_id: str, order: RunOrder | None = None) -> Response:
        run = await shelf.queue(caller, spider_id, order)
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

    @router.post("/runs/{run_id}/pause", status_code=202)
    async def pause_run(caller: CallerDep, run_id: str) -> Response:
        return document(await shelf.pause(caller, run_id), status=202)

    @router.post("/runs/{run_id}/resume", status_code=202)
    async def resume_run(caller: CallerDep, run_id: str) -> Response:
        return document(await shelf.resume(caller, run_id), status=202)

    @router.post("/runs/{run_id}/accept", status_code=202)
    async def accept_run(caller: CallerDep, run_id: str) -> Response:
        return document(await shelf.accept(caller, run_id), status=202)

    @router.get("/runs/{run_id}/report")
    async def read_report(caller: CallerDep, run_id: str) -> Response:
        return document(await shelf.report(caller, run_id))

    @router.get("/runs/{run_id}/repair")
    async def read_repair(caller: CallerDep, run_id: str) -> Response:
        """What the run lost, and a draft that finds it again; nothing is changed."""
        return document(await repairs.of(caller, run_id))

    @router.get("/runs/{run_id}/items")
    async def read_items(caller: CallerDep, run_id: str, part: Annotated[int, Query(ge=0)] = 0) -> Response:
        """What a trial or a quarantined run has found: `HeldItem`s, and the number of the part that may follow."""
        found = await shelf.found(caller, run_id, part)
        items = [_held(record) for record in records_of(found)] if found is not None else []
        answer = {"items": items, "next": part + 1 if found is not None else None}
        return Response(compact_json(answer), media_type="application/json")

    @router.get("/runs/{run_id}/events")
    async def watch_run(request: Request, caller: CallerDep, run_id: str) -> Response:
        return event_stream(request, _events(await shelf.watch(caller, run_id)))

    return router


def _held(record: FoundRecord) -> JsonObject:
    # Not through the contract: values may be of many kB, and a part has hundreds.
    return {name: getattr(record, name) for name in HeldItem.model_fields}


async def _events(states: AsyncGenerator[CrawlRun, None]) -> AsyncGenerator[ServerEvent, None]:
    try:
        async for run in states:
            yield ServerEvent("run", run.model_dump_json())
    finally:
        await states.aclose()
