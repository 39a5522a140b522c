"""Public reading from any site's pages: CORS for the addresses that a service names, and for nothing else.

Any origin, no cookies (services have none); a page that has a token may send it. Pure ASGI.
"""

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ORIGIN = (b"access-control-allow-origin", b"*")
_EXPOSED = ("ETag", "Retry-After", "X-Request-Id")
_PREFLIGHT = [
    _ORIGIN,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"Authorization, Accept-Language, If-None-Match, X-Request-Id"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]


class PublicAccess:
    """Adds the headers to every answer of a public address, errors included, and answers preflights.

    `public` are paths, each with everything below it; `exposed` are headers that pages may read besides the usual ones.
    """

    def __init__(self, app: ASGIApp, public: Sequence[str], exposed: Sequence[str] = ()) -> None:
        self._app = app
        self._public = tuple(public)
        self._exposed = (b"access-control-expose-headers", ", ".join((*_EXPOSED, *exposed)).encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request."""
        if scope["type"] != "http" or not self._is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and _is_preflight(scope):
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_public(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), _ORIGIN, self._exposed]
            await send(message)

        await self._app(scope, receive, send_public)

    def _is_public(self, path: str) -> bool:
        return any(path == public or path.startswith(public + "/") for public in self._public)


def _is_preflight(scope: Scope) -> bool:
    return any(name == b"access-control-request-method" for name, _ in scope["headers"])
