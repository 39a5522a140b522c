"""The calls of the scraper, each over the part that answers it."""

from fastapi import APIRouter

from moisson_scraper.composition import ScraperParts
from moisson_scraper.fixtures.check_fixtures import FixtureReader
from moisson_scraper.fixtures.keep_fixtures import FixtureShelf
from moisson_scraper.keep_partners import PartnerShelf
from moisson_scraper.keep_quotas import QuotaShelf
from moisson_scraper.keep_runs import RunShelf
from moisson_scraper.keep_secrets import SecretShelf
from moisson_scraper.keep_spiders import SpiderShelf
from moisson_scraper.keep_uploads import UploadShelf
from moisson_scraper.openscraper.data_api import OpenScraperApi
from moisson_scraper.openscraper.import_spiders import OpenScraperImports
from moisson_scraper.openscraper.scan_records import ScanBounds
from moisson_scraper.previewing.preview_spider import SpiderPreviewer
from moisson_scraper.read_audit import AuditShelf
from moisson_scraper.read_feed import FeedShelf
from moisson_scraper.repair_run import RunRepairs
from moisson_scraper.routes.audit_routes import audit_router
from moisson_scraper.routes.compat_routes import compat_router
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
from moisson_scraper.routes.upload_routes import upload_router
from moisson_scraper.running.run_spider import utc_now
from moisson_scraper.scheduling.show_schedule import ScheduleShelf
from moisson_scraper.show_archive import ArchiveShelf
from moisson_scraper.show_run_evidence import RunEvidenceShelf
from moisson_scraper.spider_files.exchange_spiders import SpiderExchange
from moisson_scraper.suggest_spider import SpiderSuggester


def scraper_routers(parts: ScraperParts) -> list[APIRouter]:
    """All of them."""
    documents, settings, renderer = parts.documents, parts.settings, parts.renderer
    fixtures = FixtureReader(documents, parts.tools.processes)
    spiders = SpiderShelf(documents, parts.work, fixtures, utc_now, renderer.why_not, parts.supply.why_not_archived)
    previewer = SpiderPreviewer(spiders, parts.tools, renderer, documents, parts.book, utc_now)
    return [
        partner_router(PartnerShelf(documents, utc_now)),
        spider_file_router(SpiderExchange(documents, spiders), spiders, settings.public_url),
        suggestion_router(SpiderSuggester(parts.tools, previewer, renderer)),
        spider_router(spiders, previewer),
        fixture_router(FixtureShelf(documents, fixtures, utc_now, renderer.why_not)),
        schedule_router(ScheduleShelf(documents)),
        secret_router(SecretShelf(documents, parts.sealer, settings.variable("secrets_key"), utc_now)),
        quota_router(QuotaShelf(documents, parts.quotas)),
        audit_router(AuditShelf(documents)),
        run_router(RunShelf(documents, parts.work, settings.progress_seconds), RunRepairs(documents, fixtures)),
        evidence_router(RunEvidenceShelf(documents), ArchiveShelf(documents, parts.archive)),
        feed_router(FeedShelf(documents)),
        compat_router(OpenScraperApi(documents, ScanBounds()), documents),
        openscraper_router(OpenScraperImports(documents, spiders, utc_now)),
        upload_router(UploadShelf(documents, settings.upload_max_bytes, utc_now)),
    ]
