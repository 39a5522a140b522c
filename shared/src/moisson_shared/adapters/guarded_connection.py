"""One TCP connection to a place that a user can influence, for a browser that speaks for itself through it.

Judged by the rules of outbound_http, at the same two places: where the name becomes addresses, and at the socket.
"""

import asyncio
import socket

import aiohappyeyeballs
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver

from moisson_shared.adapters.guarded_session import GuardedResolver, Refused, guarded_socket
from moisson_shared.adapters.outbound_errors import AddressRefused, ConnectionFailed, FetchTimeout, NameNotFound
from moisson_shared.adapters.outbound_policy import Destination, OutboundPolicy, destination

_NEXT_ADDRESS_SECONDS = 0.25
"""After this the next address of a name is tried beside the first one (RFC 8305)."""

_Place = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
"""As `getaddrinfo` writes it."""


async def open_guarded_connection(
    policy: OutboundPolicy,
    host: str,
    port: int,
    *,
    secure: bool = False,
    resolver: AbstractResolver | None = None,
    limit: int = 65_536,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The two ends of a connection; `secure` only says how the destination is written in messages.

    Raises `BadAddress`, `AddressRefused`, `NameNotFound`, `ConnectionFailed` and `FetchTimeout`.
    """
    written = f"[{host}]" if ":" in host else host
    target = destination(f"{'https' if secure else 'http'}://{written}:{port}/", policy)
    url = target.url
    names = resolver or ThreadedResolver()
    try:
        async with asyncio.timeout(policy.connect_seconds):
            found = await _addresses(names if target.exempt else GuardedResolver(names), target, url)
            connected = await aiohappyeyeballs.start_connection(
                found,
                happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS,
                socket_factory=_any_socket if target.exempt else guarded_socket,
            )
            return await asyncio.open_connection(sock=connected, limit=limit)
    except TimeoutError as error:
        raise FetchTimeout(url, f"no connection within {policy.connect_seconds:g} s") from error
    except Refused as error:
        raise AddressRefused(url, str(error)) from error
    except OSError as error:
        raise ConnectionFailed(url, f"no connection ({error})"[:300]) from error


async def _addresses(resolver: AbstractResolver, target: Destination, url: str) -> list[_Place]:
    """Where the host is. An address is not looked up; the socket judges it like any other."""
    family = socket.AF_INET6 if ":" in target.host else socket.AF_INET
    try:
        socket.inet_pton(family, target.host)
    except OSError:
        pass
    else:
        return [_place(family, target.host, target.port)]
    try:
        found = await resolver.resolve(target.host, target.port, socket.AF_UNSPEC)
    except Refused:
        raise
    except OSError as error:
        raise NameNotFound(url, "the name has no address") from error
    return [_place(answer["family"], answer["host"], target.port) for answer in found]


def _place(family: int, host: str, port: int) -> _Place:
    address = (host, port, 0, 0) if family == socket.AF_INET6 else (host, port)
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)


def _any_socket(place: _Place) -> socket.socket:
    return socket.socket(family=place[0], type=place[1], proto=place[2])
