"""An api as its callers meet it: real SQLite, real tantivy, HTTP through the app; and people who sign in to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from argon2 import PasswordHasher
from pydantic import SecretStr

from moisson_api.app import create_app
from moisson_api.settings import ApiSettings
from moisson_shared.adapters.open_backends import open_documents, open_search_reader

ADMIN = "admin@moisson.example"
PASSWORD = "une phrase assez longue"
OUTSIDE = ("203.0.113.7", 40000)
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Argon2id in less than a millisecond: what is asked of an api is seldom how dear a guess is."""
ISSUER = "http://api.moisson.example"


@dataclass
class MovableClock:
    """The present, moved by hand."""

    moved: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def advance(self, **amount: float) -> None:
        self.moved += timedelta(**amount)


@dataclass
class Api:
    """A running api: a client without a token, and what the start announced."""

    client: httpx.AsyncClient
    clock: MovableClock
    settings: ApiSettings
    links: list[str] = field(default_factory=list)

    def one_time_token(self) -> str:
        return parse_qs(urlsplit(self.links[-1]).query)["token"][0]

    async def first_admin(self) -> dict[str, Any]:
        """Makes the first admin and signs them in."""
        body = {"token": self.one_time_token(), "email": ADMIN, "name": "Ada", "password": PASSWORD}
        answer = await self.client.post("/v1/first-admin", json=body)
        assert answer.status_code == 201, answer.text
        return await self.login(ADMIN)

    async def login(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        answer = await self.client.post("/v1/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        session: dict[str, Any] = answer.json()
        return session

    async def account(self, admin: dict[str, Any], email: str, **draft: object) -> dict[str, Any]:
        """A new account, as it was answered."""
        body = {"email": email, "name": "Quelqu’un", "password": PASSWORD, **draft}
        answer = await self.client.post("/v1/accounts", json=body, headers=bearer(admin))
        assert answer.status_code == 201, answer.text
        account: dict[str, Any] = answer.json()
        return account


def bearer(session: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['access_token']}"}


def api_settings(folder: Path, **changed: Any) -> ApiSettings:
    """Settings of an api with its data in a folder."""
    given: dict[str, Any] = {
        "demo": True,
        "documents_url": f"sqlite://{folder}/api.sqlite",
        "search_url": f"tantivy://{folder}/index",
        "issuer": ISSUER,
        "scraper_secret": SecretStr("secret-of-the-scraper"),
        "normalizer_secret": SecretStr("secret-of-the-normalizer"),
    }
    return ApiSettings(**(given | changed))


@asynccontextmanager
async def running_api(
    folder: Path,
    *,
    clock: MovableClock | None = None,
    client_address: tuple[str, int] = OUTSIDE,
    hasher: PasswordHasher | None = QUICK_HASHER,
    **changed: Any,
) -> AsyncIterator[Api]:
    """An api that has started, and stops at the end. Several at once over one folder are replicas."""
    clock = clock or MovableClock()
    settings = api_settings(folder, **changed)
    links: list[str] = []
    documents = open_documents(settings.documents_url)
    search = open_search_reader(settings.search_url)
    app = create_app(settings, documents, search, clock=clock, announce=links.append, hasher=hasher)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, client=client_address)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            yield Api(client, clock, settings, links)
