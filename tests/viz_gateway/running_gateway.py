"""A gateway on loopback with small neighbours behind it, and what tests do with it again and again."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pydantic import SecretStr

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.web.serving import BackgroundServer
from moisson_viz_gateway.app import create_app
from moisson_viz_gateway.settings import VizGatewaySettings
from tests.viz_gateway.fake_api import PASSWORD, FakeApi
from tests.viz_gateway.fake_normalizer import FakeNormalizer
from tests.viz_gateway.fake_scraper import FakeScraper
from tests.viz_gateway.neighbours_in_process import NeighboursInProcess
from tests.viz_gateway.page_reader import PageReader


@dataclass
class Clock:
    """Time that tests move."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Running(PageReader):
    """A gateway that runs, its neighbours, and a browser-like client without script."""

    url: str
    http: httpx.AsyncClient
    api: FakeApi
    scraper: FakeScraper
    normalizer: FakeNormalizer
    clock: Clock
    settings: VizGatewaySettings

    async def sign_in(self, *roles: str, partners: tuple[str, ...] = ("ronce",)) -> None:
        """Signs in through the form, with these roles."""
        self.api.roles = roles or ("steward", "partner")
        self.api.partners = partners
        self.scraper.reads = None if {"steward", "admin"} & set(self.api.roles) else partners
        fields = {"email": "equipe@ronce.example", "password": PASSWORD}
        response = await self.post("/studio/login", "/studio/login", **fields)
        assert response.status_code == 303, response.text


@asynccontextmanager
async def running_gateway(
    folder: Path,
    api: FakeApi | None = None,
    scraper: FakeScraper | None = None,
    *,
    served: bool = False,
    public_url: str | None = None,
) -> AsyncIterator[Running]:
    """A gateway with its store in `folder`. `served` gives it and its neighbours free ports of loopback, for browsers
    and for what is streamed; else they call each other within the process."""
    api, scraper, normalizer, clock = api or FakeApi(), scraper or FakeScraper(), FakeNormalizer(), Clock()
    apps = {"api": api.app(), "scraper": scraper.app(), "normalizer": normalizer.app()}
    async with AsyncExitStack() as stack:
        if served:
            urls = {name: (await stack.enter_async_context(BackgroundServer(app))).url for name, app in apps.items()}
        else:
            urls = {name: f"http://{name}.test" for name in apps}
        settings = VizGatewaySettings(
            api_url=urls["api"],
            scraper_url=urls["scraper"],
            normalizer_url=urls["normalizer"],
            documents_url=f"sqlite://{folder / 'viz.sqlite'}",
            session_secret=SecretStr("a secret of these tests alone"),
            public_url=public_url,
        )
        transport = None if served else NeighboursInProcess({f"{name}.test": app for name, app in apps.items()})
        app = create_app(settings, open_documents(settings.documents_url), now=clock, transport=transport)
        if served:
            url = (await stack.enter_async_context(BackgroundServer(app))).url
            client = httpx.AsyncClient(base_url=url, follow_redirects=False, trust_env=False)
        else:
            url = "http://gateway.test"
            await stack.enter_async_context(app.router.lifespan_context(app))
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url, follow_redirects=False)
        http = await stack.enter_async_context(client)
        yield Running(url, http, api, scraper, normalizer, clock, settings)
