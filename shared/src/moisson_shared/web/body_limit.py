"""Refuses request bodies above a limit: at once when they are announced, else as soon as they have passed it.

Starlette has a limit of its own, which answers in plain text and so past the one shape of our errors.
"""

import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moisson_shared.contracts.errors import TooLarge
from moisson_shared.contracts.request_id import current_request_id
from moisson_shared.web.problems import Asked, error_response


class BodyLimitMiddleware:
    """Pure ASGI; counts what arrives, so chunked bodies are limited too."""

    def __init__(self, app: ASGIApp, most_bytes: int, larger: Mapping[str, int] | None = None) -> None:
        """`larger` are the limits of calls that take files: by a regular expression for the whole path."""
        self._app = app
        self._most = most_bytes
        self._larger = tuple((re.compile(path), most) for path, most in (larger or {}).items())

    def _most_at(self, path: str) -> int:
        return next((most for pattern, most in self._larger if pattern.fullmatch(path)), self._most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request, or answers 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_at(scope["path"])
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > most:
            asked = Asked(current_request_id() or "", headers.get("accept-language", ""))
            error = TooLarge(f"The body has {announced} bytes; at most {most} are accepted.")
            await error_response(error, asked)(scope, receive, send)
            return
        arrived = 0

        async def receive_counted() -> Message:
            nonlocal arrived
            message = await receive()
            if message["type"] == "http.request":
                arrived += len(message.get("body", b""))
                if arrived > most:
                    # Not a domain error: FastAPI turns everything else that reading a body raises into 400.
                    raise HTTPException(413)
            return message

        await self._app(scope, receive_counted, send)
