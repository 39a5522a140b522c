"""Sites on loopback for a suite to harvest: the demo's three partners, or a folder of real files."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from moisson_shared.web.serving import BackgroundServer
from moisson_standalone.demo.sample_sites import serving_sample_sites

Addresses = dict[str, str]


@contextmanager
def sample_sites() -> Iterator[Addresses]:
    """Partner ids with the addresses of their sites, on free ports."""
    with _in_a_thread(serving_sample_sites((0, 0, 0))) as addresses:
        yield addresses


@contextmanager
def file_site(folder: Path) -> Iterator[str]:
    """The address at which the files of a folder are served as they are."""
    with _in_a_thread(_serving_files(folder)) as addresses:
        yield addresses["files"]


@asynccontextmanager
async def _serving_files(folder: Path) -> AsyncIterator[Addresses]:
    app = Starlette(routes=[Mount("/", StaticFiles(directory=folder))])
    async with BackgroundServer(app) as server:
        yield {"files": server.url}


@contextmanager
def _in_a_thread(serving: AbstractAsyncContextManager[Addresses]) -> Iterator[Addresses]:
    """Serves from a thread with an event loop of its own, so that tests may block."""
    started: list[Addresses] = []
    failed: list[BaseException] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        try:
            async with serving as addresses:
                started.append(addresses)
                ready.set()
                await stop.wait()
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    ready.wait()
    try:
        if failed:
            raise failed[0]
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
