"""Servers that start, say why when they do not, and end in peace."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import StreamingResponse

from moisson_shared.contracts.errors import Unavailable
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.event_stream import ServerEvent, event_stream
from moisson_shared.web.operations import Lifespan
from moisson_shared.web.serving import BackgroundServer, StartFailed
from moisson_shared.web.settings import ServiceSettings


class Streams:
    """What becomes of the events of one listener."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.go_on = asyncio.Event()

    async def events(self, endless: bool) -> AsyncGenerator[ServerEvent, None]:
        try:
            yield ServerEvent("run", '{"pages": 1}')
            if endless:
                await asyncio.sleep(3600)
            yield ServerEvent("run", "two\nlines")
        finally:
            self.closed.set()


def an_app(streams: Streams, lifespan: Lifespan[FastAPI] | None = None, trusted: str = "127.0.0.1") -> ServiceApp:
    router = APIRouter()

    @router.get("/slow")
    async def slow() -> dict[str, str]:
        await asyncio.sleep(0.5)
        return {"slow": "done"}

    @router.get("/events/{kind}")
    async def events(request: Request, kind: str) -> StreamingResponse:
        return event_stream(request, streams.events(kind == "endless"), heartbeat=0.05)

    @router.get("/from")
    async def whence(request: Request) -> dict[str, str]:
        return {"address": request.client.host if request.client else ""}

    settings = ServiceSettings(demo=True, trusted_proxies=trusted)
    return create_service_app("sample", settings, verifier=None, routers=[router], lifespan=lifespan)


async def test_a_server_answers_on_a_port_of_its_own() -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    async with BackgroundServer(an_app(Streams())) as one, BackgroundServer(an_app(Streams())) as other:
        assert one.port != other.port
        async with httpx.AsyncClient(trust_env=False) as client:
            for server in (one, other):
                response = await client.get(server.url + "/healthz")
                assert response.status_code == 200
                assert "server" not in response.headers
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(one.url + "/healthz")


async def test_requests_under_way_are_finished() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        async with BackgroundServer(an_app(Streams())) as server:
            asked = asyncio.create_task(client.get(server.url + "/slow"))
            await asyncio.sleep(0.2)
        assert (await asked).json() == {"slow": "done"}


@pytest.mark.parametrize(
    ("trusted", "address"), [("127.0.0.0/8", "203.0.113.9"), ("10.0.0.1", "127.0.0.1"), ("", "127.0.0.1")]
)
async def test_only_trusted_proxies_say_who_is_calling(trusted: str, address: str) -> None:
    async with (
        BackgroundServer(an_app(Streams(), trusted=trusted)) as server,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        response = await client.get(server.url + "/from", headers={"X-Forwarded-For": "203.0.113.9"})
    assert response.json() == {"address": address}


async def test_a_taken_port_is_told() -> None:
    async with BackgroundServer(an_app(Streams())) as server:
        with pytest.raises(StartFailed, match=f"port {server.port}"):
            await BackgroundServer(an_app(Streams()), port=server.port).start()


async def test_a_failed_start_says_why_and_frees_the_port() -> None:
    @asynccontextmanager
    async def failing(_: FastAPI) -> AsyncIterator[None]:
        raise Unavailable("MongoDB does not answer on port 27017.")
        yield

    server = BackgroundServer(an_app(Streams(), failing))
    with pytest.raises(StartFailed, match="MongoDB does not answer on port 27017"):
        await server.start()
    await server.stop()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", server.port))


async def test_events_are_streamed_with_heartbeats_until_they_end() -> None:
    streams = Streams()
    async with BackgroundServer(an_app(streams)) as server, httpx.AsyncClient(trust_env=False) as client:
        response = await client.get(server.url + "/events/short")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    frames = response.text.split("\n\n")
    assert 'event: run\ndata: {"pages": 1}' in frames
    assert "event: run\ndata: two\ndata: lines" in frames
    assert streams.closed.is_set()


async def test_a_silent_stream_sends_heartbeats_and_notices_that_nobody_listens() -> None:
    streams = Streams()
    async with BackgroundServer(an_app(streams)) as server:
        async with (
            httpx.AsyncClient(trust_env=False) as client,
            client.stream("GET", server.url + "/events/endless") as response,
        ):
            seen = ""
            async for text in response.aiter_text():
                seen += text
                if seen.count(": still here") >= 3:
                    break
        async with asyncio.timeout(5):
            await streams.closed.wait()


async def test_open_streams_do_not_keep_a_server_from_stopping() -> None:
    streams = Streams()
    async with (
        asyncio.timeout(5),
        httpx.AsyncClient(trust_env=False) as client,
        BackgroundServer(an_app(streams)) as server,
        client.stream("GET", server.url + "/events/endless") as response,
    ):
        listening = asyncio.create_task(response.aread())
        await asyncio.sleep(0.2)
        await server.stop()
        assert b": still here" in await listening
    assert streams.closed.is_set()


PROGRAM = textwrap.dedent("""
    from contextlib import asynccontextmanager
    from moisson_shared.contracts.errors import Unavailable
    from moisson_shared.web.app import create_service_app
    from moisson_shared.web.serving import serve
    from moisson_shared.web.settings import ServiceSettings, load_settings

    class Settings(ServiceSettings, env_prefix="MOISSON_SAMPLE_"):
        fail: bool = False

    settings = load_settings(Settings)

    @asynccontextmanager
    async def lifespan(app):
        if settings.fail:
            raise Unavailable("The store is away.")
        yield
        print("closed", flush=True)

    serve(create_service_app("sample", settings, verifier=None, routers=[], lifespan=lifespan), settings)
""")


def run_program(path: Path, **variables: str) -> subprocess.Popen[str]:
    program = path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    named = {f"MOISSON_SAMPLE_{name.upper()}": value for name, value in variables.items()}
    environment = {"PATH": os.environ["PATH"], "MOISSON_SAMPLE_DEMO": "true", **named}
    return subprocess.Popen(
        [sys.executable, str(program)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_ends_in_peace_when_told(tmp_path: Path, number: signal.Signals) -> None:
    process = run_program(tmp_path)
    assert process.stdout is not None
    assert '"event":"serving"' in process.stdout.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "closed" in out
    assert err == ""


@pytest.mark.parametrize(
    ("variables", "code", "sentence"),
    [
        ({"port": "many"}, 2, "MOISSON_SAMPLE_PORT='many'"),
        ({"demo": "false"}, 2, "MOISSON_SAMPLE_CLIENT_SECRET"),
        ({"fail": "true"}, 1, "Moisson sample: The store is away."),
        ({"host": "192.0.2.1"}, 1, "cannot listen on 192.0.2.1"),
    ],
)
def test_a_process_that_cannot_start_says_why(
    tmp_path: Path, variables: dict[str, str], code: int, sentence: str
) -> None:
    process = run_program(tmp_path, **variables)
    _, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert sentence in err
    assert "Traceback" not in err
