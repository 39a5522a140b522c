"""How a host that slows down, fails or refuses is spared: pure functions of what it answered and when."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.fetching.host_standing import MOST_REFUSALS, MOST_SILENT, SILENT_WAITS, HostStanding, HostStandings
from moisson_scraper.fetching.page_failure import HostClosed
from moisson_scraper.fetching.politeness import (
    FAST_SECONDS,
    LONGEST_DELAY,
    LONGEST_WAIT,
    TARGET_AT_ONCE,
    HostPace,
    HostPaces,
    says_stop,
)

Answers = st.lists(st.tuples(st.booleans(), st.floats(0, 120)), max_size=60)


def after(*seconds: float) -> HostPace:
    """The pace of a host that answered so fast, one request after the other."""
    pace, now = HostPace(), 0.0
    for each in seconds:
        pace.answered(now, each)
        now += each
    return pace


@given(st.lists(st.floats(0, FAST_SECONDS), max_size=50))
def test_a_fast_host_is_not_slowed_at_all(seconds: list[float]) -> None:
    assert after(*seconds).delay == 0.0


@pytest.mark.parametrize("seconds", [0.5, 1.0, 4.0, 20.0])
def test_the_delay_tends_to_what_leaves_so_many_requests_at_once(seconds: float) -> None:
    """Within what a fast host may take: it is the latency above that which counts."""
    assert after(*[seconds] * 40).delay == pytest.approx((seconds - FAST_SECONDS) / TARGET_AT_ONCE, rel=0.01)


def test_a_host_that_slows_is_asked_ever_more_slowly_and_recovers() -> None:
    steps = [0.1, 0.1, 0.4, 0.8, 1.6, 3.2]
    delays = [after(*steps[:count]).delay for count in range(1, len(steps) + 1)]
    assert delays == sorted(delays)
    assert delays[1] == 0.0 < delays[-1]
    recovered = [after(*steps, *[0.1] * count).delay for count in range(6)]
    assert recovered == sorted(recovered, reverse=True)
    assert recovered[-1] == 0.0


def test_one_slow_page_hardly_counts() -> None:
    assert after(0.1, 0.1, 0.5, 0.1).delay == 0.0


def test_requests_that_were_under_way_together_count_once() -> None:
    """Our own process may have been busy for a moment."""
    pace = HostPace()
    for _ in range(64):
        pace.answered(0.0, 0.8)
    assert pace.delay == after(0.8).delay == 0.0
    for _ in range(64):
        pace.failed(10.0, 0.01)
    assert pace.delay == 0.0


def test_failures_in_a_row_double_the_delay_and_answers_halve_the_trouble() -> None:
    pace = HostPace()
    delays = []
    for moment in range(6):
        pace.failed(float(moment), 0.01)
        delays.append(round(pace.delay, 3))
    assert delays == [0.0, 0.25, 0.75, 1.75, 1.75, 1.75]
    for moment in range(3):
        pace.answered(10.0 + moment, 0.05)
        delays.append(round(pace.delay, 3))
    assert delays[6:] == [0.25, 0.0, 0.0]


@given(Answers)
def test_the_delay_is_bounded_and_always_found_again(answers: list[tuple[bool, float]]) -> None:
    pace, now = HostPace(), 0.0
    for failed, seconds in answers:
        if failed:
            pace.failed(now, seconds)
        else:
            pace.answered(now, seconds)
        now += seconds
        assert 0.0 <= pace.delay <= LONGEST_DELAY
    for moment in range(30):
        pace.answered(now + moment, 0.01)
    assert pace.delay == 0.0


def test_refusals_hold_the_host_longer_each_time() -> None:
    pace, now, holds = HostPace(), 0.0, []
    for _ in range(6):
        holds.append(pace.refused(now, now, 1.0))
        now += 1.0
    assert holds == pytest.approx([1.0, 2.0, 4.0, 8.0, 16.0, 32.0], rel=0.05)
    assert pace.refused(0.0, now, 1.0) == 0.0, "asked before the last refusal was heard"
    for _ in range(8):
        pace.answered(now, 0.1)
    assert pace.refused(now, now, 1.0) == pytest.approx(1.0, rel=0.2)


def test_refusals_are_forgotten_in_time_and_never_hold_for_too_long() -> None:
    pace, now = HostPace(), 0.0
    for _ in range(100):
        assert 1.0 <= pace.refused(now, now, 1.0) <= LONGEST_WAIT
        now += 0.1
    assert pace.refused(now, now, 1.0) == LONGEST_WAIT
    later = now + 20 * LONGEST_WAIT
    assert pace.refused(later, later, 1.0) == pytest.approx(1.0, rel=0.01)


def test_paces_of_very_many_hosts_do_not_pile_up() -> None:
    paces = HostPaces()
    first = paces.of("0.example")
    first.failed(0.0, 60.0)
    assert paces.of("0.example") is first
    for number in range(6000):
        paces.of(f"{number}.example")
    assert paces.of("0.example").delay == 0.0


@pytest.mark.parametrize(
    ("status", "body", "stop"),
    [
        (200, b"<h1>Bandwidth Limit Exceeded</h1>", False),
        (404, b"<h1>Not found</h1>", False),
        (503, b"busy", False),
        (509, b"", True),
        (503, b"<h1>Bandwidth Limit Exceeded</h1>", True),
        (403, b"<title>bandwidth exceeded</title>", True),
        (503, b" " * 5000 + b"bandwidth exceeded", False),
    ],
)
def test_what_says_stop(status: int, body: bytes, stop: bool) -> None:
    assert says_stop(status, body) == stop


def closed(standing: HostStanding) -> str | None:
    """The reason why the run is done with the host."""
    try:
        standing.require_open()
    except HostClosed as error:
        return error.code
    return None


def test_a_host_that_refuses_again_and_again_is_taken_at_its_word() -> None:
    standing = HostStanding()
    for moment in range(MOST_REFUSALS):
        standing.refused(429, moment, moment, 1.0)
        standing.refused(429, moment - 0.5, moment, None)  # began before: says nothing new
    assert closed(standing) is None
    standing.answered()
    for moment in range(10, 10 + MOST_REFUSALS):
        standing.refused(503, moment, moment, None)
    assert closed(standing) is None
    standing.refused(503, 20, 20, None)
    assert closed(standing) == "host-said-stop"


@pytest.mark.parametrize("seconds", [LONGEST_WAIT + 1, math.inf])
def test_a_host_that_asks_for_too_much_time_is_left_at_once(seconds: float) -> None:
    standing = HostStanding()
    standing.refused(503, 0, 0, LONGEST_WAIT)
    assert closed(standing) is None
    standing.refused(503, 1, 1, seconds)
    assert closed(standing) == "host-said-stop"


def test_a_host_that_never_answers_is_given_up_but_not_within_a_moment() -> None:
    standing = HostStanding()
    for _ in range(3 * MOST_SILENT):
        standing.unanswered(0.0, SILENT_WAITS - 0.1, 1.0)
    assert closed(standing) is None
    standing.unanswered(1.0, SILENT_WAITS, 1.0)
    assert closed(standing) == "host-unreachable"


@pytest.mark.parametrize("between", ["answer", "refusal"])
def test_any_sign_of_life_keeps_a_host(between: str) -> None:
    standing = HostStanding()
    for moment in range(3 * MOST_SILENT):
        if moment % (MOST_SILENT - 1) == 0:
            if between == "answer":
                standing.answered()
            else:
                standing.refused(503, -1.0, 0.0, 1.0)
        standing.unanswered(100.0 * moment, 100.0 * moment, 1.0)
    assert closed(standing) is None


def test_a_stop_is_remembered_among_very_many_hosts() -> None:
    standings = HostStandings()
    standings.of("first.example").say_stop("it said so")
    for number in range(6000):
        standings.of(f"{number}.example")
    assert closed(standings.of("first.example")) == "host-said-stop"
    assert standings.closed()[0][0] == "first.example"
