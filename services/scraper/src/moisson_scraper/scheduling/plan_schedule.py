"""What is written of a schedule when its spider is saved, to be part of the same batch."""

import secrets
from datetime import datetime

from moisson_scraper.scheduling.schedule_state import SCHEDULE_STATES, ScheduleState, planned
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Operation, Put, Replace, Stored


def by_chance() -> float:
    """From 0 to 1."""
    return secrets.randbelow(10**6) / 10**6


def schedule_operations(
    kept: Stored[ScheduleState] | None, spider: SpiderConfig, now: datetime, chance: float
) -> tuple[Operation, ...]:
    """Nothing where the schedule is what it was, or is none. The batch fails where it fires at this very moment."""
    state = planned(spider, kept.value if kept is not None else None, now, chance)
    if state is None or (kept is not None and state is kept.value):
        return ()
    return (Put(SCHEDULE_STATES, state) if kept is None else Replace(SCHEDULE_STATES, state, kept.version),)
