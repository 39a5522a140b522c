"""The work queue of any number of processes, on Redis Streams. What comes from there is handled as in one process.

A hint leaves Redis when there is a place for its handler, just before that begins. So a handler may run for hours
without being run twice, and one that kills its process is not given to the next. What it leaves undone the sweep finds
in the store, once the dead process's lease is over: a hint given back sooner would find that lease held and be used up.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import aclosing, asynccontextmanager, suppress

import structlog
from redis.exceptions import RedisError
from taskiq import AckableMessage
from taskiq.utils import maybe_awaitable

from moisson_shared.adapters.in_process_queue import InProcessQueue, until_finished
from moisson_shared.adapters.redis_hint_broker import MOST_WAITING, HintBroker, TakenByAnother, hint_of
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.work_queue import Handler, Hint

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 5.0
"""Between two attempts to reach a server that is away."""

_log = structlog.get_logger(__name__)


class RedisQueue:
    """`WorkQueue` at a Redis; the streams of one installation share a prefix."""

    def __init__(self, url: str, prefix: str, *, most_waiting: int = MOST_WAITING) -> None:
        self._url = url
        self._prefix = prefix
        self._sender = HintBroker(url, prefix, most_waiting=most_waiting)
        self._local = InProcessQueue()
        self._closed = False

    @property
    def failures(self) -> Mapping[str, int]:
        """How often a handler of this process raised, by topic."""
        return self._local.failures

    async def send(self, hint: Hint) -> None:
        """Queues the hint unless the same one is waiting, in whichever process it was sent."""
        if self._closed:
            raise Unavailable("The work queue is closed: the process is stopping.")
        await self._sender.put(hint)

    async def receive(self, handlers: dict[str, Handler], concurrency: int) -> None:
        """Calls handlers until cancelled or closed, then waits for those at work; cancelled again, it cancels them."""
        if concurrency < 1:
            raise ValueError(f"concurrency is at least 1, not {concurrency}")
        async with _shutting_down(HintBroker(self._url, self._prefix, handlers)) as broker:
            reader = _Reader(broker, self._local, frozenset(handlers), concurrency)
            tasks = {asyncio.create_task(self._local.receive(handlers, concurrency))}
            if handlers:
                tasks.add(asyncio.create_task(reader.read()))
            try:
                ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await until_finished(tasks)

    async def close(self) -> None:
        """Takes no more hints, ends the receivers of this process, and gives back what they took and did not begin."""
        self._closed = True
        await self._local.close()
        with suppress(Unavailable):
            for hint in self._local.drained():
                await self._sender.put(hint)
        await self._sender.shutdown()


@asynccontextmanager
async def _shutting_down(broker: HintBroker) -> AsyncIterator[HintBroker]:
    try:
        yield broker
    finally:
        await broker.shutdown()


class _Reader:
    """Brings hints of some topics from Redis as long as there is room for their handlers."""

    def __init__(self, broker: HintBroker, local: InProcessQueue, topics: Collection[str], concurrency: int) -> None:
        self._broker = broker
        self._local = local
        self._topics = topics
        self._concurrency = concurrency
        self._away = False

    async def read(self) -> None:
        """Until cancelled, whatever happens to the server."""
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                # Each time: a server that has lost its data has lost the group as well.
                await self._broker.startup()
                self._tell_back()
                wait = FIRST_WAIT_SECONDS
                async with aclosing(self._broker.listen()) as messages:
                    while True:
                        await self._local.until_room(self._topics, self._concurrency)
                        await self._take(await anext(messages))
            except Unavailable:
                return  # the queue of this process is closed
            except (RedisError, OSError) as error:
                self._tell_away(error)
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    async def _take(self, message: AckableMessage) -> None:
        hint = hint_of(message.data)
        if hint is not None and hint.topic in self._topics:
            await self._begin(hint, message)
            return
        _log.warning("entry of a stranger", queue=self._broker.where)
        with suppress(TakenByAnother):
            await maybe_awaitable(message.ack())

    async def _begin(self, hint: Hint, message: AckableMessage) -> None:
        try:
            await maybe_awaitable(message.ack())
            await self._local.send(hint)
        except TakenByAnother:
            pass
        except (asyncio.CancelledError, Unavailable):
            # Perhaps taken and certainly not begun; putting it back is nothing where it is still waiting.
            with suppress(Unavailable):
                await self._broker.put(hint)
            raise

    def _tell_away(self, error: Exception) -> None:
        if not self._away:
            _log.warning("work queue away", queue=self._broker.where, reason=f"{type(error).__name__}: {error}")
        self._away = True

    def _tell_back(self) -> None:
        if self._away:
            _log.info("work queue back", queue=self._broker.where)
        self._away = False
