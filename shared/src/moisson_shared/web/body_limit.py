"""Refuses request bodies above a limit: at once when they are announced, else as soon as they have passed it.

Starlette has a limit of its own, which answers in plain text and so past the one shape of our errors.
"""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moisson_shared.contracts.errors import TooLarge
from moisson_shared.contracts.request_id import current_request_id
from moisson_shared.web.problems import Asked, error_response


class BodyLimitMiddleware:
    """Pure ASGI; counts what arrives, so chunked bodies are limited too."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app = app
        self._most = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request, or answers 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > self._most:
            asked = Asked(current_request_id() or "", headers.get("accept-language", ""))
            error = TooLarge(f"The body has {announced} bytes; at most {self._most} are accepted.")
            await error_response(error, asked)(scope, receive, send)
            return
        arrived = 0

        async def receive_counted() -> Message:
            nonlocal arrived
            message = await receive()
            if message["type"] == "http.request":
                arrived += len(message.get("body", b""))
                if arrived > self._most:
                    # Not a domain error: FastAPI turns everything else that reading a body raises into 400.
                    raise HTTPException(413)
            return message

        await self._app(scope, receive_counted, send)
