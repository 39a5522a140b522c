"""The gateway as an app: its parts put together around the routes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from moisson_shared.adapters.peer_http import peer_client
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.health import Probe
from moisson_viz_gateway.assets import load_assets
from moisson_viz_gateway.error_pages import answer_with_pages
from moisson_viz_gateway.gateway import Gateway
from moisson_viz_gateway.neighbours.api_client import ApiClient
from moisson_viz_gateway.neighbours.neighbour import Neighbour
from moisson_viz_gateway.neighbours.normalizer_client import NormalizerClient
from moisson_viz_gateway.neighbours.scraper_client import ScraperClient
from moisson_viz_gateway.pages import Pages
from moisson_viz_gateway.portal import portal_routes
from moisson_viz_gateway.portal.default_portal import seed_default_portal
from moisson_viz_gateway.portal.portal_document import PORTALS
from moisson_viz_gateway.portal.portal_shelf import PortalShelf
from moisson_viz_gateway.sealing import Seal
from moisson_viz_gateway.security_headers import SecurityHeadersMiddleware
from moisson_viz_gateway.sessions import SESSIONS, Sessions
from moisson_viz_gateway.settings import VizGatewaySettings
from moisson_viz_gateway.studio.routers import studio_routers
from moisson_viz_gateway.studio.upload_routes import UPLOAD_PATH
from moisson_viz_gateway.wording.catalogue import load_wordings

Transport = httpx.AsyncBaseTransport | None
PREVIEW_SECONDS = 120.0
"""A preview waits for a partner's site."""
FORM_AROUND_BYTES = 100_000
"""What a form has around its file."""


def create_app(
    settings: VizGatewaySettings,
    documents: DocumentStore,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    transport: Transport = None,
) -> ServiceApp:
    """The app over a document store that the caller opens and closes nothing of: the app's lifespan does."""
    api_http = peer_client(settings.api_url, transport=transport)
    scraper_http = peer_client(settings.scraper_url, read_seconds=PREVIEW_SECONDS, transport=transport)
    normalizer_http = peer_client(settings.normalizer_url, read_seconds=PREVIEW_SECONDS, transport=transport)
    api = ApiClient(Neighbour("api", api_http))
    scraper = ScraperClient(Neighbour("scraper", scraper_http))
    normalizer = NormalizerClient(Neighbour("normalizer", normalizer_http))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for client in (api_http, scraper_http, normalizer_http):
                await stack.enter_async_context(client)
            assets = load_assets()
            stack.push_async_callback(documents.close)
            await documents.open((PORTALS, SESSIONS))
            await seed_default_portal(documents, settings.default_portal)
            seal = Seal(settings.session_secret.get_secret_value())
            app.state.gateway = Gateway(
                settings=settings,
                store=documents,
                assets=assets,
                pages=Pages(assets, load_wordings(), settings.public_url),
                seal=seal,
                sessions=Sessions(documents, api, seal, lasts=timedelta(hours=settings.session_hours), now=now),
                portals=PortalShelf(documents, api),
                api=api,
                scraper=scraper,
                normalizer=normalizer,
            )
            yield

    app = create_service_app(
        "viz-gateway",
        settings,
        verifier=None,
        routers=[*studio_routers(), portal_routes.router],
        probes=[
            Probe("store", documents.check, vital=True),
            Probe("api", api.check),
            Probe("scraper", scraper.check),
            Probe("normalizer", normalizer.check),
        ],
        lifespan=lifespan,
        larger_bodies={UPLOAD_PATH: settings.upload_max_bytes + FORM_AROUND_BYTES},
    )
    answer_with_pages(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(SecurityHeadersMiddleware, secure=settings.secure)
    return app
