"""What leaders do: one run for each moment, whatever other leaders, clocks, people and runs do meanwhile."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from moisson_scraper.keeping.collections import RUNS, SPIDERS
from moisson_scraper.running.new_run import new_run
from moisson_scraper.scheduling.leader_lease import Candidate, LeadershipLost
from moisson_scraper.scheduling.schedule_leader import ScheduleLeader
from moisson_scraper.scheduling.schedule_state import SCHEDULE_STATES
from moisson_shared.contracts.errors import VersionConflict
from moisson_shared.contracts.run import RunCounters, RunOrder, RunState
from moisson_shared.ports.documents import Delete, DeleteWhere, Exists, Expect, Insert, Put
from tests.scraper.scheduled_spiders import ADAPTIVE, Schedules, a_spider, at, in_time, race, schedules_over


@pytest.fixture
async def schedules(tmp_path: Path) -> AsyncIterator[Schedules]:
    async with schedules_over(f"sqlite://{tmp_path}/s.sqlite") as made:
        yield made


async def test_what_is_due_begins_a_run_and_the_next_moment_is_planned(schedules: Schedules) -> None:
    await schedules.save(a_spider(version=4))
    assert await schedules.fire() == 0
    schedules.clock.goes(hours=15)
    assert [await schedules.fire() for _ in range(3)] == [1, 0, 0]
    (run,) = await schedules.runs()
    assert (run.trigger, run.requested_by, run.state, run.spider_version) == ("schedule", "schedule", "queued", 4)
    assert schedules.told == [run.id]
    state = await schedules.state()
    assert (state.last_run, state.last_fired_at, state.next_at) == (run.id, at(3), at(4))
    assert await schedules.firings().next_at() == at(4)


async def test_a_firing_during_a_run_is_skipped_and_not_queued_up(schedules: Schedules) -> None:
    await schedules.save(a_spider())
    schedules.clock.goes(days=1)
    await schedules.fire()
    schedules.clock.goes(days=1)
    assert await schedules.fire() == 0
    (run,) = await schedules.runs()
    await schedules.store.apply([Put(RUNS, run.model_copy(update={"state": RunState.PAUSED}))])
    schedules.clock.goes(days=2)
    assert await schedules.fire() == 0
    assert await schedules.skipped() == {"run-going-on": 1, "run-paused": 2}
    await schedules.end_runs()
    assert await schedules.fire() == 0
    schedules.clock.goes(days=1)
    assert await schedules.fire() == 1


async def test_what_was_missed_while_nobody_led_is_caught_up_once(schedules: Schedules) -> None:
    await schedules.save(a_spider())
    schedules.clock.goes(days=9)
    assert [await schedules.fire() for _ in range(3)] == [1, 0, 0]
    assert len(await schedules.runs()) == 1
    assert await schedules.skipped() == {"missed": 8}


async def test_a_spider_that_is_disabled_deleted_or_changed_fires_as_it_is_now(schedules: Schedules) -> None:
    await schedules.save(a_spider("off"), a_spider("gone"), a_spider("later"))
    await schedules.save(a_spider("off", enabled=False, version=2))
    weekly = {"kind": "cron", "expression": "0 3 * * mon", "time_zone": "UTC"}
    await schedules.save(a_spider("later", weekly, version=2))
    await schedules.store.apply([Delete(SPIDERS, "gone")])
    schedules.clock.goes(days=1)
    assert await schedules.fire() == 0
    assert await schedules.store.get(SCHEDULE_STATES, "gone") is None
    schedules.clock.goes(days=7)
    assert await schedules.fire() == 1
    (run,) = await schedules.runs("later")
    assert run.spider_version == 2


async def test_spiders_that_were_saved_before_there_were_states_are_given_one(schedules: Schedules) -> None:
    await schedules.save(a_spider("old"), a_spider("older"))
    await schedules.store.apply([DeleteWhere(SCHEDULE_STATES, (Exists("next_at"),))])
    await schedules.firings().adopt(await schedules.lease())
    schedules.clock.goes(days=1)
    assert await schedules.fire() == 2


async def test_a_clock_that_is_put_back_fires_nothing_again(schedules: Schedules) -> None:
    await schedules.save(a_spider())
    schedules.clock.goes(hours=15.1)
    assert await schedules.fire() == 1
    await schedules.end_runs()
    schedules.clock.goes(hours=-14)
    for _ in range(14):
        schedules.clock.goes(hours=1)
        assert await schedules.fire() == 0
    schedules.clock.goes(hours=24)
    assert await schedules.fire() == 1
    assert await schedules.skipped() == {}


async def test_a_clock_that_jumps_ahead_by_a_day_and_back_fires_each_spider_once(schedules: Schedules) -> None:
    await schedules.save(*(a_spider(f"s{number}") for number in range(130)))
    schedules.clock.now = at(3, 2)
    assert await schedules.fire() == 0
    schedules.clock.goes(days=1)
    assert await schedules.fire() == 130
    await schedules.end_runs()
    schedules.clock.goes(days=-1)
    for _ in range(4):
        schedules.clock.goes(hours=6)
        assert await schedules.fire() == 0
    schedules.clock.goes(hours=3)
    assert await schedules.fire() == 130


async def test_a_clock_that_was_years_ahead_silences_nobody(schedules: Schedules) -> None:
    await schedules.save(a_spider())
    schedules.clock.goes(days=3650)
    assert await schedules.fire() == 1
    await schedules.end_runs()
    schedules.clock.now = at(3, 12)
    assert await schedules.fire() == 0
    assert (await schedules.state()).next_at == at(4)
    schedules.clock.goes(days=1)
    assert await schedules.fire() == 1


async def test_a_leader_whose_clock_is_days_behind_fires_no_moment_again(schedules: Schedules) -> None:
    await schedules.save(a_spider())
    for day in (3, 4, 5):
        schedules.clock.now = at(day)
        assert await schedules.fire() == 1
        await schedules.end_runs()
    schedules.clock.now = at(3, 1)
    for _ in range(72):
        assert await schedules.fire() == 0
        schedules.clock.goes(hours=1)
    assert (await schedules.state()).next_at == at(6)
    schedules.clock.now = at(6)
    assert await schedules.fire() == 1


async def test_an_adaptive_schedule_hears_of_all_runs_that_ended(schedules: Schedules) -> None:
    await schedules.save(a_spider(schedule=ADAPTIVE))
    for hours in (18, 27, 40.5, 48, 48):
        schedules.clock.goes(hours=50)
        assert await schedules.fire() == 1
        assert (await schedules.state()).next_at is not None
        schedules.clock.goes(hours=2)
        await schedules.end_runs(counters=RunCounters(records_unchanged=9))
        await schedules.fire()
        state = await schedules.state()
        assert (state.interval_hours, state.next_at) == (hours, schedules.clock.now + timedelta(hours=hours))
    # A person's run finds a change, the next one of the schedule fails.
    person = new_run(a_spider(), RunOrder(), "mia", schedules.clock.now + timedelta(hours=1))
    await schedules.store.apply([Insert(RUNS, person)])
    await schedules.end_runs(counters=RunCounters(records_new=1))
    schedules.clock.goes(hours=50)
    assert await schedules.fire() == 1
    await schedules.end_runs(RunState.FAILED)
    await schedules.fire()
    assert (await schedules.state()).interval_hours == 24


async def test_leaders_who_race_begin_one_run_for_each_moment(schedules: Schedules) -> None:
    await race(schedules)


async def test_a_leader_that_was_replaced_writes_nothing(schedules: Schedules) -> None:
    await schedules.save(a_spider())
    schedules.clock.goes(days=1)
    old = await schedules.lease()
    new = await schedules.lease()
    assert new.token == old.token + 1
    with pytest.raises(LeadershipLost):
        await schedules.firings().fire(old)
    assert await schedules.runs() == []
    assert await schedules.firings().fire(new) == 1
    with pytest.raises(VersionConflict):
        await new.write([Expect(SPIDERS, "s", 99)])
    await new.renew()


async def test_a_silent_leader_is_replaced_by_the_followers_own_clock(schedules: Schedules) -> None:
    seconds = 0.0
    leader = await schedules.lease()
    follower = Candidate(schedules.store, "f", 9, lambda: seconds)
    assert await follower.take() is None
    for _ in range(5):
        seconds += 8
        assert await follower.take() is None
        await leader.renew()
        assert await follower.take() is None
    seconds += 9
    taken = await follower.take()
    assert taken is not None
    await taken.release()
    assert await Candidate(schedules.store, "g", 9, lambda: seconds).take() is not None


async def test_a_follower_goes_on_where_a_dead_leader_left_off(schedules: Schedules) -> None:
    schedules.clock.now = datetime.now(UTC) - timedelta(days=10)  # APScheduler waits by the real clock
    await schedules.save(a_spider())
    await schedules.lease()  # by a process that is never heard of again
    schedules.clock.goes(days=4)
    leaders = [ScheduleLeader(schedules.store, schedules.firings(), f"h{number}", 0.5) for number in range(2)]
    for leader in leaders:
        leader.start()
    try:
        (run,) = await in_time(schedules.runs)
        await schedules.end_runs()
        schedules.clock.goes(days=1)
        await leaders[0].stop()
        assert len(await in_time(lambda: more_than(schedules, 1))) == 2
        assert run.trigger == "schedule"
    finally:
        for leader in leaders:
            await leader.stop()


async def test_an_error_that_nobody_foresaw_does_not_end_the_leader(schedules: Schedules) -> None:
    schedules.clock.now = datetime.now(UTC) - timedelta(days=10)
    await schedules.save(a_spider())
    failed = 0

    def clock() -> datetime:
        nonlocal failed
        failed += 1
        if failed == 1:
            raise RuntimeError("unforeseen")
        return schedules.clock.now + timedelta(days=2)

    leader = ScheduleLeader(schedules.store, schedules.firings(clock), "h", 0.5)
    leader.start()
    try:
        assert len(await in_time(schedules.runs)) == 1
    finally:
        await leader.stop()


async def test_a_spider_that_cannot_be_read_stops_no_other(schedules: Schedules) -> None:
    """Another version of the software may have written it."""
    schedules.clock.now = datetime.now(UTC) - timedelta(days=10)
    await schedules.save(a_spider("a"), a_spider("s"))
    await schedules.store.apply([Put(SPIDERS, a_spider("a").model_copy(update={"name": ""}))])
    schedules.clock.goes(days=4)
    leader = ScheduleLeader(schedules.store, schedules.firings(), "h", 0.5)
    leader.start()
    try:
        (run,) = await in_time(schedules.runs)
        assert run.spider_id == "s"
    finally:
        await leader.stop()


async def more_than(schedules: Schedules, number: int) -> list[str] | None:
    runs = [run.id for run in await schedules.runs()]
    return runs if len(runs) > number else None
