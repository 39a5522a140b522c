"""The scraper as an app: its parts put together over a document store and a queue that were chosen elsewhere."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from moisson_scraper.fetching.host_slots import HostSlots
from moisson_scraper.fetching.page_fetcher import FetchTools
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.keep_partners import PartnerShelf
from moisson_scraper.keep_runs import RunShelf
from moisson_scraper.keep_spiders import SpiderShelf
from moisson_scraper.keep_uploads import UploadShelf
from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.notify_normalizer import NormalizerNotices
from moisson_scraper.page_supply import PageSupply
from moisson_scraper.preview_spider import SpiderPreviewer
from moisson_scraper.read_feed import FeedShelf
from moisson_scraper.routes.feed_routes import feed_router
from moisson_scraper.routes.partner_routes import partner_router
from moisson_scraper.routes.run_routes import run_router
from moisson_scraper.routes.spider_routes import spider_router
from moisson_scraper.routes.upload_routes import UPLOAD_PATH, upload_router
from moisson_scraper.run_attempt import RunRules
from moisson_scraper.run_spider import SpiderRunner, utc_now
from moisson_scraper.settings import ScraperSettings
from moisson_scraper.work import ScraperWork
from moisson_shared.adapters.outbound_http import OutboundPolicy, outbound_client
from moisson_shared.adapters.peer_http import ServiceTokens, check_peer, fetch_json, peer_client
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.work_queue import WorkQueue
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.auth import TokenVerifier
from moisson_shared.web.health import Probe
from moisson_shared.web.jwks import SEEN_KEYS, KeySource

AUDIENCE = "scraper"
_LONGEST_REQUEST = 120.0
"""Seconds: the most a spider may ask for; its own time limit is the one that counts."""


def create_app(settings: ScraperSettings, documents: DocumentStore, queue: WorkQueue) -> ServiceApp:
    """The app. It opens its collections and begins to work when it starts, and closes both backends when it stops."""
    issuer = peer_client(settings.issuer)
    keys_client = peer_client("")
    keys = KeySource(lambda: fetch_json(keys_client, "api", settings.keys_url), documents)
    normalizer = peer_client(settings.normalizer_url) if settings.normalizer_url else None
    notices = NormalizerNotices(normalizer, ServiceTokens(issuer, settings.client_id, settings.client_secret))
    outbound = outbound_client(_policy(settings))
    slots = HostSlots(settings.requests_per_host)
    robots = RobotsBook(outbound, slots, retry_seconds=settings.retry_backoff)
    tools = FetchTools(outbound, slots, robots, settings.retry_backoff)
    holder = secrets.token_hex(8)
    rules = RunRules(settings.lease_seconds, settings.progress_seconds, settings.most_attempts)
    work = ScraperWork(
        documents,
        queue,
        SpiderRunner(documents, PageSupply(documents, tools, utc_now), holder, rules),
        notices,
        holder=holder,
        lease_seconds=settings.lease_seconds,
        sweep_seconds=settings.sweep_seconds,
        at_once=settings.runs_at_once,
    )
    spiders = SpiderShelf(documents, work)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await documents.open((*COLLECTIONS, SEEN_KEYS))
        await work.start()
        try:
            yield
        finally:
            await work.stop()
            await keys.close()
            for client in (outbound, issuer, keys_client, *((normalizer,) if normalizer is not None else ())):
                await client.aclose()
            await queue.close()
            await documents.close()

    probes = [Probe("documents", documents.check, vital=True), Probe("keys", keys.check)]
    if normalizer is not None:
        neighbour = normalizer
        probes.append(Probe("normalizer", lambda: check_peer(neighbour, "normalizer")))
    app = create_service_app(
        "scraper",
        settings,
        verifier=TokenVerifier(keys, issuer=settings.issuer, audience=AUDIENCE),
        routers=[
            partner_router(PartnerShelf(documents)),
            spider_router(spiders, SpiderPreviewer(spiders, tools, documents)),
            run_router(RunShelf(documents, work, settings.progress_seconds)),
            feed_router(FeedShelf(documents)),
            upload_router(UploadShelf(documents, settings.upload_max_bytes, utc_now)),
        ],
        probes=probes,
        lifespan=lifespan,
        larger_bodies={UPLOAD_PATH: settings.upload_max_bytes},
    )
    app.state.metrics.watch_work(queue)
    return app


def _policy(settings: ScraperSettings) -> OutboundPolicy:
    return OutboundPolicy.model_validate(
        {
            "allow": settings.outbound_allow,
            "user_agent": settings.user_agent,
            "max_bytes": settings.outbound_max_bytes,
            "total_seconds": _LONGEST_REQUEST,
            "read_seconds": _LONGEST_REQUEST,
        }
    )
