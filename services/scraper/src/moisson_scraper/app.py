"""The scraper as an app: its parts put together over a document store and a queue that were chosen elsewhere."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI

from moisson_scraper.archiving.archive_keeping import ArchiveKeeping, KeepingRules
from moisson_scraper.archiving.run_archive import PageArchive
from moisson_scraper.fetching.host_visits import HostTools
from moisson_scraper.fetching.page_fetcher import FetchTools
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.fixtures.check_fixtures import FixtureReader
from moisson_scraper.fixtures.keep_fixtures import FixtureShelf
from moisson_scraper.keep_partners import PartnerShelf
from moisson_scraper.keep_quotas import QuotaShelf
from moisson_scraper.keep_runs import RunShelf
from moisson_scraper.keep_secrets import SecretShelf
from moisson_scraper.keep_spiders import SpiderShelf
from moisson_scraper.keep_uploads import UploadShelf
from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.keeping.robots_shelf import StoredRobots
from moisson_scraper.notify_normalizer import NormalizerNotices
from moisson_scraper.openscraper.data_api import OpenScraperApi
from moisson_scraper.openscraper.import_spiders import OpenScraperImports
from moisson_scraper.openscraper.keep_data_models import DATA_MODELS
from moisson_scraper.openscraper.scan_records import ScanBounds
from moisson_scraper.page_supply import PageSupply
from moisson_scraper.preview_spider import SpiderPreviewer
from moisson_scraper.quota_book import QuotaBook
from moisson_scraper.read_audit import AuditShelf
from moisson_scraper.read_feed import FeedShelf
from moisson_scraper.reading.reading_process import ReadingLimits
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
from moisson_scraper.rendering.renderer import open_renderer
from moisson_scraper.repair_run import RunRepairs
from moisson_scraper.routes.audit_routes import audit_router
from moisson_scraper.routes.compat_routes import CUT_BY, compat_router
from moisson_scraper.routes.evidence_routes import evidence_router
from moisson_scraper.routes.feed_routes import feed_router
from moisson_scraper.routes.fixture_routes import fixture_router
from moisson_scraper.routes.openscraper_routes import openscraper_router
from moisson_scraper.routes.partner_routes import partner_router
from moisson_scraper.routes.quota_routes import quota_router
from moisson_scraper.routes.run_routes import run_router
from moisson_scraper.routes.schedule_routes import schedule_router
from moisson_scraper.routes.secret_routes import secret_router
from moisson_scraper.routes.spider_file_routes import spider_file_router
from moisson_scraper.routes.spider_routes import spider_router
from moisson_scraper.routes.suggestion_routes import suggestion_router
from moisson_scraper.routes.upload_routes import UPLOAD_PATH, upload_router
from moisson_scraper.run_attempt import RunRules
from moisson_scraper.run_spider import SpiderRunner, utc_now
from moisson_scraper.scheduling.fire_due import DueFirings
from moisson_scraper.scheduling.leader_lease import LEADERSHIPS
from moisson_scraper.scheduling.plan_schedule import by_chance
from moisson_scraper.scheduling.schedule_leader import ScheduleLeader
from moisson_scraper.scheduling.schedule_state import SCHEDULE_STATES
from moisson_scraper.scheduling.show_schedule import ScheduleShelf
from moisson_scraper.secret_book import SEALED, SecretBook
from moisson_scraper.settings import ScraperSettings
from moisson_scraper.show_archive import ArchiveShelf
from moisson_scraper.show_run_evidence import RunEvidenceShelf
from moisson_scraper.spider_files.exchange_spiders import SpiderExchange
from moisson_scraper.suggest_spider import SpiderSuggester
from moisson_scraper.work import ScraperWork
from moisson_scraper.work_lot import LotRules, LotWorker
from moisson_shared.adapters.open_backends import open_host_budget
from moisson_shared.adapters.outbound_http import OutboundPolicy, outbound_client
from moisson_shared.adapters.peer_http import ServiceTokens, check_peer, fetch_json, peer_client
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.host_budget import HostBudget
from moisson_shared.ports.work_queue import WorkQueue
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.auth import TokenVerifier
from moisson_shared.web.health import Probe
from moisson_shared.web.jwks import SEEN_KEYS, KeySource
from moisson_shared.web.public_access import PublicAccess

AUDIENCE = "scraper"
_LONGEST_REQUEST = 120.0
"""Seconds: the most a spider may ask for; its own time limit is the one that counts."""


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
    issuer = peer_client(settings.issuer)
    keys_client = peer_client("")
    keys = KeySource(lambda: fetch_json(keys_client, "api", settings.keys_url), documents)
    normalizer = peer_client(settings.normalizer_url) if settings.normalizer_url else None
    notices = NormalizerNotices(normalizer, ServiceTokens(issuer, settings.client_id, settings.client_secret))
    outbound = outbound_client(_policy(settings))
    slots = hosts or open_host_budget("in-process:", settings.requests_per_host)
    robots = RobotsBook(outbound, slots, StoredRobots(documents, utc_now), retry_seconds=settings.retry_backoff)
    processes = ReadingProcesses(
        ReadingLimits(settings.reading_seconds, settings.reading_memory_bytes, settings.reading_processes)
    )
    tools = FetchTools(outbound, HostTools(slots, robots, settings.retry_backoff), processes)
    renderer = open_renderer(
        _policy(settings),
        mode=settings.rendering,
        chromium=settings.chromium,
        sandbox=settings.chromium_sandbox,
        at_once=settings.rendered_at_once,
        idle_seconds=settings.chromium_idle_seconds,
        memory=settings.chromium_page_memory,
    )
    holder = secrets.token_hex(8)

    async def tell_lot(key: str) -> None:
        await work.tell_lot(key)

    sealer = Sealer(settings.secrets_key.get_secret_value() or None, SEALED)
    book = SecretBook(documents, sealer)
    quotas = QuotaBook(documents, settings.quota, utc_now)
    archive = _archive(settings, documents, holder)
    told = tell_lot if settings.shares_pages else None
    supply = PageSupply(documents, tools, renderer, book, utc_now, told, archive)
    rules = RunRules(settings.lease_seconds, settings.progress_seconds, settings.most_attempts)
    work = ScraperWork(
        documents,
        queue,
        SpiderRunner(documents, supply, quotas, holder, rules),
        notices,
        quotas,
        holder=holder,
        lease_seconds=settings.lease_seconds,
        sweep_seconds=settings.sweep_seconds,
        at_once=settings.runs_at_once,
        lots=_lots(settings, documents, supply, holder) if settings.shares_pages else None,
        lots_at_once=settings.lots_at_once,
        archives=ArchiveKeeping(documents, archive.folder if archive else None, _keeping(settings), utc_now),
    )
    firings = DueFirings(documents, work.tell_run, utc_now, by_chance)
    leader = ScheduleLeader(documents, firings, holder, settings.lease_seconds)
    fixtures = FixtureReader(documents, processes)
    spiders = SpiderShelf(documents, work, fixtures, utc_now, renderer.why_not, supply.why_not_archived)
    previewer = SpiderPreviewer(spiders, tools, renderer, documents, book, utc_now)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await documents.open((*COLLECTIONS, SCHEDULE_STATES, LEADERSHIPS, DATA_MODELS, SEEN_KEYS))
        if reason := settings.why_unreachable:
            structlog.get_logger().warning("no contact", reason=reason)
        if reason := settings.why_counted_apart(worker=worker):
            structlog.get_logger().warning("hosts are asked too much", reason=reason)
        if settings.works:
            await work.start()
            leader.start()
        try:
            yield
        finally:
            await leader.stop()
            await work.stop()
            await renderer.close()
            await processes.close()
            await keys.close()
            for client in (outbound, issuer, keys_client, *((normalizer,) if normalizer is not None else ())):
                await client.aclose()
            await slots.close()
            await queue.close()
            await documents.close()

    probes = [Probe("documents", documents.check, vital=True), Probe("keys", keys.check)]
    probes.append(Probe("host_budget", slots.check))
    if settings.rendering == "on":
        probes.append(Probe("browser", renderer.check))
    if normalizer is not None:
        neighbour = normalizer
        probes.append(Probe("normalizer", lambda: check_peer(neighbour, "normalizer")))
    app = create_service_app(
        "scraper",
        settings,
        verifier=TokenVerifier(keys, issuer=settings.issuer, audience=AUDIENCE),
        routers=[]
        if worker
        else [
            partner_router(PartnerShelf(documents, utc_now)),
            spider_file_router(SpiderExchange(documents, spiders), spiders, settings.public_url),
            suggestion_router(SpiderSuggester(tools, previewer, renderer)),
            spider_router(spiders, previewer),
            fixture_router(FixtureShelf(documents, fixtures, utc_now, renderer.why_not)),
            schedule_router(ScheduleShelf(documents)),
            secret_router(SecretShelf(documents, sealer, settings.variable("secrets_key"), utc_now)),
            quota_router(QuotaShelf(documents, quotas)),
            audit_router(AuditShelf(documents)),
            run_router(RunShelf(documents, work, settings.progress_seconds), RunRepairs(documents, fixtures)),
            evidence_router(RunEvidenceShelf(documents), ArchiveShelf(documents, archive)),
            feed_router(FeedShelf(documents)),
            compat_router(OpenScraperApi(documents, ScanBounds()), documents),
            openscraper_router(OpenScraperImports(documents, spiders, utc_now)),
            upload_router(UploadShelf(documents, settings.upload_max_bytes, utc_now)),
        ],
        probes=probes,
        lifespan=lifespan,
        larger_bodies={UPLOAD_PATH: settings.upload_max_bytes},
    )
    app.add_middleware(PublicAccess, public=("/compat/openscraper", "/v1/schemas/spider.json"), exposed=(CUT_BY,))
    app.state.metrics.watch_work(queue)
    return app


def _lots(settings: ScraperSettings, documents: DocumentStore, supply: PageSupply, holder: str) -> LotWorker:
    rules = LotRules(settings.lease_seconds, settings.progress_seconds)
    return LotWorker(documents, supply, holder, rules, utc_now)


def _archive(settings: ScraperSettings, documents: DocumentStore, holder: str) -> PageArchive | None:
    if not settings.archive_folder:
        return None
    folder = Path(settings.archive_folder)
    return PageArchive(documents, folder, holder, settings.user_agent, settings.archive_file_bytes, utc_now)


def _keeping(settings: ScraperSettings) -> KeepingRules:
    return KeepingRules(settings.archive_days, settings.archive_bytes_per_partner, settings.error_days)


def _policy(settings: ScraperSettings) -> OutboundPolicy:
    return OutboundPolicy.model_validate(
        {
            "allow": settings.outbound_allow,
            "user_agent": settings.told_user_agent,
            "max_bytes": settings.outbound_max_bytes,
            "total_seconds": _LONGEST_REQUEST,
            "read_seconds": _LONGEST_REQUEST,
        }
    )
