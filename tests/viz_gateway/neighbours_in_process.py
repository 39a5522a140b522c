"""Services that call each other within one process, by the name of their host."""

from typing import Any

import httpx


class NeighboursInProcess(httpx.AsyncBaseTransport):
    """Each neighbour by the name of its host."""

    def __init__(self, apps: dict[str, Any]) -> None:
        self._transports = {host: httpx.ASGITransport(app) for host, app in apps.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transports[request.url.host].handle_async_request(request)
