"""The normalizer as an app: its parts put together over backends that were opened elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI

from moisson_normalizer.catalogue import Catalogue, Clock
from moisson_normalizer.discard_versions import VersionDiscarder
from moisson_normalizer.kept_versions import VERSION_COLLECTIONS
from moisson_normalizer.mirror import MIRROR_COLLECTIONS
from moisson_normalizer.normalise_corpus import CorpusNormaliser
from moisson_normalizer.publish_version import VersionKeeper
from moisson_normalizer.pull_feeds import FeedPuller
from moisson_normalizer.routes.catalogue_routes import catalogue_router
from moisson_normalizer.routes.preview_routes import preview_router
from moisson_normalizer.routes.run_routes import run_router
from moisson_normalizer.routes.version_routes import version_router
from moisson_normalizer.runs import RUN_COLLECTIONS, TOPIC, Leases, RunBook
from moisson_normalizer.save_documents import DocumentSaver
from moisson_normalizer.scraper_feed import ScraperFeed
from moisson_normalizer.seeding import seed_defaults
from moisson_normalizer.settings import NormalizerSettings
from moisson_normalizer.sweeping import PULL_TOPIC, SWEEP_TOPIC, Sweeper
from moisson_shared.adapters.peer_http import ServiceTokens, fetch_json, peer_client
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.search_index import SearchIndexWriter
from moisson_shared.ports.work_queue import Handler, WorkQueue
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.auth import TokenVerifier
from moisson_shared.web.health import Probe
from moisson_shared.web.jwks import SEEN_KEYS, KeySource

AUDIENCE = "normalizer"
_FEED_SECONDS = 60.0
_RUNS_AT_ONCE = 2
_GRACE_SECONDS = 3.0


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


def create_app(
    settings: NormalizerSettings,
    documents: DocumentStore,
    index: SearchIndexWriter,
    queue: WorkQueue,
    *,
    clock: Clock = utc_now,
) -> ServiceApp:
    """The app. It opens its collections when it starts, goes on with unfinished runs, and closes all when it stops."""
    issuer = peer_client(settings.issuer)
    scraper = peer_client(settings.scraper_url, read_seconds=_FEED_SECONDS)
    keys_client = peer_client("")
    keys = KeySource(lambda: fetch_json(keys_client, "api", settings.keys_url), documents)
    feed = ScraperFeed(
        scraper, ServiceTokens(issuer, settings.client_id, settings.client_secret), settings.feed_page_size
    )
    catalogue = Catalogue(documents, clock)
    keeper = VersionKeeper(documents, index)
    keep_for = timedelta(hours=settings.keep_version_hours)
    discarder = VersionDiscarder(documents, index, keeper, clock, settings.keep_versions, keep_for)
    book = RunBook(documents, queue, clock, settings.keep_runs)
    leases = Leases(documents, clock, settings.lease_seconds)
    puller = FeedPuller(documents, feed, clock)
    sweeper = Sweeper(documents, catalogue, puller, keeper, book, leases, queue)
    normaliser = CorpusNormaliser(documents, index, catalogue, puller, keeper, discarder, book, leases, clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        collections = (*catalogue.collections(), *MIRROR_COLLECTIONS, *VERSION_COLLECTIONS, *RUN_COLLECTIONS)
        await documents.open((*collections, SEEN_KEYS))
        if settings.seed_defaults:
            await seed_defaults(catalogue, publish_by_itself=settings.seeded_corpus_publishes)
        handlers: dict[str, Handler] = {
            TOPIC: normaliser.carry_out,
            PULL_TOPIC: sweeper.pull_one,
            SWEEP_TOPIC: sweeper.sweep,
        }
        receiving = asyncio.create_task(queue.receive(handlers, _RUNS_AT_ONCE))
        await book.hint_unfinished()
        sweeping = asyncio.create_task(sweeper.sweep_again_and_again(settings.sweep_seconds))
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            await _stop(receiving)
            await keys.close()
            await queue.close()
            for client in (issuer, scraper, keys_client):
                await client.aclose()
            await index.close()
            await documents.close()

    app = create_service_app(
        "normalizer",
        settings,
        verifier=TokenVerifier(keys, issuer=settings.issuer, audience=AUDIENCE),
        routers=[
            preview_router(documents, catalogue, puller),
            catalogue_router(catalogue, DocumentSaver(catalogue, documents)),
            run_router(documents, catalogue, book, sweeper),
            version_router(documents, catalogue, keeper),
        ],
        probes=[
            Probe("documents", documents.check, vital=True),
            Probe("index", index.check),
            Probe("scraper", feed.check),
            Probe("issuer keys", keys.check),
        ],
        lifespan=lifespan,
    )
    app.state.metrics.watch_work(queue)
    return app


async def _stop(receiving: asyncio.Task[None]) -> None:
    """Takes no more work; what is at work gets a moment, and is gone on with by the next start."""
    receiving.cancel()
    done, _ = await asyncio.wait({receiving}, timeout=_GRACE_SECONDS)
    if not done:
        receiving.cancel()
        await asyncio.wait({receiving})
