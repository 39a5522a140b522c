"""The robots.txt of all sites that this process visits: fetched once, kept for a day, asked for by one at a time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from moisson_scraper.fetching.host_slots import HostSlots
from moisson_scraper.fetching.page_failure import PageFailed
from moisson_scraper.fetching.politeness import LONGEST_WAIT, holds_host, retry_after_seconds, wait_before_retry
from moisson_scraper.fetching.robots import MOST_BYTES, NO_RULES, UNREACHABLE, RobotsRules, Standing, rules_from
from moisson_scraper.reading.addresses import origin_of
from moisson_shared.adapters.outbound_http import AddressRefused, FetchFailed, OutboundClient, TooManyRedirects

SECONDS = 30.0
"""For one robots.txt, redirects included."""
_ATTEMPTS = 3
_HOLD_SECONDS = 1.0
"""How long a host that is too busy is left alone where it does not say."""
_MANY = 5000


@dataclass(frozen=True, slots=True)
class _Kept:
    rules: RobotsRules
    until: float


class RobotsBook:
    """Rules by origin."""

    def __init__(
        self,
        client: OutboundClient,
        slots: HostSlots,
        *,
        retry_seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._slots = slots
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def rules(self, address: str, latest: Callable[[float], None]) -> RobotsRules:
        """The rules that hold for an address. Raises `PageFailed` where its host must not be visited at all."""
        origin = origin_of(address)
        kept = self._kept.get(origin)
        if kept is not None and self._clock() < kept.until:
            return kept.rules
        lock = self._locks.setdefault(origin, asyncio.Lock())
        async with lock:
            kept = self._kept.get(origin)
            if kept is None or self._clock() >= kept.until:
                rules = await self._ask(f"{origin}/robots.txt", latest)
                if len(self._kept) >= _MANY:
                    self._forget_old()
                kept = self._kept[origin] = _Kept(rules, self._clock() + rules.fresh_seconds)
        self._locks.pop(origin, None)
        return kept.rules

    async def _ask(self, address: str, latest: Callable[[float], None]) -> RobotsRules:
        rules = UNREACHABLE
        waited = 0.0
        for attempt in range(1, _ATTEMPTS + 1):
            async with self._slots.turn(address, 0.0, latest):
                rules, retry_after = await self._fetch(address)
            if rules.standing is not Standing.UNREACHABLE or attempt == _ATTEMPTS:
                break
            wait = wait_before_retry(attempt, self._retry_seconds, 0.5, retry_after)
            if wait is None or waited + wait > LONGEST_WAIT:
                break  # the site asks for more time than a run has to give
            waited += wait
            latest(self._clock() + wait)
            await asyncio.sleep(wait)
        return rules

    async def _fetch(self, address: str) -> tuple[RobotsRules, float | None]:
        """The rules, and for how long the site asks to be left alone."""
        try:
            async with asyncio.timeout(SECONDS):
                fetched = await self._client.fetch(
                    address, headers={"accept": "text/plain,*/*;q=0.1"}, max_bytes=MOST_BYTES, keep_beginning=True
                )
        except AddressRefused as error:
            raise PageFailed("address-refused", f"Addresses that must not be fetched: {error}") from error
        except TooManyRedirects:
            return NO_RULES, None
        except (FetchFailed, TimeoutError):
            return UNREACHABLE, None
        retry_after = None
        if holds_host(fetched.status):
            retry_after = retry_after_seconds(fetched.header("retry-after"), datetime.now(UTC))
            self._slots.hold(address, min(_HOLD_SECONDS if retry_after is None else retry_after, LONGEST_WAIT))
        return rules_from(fetched.status, fetched.body), retry_after

    def _forget_old(self) -> None:
        now = self._clock()
        self._kept = {origin: kept for origin, kept in self._kept.items() if kept.until > now}
