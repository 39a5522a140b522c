"""How long an adaptive schedule waits: longer while nothing changes, shorter when something does. Pure.

The interval begins at `least_hours`. Each run of the spider that ended, whoever asked for it, changes it once: it is
multiplied by 1.5 where the run looked at everything that it was to look at and found nothing new, changed or gone; it
is halved where something was; and it stays within the two bounds. Runs that failed, were cancelled or quarantined, and
trials say nothing about the site and leave it as it is; so do retries and runs with failed pages, unless they found a
change. From 12 hours to 30 days it takes eleven runs up, and six down.
"""

from collections.abc import Iterable

from moisson_shared.contracts.run import CrawlRun, RunOrder, RunState
from moisson_shared.contracts.schedule import AdaptiveSchedule

_GROWTH = 1.5
_SHRINKING = 0.5


def adaptive_hours(schedule: AdaptiveSchedule, hours: float | None, runs: Iterable[CrawlRun] = ()) -> float:
    """The interval that was `hours` (None: there was none) after these runs, the oldest first."""
    reckoned = _within(schedule, schedule.least_hours if hours is None else hours)
    for run in runs:
        reckoned = _within(schedule, reckoned * _factor(run))
    return reckoned


def _within(schedule: AdaptiveSchedule, hours: float) -> float:
    return min(max(hours, schedule.least_hours), schedule.most_hours)


def _factor(run: CrawlRun) -> float:
    if run.state is not RunState.DONE or run.order.trial_pages is not None:
        return 1.0
    counters = run.counters
    if counters.records_new or counters.records_changed or counters.records_gone:
        return _SHRINKING
    looked = run.order == RunOrder() and not counters.pages_failed and not counters.pages_not_reached
    return _GROWTH if looked else 1.0
