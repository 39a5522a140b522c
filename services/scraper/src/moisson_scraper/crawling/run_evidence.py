"""What a run keeps of its pages besides what was read: the archive where there is one, and a page of each error."""

from moisson_scraper.archiving.run_archive import RunArchive
from moisson_scraper.fetching.page_failure import EndOfListing, OffLimits, PageFailed, PageLost
from moisson_scraper.keeping.archive_index import ArchivedContent
from moisson_scraper.keeping.error_pages import ErrorPages
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest


class RunEvidence:
    """Of one run, as this process meets its pages. Without archive and errors it keeps nothing."""

    def __init__(self, errors: ErrorPages | None = None, archive: RunArchive | None = None) -> None:
        self._errors = errors
        self._archive = archive

    def suffices(self, archived: ArchivedContent | None) -> bool:
        """Whether a page may be taken for what it was: with an archive only while its content is still there."""
        return self._archive is None or self._archive.holds(archived)

    def spared(self, request: PageRequest, archived: ArchivedContent | None) -> None:
        """A page that was not asked for."""
        if self._archive is not None and archived is not None:
            self._archive.spared(request, archived)

    async def unchanged(self, request: PageRequest, page: FetchedPage, archived: ArchivedContent | None) -> None:
        """A page that is what it was. Raises `Unavailable`."""
        if self._archive is not None and archived is not None:
            await self._archive.revisit(request, page, archived)

    async def fetched(self, request: PageRequest, page: FetchedPage) -> ArchivedContent | None:
        """A page that came just now; where it is archived. Raises `Unavailable`."""
        return await self._archive.add(request, page) if self._archive is not None else None

    async def lost(self, request: PageRequest, loss: PageLost | Unreadable, page: FetchedPage | None) -> None:
        """A page of which nothing became; `page` is one that came and cannot be read. Raises `Unavailable`."""
        answered = None
        if isinstance(loss, PageLost):
            answered, loss.page = loss.page, None  # losses are remembered, hundreds at a time: their pages are not
        if isinstance(loss, OffLimits) and self._archive is not None:
            self._archive.off_limits(request, loss)
        if answered is not None and self._archive is not None:
            await self._archive.add(request, answered)
        if self._errors is not None and _is_error(loss):
            await self._errors.add(loss.code, loss.message, request.address, page or answered)

    async def flush(self) -> None:
        """Before visits are written: their pages are in the archive. Raises `Unavailable`."""
        if self._archive is not None:
            await self._archive.flush()


def _is_error(loss: PageLost | Unreadable) -> bool:
    return isinstance(loss, Unreadable | PageFailed) and not isinstance(loss, EndOfListing)
