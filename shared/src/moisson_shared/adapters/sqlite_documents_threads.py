"""The threads and connections of one SQLite file: one writer, a few readers, and the event loop never waits on a disk.

`synchronous=FULL`: in WAL mode each commit is flushed to the disk before it is acknowledged, so that it survives the
loss of power too; NORMAL would survive the death of the process only. A commit costs one flush; batches share it.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Concatenate, ParamSpec, TypeVar

from moisson_shared.contracts.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
BUSY_SECONDS = 20.0
"""How long a writer waits for a writer of another process; a batch takes milliseconds."""
WRITER_KIB, READER_KIB = 4_096, 256
"""Of cached pages; what is taken is never given back. Those of a reader are of no use after another connection has
written. Four times as much takes 12 MiB more in a crawl of 30,000 pages, in the same time."""
PAGE_BYTES = 8_192
"""Of a new file. Records are some 2 kB: in pages of 4 kB one stands alone, and the file is half as large again."""
CHECKPOINT_PAGES = 2_000
"""Of the log, before they are copied into the file: pages of indexes are written by many batches, and copied once."""


class SqliteThreads:
    """Runs functions of a connection. Everything that SQLite cannot do for reasons of its own is `Unavailable`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode: tuple[int, int] | None = None
        self._writing: ThreadPoolExecutor | None = None
        self._reading: ThreadPoolExecutor | None = None
        self._writer: sqlite3.Connection | None = None
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._write_failed = False

    @property
    def running(self) -> bool:
        return self._writer is not None

    async def start(self) -> None:
        """Opens the file, creating it (readable by its owner only) and its folder where missing. Safe to repeat."""
        if self._writing is not None:
            return
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")
        try:
            await asyncio.get_running_loop().run_in_executor(self._writing, self._connect)
        except BaseException:
            await self.stop()
            raise

    def _connect(self) -> None:
        with _translated(self._path):
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            except OSError as error:
                raise Unavailable(f"The document store {self._path} cannot be opened: {error.strerror}.") from error
            writer = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
            )
            writer.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # a file that has pages keeps its own
            _keep_a_log(writer)
            writer.execute("PRAGMA synchronous = FULL")
            writer.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            writer.execute(f"PRAGMA cache_size = -{WRITER_KIB}")
            for _ in range(READERS):
                reader = sqlite3.connect(
                    self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
                )
                reader.execute("PRAGMA query_only = ON")
                reader.execute(f"PRAGMA cache_size = -{READER_KIB}")
                self._idle.put(reader)
            self._inode = self._identity()
            self._writer = writer

    async def write(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs `work` in the writer's thread in one transaction: committed when it returns, undone when it raises."""

        def in_transaction() -> T:
            connection = self._writer
            if connection is None:
                raise self._closed()
            with self._noting_failures(), _translated(self._path):
                connection.execute("BEGIN IMMEDIATE")
                try:
                    result = work(connection, *args, **kwargs)
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
                return result

        return await self._run(self._writing, in_transaction)

    async def read(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work` in a reader's thread; it sees one state of the file from its first statement to its last."""

        def in_snapshot() -> T:
            connection = self._idle.get()
            try:
                with _snapshot(connection, self._path):
                    return work(connection, *args, **kwargs)
            finally:
                self._idle.put(connection)

        return await self._run(self._reading, in_snapshot)

    async def read_to_write(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs `work` in the writer's thread as `read` does in a reader's: behind what is being written, and with the
        writer's cache, which keeps what it reads while a reader's is emptied by each write."""

        def in_snapshot() -> T:
            connection = self._writer
            if connection is None:
                raise self._closed()
            with _snapshot(connection, self._path):
                return work(connection, *args, **kwargs)

        return await self._run(self._writing, in_snapshot)

    async def _run(self, executor: ThreadPoolExecutor | None, function: Callable[[], T]) -> T:
        if executor is None or self._writer is None:
            raise self._closed()
        return await asyncio.get_running_loop().run_in_executor(executor, function)

    @contextmanager
    def _noting_failures(self) -> Iterator[None]:
        try:
            yield
        except Unavailable:
            self._write_failed = True
            raise
        self._write_failed = False

    async def require_writing(self) -> None:
        """`Unavailable` while the last write failed (a full disk, say) and a small one fails too."""
        if self._write_failed:
            await self.write(_write_header)

    def require_file(self) -> None:
        """`Unavailable` when the file was moved or deleted: SQLite itself would go on writing into nowhere."""
        try:
            there = self._identity() == self._inode
        except OSError:
            there = False
        if not there:
            raise Unavailable(f"The document store {self._path} was deleted or replaced: put it back, then restart.")

    def _identity(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_dev, status.st_ino

    def _closed(self) -> Unavailable:
        return Unavailable(f"The document store {self._path} is not open.")

    async def stop(self) -> None:
        """Waits for what is going on, then closes. Safe to repeat."""
        writing, reading = self._writing, self._reading
        self._writing = self._reading = None
        if writing is None or reading is None:
            return
        await asyncio.to_thread(self._close, writing, reading)

    def _close(self, writing: ThreadPoolExecutor, reading: ThreadPoolExecutor) -> None:
        reading.shutdown()
        writing.shutdown()
        while not self._idle.empty():
            self._idle.get().close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """WAL mode. Where others open the same new file, SQLite gives up at once instead of waiting its timeout: it reads
    the mode, and may not wait for those who read it too while it goes on to change it."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def _snapshot(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """One state of the file from the first statement to the last."""
    with _translated(path):
        connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def _write_header(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA user_version = 0")  # what it is already: one page is written, and says nothing


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise  # a wrong statement: our own mistake
        raise Unavailable(f"The document store {path} cannot be used: {error}.") from error
