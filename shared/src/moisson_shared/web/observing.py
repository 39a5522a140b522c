"""The outermost layer: every request gets an id, one log line, a count, safe headers, and an answer even if we fail."""

import time

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moisson_shared.contracts.access import ANONYMOUS_SUBJECT, Caller
from moisson_shared.contracts.request_id import HEADER, accepted_request_id, set_request_id
from moisson_shared.web.metrics import Metrics
from moisson_shared.web.problems import Asked, problem_response

CALLER_KEY = "moisson.caller"
"""Where the caller stands in the ASGI scope, once known."""
CLIENT_WENT_AWAY = 499
QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: logged at debug only."""
_REQUEST_ID = HEADER.lower().encode()
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)


class ObservingMiddleware:
    """Pure ASGI. Bodies, query strings and tokens are never logged."""

    def __init__(self, app: ASGIApp, service: str, metrics: Metrics) -> None:
        self._app = app
        self._service = service
        self._metrics = metrics
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, and says afterwards what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = Headers(scope=scope)
        request_id = accepted_request_id(headers.get(HEADER))
        set_request_id(request_id)
        added = ((_REQUEST_ID, request_id.encode()), *_SAFE_HEADERS)
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message.get("headers", ())
                names = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(pair for pair in added if pair[0] not in names)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            status = status or CLIENT_WENT_AWAY
        except Exception:  # noqa: BLE001 - the last resort: whatever happened is logged once and answered
            self._log.exception("failed", service=self._service, method=scope["method"], route=route_of(scope))
            if not status:
                asked = Asked(request_id, headers.get("accept-language", ""))
                detail = f"Something went wrong on our side. It is in the log under {request_id}."
                await problem_response("internal-error", detail, asked)(scope, receive, send_with_headers)
        finally:
            self._note(scope, status or CLIENT_WENT_AWAY, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.observe(method, route, status, seconds)
        caller: Caller | None = scope.get(CALLER_KEY)
        write = self._log.debug if route in QUIET_ROUTES else self._log.info
        write(
            "request",
            service=self._service,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            subject=caller.subject if caller is not None else ANONYMOUS_SUBJECT,
        )


def route_of(scope: Scope) -> str:
    """The template of the route that served the request, or `unmatched`: a raw path would be a series of its own."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return path if isinstance(path, str) else "unmatched"
