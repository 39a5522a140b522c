"""The app of a process that only works: it answers for its health."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from moisson_scraper.composition import ScraperParts
from moisson_shared.web.operations import create_operations_app


def worker_app(parts: ScraperParts) -> Starlette:
    """Starts the parts with itself and stops them at its end."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await parts.start(worker=True)
        try:
            yield
        finally:
            await parts.stop()

    app = create_operations_app("scraper", parts.settings, parts.probes(), lifespan)
    app.state.metrics.watch_work(parts.queue)
    return app
