"""The aiohttp sessions of outbound_http, with a guard where names become addresses and where sockets open.

The check is at the socket because nothing before it is certain: a resolver is never asked about `127.0.0.1`, and a name
may answer differently the second time. aiohttp opens exactly the addresses that were judged.
"""

import socket
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from moisson_shared.adapters.address_rules import judge_address
from moisson_shared.adapters.certificates import trusted_certificates
from moisson_shared.adapters.outbound_policy import OutboundPolicy

MOST_HEADER_BYTES = 16_384
MOST_HEADERS = 200
KEEP_SECONDS = 4.0
"""How long an idle connection is kept: below the five seconds after which a common server hangs up."""


class Refused(OSError):
    """An address was refused where it was about to be used. An OSError, for aiohttp to carry it through."""


class GuardedResolver(AbstractResolver):
    """Refuses a name when any of its addresses is refused: mixed answers are how names are turned against us."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name, all of them judged."""
        found = await self._inner.resolve(host, port, family)
        for answer in found:
            if reason := judge_address(answer["host"]):
                raise Refused(f"{host} leads to {answer['host']}, which is not public ({reason})")
        return found

    async def close(self) -> None:
        """Closes the resolver inside."""
        await self._inner.close()


def guarded_socket(addr_info: tuple[Any, ...]) -> socket.socket:
    """aiohttp's socket factory: the last moment before an address is connected to."""
    family, kind, protocol, _, address = addr_info
    if family not in {socket.AF_INET, socket.AF_INET6}:
        raise Refused(f"{family!r} is no address family of the Internet")
    if reason := judge_address(address[0]):
        raise Refused(f"{address[0]} is not public ({reason})")
    if family == socket.AF_INET6 and address[3]:
        raise Refused(f"{address[0]} is bound to a zone")
    return socket.socket(family=family, type=kind, proto=protocol)


def guarded_session(policy: OutboundPolicy, resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """A session that connects to public addresses only. It wants a running loop."""
    names = GuardedResolver(resolver or ThreadedResolver())
    return _session(policy, names, guarded_socket)


def exempt_session(policy: OutboundPolicy, resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """A session without the guard. Only for destinations that the policy names, host and port."""
    return _session(policy, resolver or ThreadedResolver(), None)


def _session(
    policy: OutboundPolicy,
    resolver: AbstractResolver,
    socket_factory: Callable[[tuple[Any, ...]], socket.socket] | None,
) -> aiohttp.ClientSession:
    made = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            ssl=trusted_certificates(),
            limit=policy.max_connections,
            keepalive_timeout=KEEP_SECONDS,
            resolver=resolver,
            socket_factory=socket_factory,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(
            total=None,
            connect=policy.total_seconds,
            sock_connect=policy.connect_seconds,
            sock_read=policy.read_seconds,
        ),
        trust_env=False,
        auto_decompress=False,
        max_line_size=MOST_HEADER_BYTES,
        max_field_size=MOST_HEADER_BYTES,
        max_headers=MOST_HEADERS,
        skip_auto_headers=("User-Agent", "Content-Type"),
    )
    # aiohttp asks again by itself when a site hangs up, and has no public switch for it. Retries are the crawler's,
    # who has a budget for them and counts them.
    made._retry_connection = False  # noqa: SLF001
    return made
