"""The scraper as docs/interfaces.md describes it, small: spiders, a run that goes on in steps, a preview."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response, StreamingResponse

from moisson_shared.contracts.faults import faults_of
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.run import CrawlRun, Reason, RunCounters, RunState
from moisson_shared.contracts.schedule import ScheduleOutlook
from moisson_shared.contracts.spider import SpiderConfig, SpiderDraft
from moisson_shared.contracts.spider_preview import PreviewedField, PreviewedPage, PreviewedRecord, SpiderPreview
from moisson_viz_gateway.studio.spider_templates import template
from tests.viz_gateway.fake_api import problem
from tests.viz_gateway.sample_corpus import HOSTILE

START = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
PARTNERS = (
    Partner(id="ronce", name="Les Bâtisseurs du commun"),
    Partner(id="tissage", name="Tissage"),
)


def a_run(run_id: str = "r1", state: RunState = RunState.DONE, **counters: int) -> CrawlRun:
    """A run of the first spider, with counters that add up."""
    numbers = {"pages_found": 42, "pages_fetched": 38, "pages_off_limits": 2, "pages_failed": 2, "items": 40}
    numbers |= {"records_new": 5, "records_changed": 3, "records_unchanged": 31, "records_dropped": 1, "retries": 2}
    numbers |= {"bytes_fetched": 1_234_567, **counters}
    return CrawlRun(
        id=run_id,
        spider_id="ronce-annuaire",
        partner="ronce",
        spider_version=1,
        state=state,
        requested_by="a1",
        queued_at=START,
        started_at=START,
        finished_at=START + timedelta(seconds=83) if state.final else None,
        complete=False,
        counters=RunCounters(**numbers),
        reasons=(
            Reason(
                code="http-404", message="The site answered 404.", count=2, samples=("https://x.example/12", HOSTILE)
            ),
            Reason(
                code="robots",
                message="robots.txt asks us not to fetch these pages.",
                count=2,
                samples=("https://x.example/prive",),
            ),
        ),
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
    cancelled: list[str] = field(default_factory=list)
    pause: float = 0.0
    schedule: dict[str, Any] = field(default_factory=dict)
    """What is said of every spider's schedule."""

    def __post_init__(self) -> None:
        for kind, partner in (("html", "ronce"), ("json", "tissage"), ("file", "ronce")):
            draft = template(kind, partner)
            self.spiders[draft.id] = SpiderConfig(**draft.model_dump(), version=1)
        self.states = self.states or [
            a_run(state=RunState.RUNNING, pages_fetched=10, items=12, records_new=2, records_unchanged=6),
            a_run(state=RunState.RUNNING, pages_fetched=30),
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
        app.get("/v1/spiders/{spider}")(self._read)
        app.put("/v1/spiders/{spider}")(self._replace)
        app.post("/v1/spiders/{spider}/runs")(self._run)
        app.get("/v1/spiders/{spider}/runs")(self._runs)
        app.get("/v1/spiders/{spider}/schedule")(self._schedule)
        app.get("/v1/runs/{run}")(self._one_run)
        app.post("/v1/runs/{run}/cancel")(self._cancel)
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
        if isinstance(draft, Response):
            return draft
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

    async def _run(self, spider: str) -> Response:
        return problem(409, "not-now") if self.busy else JSONResponse(self.states[0].model_dump(mode="json"), 202)

    async def _runs(self, spider: str) -> Response:
        return _list([self.states[0]] if spider == "ronce-annuaire" else [])

    async def _schedule(self, spider: str) -> Response:
        if spider not in self.spiders:
            return problem(404, "not-found")
        told = ScheduleOutlook(spider_id=spider, enabled=True, schedule=None, **self.schedule)
        return JSONResponse(told.model_dump(mode="json"))

    async def _one_run(self, run: str) -> Response:
        return problem(404, "not-found") if run != "r1" else JSONResponse(self.states[0].model_dump(mode="json"))

    async def _cancel(self, run: str) -> Response:
        self.cancelled.append(run)
        return JSONResponse(self.states[0].model_dump(mode="json"), 202)

    async def _events(self, run: str) -> Response:
        return StreamingResponse(self._told(), media_type="text/event-stream")

    async def _told(self) -> AsyncIterator[bytes]:
        yield b": listening\n\n"
        for state in list(self.states):
            await asyncio.sleep(self.pause)
            self.states[0] = state
            yield f"event: run\ndata: {state.model_dump_json()}\n\n".encode()

    async def _draft(self, request: Request) -> SpiderDraft | Response:
        self.tokens.append(request.headers.get("authorization"))
        document = await request.json()
        try:
            return SpiderDraft.model_validate(document)
        except ValidationError as error:
            faults = [{"pointer": fault.pointer, "message": fault.message} for fault in faults_of(error, document)]
            return problem(422, "invalid", faults)


def _document(spider: SpiderConfig, status: int = 200) -> Response:
    return JSONResponse(spider.model_dump(mode="json"), status, headers={"ETag": f'"{spider.version}"'})


def _list(items: Any) -> Response:
    return JSONResponse({"items": [item.model_dump(mode="json") for item in items], "next": None})
