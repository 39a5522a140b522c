"""An app that starts the parts of a scraper with itself and stops them at its end."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from moisson_scraper.composition import ScraperParts
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.auth import TokenVerifier

AUDIENCE = "scraper"


def worker_app(parts: ScraperParts) -> ServiceApp:
    """Of a process that only works: it answers for its health."""
    return app_over(parts, (), {}, worker=True)


def app_over(
    parts: ScraperParts, routers: Sequence[APIRouter], larger_bodies: Mapping[str, int], *, worker: bool = False
) -> ServiceApp:
    """The parts behind some calls; `larger_bodies` are paths with the bytes that they may be sent."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await parts.start(worker=worker)
        try:
            yield
        finally:
            await parts.stop()

    app = create_service_app(
        "scraper",
        parts.settings,
        verifier=TokenVerifier(parts.neighbours.keys, issuer=parts.settings.issuer, audience=AUDIENCE),
        routers=routers,
        probes=parts.probes(),
        lifespan=lifespan,
        larger_bodies=larger_bodies,
    )
    app.state.metrics.watch_work(parts.queue)
    return app
