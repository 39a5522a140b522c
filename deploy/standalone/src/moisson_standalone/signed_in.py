"""Somebody who is signed in, calling the services as any front end does: HTTP and a bearer token.

It knows the public interfaces only: no store, no secret of the installation.
"""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson
from pydantic import BaseModel

from moisson_standalone.addresses import Addresses


class CallRefused(Exception):
    """A service did not do what was asked; `str()` is its own sentence with what stands behind it."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class _Session(BaseModel):
    access_token: str


class SignedIn:
    """One account. The token is fetched at the first call, and again when a service says that it has run out."""

    def __init__(self, http: httpx.AsyncClient, addresses: Addresses, *, email: str, password: str) -> None:
        self.addresses = addresses
        self._http = http
        self._credentials = {"email": email, "password": password}
        self._token: str | None = None

    async def get(self, url: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The JSON at the address."""
        return orjson.loads((await self.call("GET", url, params=params)).content)

    async def call(
        self,
        method: str,
        url: str,
        *,
        document: Any = None,
        params: Mapping[str, str | int] | None = None,
        if_match: str | None = None,
    ) -> httpx.Response:
        """The answer, when it is a good one; `CallRefused` else."""
        headers = {"if-match": if_match} if if_match is not None else {}
        content = None
        if document is not None:
            content, headers["content-type"] = orjson.dumps(document), "application/json"

        async def send() -> httpx.Response:
            if self._token is None:
                await self._sign_in()
            signed = headers | {"authorization": f"Bearer {self._token}"}
            return await self._http.request(method, url, content=content, params=params, headers=signed)

        answer = await send()
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._token = None
            answer = await send()
        return _good(answer)

    async def settle(self, collection: str, document: dict[str, Any]) -> bool:
        """Makes the document with this id be as given, whatever was there; whether that changed anything."""
        address = f"{collection}/{document['id']}"
        try:
            found = await self.call("GET", address)
        except CallRefused as refusal:
            if refusal.status != httpx.codes.NOT_FOUND:
                raise
            await self.call("POST", collection, document=document)
            return True
        stored = orjson.loads(found.content)
        if _says(stored, document):
            return False
        await self.call("PUT", address, document=document, if_match=found.headers["etag"])
        return True

    async def _sign_in(self) -> None:
        answer = await self._http.post(f"{self.addresses.api}/v1/login", json=self._credentials)
        self._token = _Session.model_validate(orjson.loads(_good(answer).content), extra="ignore").access_token


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    said = answer.text.strip()
    try:
        problem = orjson.loads(answer.content)
        faults = "".join(f"\n  {fault['pointer']}: {fault['message']}" for fault in problem.get("faults", ()))
        said = f"{problem.get('detail') or problem['title']}{faults}"
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        said = said[:500] or answer.reason_phrase
    request = answer.request
    raise CallRefused(f"{request.method} {request.url} answered {answer.status_code}: {said}", answer.status_code)


def _says(stored: Any, wanted: Any) -> bool:
    """Whether all that is wanted stands in the stored document, which may say more (defaults, a version)."""
    if isinstance(wanted, dict):
        return isinstance(stored, dict) and all(
            key in stored and _says(stored[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(stored, list) and len(stored) == len(wanted) and all(map(_says, stored, wanted))
    return bool(stored == wanted)
