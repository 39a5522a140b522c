"""Headers that every answer carries, and the content security policy: nothing inline, nobody else's server."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SELF = "'self'"


def content_policy(image_origins: tuple[str, ...] = ()) -> str:
    """The policy (CSP level 3). Images may also come from `image_origins`: the tiles that a portal names."""
    images = " ".join((_SELF, "data:", *image_origins))
    return (
        f"default-src 'none'; script-src {_SELF}; style-src {_SELF}; font-src {_SELF}; connect-src {_SELF}; "
        f"img-src {images}; manifest-src {_SELF}; form-action {_SELF}; base-uri 'none'; frame-ancestors 'none'"
    )


DEFAULTS = {
    "Content-Security-Policy": content_policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeadersMiddleware:
    """Pure ASGI: adds each header that an answer does not set itself."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = dict(DEFAULTS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
