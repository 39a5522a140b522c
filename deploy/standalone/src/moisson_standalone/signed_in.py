"""Somebody who is signed in, calling the services as any front end does: HTTP and a bearer token.

It knows the public interfaces only: no store, no secret of the installation. What a service refuses is raised as the
domain error that it was there.
"""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from moisson_shared.adapters.peer_http import call
from moisson_shared.contracts.errors import NotFound, Unauthenticated
from moisson_shared.contracts.model import JsonObject
from moisson_standalone.addresses import Addresses, ServiceName


class SignedIn:
    """One account. The token is fetched at the first call, and again when a service says that it has run out."""

    def __init__(self, http: httpx.AsyncClient, addresses: Addresses, *, email: str, password: str) -> None:
        """`http` is a peer client without a base address."""
        self.addresses = addresses
        self._http = http
        self._credentials = {"email": email, "password": password}
        self._token: str | None = None

    async def get(self, service: ServiceName, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The JSON at the path."""
        return orjson.loads((await self.send(service, "GET", path, params=params)).content)

    async def send(
        self,
        service: ServiceName,
        method: str,
        path: str,
        *,
        document: Any = None,
        params: Mapping[str, str | int] | None = None,
        if_match: str | None = None,
    ) -> httpx.Response:
        """The answer when it is a good one; else the domain error that the service meant."""
        given: dict[str, Any] = {"params": params} if params else {}
        if document is not None:
            given["json"] = document
        try:
            return await self._signed(service, method, path, if_match, given)
        except Unauthenticated:
            self._token = None
            return await self._signed(service, method, path, if_match, given)

    async def settle(self, service: ServiceName, collection: str, document: JsonObject) -> bool:
        """Makes the document with this id be as given, whatever was there; whether that changed anything."""
        path = f"{collection}/{document['id']}"
        try:
            found = await self.send(service, "GET", path)
        except NotFound:
            await self.send(service, "POST", collection, document=document)
            return True
        if _says(orjson.loads(found.content), document):
            return False
        await self.send(service, "PUT", path, document=document, if_match=found.headers["etag"])
        return True

    async def token(self) -> str:
        """An access token of this account."""
        if self._token is None:
            answer = await call(self._http, "api", "POST", f"{self.addresses.api}/v1/login", json=self._credentials)
            self._token = str(orjson.loads(answer.content)["access_token"])
        return self._token

    async def _signed(
        self, service: ServiceName, method: str, path: str, if_match: str | None, given: dict[str, Any]
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {await self.token()}"}
        if if_match is not None:
            headers["if-match"] = if_match
        return await call(self._http, service, method, self.addresses.of(service) + path, headers=headers, **given)


def _says(stored: Any, wanted: Any) -> bool:
    """Whether all that is wanted stands in the stored document, which may say more (defaults, a version)."""
    if isinstance(wanted, dict):
        return isinstance(stored, dict) and all(
            key in stored and _says(stored[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(stored, list) and len(stored) == len(wanted) and all(map(_says, stored, wanted))
    return bool(stored == wanted)
