"""What happened in a run, line by line, for people: its first and its last lines, whatever happened in between.

Each attempt writes a document of its own, and so does each wish of a person: nobody waits for anybody.
"""

import secrets
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.contracts.run import Reason, RunCounters
from moisson_shared.contracts.run_log import LoggedRun, LogLine
from moisson_shared.ports.documents import (
    Collection,
    DocumentReader,
    DocumentStore,
    Equal,
    Find,
    Insert,
    Operation,
    Order,
    Put,
)

FIRST = LAST = 500
_LONGEST = 1000
"""Characters of a message."""
_MOST_PARTS = 5000

Level = Literal["info", "warning", "error"]


class RunLogPart(Contract):
    """The lines of one attempt, or of one wish."""

    key: str
    run_id: str
    spider_id: Slug
    at: Instant
    """When it was begun."""
    first: tuple[LogLine, ...]
    last: tuple[LogLine, ...] = ()
    left_out: Count = 0
    """Lines between the first and the last ones."""


RUN_LOG = Collection("run_log", RunLogPart, key=lambda part: part.key, indexed=("run_id", "spider_id", "at"))


class RunLog:
    """The log of one attempt, which `writer` tells from others. Lines wait until they are flushed."""

    def __init__(
        self, store: DocumentStore, run_id: str, spider_id: str, writer: str, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._spider_id = spider_id
        self._key = f"{run_id}/{writer}"
        self._now = now
        self._began = now()
        self._first: list[LogLine] = []
        self._last: deque[LogLine] = deque(maxlen=LAST)
        self._lines = 0
        self._written = 0
        self._told: set[tuple[str, str]] = set()
        self.counters: Callable[[], RunCounters | None] = lambda: None
        """What stands beside each line."""

    def say(self, code: str, message: str, level: Level = "info", **figures: str | float) -> None:
        """One line; `code` is a stable word, `message` a sentence, with the figures that stand in it."""
        line = LogLine(
            at=self._now(),
            level=level,
            code=code,
            message=message[:_LONGEST],
            figures=figures,
            counters=self.counters(),
        )
        self._lines += 1
        if len(self._first) < FIRST:
            self._first.append(line)
        else:
            self._last.append(line)

    def notice(self, reasons: tuple[Reason, ...]) -> None:
        """A line for each class of reasons that has not had one, with its first example."""
        for reason in reasons:
            if (reason.code, reason.fate) not in self._told:
                self._told.add((reason.code, reason.fate))
                level: Level = "warning" if reason.fate else "info"
                if reason.samples:
                    first = reason.samples[0]
                    self.say(reason.code, f"{reason.message} First: {first}", level, first=first)
                else:
                    self.say(reason.code, reason.message, level)

    def held(self, holds: "deque[tuple[str, float]]") -> None:
        """A line for each host that asked to be left alone; they are taken."""
        while holds:
            host, seconds = holds.popleft()
            message = f"{host} is left alone for {seconds:.1f} seconds, as its answers ask for."
            self.say("host-held", message, "warning", host=host, seconds=round(seconds, 1))

    async def flush(self) -> None:
        """Writes what is new. Raises what the store raises."""
        if self._lines == self._written:
            return
        lines = self._lines
        part = RunLogPart(
            key=self._key,
            run_id=self._run_id,
            spider_id=self._spider_id,
            at=self._began,
            first=tuple(self._first),
            last=tuple(self._last),
            left_out=lines - len(self._first) - len(self._last),
        )
        await self._store.apply([Put(RUN_LOG, part)])
        self._written = lines


def said_by(run_id: str, spider_id: str, now: datetime, code: str, message: str, who: str) -> Operation:
    """A line that a person's wish leaves, to be part of the batch that grants it."""
    line = LogLine(at=now, level="info", code=code, message=message, figures={"who": who})
    key = f"{run_id}/{secrets.token_hex(8)}"
    return Insert(RUN_LOG, RunLogPart(key=key, run_id=run_id, spider_id=spider_id, at=now, first=(line,)))


async def read_log(store: DocumentReader, run_id: str) -> LoggedRun:
    """All lines in their order: the first and the last 500, and how many are left out between them."""
    first: list[LogLine] = []
    last: deque[LogLine] = deque(maxlen=LAST)
    left_out = parts = 0
    after: str | None = None
    while parts < _MOST_PARTS:
        page = await store.find(RUN_LOG, Find((Equal("run_id", run_id),), (Order("at"),), 20, after))
        for stored in page.items:
            left_out += stored.value.left_out
            lines = sorted((*stored.value.first, *stored.value.last), key=lambda line: line.at)
            for line in lines:
                if len(first) < FIRST:
                    first.append(line)
                else:
                    left_out += len(last) == LAST
                    last.append(line)
        parts += len(page.items)
        after = page.next
        if after is None:
            break
    return LoggedRun(run_id=run_id, lines=tuple(sorted((*first, *last), key=lambda line: line.at)), left_out=left_out)
