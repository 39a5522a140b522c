"""The work queue within one process: hints wait in memory until a receiver of their topic takes them.

They are lost with the process, as the port allows: the document in the store is the truth, and a sweep finds it.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Collection, Mapping
from functools import partial
from types import MappingProxyType

import structlog

from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.work_queue import Handler, Hint

MOST_WAITING = 100_000
"""Different hints; more means that nobody works, and the sender should say so."""

_log = structlog.get_logger(__name__)


class InProcessQueue:
    """`WorkQueue` of one event loop. A hint that is waiting already is not queued twice."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._waiting: deque[Hint] = deque()
        self._known: set[Hint] = set()
        self._at_work: dict[str, str] = {}  # the topic of each key
        self._failures: Counter[str] = Counter()
        self._most_waiting = most_waiting
        self._changed = asyncio.Event()
        self._finished_one = asyncio.Event()
        self._closed = False

    @property
    def failures(self) -> Mapping[str, int]:
        """How often a handler raised, by topic."""
        return MappingProxyType(self._failures)

    async def send(self, hint: Hint) -> None:
        """Queues the hint unless the same one is waiting."""
        if self._closed:
            raise Unavailable("The work queue is closed: the process is stopping.")
        if hint in self._known:
            return
        if len(self._known) >= self._most_waiting:
            raise Unavailable(f"The work queue is full: {self._most_waiting:,} hints are waiting.")
        self._known.add(hint)
        self._waiting.append(hint)
        self._changed.set()

    async def receive(self, handlers: dict[str, Handler], concurrency: int) -> None:
        """Calls handlers until cancelled or closed, then waits for those at work; cancelled again, it cancels them."""
        if concurrency < 1:
            raise ValueError(f"concurrency is at least 1, not {concurrency}")
        tasks: set[asyncio.Task[None]] = set()
        try:
            while not self._closed:
                hint = self._take(handlers) if len(tasks) < concurrency else None
                if hint is not None:
                    self._at_work[hint.key] = hint.topic
                    task = asyncio.create_task(self._work(handlers[hint.topic], hint), name=f"{hint.topic} {hint.key}")
                    tasks.add(task)
                    task.add_done_callback(partial(self._finished, tasks, hint.key))
                    continue
                self._changed.clear()
                await self._changed.wait()
        finally:
            await until_finished(tasks)

    async def until_room(self, topics: Collection[str], places: int) -> None:
        """Returns when fewer than `places` handlers of these topics are at work or about to begin.

        A hint that waits for the end of its own key's handler needs no place of its own.
        """
        while self._places_taken(topics) >= places:
            self._finished_one.clear()
            await self._finished_one.wait()

    def drained(self) -> list[Hint]:
        """What was waiting; nothing is any more."""
        hints = list(self._waiting)
        self._waiting.clear()
        self._known.clear()
        return hints

    def _places_taken(self, topics: Collection[str]) -> int:
        at_work = {key for key, topic in self._at_work.items() if topic in topics}
        return len(at_work | {hint.key for hint in self._waiting if hint.topic in topics})

    def _take(self, handlers: Mapping[str, Handler]) -> Hint | None:
        for position, hint in enumerate(self._waiting):
            if hint.topic in handlers and hint.key not in self._at_work:
                del self._waiting[position]
                self._known.discard(hint)
                return hint
        return None

    async def _work(self, handler: Handler, hint: Hint) -> None:
        try:
            await handler(hint.key)
        except Exception:  # noqa: BLE001  # whatever a handler raises, the others go on; it is logged and counted
            self._failures[hint.topic] += 1
            _log.exception("handler failed", topic=hint.topic, key=hint.key)

    def _finished(self, tasks: set[asyncio.Task[None]], key: str, task: asyncio.Task[None]) -> None:
        # A callback and not the end of the task itself: receivers must not wake before there is room, and a task that
        # was cancelled before it began gives its key back too.
        tasks.discard(task)
        del self._at_work[key]
        self._changed.set()
        self._finished_one.set()

    async def close(self) -> None:
        """Takes no more hints and ends the receivers."""
        self._closed = True
        self._changed.set()


async def until_finished(tasks: Collection[asyncio.Task[None]]) -> None:
    """Waits for all of them; cancelled, it cancels them and waits on."""
    if not tasks:
        return
    waited = set(tasks)
    try:
        await asyncio.wait(waited)
    except asyncio.CancelledError:
        for task in waited:
            task.cancel()
        await asyncio.wait(waited)
        raise
