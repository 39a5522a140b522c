"""Errors as pages for people: what is the matter, and what they can do now.

Whoever does not read HTML (a map that fetches its places) gets the problem of the web kit instead.
"""

from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moisson_shared.contracts import errors
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.contracts.request_id import HEADER, current_request_id
from moisson_shared.web.error_handlers import asked_of
from moisson_shared.web.problems import MEDIA_TYPE, error_response, problem_of
from moisson_viz_gateway.gateway import gateway_of, language_of
from moisson_viz_gateway.pages import Visitor, address_of
from moisson_viz_gateway.portal.portal_shelf import NotYetPublished
from moisson_viz_gateway.wording.catalogue import LANGUAGES

_NEVER_ANSWERED = frozenset({"/healthz", "/readyz", "/metrics"})
_HTTP_ERRORS: dict[int, MoissonError] = {
    404: errors.NotFound("There is nothing at this address."),
    405: errors.NotFound("This address does not answer this method."),
    413: errors.TooLarge("The form is larger than this service accepts."),
}


_LAST_RESORTS = {413: "too-large", 500: "internal-error"}


def answer_with_pages(app: FastAPI) -> None:
    """Replaces the web kit's answers by pages, for those who read pages."""
    app.add_exception_handler(MoissonError, _domain_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _refused_request)
    app.add_middleware(LastResortPagesMiddleware)


async def _domain_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, MoissonError):
        raise error
    if not _reads_pages(request):
        return error_response(error, asked_of(request))
    in_studio = request.url.path.startswith("/studio")
    if isinstance(error, errors.Unauthenticated) and in_studio:
        wanted = address_of(request) if request.method == "GET" else "/studio"
        return RedirectResponse(f"/studio/login?{urlencode({'next': wanted})}", 303)
    name, problem = problem_of(error)
    if isinstance(error, NotYetPublished):
        name = "not-yet-published"
    return _page(request, name, problem.status, error)


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    meant = _HTTP_ERRORS.get(error.status_code) or errors.Invalid("The request is not understood.")
    return await _domain_error(request, meant)


async def _refused_request(request: Request, error: Exception) -> Response:
    return await _domain_error(request, errors.NotFound("There is nothing at this address."))


class LastResortPagesMiddleware:
    """Pure ASGI: the problems of the layers around the routes (a fault of ours, a body too large) become pages too.

    The log has the cause; the reader gets the number of the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request."""
        if scope["type"] != "http" or not _reads_pages(Request(scope)):
            await self._app(scope, receive, send)
            return
        replaced = False

        async def send_page(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] in _LAST_RESORTS:
                headers = Headers(raw=message["headers"])
                replaced = headers.get("content-type", "").startswith(MEDIA_TYPE)
                if replaced:
                    request_id = headers.get(HEADER, "")
                    page = _page(Request(scope), _LAST_RESORTS[message["status"]], message["status"], None, request_id)
                    await page(scope, receive, send)
            if not replaced:
                await send(message)

        await self._app(scope, receive, send_page)


def _page(request: Request, name: str, status: int, error: MoissonError | None, request_id: str = "") -> Response:
    gateway = gateway_of(request)
    language = request.url.path.split("/")[1]
    language = language if language in LANGUAGES else language_of(request)
    words = gateway.pages.wording(language)
    kind = name if words.has(f"error.{name}.title") else "internal-error"
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, errors.Unavailable | errors.TooManyRequests):
        headers["Retry-After"] = str(max(1, error.retry_after))
    return gateway.pages.page(
        "error.html",
        request,
        Visitor(language),
        status=status,
        headers=headers,
        kind=kind,
        status_number=status,
        detail=str(error) if error is not None and request.url.path.startswith("/studio") else "",
        faults=error.faults if isinstance(error, errors.Invalid) else (),
        request_id=request_id or current_request_id() or "",
        home="/studio" if request.url.path.startswith("/studio") else "/",
        retry=address_of(request) if request.method == "GET" else "",
        first_page=request.url.path,
    )


def _reads_pages(request: Request) -> bool:
    accepted = request.headers.get("accept", "text/html")
    if request.url.path in _NEVER_ANSWERED or request.url.path.endswith((".geojson", "/events")):
        return False
    return "text/html" in accepted or "*/*" in accepted
