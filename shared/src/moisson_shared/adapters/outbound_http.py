"""The HTTP client for anything a user can influence: partners' sites, and addresses found on them.

It asks no more than the policy allows: public addresses only, limits on bytes, time and redirects, no cookies, no proxy
from the environment, nothing tried twice. It knows no robots.txt and no politeness; those are the crawler's.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver

from moisson_shared.adapters.address_rules import judge_address
from moisson_shared.adapters.body_decoding import Undecodable, decoder_for
from moisson_shared.adapters.guarded_session import exempt_session, guarded_session
from moisson_shared.adapters.outbound_errors import (
    AddressRefused,
    BadAddress,
    BadAnswer,
    BadCertificate,
    BodyTooLarge,
    ConnectionFailed,
    FetchFailed,
    FetchTimeout,
    NameNotFound,
    TooManyRedirects,
)
from moisson_shared.adapters.outbound_failures import failure_of
from moisson_shared.adapters.outbound_policy import OutboundPolicy, destination
from moisson_shared.adapters.outbound_request import Ask, RequestHeaders, redirected

__all__ = [
    "AddressRefused",
    "Ask",
    "BadAddress",
    "BadAnswer",
    "BadCertificate",
    "BodyTooLarge",
    "ConnectionFailed",
    "FetchFailed",
    "FetchTimeout",
    "Fetched",
    "NameNotFound",
    "OutboundClient",
    "OutboundPolicy",
    "TooManyRedirects",
    "judge_address",
    "outbound_client",
]


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `url` is where it came from after `redirects`; header names are in lower case, in their order.

    `truncated` says that the body is only a beginning (asked for by `keep_beginning`). `wire_bytes` is what the body
    took on the wire, `seconds` the whole time, redirects included.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    truncated: bool
    redirects: tuple[str, ...]
    wire_bytes: int
    seconds: float

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for known, value in self.headers if known == wanted), None)

    @property
    def location(self) -> str | None:
        """Where a redirect that was not followed leads to, as an absolute address; None for other answers."""
        return redirected(self.url, self.status, self.header("location"))


_BROKEN = (aiohttp.ClientError, OSError, ValueError)
"""What surfaces where a connection or an answer is not what it should be."""


class OutboundClient:
    """Fetches under one policy; connections are kept and shared. Close it with the service."""

    def __init__(self, policy: OutboundPolicy, resolver: AbstractResolver | None = None) -> None:
        self._policy = policy
        self._resolver = resolver
        # Made when first used: a session wants a running loop, and composing a service does not have one yet.
        self._guarded: aiohttp.ClientSession | None = None
        self._exempt: aiohttp.ClientSession | None = None

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        max_bytes: int | None = None,
        max_redirects: int | None = None,
        max_seconds: float | None = None,
        keep_beginning: bool = False,
    ) -> Fetched:
        """The answer, whatever its status. Raises a `FetchFailed`.

        `max_bytes`, `max_redirects` and `max_seconds` can only be narrower than the policy. With `max_redirects=0` a
        redirect is the answer, and `Fetched.location` says where to. With `keep_beginning` a longer body is
        cut, not refused.
        """
        policy = self._policy
        most_bytes = min(max_bytes or policy.max_bytes, policy.max_bytes)
        hops = policy.max_redirects if max_redirects is None else min(max_redirects, policy.max_redirects)
        ask = Ask(method.upper(), destination(url, policy), RequestHeaders.of(url, headers or {}, policy), content)
        seconds = policy.total_seconds if max_seconds is None else min(max_seconds, policy.total_seconds)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(ask, hops, most_bytes, keep_beginning, began, following=max_redirects != 0)
        except TimeoutError as error:
            raise FetchTimeout(url, f"no complete answer within {seconds:g} s") from error

    async def _follow(
        self, ask: Ask, hops: int, most_bytes: int, keep_beginning: bool, began: float, *, following: bool
    ) -> Fetched:
        passed: list[str] = []
        while True:
            url = ask.target.url
            response = await self._send(ask)
            try:
                headers = _headers(response)
                location = redirected(url, response.status, _first(headers, "location")) if following else None
                if location is None:
                    body, wire, cut = await _body(ask, response, headers, most_bytes, keep_beginning)
                    seconds = time.perf_counter() - began
                    return Fetched(url, response.status, headers, body, cut, tuple(passed), wire, seconds)
            finally:
                # A connection whose answer was read to its end is kept; any other is closed.
                response.release()
            if len(passed) >= hops:
                raise TooManyRedirects(url, f"more than {hops} redirects")
            passed.append(url)
            ask = ask.sent_on(response.status, destination(location, self._policy))
            if ask.method == "GET" and ask.target.url in passed:
                raise TooManyRedirects(url, "the redirects go round in a circle")

    async def _send(self, ask: Ask) -> aiohttp.ClientResponse:
        try:
            return await self._session(exempt=ask.target.exempt).request(
                ask.method,
                yarl.URL(ask.target.url, encoded=True),
                headers=ask.headers.every,
                data=ask.content or None,
                allow_redirects=False,
            )
        except _BROKEN as error:
            raise failure_of(ask.target, error) from error

    def _session(self, *, exempt: bool) -> aiohttp.ClientSession:
        if exempt:
            if self._exempt is None:
                self._exempt = exempt_session(self._policy, self._resolver)
            return self._exempt
        if self._guarded is None:
            self._guarded = guarded_session(self._policy, self._resolver)
        return self._guarded

    async def aclose(self) -> None:
        """Closes every connection; safe to repeat."""
        for session in (self._guarded, self._exempt):
            if session is not None:
                await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def outbound_client(policy: OutboundPolicy, resolver: AbstractResolver | None = None) -> OutboundClient:
    """A client under a policy. Another resolver than the system's changes where names lead, not what is allowed."""
    return OutboundClient(policy, resolver)


def _headers(response: aiohttp.ClientResponse) -> tuple[tuple[str, str], ...]:
    return tuple((_text(name).lower(), _text(value)) for name, value in response.raw_headers)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _first(headers: tuple[tuple[str, str], ...], wanted: str) -> str | None:
    return next((value for name, value in headers if name == wanted), None)


async def _body(
    ask: Ask,
    response: aiohttp.ClientResponse,
    headers: tuple[tuple[str, str], ...],
    most_bytes: int,
    keep_beginning: bool,
) -> tuple[bytes, int, bool]:
    """The unpacked body, the bytes it took on the wire, and whether it was cut."""
    target = ask.target
    announced = _first(headers, "content-length") or ""
    if not keep_beginning and ask.method != "HEAD" and announced.isdigit() and int(announced) > most_bytes:
        raise BodyTooLarge(target.url, f"the body has {announced} bytes, at most {most_bytes} are wanted")
    pieces: list[bytes] = []
    size = wire = 0
    try:
        decoder = decoder_for(_first(headers, "content-encoding"))
        while packed := await response.content.readany():
            wire += len(packed)
            for piece in decoder.feed(packed):
                pieces.append(piece)
                size += len(piece)
                if size > most_bytes:
                    break
            if max(size, wire) > most_bytes:
                if keep_beginning:
                    return b"".join(pieces)[:most_bytes], wire, True
                raise BodyTooLarge(target.url, f"the body is longer than the {most_bytes} bytes that are wanted")
        decoder.finish()
    except Undecodable as error:
        raise BadAnswer(target.url, f"the body cannot be unpacked: {error}") from error
    except _BROKEN as error:
        raise failure_of(target, error) from error
    return (pieces[0] if len(pieces) == 1 else b"".join(pieces)), wire, False
