"""How fast a run goes, and how long it may still take."""

from datetime import UTC, datetime
from typing import Any

import pytest

from moisson_shared.contracts.run import CrawlRun, RunOrder, RunState, pace_of


def a_run(*, found: int, fetched: int, seconds: float = 10.0, **changed: Any) -> CrawlRun:
    counters = {"pages_found": found, "pages_fetched": fetched, "items": 2 * fetched}
    run: dict[str, Any] = {
        "id": "r1",
        "spider_id": "ronce",
        "partner": "ronce",
        "spider_version": 1,
        "state": RunState.RUNNING,
        "requested_by": "mia",
        "queued_at": datetime(2026, 11, 27, tzinfo=UTC),
        "active_seconds": seconds,
        "counters": counters,
    }
    return CrawlRun.model_validate(run | changed)


@pytest.mark.parametrize(
    ("run", "left"),
    [
        (a_run(found=40, fetched=10), 30.0),
        (a_run(found=40, fetched=10, pages_expected=110), 100.0),
        (a_run(found=40, fetched=10, pages_expected=20), 30.0),
        (a_run(found=40, fetched=10, pages_expected=9000, order=RunOrder(trial_pages=15)), 5.0),
        (a_run(found=12, fetched=10, order=RunOrder(trial_pages=15)), 2.0),
        (a_run(found=40, fetched=16, order=RunOrder(trial_pages=15)), None),
        (a_run(found=40, fetched=10, state=RunState.DONE), None),
    ],
)
def test_the_time_left_is_for_what_the_run_will_read(run: CrawlRun, left: float | None) -> None:
    pace = pace_of(run)
    assert pace is not None
    assert pace.seconds_left == left
    assert pace.items_per_second == 2 * pace.pages_per_second


def test_before_there_is_anything_to_tell_there_is_no_pace() -> None:
    assert pace_of(a_run(found=1, fetched=0)) is None
    assert pace_of(a_run(found=1, fetched=1, seconds=0)) is None
