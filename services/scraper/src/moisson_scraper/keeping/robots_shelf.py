"""The texts of robots.txt in the document store, so that workers and the next start need not ask the sites again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from moisson_scraper.fetching.robots import FRESH_SECONDS
from moisson_scraper.keeping.collections import ROBOTS, KeptRobots
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.ports.documents import DeleteWhere, DocumentStore, Put, Range


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
        """Keeps it, and throws away what holds no more."""
        now = self._now()
        kept = KeptRobots(origin=origin, text=text, until=now + timedelta(seconds=seconds))
        try:
            await self._store.apply([DeleteWhere(ROBOTS, (Range("until", below=now),)), Put(ROBOTS, kept)])
        except MoissonError as error:
            structlog.get_logger().warning("robots.txt not kept", origin=origin, reason=str(error))
