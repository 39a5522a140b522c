"""The archived page behind a record."""

from moisson_scraper.archiving.run_archive import PageArchive
from moisson_scraper.keeping.archive_index import ARCHIVED_PAGES, ArchivedContent, page_place
from moisson_scraper.keeping.collections import FEEDS, RAW_RECORDS, RUNS, KeptRecord, record_key
from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.file_source import UPLOADED
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.rights import require_reader
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import NotFound
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

        It is the record's own page, or else the page of the listing (or the file) where this state of it was met first:
        the copy of the run that wrote it, or else the newest one.
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

    async def _copy(self, record: KeptRecord) -> ArchivedContent | None:
        run = await self._store.get(RUNS, record.run_id)
        wrote = record.run_id if run is None else run.value.order.reread_of or record.run_id
        addresses = (record.url, page_address(record.url), record.listed_on or UPLOADED)
        for address in dict.fromkeys(address for address in addresses if address is not None):
            where = (Equal("page", page_place(record.spider_id, address)),)
            find = Find(where, (Order("number", descending=True),), _MOST_COPIES)
            found = [stored.value for stored in (await self._store.find(ARCHIVED_PAGES, find)).items]
            copies = [(copy.run_id, copy.content) for copy in found if copy.content is not None]
            for run_id in dict.fromkeys((wrote, *(of for of, _ in copies))):
                contents = [content for of, content in copies if of == run_id]
                # Pages that are asked for by POST may have one address, and then nobody knows.
                if len({content.digest for content in contents}) == 1:
                    return contents[0]
        return None
