"""The app factory: what every service has in common, around the routes that are its own."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from moisson_shared.contracts.model import JsonObject
from moisson_shared.web.auth import AuthenticatingMiddleware, TokenVerifier
from moisson_shared.web.body_limit import BodyLimitMiddleware
from moisson_shared.web.docs_page import POLICY, docs_page
from moisson_shared.web.error_handlers import answer_errors, asked_of
from moisson_shared.web.health import Probe
from moisson_shared.web.metrics import Metrics
from moisson_shared.web.observing import ObservingMiddleware
from moisson_shared.web.openapi import with_problems
from moisson_shared.web.operations import Lifespan, begin_state, operations, remembering_failure
from moisson_shared.web.problem_page import problem_page
from moisson_shared.web.refused_requests import answer_refused_requests
from moisson_shared.web.settings import ServiceSettings


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
    lifespan: Lifespan[FastAPI] | None = None,
    larger_bodies: Mapping[str, int] | None = None,
) -> ServiceApp:
    """An app with request ids, logs, metrics, limits, problems and health around the routers.

    `larger_bodies` are the limits of calls that take files (`BodyLimitMiddleware`); such a call knows its caller before
    it reads the body.

    Without a verifier every caller is anonymous, whatever they send (the gateway knows people by its sessions).
    `app.state` has `name`, `settings`, `metrics`, and what the service's own lifespan puts there.
    """
    app = ServiceApp(
        title=f"Moisson {name}",
        version=version("moisson-shared"),
        docs_url=None,
        redoc_url=None,
        lifespan=remembering_failure(lifespan) if lifespan is not None else None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.bearer = verifier is not None
    metrics = Metrics(name)
    begin_state(app, name, settings, metrics)
    answer_errors(app)
    answer_refused_requests(app)
    # Added from the inside out.
    if verifier is not None:
        app.add_middleware(AuthenticatingMiddleware, verifier=verifier)
    app.add_middleware(BodyLimitMiddleware, most_bytes=settings.most_body_bytes, larger=larger_bodies)
    app.add_middleware(ObservingMiddleware, service=name, metrics=metrics)
    app.router.routes += operations(metrics, tuple(probes))
    app.include_router(_explanations(app))
    for router in routers:
        app.include_router(router)
    return app


def _explanations(app: ServiceApp) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/problems/{name}")
    async def problem(name: str, request: Request) -> Response:
        page = problem_page(name, french=asked_of(request).french)
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    @router.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(docs_page(app.openapi()), headers={"Content-Security-Policy": POLICY})

    return router
