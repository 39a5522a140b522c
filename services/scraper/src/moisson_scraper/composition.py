"""The parts of the scraper put together, over a document store and a queue that were chosen elsewhere."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import structlog

from moisson_scraper.archiving.archive_keeping import ArchiveKeeping, KeepingRules
from moisson_scraper.archiving.run_archive import PageArchive
from moisson_scraper.fetching.host_visits import HostTools
from moisson_scraper.fetching.page_fetcher import FetchTools
from moisson_scraper.fetching.robots import names_in
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.keeping.robots_shelf import StoredRobots
from moisson_scraper.neighbours import Neighbours
from moisson_scraper.openscraper.keep_data_models import DATA_MODELS
from moisson_scraper.quota_book import QuotaBook
from moisson_scraper.reading.reading_process import ReadingLimits
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
from moisson_scraper.rendering.renderer import Renderer, open_renderer
from moisson_scraper.running.page_supply import PageSupply
from moisson_scraper.running.run_attempt import RunRules
from moisson_scraper.running.run_spider import SpiderRunner, utc_now
from moisson_scraper.running.work import ScraperWork
from moisson_scraper.running.work_lot import LotRules, LotWorker
from moisson_scraper.scheduling.fire_due import DueFirings
from moisson_scraper.scheduling.leader_lease import LEADERSHIPS
from moisson_scraper.scheduling.plan_schedule import by_chance
from moisson_scraper.scheduling.schedule_leader import ScheduleLeader
from moisson_scraper.scheduling.schedule_state import SCHEDULE_STATES
from moisson_scraper.secret_book import SEALED, SecretBook
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.open_backends import open_host_budget
from moisson_shared.adapters.outbound_http import OutboundPolicy, outbound_client
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.host_budget import HostBudget
from moisson_shared.ports.work_queue import WorkQueue
from moisson_shared.web.health import Probe

_LONGEST_REQUEST = 120.0
"""Seconds: the most a spider may ask for; its own time limit is the one that counts."""


@dataclass(frozen=True, slots=True)
class ScraperParts:
    """The parts that outlive a request, and what they were made over."""

    settings: ScraperSettings
    documents: DocumentStore
    queue: WorkQueue
    slots: HostBudget
    tools: FetchTools
    renderer: Renderer
    neighbours: Neighbours
    book: SecretBook
    sealer: Sealer
    quotas: QuotaBook
    archive: PageArchive | None
    supply: PageSupply
    work: ScraperWork
    leader: ScheduleLeader

    async def start(self, *, worker: bool) -> None:
        """Opens the collections, says what an operator should know, and begins to work where that is wanted."""
        settings = self.settings
        await self.documents.open((*COLLECTIONS, SCHEDULE_STATES, LEADERSHIPS, DATA_MODELS))
        if reason := settings.why_unreachable:
            structlog.get_logger().warning("no contact", reason=reason)
        if reason := settings.why_counted_apart(worker=worker):
            structlog.get_logger().warning("hosts are asked too much", reason=reason)
        if settings.works:
            await self.work.start()
            self.leader.start()

    async def stop(self) -> None:
        """Ends the work, then closes what it stood on."""
        await self.leader.stop()
        await self.work.stop()
        await self.renderer.close()
        await self.tools.processes.close()
        await self.tools.client.aclose()
        await self.neighbours.close()
        await self.slots.close()
        await self.queue.close()
        await self.documents.close()

    def probes(self) -> list[Probe]:
        """What readiness depends on, and what it only tells of."""
        probes = [Probe("documents", self.documents.check, vital=True), *self.neighbours.probes()]
        probes.append(Probe("host_budget", self.slots.check))
        if self.settings.rendering == "on":
            probes.append(Probe("browser", self.renderer.check))
        return probes


def compose_scraper(
    settings: ScraperSettings, documents: DocumentStore, queue: WorkQueue, hosts: HostBudget | None
) -> ScraperParts:
    """The parts, put together; nothing is opened yet."""
    neighbours = Neighbours(settings)
    outbound = outbound_client(_policy(settings))
    slots = hosts or open_host_budget("in-process:", settings.requests_per_host)
    shelf, names = StoredRobots(documents, utc_now), names_in(settings.user_agent)
    robots = RobotsBook(outbound, slots, shelf, names=names, retry_seconds=settings.retry_backoff)
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
        neighbours.notices,
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
    return ScraperParts(
        settings=settings,
        documents=documents,
        queue=queue,
        slots=slots,
        tools=tools,
        renderer=renderer,
        neighbours=neighbours,
        book=book,
        sealer=sealer,
        quotas=quotas,
        archive=archive,
        supply=supply,
        work=work,
        leader=ScheduleLeader(documents, firings, holder, settings.lease_seconds),
    )


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
