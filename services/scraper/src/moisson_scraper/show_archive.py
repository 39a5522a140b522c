"""The archived page behind a record."""

from moisson_scraper.archiving.run_archive import PageArchive
from moisson_scraper.keeping.archive_index import ARCHIVED_PAGES, ArchivedContent, page_place
from moisson_scraper.keeping.collections import FEEDS, RAW_RECORDS, RUNS, record_key
from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.rights import require_reader
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import NotFound
from moisson_shared.contracts.raw_record import RawRecord
from moisson_shared.ports.documents import DocumentReader, Equal, Find, Order

_WHAT = "spider of that id"
_MOST_COPIES = 200


class ArchiveShelf:
    """The use cases of archives; None where there is none."""

    def __init__(self, store: DocumentReader, archive: PageArchive | None) -> None:
        self._store = store
        self._archive = archive

    async def behind(self, caller: Caller, spider: str, key: str, ordinal: int) -> ArchivedContent:
        """Where the page stands that a record was read from. Raises `NotFound`.

        It is the copy of the run that wrote this state of the record, or else the newest one.
        """
        feed = await self._store.get(FEEDS, spider)
        require_reader(caller, feed.value.partner if feed else None, _WHAT)
        stored = await self._store.get(RAW_RECORDS, record_key(spider, key, ordinal))
        if stored is None:
            raise NotFound(f"The spider {spider} has no record with this key and ordinal.")
        found = await self._copy(stored.value)
        if found is None or self._archive is None or not self._archive.holds(found):
            raise NotFound("The archive has no page of this record: it has none of its own, or it was not archived.")
        return found

    async def page(self, caller: Caller, spider: str, key: str, ordinal: int) -> FetchedPage:
        """The page itself. Raises `NotFound`."""
        content = await self.behind(caller, spider, key, ordinal)
        page = await self._archive.read(content) if self._archive is not None else None
        if page is None:
            raise NotFound("The page is not in the archive any more.")
        return page

    async def _copy(self, record: RawRecord) -> ArchivedContent | None:
        if record.url is None:
            return None
        run = await self._store.get(RUNS, record.run_id)
        wrote = record.run_id if run is None else run.value.order.reread_of or record.run_id
        for address in dict.fromkeys((record.url, page_address(record.url) or record.url)):
            where = (Equal("page", page_place(record.spider_id, address)),)
            find = Find(where, (Order("number", descending=True),), _MOST_COPIES)
            copies = [stored.value for stored in (await self._store.find(ARCHIVED_PAGES, find)).items]
            own = next((copy.content for copy in copies if copy.run_id == wrote and copy.content is not None), None)
            found = own or next((copy.content for copy in copies if copy.content is not None), None)
            if found is not None:
                return found
        return None
