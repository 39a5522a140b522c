"""The studio with the real scraper behind it, both as apps in this process; only accounts are played."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.web.serving import BackgroundServer
from moisson_viz_gateway.app import create_app
from moisson_viz_gateway.settings import VizGatewaySettings
from tests.scraper.running_scraper import PARTNER, Scraper, running_scraper
from tests.scraper.sample_site import SampleSite
from tests.viz_gateway.fake_api import PASSWORD, FakeApi
from tests.viz_gateway.fake_normalizer import FakeNormalizer
from tests.viz_gateway.neighbours_in_process import NeighboursInProcess
from tests.viz_gateway.page_reader import PageReader

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass
class Studio(PageReader):
    """A studio, the scraper behind it, and the accounts that it knows."""

    url: str
    http: httpx.AsyncClient
    api: FakeApi
    scraper: Scraper

    async def sign_in(self, role: str = "editor", *roles: str) -> None:
        """As a member of the partner with that role in it, or as somebody with other roles altogether."""
        self.api.roles = roles or ("partner",)
        self.api.partners = () if roles else (PARTNER,)
        self.api.partner_roles = {} if roles else {PARTNER: role}
        self.http.cookies.clear()
        fields = {"email": "mia@essor.example", "password": PASSWORD}
        response = await self.post("/studio/login", "/studio/login", **fields)
        assert response.status_code == 303, response.text

    async def sent(self, path: str, page: httpx.Response, **fields: str) -> httpx.Response:
        """The form of a page that was answered, with what is hidden in it and these fields."""
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(page.text)}
        return await self.http.post(path, data=hidden | fields)


@asynccontextmanager
async def studio_over_scraper(
    folder: Path, *sites: SampleSite, served: bool = False, **settings: Any
) -> AsyncIterator[Studio]:
    """Everything open until the end of the block; the partner is there, nobody is signed in. `served` is for browsers:
    the studio then has an address on loopback."""
    async with running_scraper(folder, *sites, **settings) as scraper:
        api = FakeApi()
        api.access = lambda: scraper.people.token(
            sub="a1", roles=list(api.roles), partners=list(api.partners), partner_roles=api.partner_roles
        )["Authorization"].removeprefix("Bearer ")
        neighbours = NeighboursInProcess(
            {"api.test": api.app(), "scraper.test": scraper.app, "normalizer.test": FakeNormalizer().app()}
        )
        own = VizGatewaySettings(
            api_url="http://api.test",
            scraper_url="http://scraper.test",
            normalizer_url="http://normalizer.test",
            documents_url=f"sqlite://{folder / 'viz.sqlite'}",
            session_secret=SecretStr("a secret of these tests alone"),
        )
        app = create_app(own, open_documents(own.documents_url), transport=neighbours)
        await scraper.send("POST", "/v1/partners", scraper.people.admin, json={"id": PARTNER, "name": "Réseau Essor"})
        async with AsyncExitStack() as stack:
            if served:
                url = (await stack.enter_async_context(BackgroundServer(app))).url
                client = httpx.AsyncClient(base_url=url, trust_env=False)
            else:
                url = "http://studio.test"
                await stack.enter_async_context(app.router.lifespan_context(app))
                client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url)
            yield Studio(url, await stack.enter_async_context(client), api, scraper)
