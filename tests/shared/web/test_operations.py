"""An app that answers for its process's health, and for nothing else."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from moisson_shared.contracts.errors import Unavailable
from moisson_shared.web.health import Probe
from moisson_shared.web.operations import create_operations_app
from moisson_shared.web.serving import BackgroundServer, StartFailed
from moisson_shared.web.settings import ServiceSettings


@asynccontextmanager
async def nothing(_: Starlette) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def no_store(_: Starlette) -> AsyncIterator[None]:
    raise Unavailable("The store is away.")
    yield


async def away() -> None:
    raise Unavailable("It is away.")


def client(probes: Sequence[Probe] = ()) -> httpx.AsyncClient:
    app = create_operations_app("scraper", ServiceSettings(demo=True), probes, nothing)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker.test")


async def test_it_says_that_it_is_alive_and_counts_who_asked() -> None:
    async with client() as asking:
        alive = await asking.get("/healthz", headers={"X-Request-ID": "asked-before"})
        counted = await asking.get("/metrics")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert alive.headers["x-request-id"] == "asked-before"
    assert 'moisson_http_requests_total{method="GET",route="/healthz",status="200"} 1.0' in counted.text


@pytest.mark.parametrize(("vital", "status"), [(True, 503), (False, 200)])
async def test_only_what_is_vital_makes_it_unready(*, vital: bool, status: int) -> None:
    async with client([Probe("documents", away, vital=vital)]) as asking:
        ready = await asking.get("/readyz")
    assert ready.status_code == status
    if vital:
        assert ready.headers["content-type"] == "application/problem+json"
        assert "documents away" in ready.json()["detail"]
    else:
        assert ready.json() == {"status": "degraded", "degraded": ["documents"]}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/spiders", 404), ("GET", "/docs", 404), ("POST", "/healthz", 405)]
)
async def test_there_is_nothing_else(method: str, path: str, status: int) -> None:
    async with client() as asking:
        answer = await asking.request(method, path, headers={"Authorization": "Bearer whatever"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_why_it_did_not_start_is_told() -> None:
    app = create_operations_app("scraper", ServiceSettings(demo=True), (), no_store)
    with pytest.raises(StartFailed, match="The store is away"):
        await BackgroundServer(app).start()
