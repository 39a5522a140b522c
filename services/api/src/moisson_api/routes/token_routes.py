"""`POST /v1/token`: tokens for services by client credentials (RFC 6749, 4.4).

Problems carry the member `error` of RFC 6749, 5.2, so OAuth clients understand them too.
"""

import binascii
from base64 import b64decode
from urllib.parse import unquote_plus

import orjson
import structlog
from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from moisson_api.identity.identity import Identity
from moisson_api.identity.service_client import OAuthFault, check_audience, recognise
from moisson_api.routes.session_bodies import ServiceTokenView
from moisson_api.routes.session_routes import NO_STORE
from moisson_shared.web.error_handlers import asked_of
from moisson_shared.web.problems import problem_response

TOKEN_PATH = "/v1/token"  # noqa: S105 -- an address
_BASIC_KEY = "moisson.api.basic"
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20


class BasicCredentials:
    """Pure ASGI: takes HTTP Basic credentials of the token endpoint aside; everywhere else only bearers are known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == TOKEN_PATH:
            header = Headers(scope=scope).get("authorization", "")
            if header[:6].lower() == "basic ":
                kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"authorization"]
                scope = {**scope, "headers": kept, _BASIC_KEY: header[6:].strip()}
        await self._app(scope, receive, send)


def token_router(identity: Identity) -> APIRouter:
    """The token endpoint."""
    router = APIRouter(tags=["services"])

    @router.post(
        TOKEN_PATH, response_model=ServiceTokenView, summary="A service's token", openapi_extra={"requestBody": _BODY}
    )
    async def token(request: Request) -> Response:
        try:
            return await _token(identity, request)
        except OAuthFault as fault:
            structlog.get_logger().info("service token refused", error=fault.error)
            return _refused(fault, request)

    return router


async def _token(identity: Identity, request: Request) -> Response:
    form = await _form(request)
    client_id, secret = _credentials(request.scope.get(_BASIC_KEY), form)
    client = recognise(identity.clients, client_id, secret)
    grant = form.get("grant_type")
    if grant is None:
        raise OAuthFault("invalid_request", "say which grant: grant_type=client_credentials")
    if grant != "client_credentials":
        raise OAuthFault("unsupported_grant_type", "there is only client_credentials here; people use /v1/login")
    audience = check_audience(form.get("audience"))
    _check_scope(form.get("scope"), client.scopes)
    view = ServiceTokenView(access_token=await identity.issuer.for_service(client, audience))
    return Response(view.model_dump_json(), 200, NO_STORE, "application/json")


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthFault("invalid_request", f"send the parameters as {_FORM}")
    sent = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    form: dict[str, str] = {}
    for name, value in sent.multi_items():
        if not isinstance(value, str) or name in form:
            raise OAuthFault("invalid_request", "each parameter stands once, as text (RFC 6749, 3.2)")
        form[name] = value
    return form


def _credentials(basic: str | None, form: dict[str, str]) -> tuple[str, str]:
    """RFC 6749, 2.3.1: by HTTP Basic (each half form-encoded first) or in the form, never both."""
    if basic is None:
        client_id, secret = form.get("client_id"), form.get("client_secret")
        if client_id is None or secret is None:
            raise OAuthFault("invalid_client", "say who you are: client_id and client_secret")
        return client_id, secret
    if "client_secret" in form:
        raise OAuthFault("invalid_request", "authenticate in one way only: HTTP Basic, or the form")
    try:
        client_id, colon, secret = b64decode(basic, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        client_id, colon, secret = "", "", ""
    if not colon:
        raise OAuthFault("invalid_client", "this is not HTTP Basic (RFC 7617)")
    if form.get("client_id", unquote_plus(client_id)) != unquote_plus(client_id):
        raise OAuthFault("invalid_request", "the form names another client than HTTP Basic does")
    return unquote_plus(client_id), unquote_plus(secret)


def _check_scope(asked: str | None, granted: frozenset[str]) -> None:
    """A client always gets what it is granted; asking for more is a mistake worth telling."""
    if asked is not None and not frozenset(asked.split()) <= granted:
        raise OAuthFault("invalid_scope", "this client is not granted all of these scopes")


def _refused(fault: OAuthFault, request: Request) -> Response:
    name = "unauthenticated" if fault.error == "invalid_client" else "bad-request"
    response = problem_response(name, str(fault), asked_of(request))
    body = {**orjson.loads(response.body), "error": fault.error, "error_description": str(fault)}
    headers = dict(NO_STORE)
    if fault.error == "invalid_client":
        headers["WWW-Authenticate"] = 'Basic realm="moisson"'
    return Response(orjson.dumps(body), response.status_code, headers, response.media_type)


_BODY = {
    "required": True,
    "content": {
        _FORM: {
            "schema": {
                "type": "object",
                "required": ["grant_type", "audience"],
                "properties": {
                    "grant_type": {"type": "string", "enum": ["client_credentials"]},
                    "client_id": {"type": "string"},
                    "client_secret": {"type": "string"},
                    "audience": {"type": "string", "enum": ["api", "normalizer", "scraper"]},
                },
            }
        }
    },
}
