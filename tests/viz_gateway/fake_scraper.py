"""The scraper as docs/interfaces.md describes it, small: spiders, a run that goes on in steps, a preview."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response, StreamingResponse

from moisson_shared.contracts.faults import faults_of
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.raw_record import HeldItem
from moisson_shared.contracts.run import CrawlRun, Reason, RunOrder, RunState
from moisson_shared.contracts.schedule import ScheduleOutlook
from moisson_shared.contracts.spider import SpiderConfig, SpiderDraft
from moisson_shared.contracts.spider_preview import PreviewedField, PreviewedPage, PreviewedRecord, SpiderPreview
from moisson_viz_gateway.studio.spider_templates import template
from tests.viz_gateway.fake_api import problem
from tests.viz_gateway.sample_corpus import HOSTILE
from tests.viz_gateway.sample_runs import FOUND, a_report, a_run

PARTNERS = (
    Partner(id="ronce", name="Les Bâtisseurs du commun"),
    Partner(id="tissage", name="Tissage"),
)


@dataclass
class FakeScraper:
    """Spiders by id, the states that a run goes through, and what was asked."""

    spiders: dict[str, SpiderConfig] = field(default_factory=dict)
    states: list[CrawlRun] = field(default_factory=list)
    busy: bool = False
    reads: tuple[str, ...] | None = None
    """The partners whose spiders the caller may read; None for stewards and admins, who read all."""
    warnings: tuple[Reason, ...] = ()
    tokens: list[str | None] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """What was asked of which run."""
    orders: list[RunOrder] = field(default_factory=list)
    earlier: list[CrawlRun] = field(default_factory=list)
    """Runs before the one that `states` tells of, the newest first."""
    found: tuple[HeldItem, ...] = FOUND
    themes_filled: int | None = None
    """In the report of that run; in those of earlier ones all items have themes."""
    pause: float = 0.0
    schedule: dict[str, Any] = field(default_factory=dict)
    """What is said of every spider's schedule."""
    standing: bool = False
    """Nothing goes on until this is taken back."""

    def __post_init__(self) -> None:
        for kind, partner in (("html", "ronce"), ("json", "tissage"), ("file", "ronce")):
            draft = template(kind, partner)
            self.spiders[draft.id] = SpiderConfig(**draft.model_dump(), version=1)
        self.states = self.states or [
            a_run(state=RunState.RUNNING, pages_fetched=10, pages_over_limit=0, items=12, records_held=11),
            a_run(state=RunState.RUNNING, pages_fetched=25, pages_over_limit=0),
            a_run(),
        ]

    def app(self) -> FastAPI:
        """The app over this state."""
        app = FastAPI()
        app.get("/healthz")(self._health)
        app.get("/v1/partners")(self._partners)
        app.get("/v1/spiders")(self._list)
        app.post("/v1/spiders")(self._create)
        app.post("/v1/spiders/preview")(self._preview)
        app.post("/v1/spiders/{spider}/preview")(self._preview_saved)
        app.post("/v1/spiders/{spider}/check")(self._check)
        app.get("/v1/spiders/{spider}")(self._read)
        app.put("/v1/spiders/{spider}")(self._replace)
        app.post("/v1/spiders/{spider}/runs")(self._run)
        app.get("/v1/spiders/{spider}/runs")(self._runs)
        app.get("/v1/spiders/{spider}/schedule")(self._schedule)
        app.get("/v1/runs/{run}")(self._one_run)
        app.get("/v1/spiders/{spider}/versions/{version}")(self._read)
        app.get("/v1/runs/{run}/report")(self._report)
        app.get("/v1/runs/{run}/items")(self._items)
        app.post("/v1/runs/{run}/{action}")(self._ask)
        app.get("/v1/runs/{run}/events")(self._events)
        return app

    async def _health(self) -> Response:
        return JSONResponse({"status": "alive"})

    async def _partners(self, request: Request) -> Response:
        self.tokens.append(request.headers.get("authorization"))
        return _list(PARTNERS)

    async def _list(self) -> Response:
        return self._closed() or _list(one for one in self.spiders.values() if self._may_read(one))

    def _closed(self) -> Response | None:
        return problem(403, "forbidden") if self.reads == () else None

    def _may_read(self, spider: SpiderConfig) -> bool:
        return self.reads is None or spider.partner in self.reads

    async def _create(self, request: Request) -> Response:
        draft = await self._draft(request)
        if isinstance(draft, Response):
            return draft
        if draft.id in self.spiders:
            return problem(409, "already-exists")
        self.spiders[draft.id] = SpiderConfig(**draft.model_dump(), version=1)
        return _document(self.spiders[draft.id], 201)

    async def _read(self, spider: str) -> Response:
        if closed := self._closed():
            return closed
        found = self.spiders.get(spider)
        return _document(found) if found is not None and self._may_read(found) else problem(404, "not-found")

    async def _replace(self, spider: str, request: Request) -> Response:
        old = self.spiders[spider]
        draft = await self._draft(request)
        if isinstance(draft, Response):
            return draft
        if request.headers.get("if-match") != f'"{old.version}"':
            return problem(412, "version-conflict")
        self.spiders[spider] = SpiderConfig(**draft.model_dump(), version=old.version + 1)
        return _document(self.spiders[spider])

    async def _preview(self, request: Request) -> Response:
        draft = await self._draft(request)
        return draft if isinstance(draft, Response) else self._previewed()

    async def _preview_saved(self, spider: str) -> Response:
        return self._previewed() if spider in self.spiders else problem(404, "not-found")

    async def _check(self, spider: str, request: Request) -> Response:
        draft = await self._draft(request)
        if isinstance(draft, Response):
            return draft
        return JSONResponse({"spider_id": spider, "reader": "r", "fixtures": [], "holds": True})

    def _previewed(self) -> Response:
        preview = SpiderPreview(
            pages=(
                PreviewedPage(
                    kind="listing", address="https://x.example/", final_address="https://x.example/", status=200
                ),
            ),
            items=12,
            records=(PreviewedRecord(key="k1", url=None, values={"titre": HOSTILE, "thèmes": ["a", "b"]}),),
            fields=(
                PreviewedField(name="titre", place="listing", filled=12, of=12, samples=("Un atelier", HOSTILE)),
                PreviewedField(name="thèmes", place="detail", filled=0, of=3),
            ),
            warnings=self.warnings,
        )
        return JSONResponse(preview.model_dump(mode="json"))

    async def _run(self, spider: str, order: RunOrder) -> Response:
        self.orders.append(order)
        return problem(409, "not-now") if self.busy else JSONResponse(self.states[0].model_dump(mode="json"), 202)

    async def _runs(self, spider: str) -> Response:
        return _list([self.states[0], *self.earlier] if spider == "ronce-annuaire" else [])

    async def _schedule(self, spider: str) -> Response:
        if spider not in self.spiders:
            return problem(404, "not-found")
        told = ScheduleOutlook(spider_id=spider, enabled=True, schedule=None, **self.schedule)
        return JSONResponse(told.model_dump(mode="json"))

    async def _one_run(self, run: str) -> Response:
        found = self._known(run)
        return problem(404, "not-found") if found is None else JSONResponse(found.model_dump(mode="json"))

    def _known(self, run: str) -> CrawlRun | None:
        return next((one for one in (self.states[0], *self.earlier) if one.id == run), None)

    async def _report(self, run: str) -> Response:
        found = self._known(run)
        if found is None:
            return problem(404, "not-found")
        report = a_report(found, filled=self.themes_filled if found is self.states[0] else None)
        return JSONResponse(report.model_dump(mode="json"))

    async def _items(self, run: str, part: int = 0) -> Response:
        if self._known(run) is None:
            return problem(404, "not-found")
        if part or not self.found:
            return JSONResponse({"items": [], "next": None})
        return JSONResponse({"items": [item.model_dump(mode="json") for item in self.found], "next": 1})

    async def _ask(self, run: str, action: str) -> Response:
        found = self._known(run)
        if found is None:
            return problem(404, "not-found")
        needed = {"resume": RunState.PAUSED, "accept": RunState.QUARANTINED}
        if found.state is not needed.get(action, found.state):
            return problem(409, "not-now")
        self.asked.append((action, run))
        told: dict[str, dict[str, object]] = {
            "pause": {"state": RunState.PAUSED, "code": "paused-by-person", "error": "The run was paused; …"},
            "resume": {"state": RunState.RESUMING, "code": None, "error": None},
        }
        self.states[0] = self.states[0].model_copy(update=told.get(action, {}))
        return JSONResponse(self.states[0].model_dump(mode="json"), 202)

    async def _events(self, run: str) -> Response:
        return StreamingResponse(self._told(), media_type="text/event-stream")

    async def _told(self) -> AsyncIterator[bytes]:
        yield b": listening\n\n"
        last: CrawlRun | None = None
        for number, state in enumerate(list(self.states)):
            await asyncio.sleep(self.pause)
            while number and (self.standing or self.states[0].state is RunState.PAUSED):
                if self.states[0] is not last:
                    last = self.states[0]
                    yield _event(last)
                await asyncio.sleep(0.02)
            if number:
                self.states[0] = state
            last = self.states[0]
            yield _event(last)

    async def _draft(self, request: Request) -> SpiderDraft | Response:
        self.tokens.append(request.headers.get("authorization"))
        document = await request.json()
        try:
            return SpiderDraft.model_validate(document)
        except ValidationError as error:
            faults = [{"pointer": fault.pointer, "message": fault.message} for fault in faults_of(error, document)]
            return problem(422, "invalid", faults)


def _event(run: CrawlRun) -> bytes:
    return f"event: run\ndata: {run.model_dump_json()}\n\n".encode()


def _document(spider: SpiderConfig, status: int = 200) -> Response:
    return JSONResponse(spider.model_dump(mode="json"), status, headers={"ETag": f'"{spider.version}"'})


def _list(items: Any) -> Response:
    return JSONResponse({"items": [item.model_dump(mode="json") for item in items], "next": None})
