"""A forward proxy on loopback for our own browser: every connection that a page wants is judged as a fetch would be.

The browser is told to use it for everything, loopback included, and to resolve no name itself; what it sends without
the credential of one of its contexts goes nowhere. TLS stays between browser and site. The judging is outbound_http's
(`open_guarded_connection`): the name is resolved here, and the judged address is the one that is opened.
"""

import asyncio
import hmac
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog
from aiohttp.abc import AbstractResolver

from moisson_scraper.rendering.proxy_messages import (
    MOST_HEAD_BYTES,
    BadMessage,
    ProxyRequest,
    read_answer_head,
    read_request,
    short_answer,
)
from moisson_scraper.rendering.proxy_session import ProxySession, Spent
from moisson_shared.adapters.guarded_connection import open_guarded_connection
from moisson_shared.adapters.outbound_http import AddressRefused, BadAddress, FetchFailed, FetchTimeout, OutboundPolicy

HEAD_SECONDS = 20.0
"""For a request's head to arrive, and for a site's answer to begin where the policy says nothing shorter."""
MOST_CONNECTIONS = 512
"""Of all contexts, and of whoever else knocks."""
_PIECE = 65_536
_MOST_INTERIM = 10


class GuardingProxy:
    """Listens while it is open. `OutboundPolicy.max_bytes` is not used: each page of a session has its allowance."""

    def __init__(self, policy: OutboundPolicy, resolver: AbstractResolver | None = None) -> None:
        self._policy = policy
        self._resolver = resolver
        self._sessions: dict[str, ProxySession] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def address(self) -> str:
        """As a browser is told it."""
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Begins to listen, on a port that nobody can know."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MOST_HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Hangs up on everybody; safe to repeat."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await _ended(self._tasks)

    def begin_session(self) -> ProxySession:
        """A credential for one browser context."""
        session = ProxySession()
        self._sessions[session.user] = session
        return session

    async def end_session(self, session: ProxySession) -> None:
        """Its credential is worth nothing from now on, and its connections end."""
        self._sessions.pop(session.user, None)
        await _ended(session.tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._tasks.add(task)
        try:
            await self._answer(task, reader, writer)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError, asyncio.CancelledError):
            return  # somebody hung up, said nothing, or the session has ended; what counts has been counted
        except Exception:  # noqa: BLE001 - whatever is sent to it, the proxy goes on for the others
            structlog.get_logger().exception("rendering proxy")
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(
        self, task: "asyncio.Task[None]", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                request = read_request(await reader.readuntil(b"\r\n\r\n"))
        except BadMessage as error:
            await _say(writer, error.status)
            return
        session = self._sessions.get(request.user)
        if session is None or not hmac.compare_digest(session.password.encode(), request.password.encode()):
            await _say(writer, 407)
            return
        session.tasks.add(task)
        try:
            await self._pass_on(session, request, reader, writer)
        finally:
            session.tasks.discard(task)

    async def _pass_on(
        self,
        session: ProxySession,
        request: ProxyRequest,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        refused = session.take_connection()
        if refused is not None:
            session.note(refused, request.host, request.port)
            await _say(writer, 403)
            return
        try:
            there, back = await open_guarded_connection(
                self._policy,
                request.host,
                request.port,
                secure=request.tunnel,
                resolver=self._resolver,
                limit=MOST_HEAD_BYTES,
            )
        except FetchFailed as error:
            session.note(error.reason, request.host, request.port)
            await _say(writer, _status(error))
            return
        try:
            if request.tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await _either(_pump(session, reader, back), _pump(session, there, writer))
            else:
                await self._ask(session, request, (reader, writer), (there, back))
        except Spent:
            session.note("page-too-large", request.host, request.port)
            writer.transport.abort()
        finally:
            back.close()

    async def _ask(
        self,
        session: ProxySession,
        request: ProxyRequest,
        browser: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        site: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        reader, writer = browser
        there, back = site
        session.take(len(request.head) + request.body_bytes)
        back.write(request.head)
        try:
            async with asyncio.timeout(self._policy.read_seconds):
                await _send_body(reader, back, request.body_bytes)
                head = await _final_head(session, there)
        except (TimeoutError, BadMessage, OSError, EOFError, asyncio.LimitOverrunError) as error:
            timed_out = isinstance(error, TimeoutError)
            reason = "timeout" if timed_out else "bad-answer" if isinstance(error, BadMessage) else "connection-failed"
            session.note(reason, request.host, request.port)
            await _say(writer, 504 if timed_out else 502)
            return
        writer.write(head)
        await _either(_pump(session, there, writer), _until_gone(reader))


async def _send_body(reader: asyncio.StreamReader, back: asyncio.StreamWriter, left: int) -> None:
    while left:
        piece = await reader.read(min(left, _PIECE))
        if not piece:
            raise EOFError
        left -= len(piece)
        back.write(piece)
        await back.drain()
    await back.drain()


async def _final_head(session: ProxySession, there: asyncio.StreamReader) -> bytes:
    """The head of the answer; interim ones (RFC 9110, 15.2) are of no use to anybody here."""
    for _ in range(_MOST_INTERIM):
        raw = await there.readuntil(b"\r\n\r\n")
        session.take(len(raw))
        status, head = read_answer_head(raw)
        if status == 101:
            break
        if status >= 200:
            return head
    raise BadMessage("an answer that never comes to its point", 502)


async def _pump(session: ProxySession, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(_PIECE):
        session.take(len(piece))
        sink.write(piece)
        await sink.drain()


async def _until_gone(reader: asyncio.StreamReader) -> None:
    """Returns when the browser has hung up; a second request would have been against our word."""
    while await reader.read(_PIECE):
        pass


async def _either(*pumps: Coroutine[Any, Any, None]) -> None:
    """Both ways at once until one of them ends; what it had to say has then been said."""
    tasks = [asyncio.create_task(pump) for pump in pumps]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _say(writer: asyncio.StreamWriter, status: int) -> None:
    with suppress(OSError):
        writer.write(short_answer(status))
        await writer.drain()


def _status(error: FetchFailed) -> int:
    if isinstance(error, AddressRefused | BadAddress):
        return 403
    return 504 if isinstance(error, FetchTimeout) else 502


async def _ended(tasks: "set[asyncio.Task[None]]") -> None:
    ending = [task for task in tasks if task is not asyncio.current_task()]
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
