"""How often something may fail: a count per key in a sliding window. Kept in memory, forgets what is old.

Knows nothing of accounts. Each replica counts for itself, so n replicas allow n times as much.
"""

import ipaddress
import math
from collections import OrderedDict, deque
from collections.abc import Callable

from moisson_shared.contracts.errors import TooManyRequests


class Throttle:
    """At most `limit` attempts per key in `window` seconds; at most `most_keys` keys, the longest unused go first.

    `clock` gives seconds that never go back.
    """

    def __init__(self, limit: int, window: float, clock: Callable[[], float], most_keys: int = 50_000) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._most_keys = most_keys
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()

    def attempt(self, key: str) -> None:
        """Counts an attempt before it is made, so that many at once are counted too. `TooManyRequests` beyond."""
        now = self._clock()
        attempts = self._attempts.setdefault(key, deque())
        self._attempts.move_to_end(key)
        while attempts and attempts[0] <= now - self._window:
            attempts.popleft()
        if len(attempts) >= self._limit:
            wait = max(1, math.ceil(attempts[0] + self._window - now))
            raise TooManyRequests(f"too many attempts; try again in {wait} seconds", retry_after=wait)
        attempts.append(now)
        while len(self._attempts) > self._most_keys:
            self._attempts.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Takes back the latest attempt: it succeeded."""
        attempts = self._attempts.get(key)
        if attempts:
            attempts.pop()
            if not attempts:
                del self._attempts[key]


def address_key(host: str) -> str:
    """Whom an address stands for: itself, or its /64 (one household has 2**64 of IPv6)."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
