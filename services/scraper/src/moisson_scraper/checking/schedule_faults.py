"""A schedule: its cron expression, its time zone, and how far chance may move it."""

from collections.abc import Iterator

from moisson_scraper.checking.expressions import fault
from moisson_scraper.scheduling.cron_expression import CronExpression, CronRefused, parse_cron
from moisson_scraper.scheduling.cron_moments import ZoneUnknown, time_zone
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.schedule import CronSchedule, Schedule


def in_schedule(schedule: Schedule | None) -> Iterator[Fault]:
    """Everything that is wrong with it; the models have seen to the bounds of an adaptive one."""
    if not isinstance(schedule, CronSchedule):
        return
    try:
        yield from _in_jitter(schedule, parse_cron(schedule.expression))
    except CronRefused as error:
        yield fault(("schedule", "expression"), str(error))
    try:
        time_zone(schedule.time_zone)
    except ZoneUnknown as error:
        yield fault(("schedule", "time_zone"), str(error))


def _in_jitter(schedule: CronSchedule, cron: CronExpression) -> Iterator[Fault]:
    most = cron.least_minutes * 60 // 2
    if schedule.jitter_seconds > most:
        message = (
            f"at most half of the time between two firings: {most} seconds, or they would catch up with each other"
        )
        yield fault(("schedule", "jitter_seconds"), message)
