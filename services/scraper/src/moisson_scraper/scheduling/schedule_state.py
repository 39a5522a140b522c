"""Where a spider's schedule stands: when it fires next, when it did, what was skipped. Pure.

A state is written with its spider, and from then on by the leader's firings; so it is there, and right, whoever stops
or takes over. Chance is given as a number from 0 to 1.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile

from moisson_scraper.keeping.collections import KeptRun
from moisson_scraper.scheduling.adaptive_interval import adaptive_hours
from moisson_scraper.scheduling.cron_expression import CronRefused
from moisson_scraper.scheduling.cron_moments import CLOCK_TICK, LEAST_APART, ZoneUnknown, cron_moments
from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.contracts.schedule import AdaptiveSchedule, CronSchedule, Schedule, ScheduleOutlook, SkippedFirings
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Collection

MISSED = ("missed", "No process was there to begin it; all that were missed were caught up by one run.")
GOING_ON = ("run-going-on", "A run of this spider was queued or going on; the next firing will begin another.")
PAUSED = ("run-paused", "A run of this spider is paused: resume or cancel it, or no firing will begin another.")
PUT_BACK = ("clock-put-back", "The clock was put back by more than a day: the next firing was reckoned anew.")
REFUSED = ("schedule-refused", "The schedule cannot be read any more: save the spider again to see why.")
CLOCK_TOLERANCE = timedelta(days=1)
_MOST_COUNTED = 1000
"""Missed firings that are counted one by one."""
_MOST_REMEMBERED = 100
_UPCOMING = 5


class ScheduleState(Contract):
    """The state of one spider's schedule."""

    spider_id: Slug
    spider_version: int
    """The version that brought the schedule."""
    schedule: Schedule | None
    """None for a spider that is disabled, or has none: it does not fire, and what it did is kept."""
    due_at: Instant | None = None
    """The moment that fires next."""
    next_at: Instant | None = None
    """The same, moved by chance."""
    reckoned_at: Instant
    """What the clock showed when `due_at` was reckoned."""
    interval_hours: float | None = None
    considered_at: Instant | None = None
    """When the last run that changed the interval was queued."""
    awaited_run: str | None = None
    """Of an adaptive schedule: the run that it began last, until its end has been considered."""
    last_fired_at: Instant | None = None
    last_run: str | None = None
    fired: Count = 0
    moments_fired: tuple[Instant, ...] = ()
    """The last hundred, the newest first: none of them fires again, whatever clocks say."""
    skipped: tuple[SkippedFirings, ...] = ()


SCHEDULE_STATES = Collection(
    "schedule_states",
    ScheduleState,
    key=lambda state: state.spider_id,
    indexed=("next_at", "reckoned_at", "awaited_run"),
)


def planned(spider: SpiderConfig, kept: ScheduleState | None, now: datetime, chance: float) -> ScheduleState | None:
    """The state that goes with a version of the spider; None where there is nothing to keep.

    A schedule that is what it was stays where it stands, in `kept` itself; another one is reckoned from now.
    """
    schedule = spider.schedule if spider.enabled else None
    if kept is None and schedule is None:
        return None
    if kept is None:
        kept = ScheduleState(spider_id=spider.id, spider_version=spider.version, schedule=None, reckoned_at=now)
    if schedule == kept.schedule:
        return kept
    state = kept.model_copy(update={"spider_version": spider.version, "schedule": schedule, "due_at": None})
    if schedule is None:
        return state.model_copy(update={"next_at": None, "awaited_run": None, "reckoned_at": now})
    return _reckoned(state, now, chance)


def fired(state: ScheduleState, run: KeptRun, now: datetime, chance: float) -> ScheduleState:
    """The run has been begun; further moments that had come by then are counted as missed."""
    told: dict[str, object] = {"last_fired_at": now, "last_run": run.id, "fired": state.fired + 1}
    if state.due_at is not None:
        told["moments_fired"] = (state.due_at, *state.moments_fired)[:_MOST_REMEMBERED]
    told["awaited_run"] = run.id if isinstance(state.schedule, AdaptiveSchedule) else None
    passed = _with_skipped(state, MISSED, _passed(state, now), now)
    return _reckoned(passed.model_copy(update=told), now, chance)


def skipped(state: ScheduleState, reason: tuple[str, str], now: datetime, chance: float) -> ScheduleState:
    """The firing that is due, and all that came after it by now, are not made."""
    return _reckoned(_with_skipped(state, reason, 1 + _passed(state, now), now), now, chance)


