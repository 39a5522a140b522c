"""The budget of hosts within one process: the spiders of this process share it, other processes know nothing of it."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from moisson_shared.ports.host_budget import LONGEST_SLEEP

_IDLE_SECONDS = 600.0
"""How long the last start at a host is remembered at least; a longer delay is remembered as long as it is."""
_LONGEST_SECONDS = 7 * 86400.0
"""Whatever a site asks for, nothing is remembered longer."""
_MANY = 1000


@dataclass(slots=True)
class HostTimes:
    """The times of one host, in seconds of one monotonic clock."""

    last_start: float = field(default=-math.inf)
    held_until: float = field(default=-math.inf)
    remembered_until: float = field(default=-math.inf)
    """When the last start means nothing any more to who waits as long as was asked for."""

    def earliest(self, now: float, delay: float) -> float:
        """When a request may start: `delay` seconds after the one before, and not while the host is left alone."""
        return max(now, self.last_start + delay, self.held_until)

    def start(self, now: float, delay: float = 0.0) -> None:
        """A request begins, after a delay that the next one is expected to keep too."""
        self.last_start = now
        remembered = now + min(max(delay, _IDLE_SECONDS), _LONGEST_SECONDS)
        self.remembered_until = max(self.remembered_until, remembered)

    def hold(self, until: float) -> None:
        """Leaves the host alone until then; an earlier word for longer stands."""
        self.held_until = max(self.held_until, until)


@dataclass(slots=True)
class _Slot:
    room: asyncio.Semaphore
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One waits for the next moment at a time, and the one after it counts from when it really began."""
    times: HostTimes = field(default_factory=HostTimes)
    users: int = 0


class InProcessHostBudget:
    """`HostBudget` of one event loop: `at_once` requests to one host at most, however many runs there are."""

    def __init__(self, at_once: int = 8, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._clock = clock
        self._slots: dict[str, _Slot] = {}
        self._looked_through_at = _MANY

    @asynccontextmanager
    async def turn(
        self,
        host: str,
        delay: Callable[[], float],
        longest: float,
        waits: Callable[[float], None],
    ) -> AsyncIterator[None]:
        """First come, first served. `longest` means nothing here: a holder dies with its process, and so does this."""
        slot = self._slot(host)
        slot.users += 1
        try:
            async with slot.room:
                async with slot.gate:
                    while (wait := slot.times.earliest(now := self._clock(), wanted := delay()) - now) > 0:
                        waits(wait)
                        await asyncio.sleep(min(wait, LONGEST_SLEEP))
                    waits(0.0)
                    slot.times.start(now, wanted)
                yield
        finally:
            slot.users -= 1

    async def hold(self, host: str, seconds: float) -> None:
        """Leaves the host alone for so long."""
        self._slot(host).times.hold(self._clock() + seconds)

    async def check(self) -> None:
        """It is there as long as this process is."""

    async def close(self) -> None:
        """There is nothing to give back."""

    def _slot(self, host: str) -> _Slot:
        slot = self._slots.get(host)
        if slot is None:
            if len(self._slots) >= self._looked_through_at:
                self._forget_idle()
            slot = self._slots[host] = _Slot(asyncio.Semaphore(self._at_once))
        return slot

    def _forget_idle(self) -> None:
        now = self._clock()
        self._slots = {
            host: slot
            for host, slot in self._slots.items()
            if slot.users or max(slot.times.remembered_until, slot.times.held_until) > now
        }
        self._looked_through_at = max(_MANY, 2 * len(self._slots))  # not at each new host when few are idle
