"""What machines ask of every service: is it alive, is it ready, what has it counted. And an app of that alone."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from moisson_shared.web.error_handlers import answer_errors
from moisson_shared.web.event_stream import Stopping
from moisson_shared.web.health import Probe, readiness_response
from moisson_shared.web.metrics import Metrics
from moisson_shared.web.observing import ObservingMiddleware
from moisson_shared.web.settings import ServiceSettings

App = TypeVar("App", bound=Starlette)
Lifespan = Callable[[App], AbstractAsyncContextManager[None]]


class _Operation(Route):
    """Says in the scope which route it is, as FastAPI's do: logs and counts go by that."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        return match, {**child, "route": self}


def operations(metrics: Metrics, probes: Sequence[Probe]) -> list[BaseRoute]:
    """`/healthz`, `/readyz`, `/metrics`."""

    async def healthz(_: Request) -> Response:
        return Response(b'{"status":"alive"}', media_type="application/json", headers={"Cache-Control": "no-store"})

    async def readyz(_: Request) -> Response:
        return await readiness_response(probes)

    async def shown_metrics(_: Request) -> Response:
        return metrics.response()

    return [_Operation("/healthz", healthz), _Operation("/readyz", readyz), _Operation("/metrics", shown_metrics)]


def create_operations_app(
    name: str, settings: ServiceSettings, probes: Sequence[Probe], lifespan: Lifespan[Starlette]
) -> Starlette:
    """The app of a process that answers no other calls. It knows no callers, and needs neither FastAPI nor the code
    that verifies tokens: 14 MiB less."""
    metrics = Metrics(name)
    app = Starlette(routes=operations(metrics, tuple(probes)), lifespan=remembering_failure(lifespan))
    begin_state(app, name, settings, metrics)
    answer_errors(app)
    app.add_middleware(ObservingMiddleware, service=name, metrics=metrics)
    return app


def begin_state(app: Starlette, name: str, settings: ServiceSettings, metrics: Metrics) -> None:
    """What `app.state` has from the beginning."""
    app.state.name = name
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.stopping = Stopping()
    app.state.startup_failure = None


def remembering_failure(lifespan: Lifespan[App]) -> Lifespan[App]:
    """Keeps why a start failed: the server only learns that it did."""

    @asynccontextmanager
    async def remembering(app: App) -> AsyncIterator[None]:
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
