"""The pages of an earlier run, fetched from its archive: nothing is asked of any site."""

import time
from collections.abc import Callable

from moisson_scraper.archiving.run_archive import PageArchive
from moisson_scraper.fetching.page_failure import EndOfListing, PageFailed
from moisson_scraper.fetching.politeness import ends_listing
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.keeping.archive_index import ARCHIVED_PAGES, archived_page_key, identity_digest
from moisson_scraper.keeping.kept_reading import loss_from
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_shared.ports.documents import DocumentReader


class ArchivedPages:
    """`Fetches` what one run has archived. Without an archive there is nothing."""

    def __init__(
        self,
        store: DocumentReader,
        archive: PageArchive | None,
        spider_id: str,
        run_id: str,
        budget: RunBudget,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._archive = archive
        self._spider_id = spider_id
        self._run_id = run_id
        self._budget = budget
        self._clock = clock

    async def fetch(self, request: PageRequest) -> FetchedPage:
        """The page as that run had it. Raises `PageLost`: also where the site had answered with an error, or had said
        that it is off-limits."""
        self._budget.take_page(self._clock())
        key = archived_page_key(self._run_id, identity_digest(request.identity))
        stored = await self._store.get(ARCHIVED_PAGES, key)
        page = None
        if stored is not None and stored.value.spider_id == self._spider_id and self._archive is not None:
            if stored.value.loss is not None:
                raise loss_from(stored.value.loss)
            page = await self._archive.read(stored.value.content) if stored.value.content is not None else None
        if page is None:
            raise PageFailed("not-archived", "Pages are not in the archive of the run that is read again.")
        if ends_listing(request, page.status, page.body):
            raise EndOfListing("listing-ended", "The listing ended: the next page by number does not exist.", page)
        if not 200 <= page.status < 300:
            raise PageFailed(f"http-{page.status}", f"The site answered {page.status}.", page)
        if len(page.body) > self._budget.limits.bytes_per_page:
            most = self._budget.limits.bytes_per_page
            raise PageFailed("page-too-large", f"Pages have more than {most:,} bytes, the limit of the spider.")
        return page
