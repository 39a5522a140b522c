"""The scraper as an app, over a document store and a queue that were chosen elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from moisson_scraper.composition import compose_scraper
from moisson_scraper.routers import scraper_routers
from moisson_scraper.routes.compat_routes import CUT_BY
from moisson_scraper.routes.upload_routes import UPLOAD_PATH
from moisson_scraper.settings import ScraperSettings
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.host_budget import HostBudget
from moisson_shared.ports.work_queue import WorkQueue
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.auth import TokenVerifier
from moisson_shared.web.public_access import PublicAccess

AUDIENCE = "scraper"


def create_app(
    settings: ScraperSettings,
    documents: DocumentStore,
    queue: WorkQueue,
    hosts: HostBudget | None = None,
    *,
    worker: bool = False,
) -> ServiceApp:
    """The app. It opens its collections and begins to work when it starts, and closes its backends when it stops.

    Without a budget of hosts to share it has one of its own. A worker answers for its health only.
    """
    parts = compose_scraper(settings, documents, queue, hosts)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await parts.start(worker=worker)
        try:
            yield
        finally:
            await parts.stop()

    app = create_service_app(
        "scraper",
        settings,
        verifier=TokenVerifier(parts.neighbours.keys, issuer=settings.issuer, audience=AUDIENCE),
        routers=[] if worker else scraper_routers(parts),
        probes=parts.probes(),
        lifespan=lifespan,
        larger_bodies={UPLOAD_PATH: settings.upload_max_bytes},
    )
    app.add_middleware(PublicAccess, public=("/compat/openscraper", "/v1/schemas/spider.json"), exposed=(CUT_BY,))
    app.state.metrics.watch_work(queue)
    return app
