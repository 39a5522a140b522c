"""Dates as precise as they are known: `2016`, `2016-05`, `2016-05-17` (ISO 8601), each the days that it may mean."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DayInterval:
    """From the first to the last day, both included, as days since 0001-01-01 (which is day 1)."""

    first: int
    last: int

    def overlaps(self, least: int | None, most: int | None) -> bool:
        """Whether a day of the interval lies within the bounds."""
        return (most is None or self.first <= most) and (least is None or self.last >= least)


def parse_date(text: str) -> DayInterval | None:
    """The days that a date may mean; None where it is not a date of one of the three forms."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match[1]), match[2], match[3]
    try:
        if month is None:
            return DayInterval(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal())
        if day is None:
            start = date(year, int(month), 1).toordinal()
            return DayInterval(start, start + calendar.monthrange(year, int(month))[1] - 1)
        start = date(year, int(month), int(day)).toordinal()
    except ValueError:
        return None
    return DayInterval(start, start)


def dates_around(day: int) -> tuple[str, ...]:
    """The dates of all three forms whose interval holds a day: its year, its month, itself."""
    text = date.fromordinal(day).isoformat()
    return (text[:4], text[:7], text)
