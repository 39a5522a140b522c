"""A gateway on loopback with small neighbours behind it, and what tests do with it again and again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    folder: Path, api: FakeApi | None = None, scraper: FakeScraper | None = None, *, public_url: str | None = None
) -> AsyncIterator[Running]:
    """Everything on free ports of loopback, the gateway's store in `folder`."""
    api, scraper, normalizer, clock = api or FakeApi(), scraper or FakeScraper(), FakeNormalizer(), Clock()
    async with (
        BackgroundServer(api.app()) as api_server,
        BackgroundServer(scraper.app()) as scraper_server,
        BackgroundServer(normalizer.app()) as normalizer_server,
    ):
        settings = VizGatewaySettings(
            api_url=api_server.url,
            scraper_url=scraper_server.url,
            normalizer_url=normalizer_server.url,
            documents_url=f"sqlite://{folder / 'viz.sqlite'}",
            session_secret=SecretStr("a secret of these tests alone"),
            public_url=public_url,
        )
        app = create_app(settings, open_documents(settings.documents_url), now=clock)
        async with (
            BackgroundServer(app) as server,
            httpx.AsyncClient(base_url=server.url, follow_redirects=False, trust_env=False) as http,
        ):
            yield Running(server.url, http, api, scraper, normalizer, clock, settings)
