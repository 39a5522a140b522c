"""The app factory: what every service has in common, around the routes that are its own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from moisson_shared.contracts.model import JsonObject
from moisson_shared.web.auth import AuthenticatingMiddleware, TokenVerifier
from moisson_shared.web.body_limit import BodyLimitMiddleware
from moisson_shared.web.docs_page import POLICY, docs_page
from moisson_shared.web.error_handlers import answer_errors, asked_of
from moisson_shared.web.event_stream import Stopping
from moisson_shared.web.health import Probe, readiness_response
from moisson_shared.web.metrics import Metrics
from moisson_shared.web.observing import ObservingMiddleware
from moisson_shared.web.openapi import with_problems
from moisson_shared.web.problem_page import problem_page
from moisson_shared.web.settings import ServiceSettings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class ServiceApp(FastAPI):
    """A FastAPI app whose OpenAPI document tells the truth about errors."""

    bearer: bool = False

    def openapi(self) -> JsonObject:
        """The document; made once per set of routes by FastAPI, completed here."""
        return with_problems(super().openapi(), bearer=self.bearer)


def create_service_app(
    name: str,
    settings: ServiceSettings,
    *,
    verifier: TokenVerifier | None,
    routers: Sequence[APIRouter],
    probes: Sequence[Probe] = (),
    lifespan: Lifespan | None = None,
    larger_bodies: Mapping[str, int] | None = None,
) -> ServiceApp:
    """An app with request ids, logs, metrics, limits, problems and health around the routers.

    `larger_bodies` are the limits of calls that take files (`BodyLimitMiddleware`); such a call knows its caller before
    it reads the body.

    Without a verifier every caller is anonymous, whatever they send (the gateway knows people by its sessions).
    `app.state` has `settings`, `metrics`, and what the service's own lifespan puts there.
    """
    app = ServiceApp(
        title=f"Moisson {name}",
        version=version("moisson-shared"),
        docs_url=None,
        redoc_url=None,
        lifespan=_remembering_failure(lifespan) if lifespan is not None else None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.bearer = verifier is not None
    app.state.settings = settings
    app.state.metrics = metrics = Metrics(name)
    app.state.stopping = Stopping()
    app.state.startup_failure = None
    answer_errors(app)
    # Added from the inside out.
    if verifier is not None:
        app.add_middleware(AuthenticatingMiddleware, verifier=verifier)
    app.add_middleware(BodyLimitMiddleware, most_bytes=settings.most_body_bytes, larger=larger_bodies)
    app.add_middleware(ObservingMiddleware, service=name, metrics=metrics)
    app.include_router(_operations(app, metrics, tuple(probes)))
    for router in routers:
        app.include_router(router)
    return app


def _operations(app: ServiceApp, metrics: Metrics, probes: tuple[Probe, ...]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> Response:
        return Response(b'{"status":"alive"}', media_type="application/json", headers={"Cache-Control": "no-store"})

    @router.get("/readyz")
    async def readyz() -> Response:
        return await readiness_response(probes)

    @router.get("/metrics")
    async def shown_metrics() -> Response:
        return metrics.response()

    @router.get("/problems/{name}")
    async def problem(name: str, request: Request) -> Response:
        page = problem_page(name, french=asked_of(request).french)
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    @router.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(docs_page(app.openapi()), headers={"Content-Security-Policy": POLICY})

    return router


def _remembering_failure(lifespan: Lifespan) -> Lifespan:
    """Keeps why a start failed: the server only learns that it did."""

    @asynccontextmanager
    async def remembering(app: FastAPI) -> AsyncIterator[None]:
        started = False
        try:
            async with lifespan(app):
                started = True
                yield
        except Exception as error:
            if not started:
                app.state.startup_failure = error
            raise

    return remembering
