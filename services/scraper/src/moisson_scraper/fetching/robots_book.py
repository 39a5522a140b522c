"""The robots.txt of all sites that are visited: fetched once, kept for a day, asked for by one at a time.

Memory comes first; what others fetched, or this process before it was started anew, comes from a shelf.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from moisson_scraper.fetching.page_failure import PageFailed
from moisson_scraper.fetching.politeness import (
    LONGEST_HOLD,
    LONGEST_WAIT,
    holds_host,
    retry_after_seconds,
    wait_before_retry,
)
from moisson_scraper.fetching.robots import (
    FRESH_SECONDS,
    MOST_BYTES,
    MOST_REDIRECTS,
    NO_RULES,
    OUR_NAMES,
    REFUSED,
    UNREACHABLE,
    RobotsRules,
    Standing,
    robots_text,
    standing_of,
    stated,
)
from moisson_scraper.reading.addresses import origin_of, page_address, slot_of
from moisson_shared.adapters.outbound_http import AddressRefused, FetchFailed, OutboundClient
from moisson_shared.ports.host_budget import LONGEST_SLEEP, HostBudget

SECONDS = 30.0
"""For one answer on the way to a robots.txt."""
_ATTEMPTS = 3
_MANY = 5000
_MOST_CHARACTERS = 2_000_000
"""Of all texts whose rules are in memory: there a text takes up to seventy times its length."""


class RobotsShelf(Protocol):
    """Keeps the texts of robots.txt for others, for the next start, and for no longer than a day."""

    async def read(self, origin: str) -> tuple[str | None, float] | None:
        """The text (None: the site has no robots.txt) and for how many seconds it still holds; None where nothing is
        kept or the shelf cannot be reached."""
        ...

    async def keep(self, origin: str, text: str | None, seconds: float) -> None:
        """Keeps it for so long, best effort."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    rules: RobotsRules
    until: float
    characters: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a site said: its standing, the text where it stated one, and for how long it asks to be left alone."""

    standing: Standing
    text: str | None = None
    retry_after: float | None = None

    def rules(self, ours: frozenset[str]) -> RobotsRules:
        if self.text is not None:
            return stated(self.text, ours)
        return {Standing.NONE: NO_RULES, Standing.REFUSED: REFUSED}.get(self.standing, UNREACHABLE)


class RobotsBook:
    """Rules by origin, for who goes by these names."""

    def __init__(
        self,
        client: OutboundClient,
        slots: HostBudget,
        shelf: RobotsShelf | None = None,
        *,
        names: frozenset[str] = OUR_NAMES,
        retry_seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._slots = slots
        self._shelf = shelf
        self._names = names
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def rules(self, address: str, waits: Callable[[float], None]) -> RobotsRules:
        """The rules that hold for an address; `waits` is told for how long it is going to wait, and may raise.

        Raises `PageFailed` where the host's robots.txt leads to where we must not go, and `Unavailable` while the
        budget of hosts is away.
        """
        origin = origin_of(address)
        kept = self._kept.get(origin)
        if kept is None or self._clock() >= kept.until:
            lock = self._locks.setdefault(origin, asyncio.Lock())
            try:
                async with lock:
                    kept = self._kept.get(origin)
                    if kept is None or self._clock() >= kept.until:
                        kept = await self._found(origin, waits)
                        self._remember(origin, kept)
            finally:
                if not lock.locked():
                    self._locks.pop(origin, None)
        if kept.rules.standing is Standing.REFUSED:
            raise PageFailed("address-refused", "Hosts whose robots.txt is at an address that must not be fetched.")
        return kept.rules

    def _remember(self, origin: str, kept: _Kept) -> None:
        """Of very many, or very long ones, those known longest are forgotten: the shelf has them for longer."""
        self._kept.pop(origin, None)
        if len(self._kept) >= _MANY:
            now = self._clock()
            self._kept = {known: one for known, one in self._kept.items() if one.until > now}
            if len(self._kept) >= _MANY:
                del self._kept[next(iter(self._kept))]
        self._kept[origin] = kept
        too_many = sum(one.characters for one in self._kept.values()) - _MOST_CHARACTERS
        while too_many > 0:
            longest_known = next(known for known, one in self._kept.items() if one.characters)
            too_many -= self._kept.pop(longest_known).characters

    async def _found(self, origin: str, waits: Callable[[float], None]) -> _Kept:
        if self._shelf is not None and (shelved := await self._shelf.read(origin)) is not None:
            text, seconds = shelved
            rules = NO_RULES if text is None else stated(text, self._names)
            return _Kept(rules, self._clock() + min(seconds, FRESH_SECONDS), len(text or ""))
        answer = await self._ask(f"{origin}/robots.txt", waits)
        rules = answer.rules(self._names)
        if self._shelf is not None and answer.standing in {Standing.STATED, Standing.NONE}:
            await self._shelf.keep(origin, answer.text, rules.fresh_seconds)
        return _Kept(rules, self._clock() + rules.fresh_seconds, len(answer.text or ""))

    async def _ask(self, address: str, waits: Callable[[float], None]) -> _Answer:
        waited = 0.0
        attempt = 1
        while True:
            answer = await self._follow(address, waits)
            if answer.standing is not Standing.UNREACHABLE or attempt == _ATTEMPTS:
                return answer
            wait = wait_before_retry(attempt, self._retry_seconds, 0.5, answer.retry_after)
            if wait is None or waited + wait > LONGEST_WAIT:
                return answer  # the site asks for more time than a run has to give
            attempt += 1
            waited += wait
            await self._sleep(wait, waits)

    async def _sleep(self, seconds: float, waits: Callable[[float], None]) -> None:
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0:
            waits(left)
            await asyncio.sleep(min(left, LONGEST_SLEEP))

    async def _follow(self, address: str, waits: Callable[[float], None]) -> _Answer:
        """Redirects are followed one by one, also to other hosts (RFC 9309, 2.3.1.2): each host has its turn."""
        here = address
        for _ in range(MOST_REDIRECTS + 1):
            async with self._slots.turn(slot_of(here), _no_delay, SECONDS + 5.0, waits):
                found = await self._fetch(here)
            if isinstance(found, _Answer):
                return found
            following = page_address(found)
            if following is None:
                return _Answer(Standing.NONE)
            here = following
        return _Answer(Standing.NONE)

    async def _fetch(self, address: str) -> _Answer | str:
        """What is said, or where it is said."""
        try:
            fetched = await self._client.fetch(
                address,
                headers={"accept": "text/plain,*/*;q=0.1"},
                max_bytes=MOST_BYTES + 1,  # one more tells that there is more
                max_redirects=0,
                max_seconds=SECONDS,
                keep_beginning=True,
            )
            location = fetched.location
        except AddressRefused:
            return _Answer(Standing.REFUSED)
        except FetchFailed:
            return _Answer(Standing.UNREACHABLE)
        if location is not None:
            return location
        retry_after = None
        if holds_host(fetched.status):
            asked_for = fetched.header("retry-after")
            retry_after = retry_after_seconds(asked_for, datetime.now(UTC), fetched.header("date"))
            hold = self._retry_seconds if retry_after is None else retry_after
            await self._slots.hold(slot_of(address), min(hold, LONGEST_HOLD))
        standing = standing_of(fetched.status)
        text = robots_text(fetched.body) if standing is Standing.STATED else None
        return _Answer(standing, text, retry_after)


def _no_delay() -> float:
    return 0.0
