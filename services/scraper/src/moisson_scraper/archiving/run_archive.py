"""The archives that one process writes: one series of files per run, shared by all its parts that work at that run.

Pages wait in memory until they are flushed: to disk first, then into the index, then (by who flushes) into the visits.
So no visit is written whose page is not in the archive.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from moisson_scraper.archiving.warc_file import SUFFIX, WarcFile, mend, read_member
from moisson_scraper.archiving.warc_records import (
    NoSuchRecord,
    page_from,
    page_records,
    revisit_record,
    warcinfo,
)
from moisson_scraper.fetching.page_failure import OffLimits
from moisson_scraper.keeping.archive_index import (
    ARCHIVED_PAGES,
    ArchivedContent,
    ArchivedPage,
    identity_digest,
    page_place,
)
from moisson_scraper.keeping.feed_lease import to_the_end
from moisson_scraper.keeping.kept_reading import loss_text
from moisson_scraper.reading.source_reader import LARGE_PAGE, FetchedPage, PageRequest
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.documents import DocumentStore, Operation, Put

_MOST_WAITING_BYTES = 8_000_000
_ROWS_AT_ONCE = 500
_PLACE = re.compile(r"[a-z0-9-]{1,100}/[0-9a-f]{1,100}/[0-9a-f]{1,100}-[0-9]{5,9}\.warc\.gz")


class PageArchive:
    """The archive of one installation, as one process sees it. `holder` is this process's own name."""

    def __init__(
        self,
        store: DocumentStore,
        folder: Path,
        holder: str,
        software: str,
        file_bytes: int,
        now: Callable[[], datetime],
    ) -> None:
        self.folder = folder
        self.holder = holder
        self.software = software
        self.file_bytes = file_bytes
        self.store = store
        self.now = now
        self._mending: set[asyncio.Task[None]] = set()
        self._open: dict[str, tuple[RunArchive, int]] = {}

    def opened(self, spider_id: str, run_id: str, number: int) -> "RunArchive":
        """The archive of a run, to be closed once for each time it was opened."""
        archive, users = self._open.get(run_id) or (RunArchive(self, spider_id, run_id, number), 0)
        self._open[run_id] = archive, users + 1
        return archive

    async def closed(self, run_id: str) -> None:
        """One part of the process is done with the run. What was not flushed is dropped: it has no visit either."""
        archive, users = self._open[run_id]
        if users > 1:
            self._open[run_id] = archive, users - 1
            return
        del self._open[run_id]
        await archive.close()

    def mend(self, spider_id: str, run_id: str) -> None:
        """When a run goes on: broken tails that killed processes have left are cut off, beside everything else."""
        task = asyncio.create_task(self._mend(spider_id, run_id))
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def _mend(self, spider_id: str, run_id: str) -> None:
        log = structlog.get_logger().bind(run=run_id)
        try:
            if cut := await asyncio.to_thread(mend, self.folder / spider_id / run_id):
                log.info("archive mended", bytes=cut)
        except OSError as error:
            log.warning("archive not mended", reason=str(error))

    def holds(self, content: ArchivedContent | None) -> bool:
        """Whether the file of that content is still there."""
        return content is not None and (self.folder / content.file).exists()

    async def read(self, content: ArchivedContent) -> FetchedPage | None:
        """The page; None where it is not there any more."""
        if not _PLACE.fullmatch(content.file):
            return None
        try:
            member = await asyncio.to_thread(read_member, self.folder / content.file, content.offset, content.length)
            if len(member) > LARGE_PAGE:
                return await asyncio.to_thread(page_from, member)
            return page_from(member)
        except (OSError, NoSuchRecord):
            return None