def put_right(state: ScheduleState, now: datetime, chance: float) -> ScheduleState:
    """Reckoned from now, because the clock that it was reckoned by was more than a day ahead of this one.

    A clock that is put back by less fires nothing again: what is next stays. One that is put back by more was wrong
    then or is wrong now, and nobody can tell; the spider fires at its next moment that has not fired yet, rather than
    not for years.
    """
    told = _with_skipped(state, PUT_BACK, 1, now)
    return _reckoned(told.model_copy(update={"due_at": None}), now, chance)


def considered(state: ScheduleState, runs: tuple[KeptRun, ...], now: datetime) -> ScheduleState:
    """After the awaited run's end: the interval after these runs, the oldest first, counted from now."""
    if not isinstance(state.schedule, AdaptiveSchedule):
        return state.model_copy(update={"awaited_run": None})
    update: dict[str, object] = {"interval_hours": adaptive_hours(state.schedule, state.interval_hours, runs)}
    if runs:
        update["considered_at"] = runs[-1].queued_at
    return _reckoned(state.model_copy(update={"awaited_run": None, **update}), now, 0)


def outlook(spider: SpiderConfig, state: ScheduleState | None) -> ScheduleOutlook:
    """As people read it."""
    shown = ScheduleOutlook(spider_id=spider.id, enabled=spider.enabled, schedule=spider.schedule)
    if state is None:
        return shown
    told = {name: getattr(state, name) for name in ("last_fired_at", "last_run", "fired", "skipped", "next_at")}
    adaptive = isinstance(state.schedule, AdaptiveSchedule)
    return shown.model_copy(
        update={**told, "interval_hours": state.interval_hours if adaptive else None, "upcoming": _upcoming(state)}
    )


def _upcoming(state: ScheduleState) -> tuple[datetime, ...]:
    if state.due_at is None:
        return ()
    if isinstance(state.schedule, CronSchedule):
        return (state.due_at, *islice(_moments(state.schedule, state.due_at), _UPCOMING - 1))
    return tuple(state.due_at + number * _interval(state) for number in range(_UPCOMING))


def _reckoned(state: ScheduleState, now: datetime, chance: float) -> ScheduleState:
    """The first moment later than now: none is fired twice, because what fires is not later than now.

    Of a cron schedule it is none that has fired by another clock either, nor less than 15 minutes after what was due.
    """
    if state.schedule is None:
        return state
    if isinstance(state.schedule, CronSchedule):
        after = now if state.due_at is None else max(now, state.due_at + LEAST_APART - CLOCK_TICK)
        due = next((each for each in _moments(state.schedule, after) if each not in state.moments_fired), None)
        if due is None:
            nothing = state.model_copy(update={"due_at": None, "next_at": None, "reckoned_at": now})
            return _with_skipped(nothing, REFUSED, 1, now)
        moved = due + timedelta(seconds=round(chance * state.schedule.jitter_seconds))
        return state.model_copy(update={"due_at": due, "next_at": moved, "reckoned_at": now})
    hours = adaptive_hours(state.schedule, state.interval_hours)
    due = now + timedelta(hours=hours)
    return state.model_copy(update={"due_at": due, "next_at": due, "reckoned_at": now, "interval_hours": hours})


def _moments(schedule: CronSchedule, after: datetime) -> Iterator[datetime]:
    """None for a schedule that was saved before a rule became stricter, or whose time zone is not known any more."""
    try:
        yield from cron_moments(schedule, after)
    except (CronRefused, ZoneUnknown):
        return


def _interval(state: ScheduleState) -> timedelta:
    return timedelta(hours=state.interval_hours or 0)


def _passed(state: ScheduleState, now: datetime) -> int:
    """How many moments came after the one that is due, by now."""
    if state.due_at is None or state.due_at >= now:
        return 0
    if isinstance(state.schedule, CronSchedule):
        later = islice(_moments(state.schedule, state.due_at), _MOST_COUNTED)
        return sum(1 for _ in takewhile(lambda moment: moment <= now, later))
    return min(int((now - state.due_at) / _interval(state)), _MOST_COUNTED)


def _with_skipped(state: ScheduleState, reason: tuple[str, str], count: int, now: datetime) -> ScheduleState:
    if not count:
        return state
    code, message = reason
    before = sum(one.count for one in state.skipped if one.code == code)
    others = tuple(one for one in state.skipped if one.code != code)
    told = SkippedFirings(code=code, message=message, count=before + count, last_at=now)
    return state.model_copy(update={"skipped": (told, *others)})
