"""The texts of robots.txt in the document store, so that workers and the next start need not ask the sites again.

They are nobody's, so no quota counts them: a list of very many hosts, each with a long text, must not fill the store.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from moisson_scraper.fetching.robots import FRESH_SECONDS
from moisson_scraper.keeping.collections import ROBOTS, KeptRobots
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.ports.documents import DeleteWhere, DocumentStore, Find, Order, Put, Range

MOST_KEPT = 5000
"""Origins, or a few more where several processes keep some at once."""
MOST_CHARACTERS = 50_000
"""Of one text. A longer one, which hardly any site has, is asked for once a day by each process."""
_GONE_AT_ONCE = 100


class StoredRobots:
    """A shelf over the store. While the store is away nothing is read and nothing is kept: the sites are asked."""

    def __init__(self, store: DocumentStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def read(self, origin: str) -> tuple[str | None, float] | None:
        """The text, and for how many seconds it still holds."""
        try:
            stored = await self._store.get(ROBOTS, origin)
        except MoissonError as error:
            structlog.get_logger().warning("robots.txt not looked up", origin=origin, reason=str(error))
            return None
        if stored is None:
            return None
        seconds = (stored.value.until - self._now()).total_seconds()
        # Longer than anything is kept: a clock was wrong then, or is now.
        return (stored.value.text, seconds) if 0 < seconds <= FRESH_SECONDS else None

    async def keep(self, origin: str, text: str | None, seconds: float) -> None:
        """Keeps it, and throws away what holds no more; of very many, those that hold for the shortest time."""
        if text is not None and len(text) > MOST_CHARACTERS:
            return
        now = self._now()
        kept = KeptRobots(origin=origin, text=text, until=now + timedelta(seconds=seconds))
        over = Range("until", below=now)
        try:
            if await self._store.count(ROBOTS) >= MOST_KEPT:
                first = await self._store.find(ROBOTS, Find((), (Order("until"),), limit=_GONE_AT_ONCE))
                over = Range("until", at_most=max([now, *(stored.value.until for stored in first.items)]))
            await self._store.apply([DeleteWhere(ROBOTS, (over,)), Put(ROBOTS, kept)])
        except MoissonError as error:
            structlog.get_logger().warning("robots.txt not kept", origin=origin, reason=str(error))
