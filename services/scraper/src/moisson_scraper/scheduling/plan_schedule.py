"""What is written of a schedule when its spider is saved, to be part of the same batch."""

import secrets
from datetime import datetime

from moisson_scraper.scheduling.schedule_state import SCHEDULE_STATES, planned
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentReader, Insert, Operation, Replace


def by_chance() -> float:
    """From 0 to 1."""
    return secrets.randbelow(10**6) / 10**6


async def schedule_operations(
    store: DocumentReader, spider: SpiderConfig, now: datetime, chance: float
) -> tuple[Operation, ...]:
    """Nothing where the schedule is what it was, or is none. The batch fails where it fires at this very moment."""
    stored = await store.get(SCHEDULE_STATES, spider.id)
    kept = stored.value if stored is not None else None
    state = planned(spider, kept, now, chance)
    if state is None or state is kept:
        return ()
    return (Insert(SCHEDULE_STATES, state) if stored is None else Replace(SCHEDULE_STATES, state, stored.version),)
