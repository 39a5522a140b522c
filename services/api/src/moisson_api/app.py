"""The api as an app: its parts put together over a document store and an index reader that were opened elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from urllib.parse import urlencode

import structlog
from argon2 import PasswordHasher
from fastapi import FastAPI

from moisson_api.housekeeping import Chore, keep_house
from moisson_api.identity.identity import COLLECTIONS, Identity, build_identity
from moisson_api.identity.local_verifier import LocalVerifier
from moisson_api.identity.members import Members
from moisson_api.routes.account_routes import account_router
from moisson_api.routes.first_admin_page import PAGE_PATH, first_admin_page_router
from moisson_api.routes.member_routes import member_router
from moisson_api.routes.search_routes import search_router
from moisson_api.routes.session_routes import session_router
from moisson_api.routes.token_routes import BasicCredentials, token_router
from moisson_api.searching.public_search import PublicSearch
from moisson_api.settings import ApiSettings
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.search_index import SearchIndexReader
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.health import Probe
from moisson_shared.web.public_access import PublicAccess

AUDIENCE = "api"
Announce = Callable[[str], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


def log_link(link: str) -> None:
    """Says in the log where the first admin is made: only who runs the service reads it."""
    structlog.get_logger().warning("nobody has an account yet: make the first admin, once, within a day", link=link)


def create_app(
    settings: ApiSettings,
    documents: DocumentStore,
    search_reader: SearchIndexReader,
    *,
    clock: Callable[[], datetime] = utc_now,
    announce: Announce = log_link,
    hasher: PasswordHasher | None = None,
) -> ServiceApp:
    """The app. It opens its collections when it starts, and closes both backends when it stops.

    `announce` gets the one-time link of the first admin, when a start finds no account at all.
    `hasher` makes the hashes of passwords cheaper or dearer than RFC 9106 has them.
    """
    identity = build_identity(settings, documents, clock, hasher=hasher)
    search = PublicSearch(search_reader, identity.cursor_secret.octets, settings.most_map_places)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await documents.open(COLLECTIONS)
        await identity.keyring.refresh()
        if (token := await identity.first_admin.offer()) is not None:
            announce(_link(settings, token))
        house = asyncio.create_task(keep_house(_chores(identity)))
        try:
            yield
        finally:
            house.cancel()
            with suppress(asyncio.CancelledError):
                await house
            identity.hashing.close()
            await search_reader.close()
            await documents.close()

    app = create_service_app(
        "api",
        settings,
        verifier=LocalVerifier(identity.keyring, issuer=settings.issuer, audience=AUDIENCE, clock=clock),
        routers=[
            search_router(search),
            session_router(identity),
            token_router(identity),
            account_router(identity.accounts),
            member_router(Members(identity.accounts)),
            first_admin_page_router(identity),
        ],
        probes=[Probe("documents", documents.check, vital=True), Probe("search", search_reader.check)],
        lifespan=lifespan,
    )
    app.add_middleware(BasicCredentials)
    app.add_middleware(PublicAccess, public=("/v1/corpora", "/.well-known/jwks.json"))
    return app


def _chores(identity: Identity) -> list[Chore]:
    return [identity.keyring.refresh, identity.families.remove_expired, identity.first_admin.remove_expired]


def _link(settings: ApiSettings, token: str) -> str:
    address = settings.public_url or settings.issuer
    return f"{address.rstrip('/')}{PAGE_PATH}?{urlencode({'token': token})}"
