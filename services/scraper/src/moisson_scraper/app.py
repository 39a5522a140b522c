"""The scraper as an app, over a document store and a queue that were chosen elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from moisson_scraper.composition import compose_scraper
from moisson_scraper.routers import scraper_routers
from moisson_scraper.routes.compat_routes import CUT_BY
from moisson_scraper.routes.upload_routes import UPLOAD_PATH
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.peer_http import fetch_json, peer_client
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.host_budget import HostBudget
from moisson_shared.ports.work_queue import WorkQueue
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.auth import TokenVerifier
from moisson_shared.web.health import Probe
from moisson_shared.web.jwks import SEEN_KEYS, KeySource
from moisson_shared.web.public_access import PublicAccess

AUDIENCE = "scraper"


def create_app(
    settings: ScraperSettings, documents: DocumentStore, queue: WorkQueue, hosts: HostBudget | None = None
) -> ServiceApp:
    """The app. It opens its collections and begins to work when it starts, and closes its backends when it stops.

    Without a budget of hosts to share it has one of its own.
    """
    parts = compose_scraper(settings, documents, queue, hosts)
    issuer = peer_client("")
    keys = KeySource(lambda: fetch_json(issuer, "api", settings.keys_url), documents)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await documents.open((SEEN_KEYS,))
        await parts.start(worker=False)
        try:
            yield
        finally:
            await keys.close()
            await issuer.aclose()
            await parts.stop()

    app = create_service_app(
        "scraper",
        settings,
        verifier=TokenVerifier(keys, issuer=settings.issuer, audience=AUDIENCE),
        routers=scraper_routers(parts),
        probes=[*parts.probes(), Probe("keys", keys.check)],
        lifespan=lifespan,
        larger_bodies={UPLOAD_PATH: settings.upload_max_bytes},
    )
    app.state.metrics.watch_work(queue)
    app.add_middleware(PublicAccess, public=("/compat/openscraper", "/v1/schemas/spider.json"), exposed=(CUT_BY,))
    return app
