"""Calls to neighbours: what travels along, and what their failures mean."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, Request
from pydantic import SecretStr
from starlette.responses import Response

from moisson_shared.adapters.peer_http import ServiceTokens, call, check_peer, fetch_json, peer_client, streamed
from moisson_shared.contracts import errors
from moisson_shared.contracts.errors import Fault, MoissonError
from moisson_shared.contracts.request_id import set_request_id
from moisson_shared.web.app import create_service_app
from moisson_shared.web.error_handlers import answer_errors
from moisson_shared.web.problems import PROBLEMS
from moisson_shared.web.settings import ServiceSettings
from tests.shared.http.scripted_site import Answer, ScriptedSite, answer, moved, scripted_site


@asynccontextmanager
async def neighbour(answers: dict[str, Answer]) -> AsyncIterator[tuple[ScriptedSite, httpx.AsyncClient]]:
    async with (
        scripted_site(answers) as site,
        peer_client(site.url, connect_seconds=0.5, read_seconds=0.5) as client,
    ):
        yield site, client


def raising(error: MoissonError) -> httpx.AsyncClient:
    """A peer client of a service, in this process, that answers everything with an error."""
    router = APIRouter()

    @router.get("/thing")
    async def thing() -> Response:
        raise error

    app = create_service_app("scraper", ServiceSettings(demo=True), verifier=None, routers=[router])
    answer_errors(app)
    return peer_client("http://scraper.test", transport=httpx.ASGITransport(app))


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def cut_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()


@pytest.mark.parametrize("kind", PROBLEMS)
async def test_a_neighbours_error_is_the_same_error_here(kind: type[MoissonError]) -> None:
    async with raising(kind("Say why.")) as client:
        with pytest.raises(kind, match="Say why") as raised:
            await call(client, "scraper", "GET", "/thing")
    assert type(raised.value) is kind


async def test_faults_travel_along() -> None:
    async with raising(errors.Invalid("No.", (Fault("/a/0", "wrong"),))) as client:
        with pytest.raises(errors.Invalid) as refused:
            await call(client, "scraper", "GET", "/thing")
    assert refused.value.faults == (Fault("/a/0", "wrong"),)


async def test_delays_travel_along() -> None:
    async with raising(errors.TooManyRequests("Later.", 42)) as client:
        with pytest.raises(errors.TooManyRequests) as slowed:
            await call(client, "scraper", "GET", "/thing")
    async with raising(errors.Unavailable("Later.", 43)) as client:
        with pytest.raises(errors.Unavailable) as delayed:
            await call(client, "scraper", "GET", "/thing")
    assert (slowed.value.retry_after, delayed.value.retry_after) == (42, 43)


@pytest.mark.parametrize(
    "given",
    [
        answer(b"oops", "500 Internal Server Error"),
        answer(b"<html>", "502 Bad Gateway"),
        moved("http://127.0.0.1:1/"),
        answer(b"not json", "500 x", Content_Type="application/problem+json"),
        silent,
        cut_off,
        b"not HTTP\r\n\r\n",
    ],
    ids=["500", "502", "redirect", "false problem", "silent", "cut off", "not HTTP"],
)
async def test_a_neighbour_that_fails_is_unavailable_and_named(given: Answer) -> None:
    async with neighbour({"/thing": given}) as (site, client):
        with pytest.raises(errors.Unavailable, match="normalizer") as failure:
            await call(client, "normalizer", "GET", "/thing")
        assert failure.value.retry_after > 0
        assert len(site.asked) == 1


async def test_a_neighbour_that_is_down_is_unavailable() -> None:
    async with scripted_site() as gone:
        port = gone.port
    async with peer_client(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(errors.Unavailable, match="cannot be reached"):
            await check_peer(client, "api")


@pytest.mark.parametrize(
    ("status", "kind"), [(404, errors.NotFound), (409, errors.Conflict), (418, errors.Unavailable)]
)
async def test_bare_statuses_mean_what_they_say(status: int, kind: type[MoissonError]) -> None:
    async with neighbour({"/thing": answer(b"x", f"{status} x")}) as (_, client):
        with pytest.raises(kind):
            await call(client, "api", "GET", "/thing")


async def test_the_request_id_travels_along() -> None:
    async with neighbour({"/healthz": answer(b"{}")}) as (site, client):
        await check_peer(client, "api")
        set_request_id("request-0042")
        await check_peer(client, "api")
    assert "x-request-id" not in site.asked[0].lower()
    assert "x-request-id: request-0042" in site.asked[1].lower()


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted_site() as proxy, neighbour({"/healthz": answer(b"{}")}) as (site, _):
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with peer_client(site.url) as client:
            await check_peer(client, "api")
        assert proxy.connections == 0


async def test_json_is_an_object_or_the_neighbour_is_wrong() -> None:
    answers: dict[str, Answer] = {"/a": answer(b'{"a": 1}'), "/b": answer(b"[1]"), "/c": answer(b"<html>")}
    async with neighbour(answers) as (_, client):
        assert await fetch_json(client, "api", "/a") == {"a": 1}
        for path in ("/b", "/c"):
            with pytest.raises(errors.Unavailable, match="api"):
                await fetch_json(client, "api", path)


async def test_a_streamed_answer_that_breaks_off_is_told() -> None:
    answers: dict[str, Answer] = {"/whole": answer(b"a\nb\n"), "/half": cut_off, "/absent": answer(b"", "404 x")}
    async with neighbour(answers) as (_, client):
        async with streamed(client, "scraper", "GET", "/whole") as response:
            assert [line async for line in response.aiter_lines()] == ["a", "b"]
        with pytest.raises(errors.Unavailable, match="scraper"):
            async with streamed(client, "scraper", "GET", "/half") as response:
                await response.aread()
        with pytest.raises(errors.NotFound):
            async with streamed(client, "scraper", "GET", "/absent"):
                pytest.fail("there is nothing to read")


class Issuer:
    """An api that gives out tokens, and a neighbour that accepts the last one only."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.expires_in: float = 600
        self.accepts_only: str | None = None
        self.calls = 0
        router = APIRouter()

        @router.post("/v1/token")
        async def token(request: Request) -> dict[str, object]:
            form = {name: str(value) for name, value in (await request.form()).items()}
            self.forms.append(form)
            await asyncio.sleep(0.01)
            if form["client_secret"] != "right":
                raise errors.Unauthenticated("Unknown client.")
            issued = f"token-{form['audience']}-{len(self.forms)}"
            return {"access_token": issued, "token_type": "Bearer", "expires_in": self.expires_in}

        @router.get("/v1/things")
        async def things(request: Request) -> dict[str, str]:
            self.calls += 1
            given = request.headers["authorization"]
            if self.accepts_only is not None and given != self.accepts_only:
                raise errors.Unauthenticated("This token does not hold.")
            return {"seen": given}

        app = create_service_app("api", ServiceSettings(demo=True), verifier=None, routers=[router])
        self.client = peer_client("http://api.test", transport=httpx.ASGITransport(app))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_token_is_fetched_once_and_renewed_in_time() -> None:
    issuer, clock = Issuer(), Clock()
    tokens = ServiceTokens(issuer.client, "normalizer", SecretStr("right"), clock=clock)
    at_once = await asyncio.gather(*(tokens.token("scraper") for _ in range(20)))
    assert set(at_once) == {"token-scraper-1"}
    assert issuer.forms == [
        {
            "grant_type": "client_credentials",
            "client_id": "normalizer",
            "client_secret": "right",
            "audience": "scraper",
        }
    ]
    clock.now = 530
    assert await tokens.token("scraper") == "token-scraper-1"
    clock.now = 541
    assert await tokens.token("scraper") == "token-scraper-2"
    assert await tokens.token("api") == "token-api-3"


