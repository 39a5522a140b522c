"""Running an app: as this process until it is told to stop, or beside other things in one event loop."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import structlog
import uvicorn
from starlette.applications import Starlette

from moisson_shared.contracts.errors import MoissonError
from moisson_shared.web.event_stream import Stopping
from moisson_shared.web.logs import configure_logging
from moisson_shared.web.settings import ServiceSettings

GRACE_SECONDS = 10
"""What requests under way get when the server stops; container engines kill after 30."""


class StartFailed(Exception):
    """The app or its port could not be had; `str()` says why."""


class _Server(uvicorn.Server):
    """Uvicorn, without its signal handlers, and telling open streams when it stops."""

    def __init__(self, config: uvicorn.Config, stopping: Stopping | None) -> None:
        super().__init__(config)
        self._stopping = stopping
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to whoever runs the process."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts the app, then listens; `ready` is set when that is done."""
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Lets streams end first."""
        if self._stopping is not None:
            self._stopping.begin()
        await super().shutdown(sockets)


class BackgroundServer:
    """Serves an app within `async with`; port 0 takes a free one. Installs no signal handler."""

    def __init__(self, app: Starlette, host: str = "127.0.0.1", port: int = 0) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:41234`, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        """Returns when requests are answered; raises `StartFailed`. Cancelled, it stops what it has begun."""
        listening = listening_socket(self._host, self._port)
        self._port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            ws="none",
            forwarded_allow_ips=getattr(getattr(self._app.state, "settings", None), "trusted_proxies", ""),
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = _Server(config, getattr(self._app.state, "stopping", None))
        self._task = asyncio.create_task(_run(self._server, listening))
        ready = asyncio.create_task(self._server.ready.wait())
        try:
            await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self.stop()
            raise
        finally:
            ready.cancel()
        if self._task.done():
            listening.close()
            failure = getattr(self._app.state, "startup_failure", None) or self._task.exception()
            self._server = self._task = None
            reason = str(failure) if isinstance(failure, MoissonError) else f"start failed: {failure!r}"
            raise StartFailed(reason) from failure

    async def wait(self) -> None:
        """Returns when the server has stopped."""
        if self._task is not None:
            await self._task

    def stop_soon(self) -> None:
        """Asks it to stop: no new connections, requests under way are finished."""
        if self._server is not None:
            self._server.should_exit = True

    async def stop(self) -> None:
        """Stops it and waits; safe to repeat."""
        self.stop_soon()
        await self.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def _run(server: _Server, listening: socket.socket) -> None:
    try:
        await server.serve(sockets=[listening])
    except SystemExit as error:
        # Uvicorn ends the process when an app does not start; here that is for others to decide.
        raise StartFailed("the app did not start") from error


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket; raises `StartFailed` saying whose port it is."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named: asyncio turns Nagle's algorithm off only then, and else each answer waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise StartFailed(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listening


def serve(app: Starlette, settings: ServiceSettings) -> None:
    """Runs the app until SIGTERM or SIGINT, then ends in peace; exit code 1 with a sentence when it cannot start."""
    configure_logging(settings.log_level)
    try:
        asyncio.run(_serve(BackgroundServer(app, settings.host, settings.port)))
    except StartFailed as error:
        sys.stderr.write(f"Moisson {app.state.name}: {error}\n")
        raise SystemExit(1) from None


async def _serve(server: BackgroundServer) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop_soon)
    await server.start()
    log = structlog.get_logger()
    log.info("serving", url=server.url)
    await server.wait()
    log.info("stopped", url=server.url)
