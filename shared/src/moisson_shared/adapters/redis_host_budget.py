"""The budget of hosts in Redis: one for all processes on all machines that name the same server and prefix.

Turns go to those who wait in the order they came, over all processes; within a process one at a time asks for all.
"""

import asyncio
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from moisson_shared.adapters.redis_host_scripts import (
    GIVE_BACK,
    GRACE_MS,
    HOLD,
    KEYS,
    LOOK_AGAIN_MS,
    REMEMBERED_MS,
    TAKE,
)
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.host_budget import LONGEST_SLEEP

_ANSWER_SECONDS = 2.0
_AWAY_SECONDS = 1.0
"""A server that did not answer is not asked again for so long: who waits would wait for each other's time limits."""
_CONNECTIONS = 20
_LONGEST_SECONDS = 7 * 86400.0
"""Whatever a site asks for, no key lives longer."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Gate:
    """Those of this process who wait for one host: one of them asks Redis at a time."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    """A place of this process was given back: no need to wait until it is time to look again."""
    users: int = 0


class RedisHostBudget:
    """`HostBudget` over a server, e.g. `redis://host:6379/0`; its keys begin with the prefix."""

    def __init__(self, url: str, prefix: str, at_once: int = 8, clock: Callable[[], float] = time.monotonic) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_ANSWER_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
        self._redis = Redis(connection_pool=pool)
        self._take = self._redis.register_script(TAKE)
        self._give_back = self._redis.register_script(GIVE_BACK)
        self._hold = self._redis.register_script(HOLD)
        self._prefix = prefix
        self._at_once = at_once
        self._clock = clock
        self._gates: dict[str, _Gate] = {}
        self._held: dict[str, float] = {}
        self._away_until = -math.inf
        self._closed = False

    @asynccontextmanager
    async def turn(
        self, host: str, delay: Callable[[], float], longest: float, waits: Callable[[float], None]
    ) -> AsyncIterator[None]:
        """First come, first served, over all processes."""
        token = secrets.token_hex(8)
        gate = self._gates.get(host)
        if gate is None:
            gate = self._gates[host] = _Gate()
        gate.users += 1
        try:
            async with gate.lock:
                try:
                    await self._begin(gate, host, token, delay, longest, waits)
                except BaseException:
                    await self._end(host, token)
                    raise
            try:
                yield
            finally:
                await self._end(host, token)
                gate.freed.set()
        finally:
            gate.users -= 1
            if not gate.users:
                del self._gates[host]

    async def _begin(
        self,
        gate: _Gate,
        host: str,
        token: str,
        delay: Callable[[], float],
        longest: float,
        waits: Callable[[float], None],
    ) -> None:
        while True:
            self._require_open()
            waits(0.0)
            gate.freed.clear()
            wait = self._held.get(host, -math.inf) - self._clock()
            if wait <= 0:
                wait = await self._ask(host, token, delay(), longest)
            if wait <= 0:
                return
            if wait * 1000 > LOOK_AGAIN_MS:
                waits(wait)
                await asyncio.sleep(min(wait, LONGEST_SLEEP))
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await gate.freed.wait()

    async def _ask(self, host: str, token: str, delay: float, longest: float) -> float:
        """0 when the turn has begun, else the seconds after which to ask again."""
        arguments: list[bytes | bytearray | memoryview[int] | str | int | float] = [
            token,
            _milliseconds(delay),
            self._at_once,
            _milliseconds(longest),
            REMEMBERED_MS,
            LOOK_AGAIN_MS,
            GRACE_MS,
        ]
        self._require_there()
        try:
            begun, wait = await self._take(keys=self._keys(host), args=arguments)
        except (RedisError, OSError) as error:
            raise self._away(error) from error
        return 0.0 if begun else wait / 1000

    async def _end(self, host: str, token: str) -> None:
        """Best effort: a place that cannot be given back expires."""
        if self._closed or self._clock() < self._away_until:
            return
        try:
            await self._give_back(keys=self._keys(host), args=[token])
        except (RedisError, OSError) as error:
            _log.warning("place not given back", host=host, reason=str(self._away(error)))

    async def hold(self, host: str, seconds: float) -> None:
        """Leaves the host alone for so long."""
        now = self._clock()
        self._held = {known: until for known, until in self._held.items() if until > now}
        self._held[host] = max(self._held.get(host, -math.inf), now + seconds)
        try:
            self._require_there()
            await self._hold(keys=self._keys(host), args=[_milliseconds(seconds), REMEMBERED_MS])
        except Unavailable as error:
            _log.warning("hold not told to others", host=host, reason=str(error))
        except (RedisError, OSError) as error:
            _log.warning("hold not told to others", host=host, reason=str(self._away(error)))

    async def check(self) -> None:
        """Asks the server whether it is there."""
        self._require_open()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as error:
            raise Unavailable(f"The budget of hosts: Redis does not answer ({type(error).__name__}).") from error

    async def close(self) -> None:
        """Closes the connections; places that are held expire."""
        self._closed = True
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()

    def _keys(self, host: str) -> list[str]:
        # The braces keep the keys of one host together where the server is a cluster.
        return [f"{self._prefix}:{{{host}}}:{name}" for name in KEYS]

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("The budget of hosts is closed: the process is stopping.")

    def _require_there(self) -> None:
        self._require_open()
        if self._clock() < self._away_until:
            raise Unavailable("The budget of hosts: Redis did not answer a moment ago.", retry_after=1)

    def _away(self, error: Exception) -> Unavailable:
        self._away_until = self._clock() + _AWAY_SECONDS
        return Unavailable(f"The budget of hosts: Redis does not answer ({type(error).__name__}).", retry_after=1)


def _milliseconds(seconds: float) -> int:
    return math.ceil(min(seconds, _LONGEST_SECONDS) * 1000)
