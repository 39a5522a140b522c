"""Server-sent events (WHATWG HTML, 9.2): an iterator of events as an answer that lives as long as somebody listens."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import StreamingResponse

HEARTBEAT_SECONDS = 15.0
"""Below the half minute after which proxies give up on a silent answer."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name, and its data as text."""

    event: str
    data: str

    def encoded(self) -> bytes:
        """The event as it goes over the wire; each line of the data is a `data:` line."""
        name = self.event.replace("\r", " ").replace("\n", " ")
        lines = self.data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return f"event: {name}\n".encode() + b"".join(f"data: {line}\n".encode() for line in lines) + b"\n"


@dataclass(eq=False, slots=True)
class Stopping:
    """Tells open streams that the server is going down, which would otherwise wait for them."""

    event: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """From now on streams end."""
        self.event.set()


def event_stream(
    request: Request, events: AsyncGenerator[ServerEvent, None], heartbeat: float = HEARTBEAT_SECONDS
) -> StreamingResponse:
    """Streams the events, with a comment line in silences. The generator is closed when it is done, when the listener
    goes away, and when the server stops."""
    stopping: Stopping = request.app.state.stopping
    return StreamingResponse(_frames(events, stopping, heartbeat), headers=_HEADERS, media_type="text/event-stream")


async def _frames(
    events: AsyncGenerator[ServerEvent, None], stopping: Stopping, heartbeat: float
) -> AsyncIterator[bytes]:
    stop = asyncio.ensure_future(stopping.event.wait())
    following: asyncio.Future[ServerEvent] | None = None
    try:
        yield b": listening\n\n"
        following = asyncio.ensure_future(anext(events))
        while not stop.done():
            await asyncio.wait({following, stop}, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                yield b": still here\n\n"
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            yield event.encoded()
            following = asyncio.ensure_future(anext(events))
    finally:
        stop.cancel()
        # A generator that is being asked cannot be closed: the question goes first.
        if following is not None and not following.done():
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        await events.aclose()
