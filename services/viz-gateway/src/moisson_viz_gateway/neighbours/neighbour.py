"""One neighbouring service over HTTP: what it answers becomes a model, what it refuses a domain error.

A neighbour that is away, or answers what nobody understands, is `Unavailable` with its name, so that a page can say who
is missing. It does not know what is asked.
"""

from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from moisson_shared.adapters import peer_http
from moisson_shared.contracts.errors import Unavailable

T = TypeVar("T")
PAGE = 100
"""Items that are asked for at once."""
Parameters = Sequence[tuple[str, str]]


class Answer(BaseModel):
    """What a neighbour says. It may say more than we know: an older gateway must understand a newer neighbour."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ListPage(Answer, Generic[T]):
    """A page of a list."""

    items: tuple[T, ...]
    next: str | None = None


def _page_of(kind: type[T]) -> type[ListPage[T]]:
    return ListPage[kind]  # type: ignore[valid-type]  # pydantic makes the model of this kind at run time


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A service's name for people, and a peer client of it."""

    name: str
    http: httpx.AsyncClient

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        parameters: Parameters = (),
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer, if it is a good one. Raises the domain error that the service's problem stands for."""
        return await peer_http.call(
            self.http,
            self.name,
            method,
            path,
            params=list(parameters),
            json=body,
            headers=_headers(token, headers),
        )

    async def send_file(
        self, path: str, content: AsyncIterable[bytes], content_type: str, *, token: str, parameters: Parameters = ()
    ) -> httpx.Response:
        """Puts a file that is read as it is sent."""
        headers = _headers(token, {"Content-Type": content_type})
        return await peer_http.call(
            self.http, self.name, "PUT", path, params=list(parameters), content=content, headers=headers
        )

    async def read(self, kind: type[T], path: str, *, token: str | None = None, parameters: Parameters = ()) -> T:
        """A document or a list, as `kind`."""
        return self.understand(kind, await self.call("GET", path, token=token, parameters=parameters))

    async def read_all(self, kind: type[T], path: str, *, token: str, parameters: Parameters = ()) -> tuple[T, ...]:
        """Every item of a list (`{"items": [...], "next": ...}`), page after page."""
        items: list[T] = []
        after: str | None = None
        while True:
            paging = [("limit", str(PAGE)), *([("after", after)] if after else [])]
            response = await self.call("GET", path, token=token, parameters=[*parameters, *paging])
            page = self.understand(_page_of(kind), response)
            items += page.items
            after = page.next
            if after is None:
                return tuple(items)

    def understand(self, kind: type[T], response: httpx.Response) -> T:
        """The body as `kind`; `Unavailable` when it is something else, for this is nothing a reader can mend."""
        try:
            return TypeAdapter(kind).validate_json(response.content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise Unavailable(
                f"The {self.name} answered {response.request.url.path} in a way that is not understood: "
                f"{'/'.join(map(str, first['loc']))}: {first['msg']}."
            ) from error

    @asynccontextmanager
    async def stream(self, path: str, *, token: str) -> AsyncIterator[httpx.Response]:
        """A long answer, as it comes; without a time limit between two lines, for a run may be slow."""
        headers = _headers(token, {"Accept": "text/event-stream"})
        timeout = httpx.Timeout(peer_http.CONNECT_SECONDS, read=None)
        async with peer_http.streamed(self.http, self.name, "GET", path, headers=headers, timeout=timeout) as response:
            yield response

    async def read_some(self, path: str, most_bytes: int, *, token: str) -> tuple[httpx.Response, bytes, bool]:
        """The beginning of a large answer, and whether it was cut there."""
        body = bytearray()
        headers = _headers(token, None)
        async with peer_http.streamed(self.http, self.name, "GET", path, headers=headers) as response:
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > most_bytes:
                    return response, bytes(body[:most_bytes]), True
        return response, bytes(body), False

    async def check(self) -> None:
        """Raises `Unavailable` when the service does not answer."""
        await peer_http.check_peer(self.http, self.name)


def _headers(token: str | None, others: Mapping[str, str] | None) -> dict[str, str]:
    headers = dict(others or {})
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return headers
