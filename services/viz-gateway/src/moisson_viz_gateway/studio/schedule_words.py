"""When a spider runs by itself, in plain words. Pure.

Of cron expressions (POSIX, crontab; Sunday is 0 or 7) only the usual ones have words; the others are shown as they are.
"""

import re

from moisson_shared.contracts.schedule import AdaptiveSchedule, CronSchedule
from moisson_viz_gateway.wording.catalogue import Wording

_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
_NUMBER = re.compile(r"[0-9]{1,2}")


def schedule_sentence(schedule: CronSchedule | AdaptiveSchedule, words: Wording) -> str:
    """One sentence."""
    if isinstance(schedule, AdaptiveSchedule):
        least, most = _hours(schedule.least_hours, words), _hours(schedule.most_hours, words)
        return words("spider.schedule.adaptive", least=least, most=most)
    when = _cron(schedule.expression, words) or words("spider.cron.other", expression=schedule.expression)
    key = "spider.schedule.cron_about" if schedule.jitter_seconds else "spider.schedule.cron"
    return words(key, when=when, zone=schedule.time_zone, jitter=words.seconds(schedule.jitter_seconds))


def _hours(hours: float, words: Wording) -> str:
    """A duration; in days, where it is a whole number of them."""
    days, rest = divmod(hours, 24)
    return words.seconds(3600 * hours) if rest or not days else words.plural("text.days", int(days))


def _cron(expression: str, words: Wording) -> str | None:
    """Every day, on a day of the week, on working days, or on a day of the month, at one time; None for others."""
    fields = expression.lower().split()
    if len(fields) != 5:
        return None
    minute, hour, day, month, weekday = fields
    if month != "*" or not (_NUMBER.fullmatch(minute) and _NUMBER.fullmatch(hour)):
        return None
    time = words("text.time", hour=str(int(hour)), minute=f"{int(minute):02}")
    match day, weekday:
        case "*", "*":
            return words("spider.cron.daily", time=time)
        case "*", "1-5" | "mon-fri":
            return words("spider.cron.working_days", time=time)
        case "*", _ if (number := _weekday(weekday)) is not None:
            return words("spider.cron.weekly", day=words(f"weekday.{number}"), time=time)
        case _, "*" if _NUMBER.fullmatch(day):
            return words("spider.cron.monthly", day=str(int(day)), time=time)
        case _:
            return None


def _weekday(text: str) -> int | None:
    if text in _DAYS:
        return _DAYS[text]
    return int(text) % 7 if text in {"0", "1", "2", "3", "4", "5", "6", "7"} else None
