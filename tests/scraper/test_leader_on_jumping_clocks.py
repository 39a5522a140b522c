"""The leader of schedules over a clock that jumps: APScheduler goes by the time of day, and must rest for no jump."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest
from apscheduler.schedulers import base

from moisson_scraper.scheduling.leader_lease import LEADERSHIPS
from moisson_scraper.scheduling.schedule_leader import ScheduleLeader
from tests.scraper.scheduled_spiders import Schedules, a_spider, at, in_time, schedules_over

LEASE_SECONDS = 0.5
JUST_BEFORE = timedelta(seconds=1)


class TimeOfDay:
    """The clock of this machine, moved by hand; APScheduler reads it too."""

    def __init__(self, shown: datetime) -> None:
        self.show(shown)

    def show(self, moment: datetime) -> None:
        self._ahead = moment - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def as_datetime(self) -> type[datetime]:
        clock = self

        class Shown(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                moment = clock().astimezone(tz)
                return cls.combine(moment.date(), moment.timetz())

        return Shown


@pytest.fixture
async def schedules(tmp_path: Path) -> AsyncIterator[Schedules]:
    async with schedules_over(f"sqlite://{tmp_path}/s.sqlite") as made:
        yield made


async def beats(schedules: Schedules) -> None:
    """Waits until the leader has looked at everything, by the clock as it is."""

    async def renewals() -> int:
        stored = await schedules.store.get(LEADERSHIPS, "schedules")
        return 0 if stored is None else stored.version

    begin = await renewals()

    async def enough() -> bool:
        return await renewals() >= begin + 3

    await in_time(enough)


@pytest.mark.parametrize(
    ("at_first", "then"),
    [
        (at(3, 2), at(3) - JUST_BEFORE),
        (at(3, 2), at(3) + timedelta(minutes=5)),
        (at(3) - JUST_BEFORE, at(3, 2)),
        (at(3) + timedelta(days=365), at(3) - JUST_BEFORE),
        (at(3) + timedelta(days=3650), at(3) - JUST_BEFORE),
    ],
    ids=["to-just-before", "past-the-moment", "put-back-at-the-moment", "put-back-a-year", "put-back-ten-years"],
)
async def test_a_leader_fires_by_the_clock_as_it_is_now(
    schedules: Schedules, monkeypatch: pytest.MonkeyPatch, at_first: datetime, then: datetime
) -> None:
    clock = TimeOfDay(at_first)
    monkeypatch.setattr(base, "datetime", clock.as_datetime())
    schedules.clock.now = at_first
    await schedules.save(a_spider())
    leader = ScheduleLeader(schedules.store, schedules.firings(clock), "h", LEASE_SECONDS)
    leader.start()
    try:
        await beats(schedules)
        clock.show(then)
        if then == at(3, 2):  # an hour before the moment again: it is waited for anew, and comes
            await beats(schedules)
            clock.show(at(3) - JUST_BEFORE)
        (run,) = await in_time(schedules.runs)
    finally:
        await leader.stop()
    assert run.trigger == "schedule"
    assert (await schedules.state()).next_at == at(4)
