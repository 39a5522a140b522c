"""Cron expressions as POSIX has them (`crontab`, "extended description"), with the steps and names that everybody uses.

Five fields: minute, hour, day of month, month, day of week; each a star, or a list of numbers and ranges, with steps
(`*/15`, `1-5/2`). Months and days of the week have English names too; Sunday is 0 and 7. Pure.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

LEAST_MINUTES = 15
"""Between two firings: a site is not to be read more often than that."""
_DAY = 24 * 60
_NUMBER = r"[0-9]{1,2}|[a-z]{3}"
_PART = re.compile(rf"(?:(?P<all>\*)|(?P<low>{_NUMBER})(?:-(?P<high>{_NUMBER}))?)(?:/(?P<step>[0-9]{{1,2}}))?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class CronRefused(ValueError):
    """No expression that a schedule can have; the message says why."""


@dataclass(frozen=True, slots=True)
class _FieldKind:
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    """From `least` on."""


_MINUTE, _HOUR = _FieldKind("minute", 0, 59), _FieldKind("hour", 0, 23)
_DAY_OF_MONTH, _MONTH = _FieldKind("day of month", 1, 31), _FieldKind("month", 1, 12, _MONTHS)
_DAY_OF_WEEK = _FieldKind("day of week", 0, 7, _WEEKDAYS)


@dataclass(frozen=True, slots=True)
class CronExpression:
    """The values at which each field fires; days of the week from Sunday, 0."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @property
    def spelled_out(self) -> str:
        """The same without ranges and steps, and with names of weekdays: APScheduler counts these from Monday."""
        numbers = (self.minutes, self.hours, self.days, self.months)
        weekdays = ",".join(_WEEKDAYS[number] for number in sorted(self.weekdays))
        return " ".join((*(",".join(map(str, sorted(field))) for field in numbers), weekdays))

    @property
    def least_minutes(self) -> int:
        """Between two firings, by clocks that are not changed."""
        times = sorted(60 * hour + minute for hour in self.hours for minute in self.minutes)
        gaps = [later - earlier for earlier, later in pairwise(times)]
        if self._fires_on_following_days():
            gaps.append(times[0] + _DAY - times[-1])
        return min(gaps, default=_DAY)

    def _fires_on(self, day: date) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays

    def _fires_on_following_days(self) -> bool:
        # Four years have every pair of dates; days of the week are not restricted together with days of the month.
        days = (self._fires_on(date(2027, 1, 1) + timedelta(number)) for number in range(4 * 366))
        before = False
        for fires in days:
            if fires and before:
                return True
            before = fires
        return False


def parse_cron(expression: str) -> CronExpression:
    """Raises `CronRefused` for what is no expression, never fires, fires too often, or is read in two ways."""
    fields = expression.lower().split()
    if len(fields) != 5:
        raise CronRefused(
            f"a cron expression has five fields (minute, hour, day of month, month, day of week), not {len(fields)}"
        )
    kinds = (_MINUTE, _HOUR, _DAY_OF_MONTH, _MONTH, _DAY_OF_WEEK)
    minutes, hours, days, months, weekdays = (_values(text, kind) for text, kind in zip(fields, kinds, strict=True))
    cron = CronExpression(minutes, hours, days, months, frozenset(number % 7 for number in weekdays))
    if len(days) < 31 and len(cron.weekdays) < 7:
        raise CronRefused(
            "give days of the month or days of the week, not both: programs disagree on whether one or both must match"
        )
    if all(min(days) > monthrange(2028, month)[1] for month in months):
        raise CronRefused("this never fires: none of the months has such a day")
    if cron.least_minutes < LEAST_MINUTES:
        raise CronRefused(
            f"this fires after {cron.least_minutes} minutes already; leave at least {LEAST_MINUTES} between two firings"
        )
    return cron


def _values(text: str, kind: _FieldKind) -> frozenset[int]:
    return frozenset(value for part in text.split(",") for value in _part(part, kind))


def _part(text: str, kind: _FieldKind) -> range:
    found = _PART.fullmatch(text)
    if found is None or (found["step"] and not found["all"] and not found["high"]):
        raise CronRefused(f"{text!r} is nothing that a {kind.name} can be: write *, 3, 1-5, */2 or 1-5/2")
    step = int(found["step"] or 1)
    if step == 0:
        raise CronRefused(f"the step of {text!r} is 0")
    if found["all"]:
        return range(kind.least, kind.most + (0 if kind is _DAY_OF_WEEK else 1), step)
    low = _number(found["low"], kind)
    high = _number(found["high"], kind) if found["high"] else low
    if kind is _DAY_OF_WEEK and high == 0 < low:
        high = 7
    if low > high:
        raise CronRefused(f"the range {text!r} ends before it begins")
    return range(low, high + 1, step)


def _number(text: str, kind: _FieldKind) -> int:
    value = kind.names.index(text) + kind.least if text in kind.names else int(text) if text.isdigit() else -1
    if not kind.least <= value <= kind.most:
        raise CronRefused(f"{text!r} is no {kind.name} ({kind.least} to {kind.most})")
    return value
