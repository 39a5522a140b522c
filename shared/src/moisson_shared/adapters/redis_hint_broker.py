"""taskiq's broker on Redis Streams, tamed for hints. Knows streams and entries; the handlers are `redis_queue`'s.

taskiq makes the consumer group and keeps the connections. Ours is what would otherwise lose, double, pile up or hang:

- The group begins at the first entry: a hint sent before anybody received is found.
- One entry of a topic at a time: nobody takes what others could begin.
- An entry that was read and not taken is claimed after seconds, before each read, whether or not that finds anything.
- To take an entry is to delete it: one of several that hold it succeeds, and none comes back once its handler begins.
- A hint that is waiting is not added again, and a stream that is full takes no more. Nothing is trimmed away unseen.
- All processes are one consumer, so the group does not fill up with the names of processes that are gone.
- Time limits are set here and not at the socket: there redis-py sends within `asyncio.wait_for`, which before Python
  3.12 swallows a cancellation that comes as the sending ends, and the receiver would not stop.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import cast
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from taskiq import AckableMessage, BrokerMessage
from taskiq_redis import RedisStreamBroker

from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.work_queue import Hint

MOST_WAITING = 10_000
"""Different hints of one topic; more means that nobody works, and the sender should say so."""
LEFT_SECONDS = 2.0
"""An entry that was read so long ago and not taken belongs to whoever has room. Only one can take it, so be quick."""
SEND_SECONDS = 1.8
"""The port promises two seconds, the way to the caller included."""
CONNECT_SECONDS = 1.5
ANSWER_SECONDS = 5.0
"""A server that says nothing for so long is away."""
READ_SECONDS = 1.0
"""So long the server keeps a read that finds nothing."""
_CONNECTIONS = 8
_GROUP = "moisson"

Entries = Sequence[tuple[bytes, Mapping[bytes, bytes]]]

_ADD = """
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known and #redis.call('XRANGE', KEYS[1], known, known) == 1 then return 1 end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], redis.call('XADD', KEYS[1], '*', 'data', ARGV[1]))
return 1
"""
"""Whether the hint is waiting now. The hash says which entry a waiting hint is; the stream says whether it still is."""

_TAKE = """
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
if not entry then return 0 end
redis.call('XDEL', KEYS[1], ARGV[2])
local data = entry[2][2]
if redis.call('HGET', KEYS[2], data) == ARGV[2] then redis.call('HDEL', KEYS[2], data) end
return 1
"""
"""Whether this call took the entry away; of several, one does."""


class TakenByAnother(Exception):
    """The entry is gone: another process has begun its hint."""


class HintBroker(RedisStreamBroker):
    """The streams of some topics, to read; the stream of any topic, to add to."""

    def __init__(self, url: str, prefix: str, topics: Iterable[str] = (), *, most_waiting: int = MOST_WAITING) -> None:
        """`url` is Redis's own, without a query; it may hold a password and is not repeated."""
        self._prefix = prefix
        self._most_waiting = most_waiting
        self._streams = [self._stream(topic) for topic in sorted(topics)]
        parts = urlsplit(url)
        self.where = f"{parts.scheme}://{parts.hostname}:{parts.port or 6379}{parts.path}"
        first, *others = self._streams or [prefix]
        super().__init__(
            url,
            queue_name=first,
            additional_streams=dict.fromkeys(others, ">"),
            consumer_group_name=_GROUP,
            consumer_name=_GROUP,
            consumer_id="0",
            xread_count=1,
            xread_block=int(READ_SECONDS * 1000),
            idle_timeout=int(LEFT_SECONDS * 1000),
            max_connection_pool_size=_CONNECTIONS,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=None,
            retry=Retry(NoBackoff(), 1),
        )

    async def put(self, hint: Hint) -> None:
        """Adds the hint unless it is waiting; raises `Unavailable` within two seconds."""
        data = json.dumps([hint.topic, hint.key]).encode()
        labels = {"queue_name": self._stream(hint.topic)}
        try:
            await self.kick(BrokerMessage(task_id="", task_name=hint.topic, message=data, labels=labels))
        except exceptions.AuthenticationError as error:
            raise Unavailable(f"The work queue {self.where} does not accept the credentials.") from error
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
            raise Unavailable(f"The work queue {self.where} does not answer.") from error
        except exceptions.RedisError as error:
            raise Unavailable(f"The work queue {self.where} cannot take work now.") from error

    async def kick(self, message: BrokerMessage) -> None:
        """taskiq's way to add an entry, with a look at what is waiting."""
        stream = message.labels["queue_name"]
        if not await self._run(_ADD, stream, message.message, self._most_waiting):
            waiting = f"{self._most_waiting:,} hints of {message.task_name} are waiting"
            raise Unavailable(f"The work queue is full: {waiting}.")

    async def startup(self) -> None:
        """Makes the groups that are missing; raises where they cannot be used, of which taskiq says nothing."""
        async with asyncio.timeout(ANSWER_SECONDS), Redis(connection_pool=self.connection_pool) as redis:
            await super().startup()
            for stream in self._streams:
                await redis.xpending(stream, _GROUP)

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Entries to take, in no order: those that were left by a reader that died or had no room, and new ones."""
        async with Redis(connection_pool=self.connection_pool) as redis:
            while True:
                left = [message for stream in self._streams for message in await self._claimed(redis, stream)]
                for message in left or await self._read(redis):
                    yield message

    async def _claimed(self, redis: Redis, stream: str) -> list[AckableMessage]:
        async with asyncio.timeout(ANSWER_SECONDS):
            found = await redis.xautoclaim(stream, _GROUP, _GROUP, min_idle_time=self.idle_timeout, count=self.count)
        return [self._message(stream, entry, fields) for entry, fields in found[1]]

    async def _read(self, redis: Redis) -> list[AckableMessage]:
        async with asyncio.timeout(READ_SECONDS + ANSWER_SECONDS):
            found = await redis.xreadgroup(
                _GROUP, _GROUP, dict.fromkeys(self._streams, ">"), count=self.count, block=self.block
            )
        answers = cast("Iterable[tuple[bytes, Entries]]", found or ())
        return [self._message(name.decode(), *entry) for name, entries in answers for entry in entries]

    def _message(self, stream: str, entry: bytes, fields: Mapping[bytes, bytes] | None) -> AckableMessage:
        # A stranger's entry has no data, and one that is gone no fields.
        return AckableMessage(data=(fields or {}).get(b"data", b""), ack=self._take(stream, entry))

    def _take(self, stream: str, entry: bytes) -> Callable[[], Awaitable[None]]:
        async def take() -> None:
            if not await self._run(_TAKE, stream, _GROUP, entry):
                raise TakenByAnother

        return take

    async def _run(self, script: str, stream: str, *arguments: str | bytes | int) -> int:
        async with asyncio.timeout(SEND_SECONDS), Redis(connection_pool=self.connection_pool) as redis:
            return await cast("Awaitable[int]", redis.eval(script, 2, stream, f"{stream}:waiting", *arguments))

    def _stream(self, topic: str) -> str:
        return f"{self._prefix}:work:{topic}"


def hint_of(data: bytes) -> Hint | None:
    """The hint that an entry holds; None where somebody else wrote it."""
    try:
        topic, key = json.loads(data)
    except (ValueError, TypeError):
        return None
    return Hint(topic, key) if isinstance(topic, str) and isinstance(key, str) else None
