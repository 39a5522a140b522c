"""One slot per host, shared by all spiders of this process: how many requests at once, and how far apart."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from moisson_scraper.fetching.politeness import SlotTimes
from moisson_scraper.reading.addresses import slot_of

_IDLE_SECONDS = 600.0
_MANY = 1000


@dataclass(slots=True)
class _Slot:
    room: asyncio.Semaphore
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One waits for the next moment at a time, and the one after it counts from when it really began."""
    times: SlotTimes = field(default_factory=SlotTimes)
    users: int = 0


class HostSlots:
    """`at_once` requests to one host at most, however many runs there are."""

    def __init__(self, at_once: int = 8, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._clock = clock
        self._slots: dict[str, _Slot] = {}

    @asynccontextmanager
    async def turn(self, address: str, delay: float, latest: Callable[[float], None]) -> AsyncIterator[None]:
        """Waits for the host's next free moment and holds a place until the request is done.

        `latest` is told the moment before it is waited for, and may raise.
        """
        slot = self._slot(address)
        slot.users += 1
        try:
            async with slot.room:
                async with slot.gate:
                    while (wait := slot.times.earliest(self._clock(), delay) - self._clock()) > 0:
                        latest(self._clock() + wait)
                        await asyncio.sleep(wait)
                    latest(self._clock())
                    slot.times.start(self._clock())
                yield
        finally:
            slot.users -= 1

    def hold(self, address: str, seconds: float) -> None:
        """Leaves the host alone for so long: it said so."""
        self._slot(address).times.hold(self._clock() + seconds)

    def _slot(self, address: str) -> _Slot:
        host = slot_of(address)
        slot = self._slots.get(host)
        if slot is None:
            if len(self._slots) >= _MANY:
                self._forget_idle()
            slot = self._slots[host] = _Slot(asyncio.Semaphore(self._at_once))
        return slot

    def _forget_idle(self) -> None:
        before = self._clock() - _IDLE_SECONDS
        self._slots = {
            host: slot
            for host, slot in self._slots.items()
            if slot.users or max(slot.times.last_start, slot.times.held_until) > before
        }
