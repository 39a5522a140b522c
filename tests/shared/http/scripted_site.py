"""A site on loopback that answers each path with exactly the bytes a test wants, and remembers what it was asked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp.abc import AbstractResolver, ResolveResult

from moisson_shared.adapters.outbound_http import OutboundClient, OutboundPolicy, outbound_client

MOST_BYTES = 200_000
Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes = b"ok", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer with its length; underscores in header names are hyphens."""
    named = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def moved(location: str, status: str = "302 Found") -> bytes:
    """A redirect."""
    return answer(b"", status, Location=location)


@dataclass
class ScriptedSite:
    """What it answers, what it was asked (request line and headers), and how often somebody connected."""

    answers: Mapping[str, Answer]
    port: int = 0
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.asked.append(head)
                length = next((line for line in head.split("\r\n") if line.lower().startswith("content-length:")), ":0")
                self.bodies.append(await reader.readexactly(int(length.partition(":")[2])))
                given = self.answers.get(head.split(" ")[1], answer(b"nothing here", "404 Not Found"))
                if isinstance(given, bytes):
                    writer.write(given)
                    await writer.drain()
                else:
                    await given(writer)
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def scripted_site(
    answers: Mapping[str, Answer] | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[ScriptedSite]:
    """A site that is there while the block runs."""
    site = ScriptedSite(answers or {})
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def fetching(
    answers: Mapping[str, Answer], *more: ScriptedSite, seconds: float = 5.0
) -> AsyncIterator[tuple[ScriptedSite, OutboundClient]]:
    """A site, and an impatient client that may reach it and `more`."""
    async with scripted_site(answers) as site:
        policy = OutboundPolicy(
            allow=[f"127.0.0.1:{one.port}" for one in (site, *more)],
            max_bytes=MOST_BYTES,
            max_redirects=3,
            read_seconds=0.5,
            total_seconds=seconds,
        )
        async with outbound_client(policy) as client:
            yield site, client


class ScriptedResolver(AbstractResolver):
    """Names and what they resolve to: one list of addresses per look-up, the last one for ever."""

    def __init__(self, names: Mapping[str, list[list[str]]]) -> None:
        self.names = {name: list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise OSError(f"{host} is not known")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Holds nothing."""
