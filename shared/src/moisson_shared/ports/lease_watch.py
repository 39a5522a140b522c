"""Whether a lease may be taken, on clocks that need not agree.

Clocks that are kept agree within a minute, and then the end of a lease says enough: whoever is a little ahead takes one
over too early, and the fencing token keeps the records right. A lease that ends much later than it can last, or ended
long ago, says something of a clock that has jumped and nothing of its holder. Then only watching tells: a holder that
lives renews, and each renewal gives the document another version.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from moisson_shared.ports.documents import Stored

CLOCKS_AGREE_SECONDS = 60.0
_MOST_WATCHED = 1000


class Leased(Protocol):
    """A document with a lease in it."""

    @property
    def holder(self) -> str | None: ...

    @property
    def expires_at(self) -> datetime | None: ...


class LeaseWatch:
    """Of one process: it knows since when a doubtful lease has not been renewed. `seconds` is how long one lasts."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._seen: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def is_free(self, stored: Stored[Any], now: datetime) -> bool:
        """Whether anybody may take the lease; of a doubtful one not before it was seen unchanged for its length."""
        leased: Leased = stored.value
        if leased.holder is None or leased.expires_at is None:
            return True
        left = (leased.expires_at - now).total_seconds()
        if -CLOCKS_AGREE_SECONDS <= left <= self.seconds + CLOCKS_AGREE_SECONDS:
            self._seen.pop(stored.key, None)
            return left <= 0
        return self._is_abandoned(stored.key, stored.version)

    def _is_abandoned(self, key: str, version: int) -> bool:
        moment = self._clock()
        known = self._seen.get(key)
        if known is None or known[0] != version:
            self._seen[key] = (version, moment)
            self._seen.move_to_end(key)
            if len(self._seen) > _MOST_WATCHED:
                self._seen.popitem(last=False)
            return False
        return moment - known[1] > self.seconds
