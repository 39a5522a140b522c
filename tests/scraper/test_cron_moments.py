"""When cron schedules fire, above all where clocks are changed; held against a walk through every minute."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moisson_scraper.scheduling.cron_expression import parse_cron
from moisson_scraper.scheduling.cron_moments import cron_moments
from moisson_shared.contracts.schedule import CronSchedule

MARCH = datetime(2026, 3, 28, 23, tzinfo=UTC)
"""Midnight in Paris; at 01:00 UTC its clocks go from 02:00 to 03:00."""
OCTOBER = datetime(2026, 10, 24, 22, tzinfo=UTC)
"""Midnight in Paris; at 01:00 UTC its clocks go from 03:00 back to 02:00."""
EXPRESSIONS = (
    *("30 2 * * *", "0 2 * * *", "0 3 * * *", "30 0 * * *", "15 1,2 * * *", "10,30 2,3 * * *", "*/15 * * * *"),
    *("45 23 * * *", "0 */6 * * *", "20 1-4 * * 0", "0,30 0-2 29,25,5 * *", "59 1 * * *"),
)
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "America/Sao_Paulo")


@pytest.mark.parametrize(
    ("expression", "after", "moments"),
    [
        # The gap: what the clock skips fires when it goes on, once, and the days around it are not touched.
        ("30 2 * * *", MARCH, ["29T01:00", "30T00:30", "31T00:30"]),
        ("0 2 * * *", MARCH, ["29T01:00", "30T00:00"]),
        ("0 3 * * *", MARCH, ["29T01:00", "30T01:00"]),
        ("30 2,3 * * *", MARCH, ["29T01:00", "29T01:30", "30T00:30"]),
        ("0,30 2,3 * * *", MARCH, ["29T01:00", "29T01:30", "30T00:00"]),
        ("30 2 * * 0", MARCH, ["29T01:00", "05T00:30"]),
        ("30 2 29 3 *", MARCH, ["29T01:00", "29T00:30"]),
        ("30 0 * * *", MARCH, ["28T23:30", "29T22:30", "30T22:30"]),
        ("*/30 * * * *", MARCH, ["28T23:30", "29T00:00", "29T00:30", "29T01:00", "29T01:30"]),
        # 03:10 would come ten minutes after what was skipped.
        ("10,30 2,3 * * *", MARCH, ["29T01:00", "29T01:30", "30T00:10"]),
        # The overlap: what the clock shows twice fires the first time.
        ("30 2 * * *", OCTOBER, ["25T00:30", "26T01:30", "27T01:30"]),
        ("0 2 * * *", OCTOBER, ["25T00:00", "26T01:00"]),
        ("0 3 * * *", OCTOBER, ["25T02:00", "26T02:00"]),
        ("*/30 1-3 * * *", OCTOBER, ["24T23:00", "24T23:30", "25T00:00", "25T00:30", "25T02:00", "25T02:30"]),
        ("30 2 * * *", OCTOBER + timedelta(hours=2, minutes=40), ["26T01:30"]),
        ("30 0 * * *", OCTOBER, ["24T22:30", "25T23:30", "26T23:30"]),
        # The first field that counts days of the week from Sunday: a Monday.
        ("0 12 * * 1", MARCH, ["30T10:00", "06T10:00"]),
    ],
)
def test_in_paris(expression: str, after: datetime, moments: list[str]) -> None:
    found = islice(cron_moments(CronSchedule(expression=expression), after), len(moments))
    assert [moment.strftime("%dT%H:%M") for moment in found] == moments


def test_a_moment_is_later_than_what_it_is_asked_for() -> None:
    schedule = CronSchedule(expression="0 3 * * *", time_zone="UTC")
    at_three = datetime(2026, 1, 1, 3, tzinfo=UTC)
    assert next(cron_moments(schedule, at_three)) == at_three + timedelta(days=1)
    assert next(cron_moments(schedule, at_three - timedelta(microseconds=1))) == at_three


def test_the_next_29th_of_february_may_be_eight_years_away() -> None:
    schedule = CronSchedule(expression="0 3 29 2 *", time_zone="UTC")
    assert next(cron_moments(schedule, datetime(2096, 3, 1, tzinfo=UTC))).year == 2104


def walked(schedule: CronSchedule, after: datetime, days: int) -> list[datetime]:
    """Every minute is looked at, and every reading that no minute shows is put to the next one that is shown."""
    cron, zone = parse_cron(schedule.expression), ZoneInfo(schedule.time_zone)
    shown: dict[datetime, datetime] = {}
    minute = after.replace(second=0, microsecond=0) - timedelta(days=1)
    while minute <= after + timedelta(days=days, hours=3):
        shown.setdefault(minute.astimezone(zone).replace(tzinfo=None), minute)
        minute += timedelta(minutes=1)
    readings, moment, last = sorted(shown), max(shown.values()), max(shown)
    fired: set[datetime] = set()
    reading = last
    while reading >= readings[0]:
        moment = shown.get(reading, moment)
        on_day = reading.day in cron.days and reading.month in cron.months and reading.isoweekday() % 7 in cron.weekdays
        if on_day and reading.hour in cron.hours and reading.minute in cron.minutes:
            fired.add(moment)
        reading -= timedelta(minutes=1)
    kept: list[datetime] = []
    for each in sorted(fired):
        if after < each <= after + timedelta(days=days) and (not kept or each - kept[-1] >= timedelta(minutes=15)):
            kept.append(each)
    return kept


CHANGES = (
    "2026-03-29T01",
    "2026-10-25T01",
    "2026-03-08T07",
    "2026-11-01T06",
    "2026-04-04T15",
    "2026-10-03T15",
    "2028-02-28T00",
)
"""In UTC: clocks are changed in Paris, New York and on Lord Howe Island; and a leap day is near."""
MOMENTS = st.builds(
    lambda change, minutes: datetime.fromisoformat(f"{change}:00Z") + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-2000, 200),
)
SCHEDULES = st.builds(CronSchedule, expression=st.sampled_from(EXPRESSIONS), time_zone=st.sampled_from(ZONES))


@settings(max_examples=40, deadline=None)
@given(SCHEDULES, MOMENTS)
def test_moments_are_those_of_a_walk_through_every_minute(schedule: CronSchedule, after: datetime) -> None:
    found = list(islice(cron_moments(schedule, after), 250))
    expected = walked(schedule, after, 2)
    assert found[: len(expected)] == expected
    assert all(later - earlier >= timedelta(minutes=15) for earlier, later in pairwise(found))
    assert all(moment > after + timedelta(days=2) for moment in found[len(expected) :])
