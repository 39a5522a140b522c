"""Schedules as values: what is next after a firing, an outage, a change, a jump of the clock; how intervals move."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moisson_scraper.keeping.collections import KeptRun
from moisson_scraper.running.new_run import new_run
from moisson_scraper.scheduling.adaptive_interval import adaptive_hours
from moisson_scraper.scheduling.schedule_state import (
    CLOCK_TOLERANCE,
    GOING_ON,
    ScheduleState,
    considered,
    fired,
    outlook,
    planned,
    put_right,
    skipped,
)
from moisson_shared.contracts.run import RunCounters, RunOrder, RunState
from moisson_shared.contracts.schedule import AdaptiveSchedule
from moisson_shared.contracts.spider import SpiderConfig

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAILY: dict[str, Any] = {"kind": "cron", "expression": "0 3 * * *", "time_zone": "UTC", "jitter_seconds": 600}
ADAPTIVE: dict[str, Any] = {"kind": "adaptive", "least_hours": 12, "most_hours": 48}


def a_spider(schedule: dict[str, Any] | None, version: int = 1, **changed: Any) -> SpiderConfig:
    named = {"id": "s", "partner": "p", "name": "S", "identity": {"kind": "content"}, "version": version}
    source = {"kind": "file", "url": "https://s.example/f.csv"}
    return SpiderConfig.model_validate(named | {"source": source, "schedule": schedule} | changed)


def a_state(schedule: dict[str, Any], now: datetime = NOW, chance: float = 0) -> ScheduleState:
    state = planned(a_spider(schedule), None, now, chance)
    assert state is not None
    return state


def a_run(state: RunState = RunState.DONE, order: RunOrder | None = None, **counted: int) -> KeptRun:
    run = new_run(a_spider(None), order or RunOrder(), "schedule", NOW, "schedule")
    return run.model_copy(update={"state": state, "counters": RunCounters(**counted)})


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def counts(state: ScheduleState) -> dict[str, int]:
    return {one.code: one.count for one in state.skipped}


def test_chance_moves_a_firing_and_not_the_ones_after_it() -> None:
    state = a_state(DAILY, chance=0.5)
    assert (state.due_at, state.next_at) == (at(3, 3), at(3, 3, 5))
    again = fired(state, a_run(), at(3, 3, 5), 1)
    assert (again.due_at, again.next_at, again.last_fired_at, again.fired) == (at(4, 3), at(4, 3, 10), at(3, 3, 5), 1)
    assert counts(again) == {}


def test_after_a_change_of_the_clock_two_firings_are_not_closer_than_15_minutes() -> None:
    state = a_state(DAILY | {"expression": "10,30 2,3 * * *", "time_zone": "Europe/Paris"}, at(28, 23))
    assert state.due_at == at(29, 1)
    assert fired(state, a_run(), at(29, 1), 0).due_at == at(29, 1, 30)


@pytest.mark.parametrize(("now", "missed"), [(at(3, 3), 0), (at(4, 2), 0), (at(4, 3), 1), (at(10, 12), 7)])
def test_however_many_firings_were_missed_one_catches_them_up(now: datetime, missed: int) -> None:
    caught_up = fired(a_state(DAILY), a_run(), now, 0)
    assert counts(caught_up) == ({"missed": missed} if missed else {})
    assert caught_up.due_at is not None
    assert timedelta() < caught_up.due_at - now <= timedelta(days=1)
    assert caught_up.fired == 1


def test_what_is_skipped_is_counted_by_reason() -> None:
    state = skipped(a_state(DAILY), GOING_ON, at(3, 3), 0)
    state = skipped(state, GOING_ON, at(5, 4), 0)
    assert counts(state) == {"run-going-on": 3}
    assert (state.next_at, state.fired, state.last_fired_at) == (at(6, 3), 0, None)
    assert counts(fired(state, a_run(), at(7, 4), 0)) == {"run-going-on": 3, "missed": 1}


def test_another_version_with_the_same_schedule_stays_where_it_stands() -> None:
    state = a_state(DAILY, chance=0.5)
    assert planned(a_spider(DAILY, 2, name="T"), state, at(3, 12), 1) is state


def test_another_schedule_is_reckoned_from_now_and_history_stays() -> None:
    state = fired(a_state(DAILY), a_run(), at(5, 3), 0)
    changed = planned(a_spider(DAILY | {"expression": "0 6 * * *"}, 2), state, at(5, 4), 0)
    assert changed is not None
    assert (changed.next_at, changed.spider_version, changed.last_fired_at) == (at(5, 6), 2, at(5, 3))
    assert counts(changed) == {"missed": 2}


@pytest.mark.parametrize("stopped", [a_spider(None, 2), a_spider(DAILY, 2, enabled=False)])
def test_a_spider_that_is_disabled_or_has_no_schedule_any_more_does_not_fire(stopped: SpiderConfig) -> None:
    state = planned(stopped, fired(a_state(DAILY), a_run(), at(3, 3), 0), at(3, 12), 0)
    assert state is not None
    assert (state.next_at, state.due_at, state.fired) == (None, None, 1)
    again = planned(a_spider(DAILY, 3), state, at(20, 12), 0)
    assert again is not None
    assert (again.next_at, counts(again)) == (at(21, 3), {})


def test_a_spider_that_never_had_a_schedule_has_no_state() -> None:
    assert planned(a_spider(None), None, NOW, 0) is None


def test_a_schedule_that_no_rule_allows_any_more_stops_and_says_so() -> None:
    state = a_state(DAILY | {"expression": "* * * * *"})
    assert (state.next_at, counts(state)) == (None, {"schedule-refused": 1})
    gone = fired(
        a_state(DAILY).model_copy(update={"schedule": a_spider(DAILY | {"time_zone": "X/Y"}).schedule}),
        a_run(),
        at(3, 3),
        0,
    )
    assert (gone.next_at, gone.fired, counts(gone)) == (None, 1, {"schedule-refused": 1})


def test_a_clock_that_was_years_ahead_does_not_silence_a_spider() -> None:
    state = fired(a_state(DAILY), a_run(), datetime(2036, 1, 1, 12, tzinfo=UTC), 0)
    right = put_right(state, at(3, 12), 0)
    assert right.next_at == at(4, 3)
    assert counts(right)["clock-put-back"] == 1


def test_what_comes_next_is_shown() -> None:
    shown = outlook(a_spider(DAILY), a_state(DAILY, chance=0.5))
    assert shown.next_at == at(3, 3, 5)
    assert shown.upcoming == tuple(at(day, 3) for day in (3, 4, 5, 6, 7))
    adaptive = outlook(a_spider(ADAPTIVE), a_state(ADAPTIVE))
    assert adaptive.interval_hours == 12
    assert adaptive.upcoming == tuple(NOW + number * timedelta(hours=12) for number in (1, 2, 3, 4, 5))
    assert outlook(a_spider(None), None).upcoming == ()


CHANGED, UNCHANGED = a_run(records_changed=1), a_run(records_unchanged=9)


@pytest.mark.parametrize(
    ("runs", "hours"),
    [
        ((), 12),
        ((UNCHANGED,), 18),
        ((UNCHANGED, UNCHANGED), 27),
        ((UNCHANGED,) * 9, 48),
        ((UNCHANGED, UNCHANGED, CHANGED), 13.5),
        ((UNCHANGED, CHANGED, CHANGED), 12),
        ((UNCHANGED, a_run(records_new=1)), 12),
        ((UNCHANGED, UNCHANGED, a_run(records_gone=1)), 13.5),
        ((UNCHANGED, a_run(RunState.FAILED, records_changed=1)), 18),
        ((UNCHANGED, a_run(RunState.QUARANTINED, records_held=3)), 18),
        ((UNCHANGED, a_run(RunState.CANCELLED)), 18),
        ((UNCHANGED, a_run(order=RunOrder(trial_pages=3))), 18),
        ((UNCHANGED, a_run(order=RunOrder(retry_of="r"))), 18),
        ((UNCHANGED, UNCHANGED, a_run(order=RunOrder(retry_of="r"), records_changed=1)), 13.5),
        ((UNCHANGED, a_run(pages_failed=1)), 18),
        ((UNCHANGED, a_run(pages_over_limit=5)), 27),
    ],
)
def test_intervals_grow_while_nothing_changes_and_shrink_when_something_does(
    runs: tuple[KeptRun, ...], hours: float
) -> None:
    assert adaptive_hours(AdaptiveSchedule(least_hours=12, most_hours=48), None, runs) == hours


def test_a_long_wait_is_reached_in_eleven_runs_and_left_in_six() -> None:
    schedule = AdaptiveSchedule(least_hours=12, most_hours=720)
    assert adaptive_hours(schedule, None, [UNCHANGED] * 10) < 720
    assert adaptive_hours(schedule, None, [UNCHANGED] * 11) == 720
    assert adaptive_hours(schedule, 720, [CHANGED] * 5) > 12
    assert adaptive_hours(schedule, 720, [CHANGED] * 6) == 12


def test_an_adaptive_schedule_waits_from_the_end_of_its_run() -> None:
    run = a_run(records_unchanged=9)
    state = fired(a_state(ADAPTIVE), run, at(3, 0), 0)
    assert (state.next_at, state.awaited_run) == (at(3, 12), run.id)
    state = considered(state, (run,), at(3, 5))
    assert (state.interval_hours, state.next_at, state.awaited_run) == (18, at(3, 23), None)
    assert counts(fired(state, run, at(5, 12), 0)) == {"missed": 2}
    changed = planned(a_spider(ADAPTIVE | {"most_hours": 15}, 2), state, at(3, 6), 0)
    assert changed is not None
    assert (changed.interval_hours, changed.next_at) == (15, at(3, 21))


STEPS = st.lists(st.integers(-20 * 60, 72 * 60) | st.integers(-100, 100), min_size=1, max_size=60)
SCHEDULES = st.sampled_from(
    [
        DAILY,
        ADAPTIVE,
        DAILY | {"expression": "*/15 * * * *", "time_zone": "Europe/Paris", "jitter_seconds": 450},
        DAILY | {"expression": "30 2 * * *", "time_zone": "Europe/Paris", "jitter_seconds": 43200},
        DAILY | {"expression": "0 8-18/2 * * mon-fri", "time_zone": "America/New_York", "jitter_seconds": 3600},
    ]
)


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, STEPS, st.randoms(use_true_random=False))
def test_firings_keep_their_distance_whatever_the_clock_does_within_a_day(
    schedule: dict[str, Any], steps: list[int], random: Any
) -> None:
    now = datetime(2026, 3, 27, 12, tzinfo=UTC)
    state = a_state(schedule, now, random.random())
    moments: list[datetime] = []
    for step in steps:
        now += timedelta(minutes=step)
        if state.next_at is None or state.next_at > now:
            continue
        assert state.due_at is not None
        moments.append(state.due_at)
        state = fired(state, a_run(), now, random.random())
        assert state.next_at is not None
        assert state.next_at > now
    least = timedelta(minutes=15) if schedule["kind"] == "cron" else timedelta(hours=12)
    assert all(later - earlier >= least for earlier, later in pairwise(moments))
    assert state.fired == len(moments)


LEAPS = st.lists(st.integers(0, 24 * 60) | st.integers(-30 * 24 * 60, 30 * 24 * 60), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(SCHEDULES.filter(lambda schedule: schedule["kind"] == "cron"), LEAPS)
def test_no_moment_fires_twice_whatever_the_clock_does(schedule: dict[str, Any], steps: list[int]) -> None:
    now = datetime(2026, 3, 27, 12, tzinfo=UTC)
    state = a_state(schedule, now)
    moments: list[datetime | None] = []
    for step in steps:
        now += timedelta(minutes=step)
        if state.reckoned_at > now + CLOCK_TOLERANCE:
            state = put_right(state, now, 0)
        if state.next_at is not None and state.next_at <= now:
            moments.append(state.due_at)
            state = fired(state, a_run(), now, 0)
        assert state.next_at is not None
        assert state.next_at <= now + timedelta(days=100)
    assert len(set(moments)) == len(moments) == state.fired
