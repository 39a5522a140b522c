"""The moments of a cron expression, as the clocks of a time zone show them. Pure.

Each reading of the clock fires once, as Vixie cron has it (cron(8)). What the clock skips in spring fires when it goes
on, together with what fires then: in Paris 02:30 on the last Sunday of March fires at 03:00 summer time. What the clock
shows twice in autumn fires the first time only. Two firings are never less than 15 minutes apart: a moment that comes
sooner, which only a change of the clock can bring about, is passed over.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from moisson_scraper.scheduling.cron_expression import LEAST_MINUTES, parse_cron
from moisson_shared.contracts.schedule import CronSchedule

LEAST_APART = timedelta(minutes=LEAST_MINUTES)
CLOCK_TICK = timedelta(microseconds=1)


_NOT_PLACES = ("localtime", "posixrules", "Factory", "posix/", "right/")
"""Files beside the zones: what they say depends on the machine, or counts leap seconds."""


class ZoneUnknown(ValueError):
    """There is no time zone of that name."""


def time_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name (`Europe/Paris`). Raises `ZoneUnknown`."""
    try:
        if not name.startswith(_NOT_PLACES):
            return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        pass
    raise ZoneUnknown(f"{name!r} is no time zone: name one of the IANA list, such as Europe/Paris")


def cron_moments(schedule: CronSchedule, after: datetime) -> Iterator[datetime]:
    """All moments later than `after`, in UTC and without chance. Raises `CronRefused` and `ZoneUnknown` at the first.

    Nothing later than the year 9999 is there; each moment takes some microseconds to find.
    """
    zone = time_zone(schedule.time_zone)
    # Asked in UTC, where no reading is skipped or repeated: in a zone that has summer time the trigger of APScheduler
    # 3.11 passes over whole days (`30 0 * * *` in Paris, on the day after the change in March).
    trigger = CronTrigger.from_crontab(parse_cron(schedule.expression).spelled_out, UTC)
    reading = after.astimezone(zone).replace(tzinfo=UTC, fold=0)
    earliest = after + CLOCK_TICK
    while (found := trigger.get_next_fire_time(None, reading)) is not None:
        reading = found + CLOCK_TICK
        moment = _moment_of(found.replace(tzinfo=None), zone)
        if moment >= earliest:
            yield moment
            earliest = moment + LEAST_APART


def _moment_of(reading: datetime, zone: ZoneInfo) -> datetime:
    """When the clock shows this first, or the end of the gap that it falls into."""
    first = reading.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == reading:
        return first
    # With the offset from before the gap the reading is behind it, with the one from after it is before it.
    before = reading.replace(tzinfo=zone, fold=1).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    end = first
    while end - before > timedelta(seconds=1):
        middle = before + (end - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            end = middle
    return end.replace(microsecond=0)
