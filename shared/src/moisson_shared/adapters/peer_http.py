"""The HTTP client for neighbours: addresses from the operator's settings only, never anything a user can influence.

It follows no redirect, reads no proxy from the environment, always has a time limit, and carries the request id on.
What goes wrong is a domain error: `Unavailable` names the neighbour, and a neighbour's problem is raised as it was
there. `ServiceTokens` is how a service proves to a neighbour who it is.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from moisson_shared.adapters.certificates import trusted_certificates
from moisson_shared.adapters.peer_problems import is_fine, refuse_errors
from moisson_shared.contracts.errors import Unauthenticated, Unavailable
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.request_id import HEADER, current_request_id

CONNECT_SECONDS = 2.0
READ_SECONDS = 10.0
EARLY_SECONDS = 60.0
"""A token is renewed this long before it expires, so that it does not die on the way."""


def peer_client(
    base_url: str,
    *,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
    most_connections: int = 20,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client of one neighbour; close it with the service. `transport` is for an app in the same process."""
    return httpx.AsyncClient(
        base_url=base_url,
        transport=transport,
        verify=trusted_certificates(),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds),
        limits=httpx.Limits(max_connections=most_connections, max_keepalive_connections=most_connections),
        event_hooks={"request": [_carry_request_id]},
    )


async def _carry_request_id(request: httpx.Request) -> None:
    request_id = current_request_id()
    if request_id is not None and HEADER not in request.headers:
        request.headers[HEADER] = request_id


async def call(client: httpx.AsyncClient, neighbour: str, method: str, path: str, **given: Any) -> httpx.Response:
    """The successful answer of a neighbour (2xx, 304), or the domain error that it comes to.

    `given` goes to httpx (`params`, `json`, `content`, `headers`, ...).
    """
    try:
        response = await client.request(method, path, **given)
    except httpx.HTTPError as error:
        raise away(neighbour, error) from error
    refuse_errors(neighbour, response)
    return response


@asynccontextmanager
async def streamed(
    client: httpx.AsyncClient, neighbour: str, method: str, path: str, **given: Any
) -> AsyncIterator[httpx.Response]:
    """The same without reading the body first; what breaks while it is read is `Unavailable` too."""
    try:
        async with client.stream(method, path, **given) as response:
            if not is_fine(response):
                await response.aread()
                refuse_errors(neighbour, response)
            yield response
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise away(neighbour, error) from error


async def check_peer(client: httpx.AsyncClient, neighbour: str) -> None:
    """For a readiness probe: raises `Unavailable` unless the neighbour says within two seconds that it is alive."""
    await call(client, neighbour, "GET", "/healthz", timeout=2.0)


async def fetch_json(client: httpx.AsyncClient, neighbour: str, path: str) -> JsonObject:
    """A JSON object from a neighbour; `Unavailable` when it answers anything else."""
    response = await call(client, neighbour, "GET", path)
    try:
        document = response.json()
    except ValueError as error:
        raise Unavailable(f"The {neighbour} answered something that is not JSON.") from error
    if not isinstance(document, dict):
        raise Unavailable(f"The {neighbour} answered JSON that is not an object.")
    return document


def away(neighbour: str, error: Exception) -> Unavailable:
    """What a failed connection means to us."""
    if isinstance(error, httpx.TimeoutException):
        return Unavailable(f"The {neighbour} did not answer in time.")
    if isinstance(error, httpx.ConnectError):
        return Unavailable(f"The {neighbour} cannot be reached.")
    return Unavailable(f"The connection to the {neighbour} broke ({type(error).__name__}).")


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    access_token: str = Field(min_length=1)
    expires_in: float = Field(gt=0)


@dataclass(frozen=True, slots=True)
class _Kept:
    token: str
    until: float


class ServiceTokens:
    """Tokens for calls from service to service (OAuth 2.0 client credentials, RFC 6749, 4.4), fetched once and kept.

    Tokens of one service, by audience; at most one is fetched at a time. `issuer` is a peer client of the api.
    """

    def __init__(
        self,
        issuer: httpx.AsyncClient,
        client_id: str,
        client_secret: SecretStr,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._lock = asyncio.Lock()

    async def token(self, audience: str) -> str:
        """A token that holds for the next moments. Raises `Unavailable` when the issuer is away or knows us not."""
        kept = self._kept.get(audience)
        if kept is not None and self._clock() < kept.until:
            return kept.token
        async with self._lock:
            kept = self._kept.get(audience)
            if kept is None or self._clock() >= kept.until:
                kept = self._kept[audience] = await self._fetch(audience)
            return kept.token

    async def call(
        self, client: httpx.AsyncClient, audience: str, method: str, path: str, **given: Any
    ) -> httpx.Response:
        """Calls a neighbour as this service; a token that it refuses is renewed once."""
        headers = httpx.Headers(given.pop("headers", None))
        token = await self.token(audience)
        headers["Authorization"] = f"Bearer {token}"
        try:
            return await call(client, audience, method, path, headers=headers, **given)
        except Unauthenticated:
            self.forget(audience, token)
        headers["Authorization"] = f"Bearer {await self.token(audience)}"
        return await call(client, audience, method, path, headers=headers, **given)

    def forget(self, audience: str, token: str) -> None:
        """Drops a token that was refused, unless it was replaced meanwhile."""
        kept = self._kept.get(audience)
        if kept is not None and kept.token == token:
            del self._kept[audience]

    async def _fetch(self, audience: str) -> _Kept:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret.get_secret_value(),
            "audience": audience,
        }
        asked_at = self._clock()
        try:
            response = await call(self._issuer, "api", "POST", "/v1/token", data=form)
            answer = _Answer.model_validate_json(response.content)
        except Unauthenticated as error:
            raise Unavailable(f"The api does not accept the credentials of {self._client_id}.", 60) from error
        except ValidationError as error:
            raise Unavailable("The api answered something that is not a token.") from error
        return _Kept(answer.access_token, asked_at + max(answer.expires_in - EARLY_SECONDS, answer.expires_in / 2))
