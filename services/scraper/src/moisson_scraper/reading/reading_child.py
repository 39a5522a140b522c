"""A process that reads pages and nothing else: `python -m moisson_scraper.reading.reading_child BYTES`.

It takes frames from standard input (a source; then what to do and a page, again and again) and answers on standard
output. Whatever a page does to it, the kernel holds the limits: so much memory in all, so much processor time per page,
even where nobody is left to kill it. It ends when standard input does, which is when its parent ends.
"""

import contextlib
import math
import os
import resource
import sys
import time
from collections.abc import Sequence
from typing import BinaryIO

from pydantic import TypeAdapter

from moisson_scraper.locating.page_places import Places, detail_places, listing_places
from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.places_said import places_written
from moisson_scraper.reading.reading_answers import (
    Says,
    WorkRequest,
    detail_written,
    entries_written,
    head_written,
    notice_written,
)
from moisson_scraper.reading.reading_frames import framed, read_frame
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageKind, PageRequest, SourceReader
from moisson_shared.contracts.sources import Source

_SOURCES: TypeAdapter[Source] = TypeAdapter(Source)


class ReadingLoop:
    """Reads one page of the source after the other."""

    def __init__(self, asked: BinaryIO, answers: BinaryIO) -> None:
        self._asked = asked
        self._answers = answers

    def run(self) -> None:
        """Until the asking ends. Leaves by `MemoryError` too: what is left of the process is of no use then."""
        source = read_frame(self._asked)
        if source is None:
            return
        self._source = _SOURCES.validate_json(source)
        reader = compile_source(self._source)
        self._say(Says.READY)
        while (work := read_frame(self._asked)) is not None and (body := read_frame(self._asked)) is not None:
            try:
                self._read(reader, WorkRequest.model_validate_json(work), body)
            except Unreadable as error:
                self._say(Says.UNREADABLE, notice_written(error.notice("")))
            except MemoryError:
                self._say(Says.FAILED, MemoryError.__name__.encode())
                raise
            except Exception as error:  # noqa: BLE001 - whatever a page brings about, the parent is told its name
                self._say(Says.FAILED, type(error).__name__.encode())

    def _read(self, reader: SourceReader, work: WorkRequest, body: bytes) -> None:
        _allow_time(work.seconds)
        page = work.page(body)
        if work.places_of is not None:
            self._say(Says.PLACES, places_written(self._places(page, work.request.request(), work.places_of)))
            return
        if work.kind is PageKind.DETAIL:
            self._say(Says.DETAIL, detail_written(reader.read_detail(page, work.request.request())))
            return
        read = reader.read_listing(page, work.request.request())
        self._say(Says.HEAD, head_written(read))
        for frame in entries_written(read.items):
            self._say(Says.ITEMS, frame)
            _allow_time(work.seconds)
        self._say(Says.END)

    def _places(self, page: FetchedPage, request: PageRequest, items: Sequence[str]) -> list[Places]:
        if request.kind is PageKind.DETAIL:
            return [detail_places(self._source, page, request, patient=True)]
        found = [FoundItem({}, None, None, place) for place in items]
        return listing_places(self._source, page, found, patient=True)

    def _say(self, what: Says, content: bytes = b"") -> None:
        self._answers.write(framed(what.value + content))
        self._answers.flush()


def _allow_time(seconds: float) -> None:
    """Processor time from now on; the parent's clock ends most readings before, this one an orphan's too."""
    most = math.ceil(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def main(arguments: list[str]) -> None:
    """Does what the command line says."""
    memory = int(arguments[0])
    for limit, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))
    # What a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError, MemoryError):
        ReadingLoop(sys.stdin.buffer, answers).run()
    os._exit(0)  # no farewells: a half-written frame goes nowhere, and a large heap need not be tidied


if __name__ == "__main__":
    main(sys.argv[1:])
