"""One process that reads pages of one source, as the service sees it: started, given work, listened to, killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Self, TypeVar

from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.places_said import Places, parsed_places
from moisson_scraper.reading.reading_answers import (
    HeadSaid,
    Nonsense,
    Says,
    WorkRequest,
    parsed_detail,
    parsed_head,
    parsed_notice,
)
from moisson_scraper.reading.reading_frames import FrameTooLarge, framed, receive_frame
from moisson_scraper.reading.source_reader import DetailRead, FetchedPage, PageRequest

T = TypeVar("T")

MODULE = "moisson_scraper.reading.reading_child"
SHARE_BYTES = 5_000_000
MOST_FRAME_BYTES = 64 * 1024 * 1024
_START_SECONDS = 60.0
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ")
"""What it is told of the environment: a page that takes it over finds no secret of the service there."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What one reading may take, and how many are at work at once; see the settings.

    `seconds` are for each `SHARE_BYTES` of a page, begun or full.
    """

    seconds: float = 10.0
    memory_bytes: int = 1024**3
    processes: int = 2

    def seconds_for(self, page: FetchedPage) -> float:
        """How long a page may take; of a table, some rows of it."""
        return self.seconds * (1 + len(page.body) // SHARE_BYTES)

    def too_long(self) -> Unreadable:
        """For a reading that was stopped."""
        message = (
            f"Pages that took more than {self.seconds:g} seconds to be read (and as many again for each "
            f"{SHARE_BYTES:,} bytes) were given up."
        )
        return Unreadable("reading-too-long", message)

    def too_large(self) -> Unreadable:
        """For a reading that met its limit of memory, or gave too much."""
        most = self.memory_bytes // 1024**2
        return Unreadable("reading-too-large", f"Pages that took more than {most:,} MiB to be read were given up.")


def broken_off(why: str) -> Unreadable:
    """For a reading that ended in a way that nobody meant."""
    return Unreadable("reading-failed", f"The reader failed on these pages ({why}).")


class ReadingProcess:
    """A running process. It is killed at the first thing that is not as it should be; ask `alive` before using it."""

    def __init__(self, process: asyncio.subprocess.Process, limits: ReadingLimits) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("its standard input and output must be pipes")
        self._process = process
        self._asks = process.stdin
        self._answers = process.stdout
        self._limits = limits
        self._killed = False

    @classmethod
    async def started(cls, limits: ReadingLimits) -> Self:
        """A new one; `prepare` comes next."""
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", MODULE, str(limits.memory_bytes)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )
        return cls(process, limits)

    async def prepare(self, source: bytes) -> None:
        """Gives it its source (as JSON); returns when it is ready to read. Raises `Unreadable` where it never is."""
        async with self.within(_START_SECONDS):
            await self._send(source)
            await self._said(Says.READY)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it may be given work."""
        return not self._killed and self._process.returncode is None

    @property
    def gone(self) -> bool:
        """Whether it has ended, and the system has been told that we know."""
        return self._process.returncode is not None

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """Kills it, with `Unreadable`, when the block takes longer, and when the block is cancelled or fails."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            self.kill()
            raise self._limits.too_long() from error
        except Unreadable:
            raise  # said by itself, and in order; or it is dead already
        except BaseException:
            self.kill()
            raise

    async def listing_head(self, page: FetchedPage, request: PageRequest) -> HeadSaid:
        """A listing's beginning; its items follow by `next_items`."""
        await self._send(
            WorkRequest.of(page, request, self._limits.seconds_for(page)).model_dump_json().encode(), page.body
        )
        return self._parsed(parsed_head, await self._said(Says.HEAD))

    async def next_items(self) -> bytes | None:
        """Some items of the listing, unparsed; None after the last."""
        said, content = await self._answer()
        if said is Says.END:
            return None
        if said is not Says.ITEMS:
            raise self._nonsense()
        return content

    async def detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """A detail page."""
        await self._send(
            WorkRequest.of(page, request, self._limits.seconds_for(page)).model_dump_json().encode(), page.body
        )
        return self._parsed(parsed_detail, await self._said(Says.DETAIL))

    async def places(self, page: FetchedPage, request: PageRequest, items: tuple[str, ...]) -> list[Places]:
        """Where the values of these items of a listing stand, or those of a detail."""
        work = WorkRequest.of(page, request, self._limits.seconds_for(page), items)
        await self._send(work.model_dump_json().encode(), page.body)
        return self._parsed(parsed_places, await self._said(Says.PLACES))

    def kill(self) -> None:
        """Ends it at once; safe to repeat."""
        self._killed = True
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        self._asks.close()

    async def ended(self) -> None:
        """Kills it, and returns when nothing of it is left."""
        self.kill()
        await self._process.wait()

    async def _send(self, *frames: bytes) -> None:
        try:
            for frame in frames:
                self._asks.write(framed(frame))
                await self._asks.drain()
        except ConnectionError as error:
            raise await self._obituary() from error

    async def _said(self, wanted: Says) -> bytes:
        said, content = await self._answer()
        if said is not wanted:
            raise self._nonsense()
        return content

    async def _answer(self) -> tuple[Says, bytes]:
        try:
            frame = await receive_frame(self._answers, MOST_FRAME_BYTES)
            said, content = Says(frame[:1]), frame[1:]
        except FrameTooLarge as error:
            self.kill()
            raise self._limits.too_large() from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise await self._obituary() from error
        except ValueError as error:
            raise self._nonsense() from error
        if said is Says.UNREADABLE:
            notice = self._parsed(parsed_notice, content)
            raise Unreadable(notice.code, notice.message)
        if said is Says.FAILED:
            self.kill()
            name = content[:100].decode("ascii", "replace")
            raise self._limits.too_large() if name == MemoryError.__name__ else broken_off(name)
        return said, content

    def _parsed(self, parse: Callable[[bytes], T], content: bytes) -> T:
        try:
            return parse(content)
        except Nonsense as error:
            raise self._nonsense() from error

    def _nonsense(self) -> Unreadable:
        self.kill()
        return broken_off("its answer makes no sense")

    async def _obituary(self) -> Unreadable:
        """Why it died, as far as can be told from how."""
        self.kill()
        match -await self._process.wait():
            case signal.SIGXCPU:
                return self._limits.too_long()
            case signal.SIGKILL:
                return self._limits.too_large()  # by the kernel, for want of memory
            case _:
                return broken_off("its process died")
