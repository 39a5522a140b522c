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
from moisson_shared.contracts.run import CrawlRun, Reason, RunCounters, RunOrder, RunState
from moisson_shared.contracts.run_report import ItemFate, PageFate, ReportedField, RunReport
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
    numbers = {"pages_found": 42, "pages_fetched": 30, "pages_unchanged": 4, "pages_spared": 2, "pages_duplicate": 1}
    numbers |= {"pages_off_limits": 2, "pages_over_limit": 1, "pages_failed": 2, "items": 40, "records_dropped": 1}
    written = {"records_new": 5, "records_changed": 3, "records_unchanged": 31}
    numbers |= written if state is RunState.DONE else {"records_held": 39}
    numbers |= {"retries": 2, "bytes_fetched": 1_234_567, **counters}
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
        active_seconds=10.0,
        pages_expected=60,
        complete=False,
        counters=RunCounters(**numbers),
        reasons=(
            Reason(
                code="http-404",
                message="The site answered 404.",
                fate="failed",
                count=2,
                samples=("https://x.example/12", HOSTILE),
            ),
            Reason(
                code="robots",
                message="robots.txt asks us not to fetch these pages.",
                fate="off_limits",
                count=2,
                samples=("https://x.example/prive",),
            ),
            Reason(
                code="item-without-key",
                message="Items have nothing to make their key of; they were dropped.",
                fate="dropped",
                samples=("3",),
            ),
            Reason(code="mended-markup", message="Bare & were mended.", count=4),
        ),
    )


def a_quarantined_run(run_id: str = "r1") -> CrawlRun:
    """The same with far too few items."""
    run = a_run(run_id, RunState.QUARANTINED, items=12, records_held=11)
    error = "12 records were found; the last good runs found about 40."
    return run.model_copy(update={"code": "expectations", "error": error})


def a_trial(run_id: str = "r1", state: RunState = RunState.DONE) -> CrawlRun:
    """A trial at its end: two items, one of them hostile."""
    none = {"pages_unchanged": 0, "pages_spared": 0, "pages_duplicate": 0, "pages_off_limits": 0, "pages_failed": 0}
    written = {"records_new": 0, "records_changed": 0, "records_unchanged": 0, "records_dropped": 0, "records_held": 2}
    run = a_run(run_id, state, **none, **written, pages_found=10, pages_fetched=9, items=2)
    return run.model_copy(update={"order": RunOrder(trial_pages=10), "reasons": ()})


FOUND = (
    ["projet-1", 0, "https://x.example/1", {"titre": "Un atelier vélo", "thèmes": ["mobilité", "emploi"]}, "h1", 60],
    ["projet-2", 0, None, {"titre": HOSTILE, "budget": 1200}, "h2", 40],
)


def a_report(run: CrawlRun, *, filled: int | None = None) -> RunReport:
    """The report of a run; `filled` are the items that have themes, all of them if it is not stated."""
    counters = run.counters
    themes = counters.items if filled is None else min(filled, counters.items)

    def reasons(fate: str) -> tuple[Reason, ...]:
        return tuple(reason for reason in run.reasons if reason.fate == fate)

    pages = ("fetched", "unchanged", "spared", "off_limits", "duplicate", "failed", "over_limit", "not_reached")
    return RunReport(
        run=run,
        pages_found=counters.pages_found,
        pages=tuple(
            PageFate(fate=fate, count=getattr(counters, f"pages_{fate}"), reasons=reasons(fate)) for fate in pages
        ),
        items_found=counters.items,
        items=tuple(
            ItemFate(fate=fate, count=getattr(counters, f"records_{fate}"), reasons=reasons(fate))
            for fate in ("new", "changed", "unchanged", "dropped", "held")
        ),
        fields=(
            ReportedField(name="thèmes", filled=themes, empty=counters.items - themes, expected_fill=0.9),
            ReportedField(name="titre", filled=counters.items, empty=0, expected_fill=0.95),
            ReportedField(name="téléphone", filled=counters.items // 3, empty=counters.items - counters.items // 3),
        ),
        gone=counters.records_gone,
        others=reasons(""),
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
    found: tuple[list[Any], ...] = FOUND
    themes_filled: int | None = None
    """In the report of that run; in those of earlier ones all items have themes."""
    pause: float = 0.0
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
        app.get("/v1/spiders/{spider}")(self._read)
        app.put("/v1/spiders/{spider}")(self._replace)
        app.post("/v1/spiders/{spider}/runs")(self._run)
        app.get("/v1/spiders/{spider}/runs")(self._runs)
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

    async def _run(self, spider: str, order: RunOrder) -> Response:
        self.orders.append(order)
        return problem(409, "not-now") if self.busy else JSONResponse(self.states[0].model_dump(mode="json"), 202)

    async def _runs(self, spider: str) -> Response:
        return _list([self.states[0], *self.earlier] if spider == "ronce-annuaire" else [])

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
        if part or not self.found:
            return JSONResponse({"items": [], "next": None})
        return JSONResponse({"items": list(self.found), "next": 1})

    async def _ask(self, run: str, action: str) -> Response:
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