class RunArchive:
    """One run's pages as this process meets them."""

    def __init__(self, archive: PageArchive, spider_id: str, run_id: str, number: int) -> None:
        self._archive = archive
        self._spider_id = spider_id
        self._run_id = run_id
        self._number = number
        self._file: WarcFile | None = None
        self._number_of_file = 1
        self._content = bytearray()
        self._rows: list[ArchivedPage] = []
        self._lock = asyncio.Lock()

    async def close(self) -> None:
        """Gives the file back."""
        async with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def holds(self, content: ArchivedContent | None) -> bool:
        """Whether a page may be called unchanged: its content is still to be had."""
        return self._archive.holds(content)

    async def add(self, request: PageRequest, page: FetchedPage) -> ArchivedContent:
        """A page that was fetched just now. Raises `Unavailable` where it cannot be written."""
        at = self._archive.now()
        if len(page.body) > LARGE_PAGE:
            record, asked, digest = await asyncio.to_thread(page_records, request, page, at)
        else:
            record, asked, digest = page_records(request, page, at)
        async with self._lock:
            file, offset = await self._place()
            content = ArchivedContent(
                run_id=self._run_id,
                file=f"{self._spider_id}/{self._run_id}/{file.path.name}",
                offset=offset,
                length=len(record),
                address=page.address,
                fetched_at=at,
                digest=digest,
            )
            self._content += record + asked
            self._note(request, content)
        return content

    async def revisit(self, request: PageRequest, page: FetchedPage, content: ArchivedContent) -> None:
        """A page that was asked for and is what it was."""
        record = revisit_record(request, page, self._archive.now(), content)
        async with self._lock:
            await self._place()
            self._content += record
            self._note(request, content)

    def spared(self, request: PageRequest, content: ArchivedContent) -> None:
        """A page that was not asked for: the run has it where an earlier one put it."""
        self._note(request, content)

    def off_limits(self, request: PageRequest, loss: OffLimits) -> None:
        """A page that must not be asked for: who reads the run again is told the same."""
        self._rows.append(self._row(request, loss=loss_text(loss)))

    async def flush(self) -> None:
        """Everything that was added is on disk and in the index when this returns. Raises `Unavailable`."""
        async with self._lock:
            await self._write()
            while self._rows:
                batch = self._rows[:_ROWS_AT_ONCE]
                operations: list[Operation] = [Put(ARCHIVED_PAGES, row) for row in batch]
                await self._archive.store.apply(operations)
                del self._rows[: len(batch)]

    def _note(self, request: PageRequest, content: ArchivedContent) -> None:
        borrowed = content.run_id if content.run_id != self._run_id else None
        self._rows.append(self._row(request, content=content, borrowed_from=borrowed))

    def _row(
        self,
        request: PageRequest,
        *,
        content: ArchivedContent | None = None,
        loss: str | None = None,
        borrowed_from: str | None = None,
    ) -> ArchivedPage:
        return ArchivedPage(
            spider_id=self._spider_id,
            run_id=self._run_id,
            identity=identity_digest(request.identity),
            page=page_place(self._spider_id, request.address),
            number=self._number,
            content=content,
            loss=loss,
            borrowed_from=borrowed_from,
        )

    async def _place(self) -> tuple[WarcFile, int]:
        """Where the next record will stand."""
        if len(self._content) > _MOST_WAITING_BYTES:
            await self._write()
        if self._file is not None and self._file.size + len(self._content) >= self._archive.file_bytes:
            await self._write()
            self._file.close()
            self._file = None
        if self._file is None:
            self._file = self._next_file()
        return self._file, self._file.size + len(self._content)

    async def _write(self) -> None:
        if self._file is None or not self._content:
            return
        try:
            await to_the_end(self._append(self._file, bytes(self._content)))
        except OSError as error:
            raise _not_written(error) from error

    async def _append(self, file: WarcFile, content: bytes) -> None:
        await asyncio.to_thread(file.append, content)
        del self._content[: len(content)]

    def _next_file(self) -> WarcFile:
        """The last one of this process while there is room in it, else a new one."""
        folder = self._archive.folder / self._spider_id / self._run_id
        try:
            while True:
                path = folder / f"{self._archive.holder}-{self._number_of_file:05d}{SUFFIX}"
                file = WarcFile.opened(path)
                if file is not None and file.size < self._archive.file_bytes:
                    return self._begun(file)
                if file is not None:
                    file.close()
                self._number_of_file += 1
        except OSError as error:
            raise _not_written(error) from error

    def _begun(self, file: WarcFile) -> WarcFile:
        if not file.size:
            try:
                file.append(warcinfo(file.path.name, self._archive.software, self._run_id))
            except OSError:
                file.close()
                raise
        return file


def _not_written(error: OSError) -> Unavailable:
    return Unavailable(f"The archive cannot be written: {error.strerror or error}.")