async def test_tokens_that_live_a_moment_are_still_used() -> None:
    issuer, clock = Issuer(), Clock()
    issuer.expires_in = 20
    tokens = ServiceTokens(issuer.client, "normalizer", SecretStr("right"), clock=clock)
    assert await tokens.token("scraper") == await tokens.token("scraper") == "token-scraper-1"
    clock.now = 11
    assert await tokens.token("scraper") == "token-scraper-2"


async def test_a_refused_token_is_renewed_once() -> None:
    issuer = Issuer()
    tokens = ServiceTokens(issuer.client, "normalizer", SecretStr("right"))
    issuer.accepts_only = "Bearer token-scraper-2"
    response = await tokens.call(issuer.client, "scraper", "GET", "/v1/things")
    assert response.json() == {"seen": "Bearer token-scraper-2"}
    issuer.accepts_only = "Bearer another"
    issuer.calls = 0
    with pytest.raises(errors.Unauthenticated):
        await tokens.call(issuer.client, "scraper", "GET", "/v1/things")
    assert issuer.calls == 2


async def test_wrong_credentials_are_the_operators_business() -> None:
    tokens = ServiceTokens(Issuer().client, "normalizer", SecretStr("wrong"))
    with pytest.raises(errors.Unavailable, match="credentials of normalizer") as failure:
        await tokens.token("scraper")
    assert "wrong" not in str(failure.value)
