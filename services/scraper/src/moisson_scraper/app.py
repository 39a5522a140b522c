"""The scraper as an app, over a document store and a queue that were chosen elsewhere."""

from moisson_scraper.composition import compose_scraper
from moisson_scraper.parts_app import app_over
from moisson_scraper.routers import scraper_routers
from moisson_scraper.routes.compat_routes import CUT_BY
from moisson_scraper.routes.upload_routes import UPLOAD_PATH
from moisson_scraper.settings import ScraperSettings
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.host_budget import HostBudget
from moisson_shared.ports.work_queue import WorkQueue
from moisson_shared.web.app import ServiceApp
from moisson_shared.web.public_access import PublicAccess


def create_app(
    settings: ScraperSettings, documents: DocumentStore, queue: WorkQueue, hosts: HostBudget | None = None
) -> ServiceApp:
    """The app. It opens its collections and begins to work when it starts, and closes its backends when it stops.

    Without a budget of hosts to share it has one of its own.
    """
    parts = compose_scraper(settings, documents, queue, hosts)
    app = app_over(parts, scraper_routers(parts), {UPLOAD_PATH: settings.upload_max_bytes})
    app.add_middleware(PublicAccess, public=("/compat/openscraper", "/v1/schemas/spider.json"), exposed=(CUT_BY,))
    return app
