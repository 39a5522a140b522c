"""Politeness and robots as pure functions."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.fetching.page_failure import LimitMet
from moisson_scraper.fetching.politeness import LONGEST_WAIT, retry_after_seconds, wait_before_retry
from moisson_scraper.fetching.robots import MOST_BYTES, Standing, rules_from
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_shared.adapters.in_process_host_budget import HostTimes
from moisson_shared.contracts.spider import Limits

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("0", 0.0),
        ("-1", None),
        ("1.5", None),
        ("9" * 40, math.inf),
        ("soon", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("Sunday, 01-Mar-26 12:01:00 GMT", 60.0),
        ("Sun Mar  1 12:00:10 2026", 10.0),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
        ("١٢", None),
    ],
)
def test_retry_after_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


def http_date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        (http_date(-3500), http_date(-3600), 100.0),
        (http_date(7300), http_date(7200), 100.0),
        (http_date(90), "today", 90.0),
        (http_date(90), "", 90.0),
        ("120", http_date(-3600), 120.0),
    ],
)
def test_a_moment_is_one_of_the_clock_of_the_site(header: str, date: str, seconds: float) -> None:
    assert retry_after_seconds(header, NOW, date) == seconds


@pytest.mark.parametrize(
    ("attempt", "chance", "retry_after", "wait"),
    [
        (1, 0.5, None, 1.0),
        (2, 0.5, None, 2.0),
        (3, 0.5, None, 4.0),
        (1, 0.0, None, 0.75),
        (1, 1.0, None, 1.25),
        (30, 0.5, None, 60.0),
        (1, 0.5, 10.0, 10.0),
        (5, 0.5, 1.0, 16.0),
        (1, 0.5, LONGEST_WAIT, LONGEST_WAIT),
        (1, 0.5, LONGEST_WAIT + 1, None),
        (1, 0.5, math.inf, None),
    ],
)
def test_the_wait_before_a_retry(attempt: int, chance: float, retry_after: float | None, wait: float | None) -> None:
    assert wait_before_retry(attempt, 1.0, chance, retry_after) == wait


@given(
    st.lists(
        st.tuples(st.floats(0, 10), st.floats(0, 5), st.one_of(st.none(), st.floats(0, 20))), min_size=1, max_size=30
    )
)
def test_starts_keep_their_distance_and_respect_holds(steps: list[tuple[float, float, float | None]]) -> None:
    times = HostTimes()
    now = 0.0
    last = -math.inf
    held = -math.inf
    for passing, delay, hold in steps:
        now += passing
        start = times.earliest(now, delay)
        assert start >= now
        assert start >= last + delay
        assert start >= held
        assert start in (now, last + delay, held)
        times.start(start)
        now = last = start
        if hold is not None:
            times.hold(now + hold)
            held = max(held, now + hold)


ROBOTS = b"""
User-agent: *
Disallow: /all
User-agent: Moisson
Allow: /prive/sauf$
Disallow: /prive
Disallow: /*.pdf$
Crawl-delay: 2.5
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/all", True),
        ("/prive", False),
        ("/prive/x", False),
        ("/prive/sauf", True),
        ("/prive/sauf/x", False),
        ("/a.pdf", False),
        ("/a.pdf?x", True),
        ("/robots.txt", True),
    ],
)
def test_robots_speak_to_us(path: str, allowed: bool) -> None:
    rules = rules_from(200, ROBOTS)
    assert rules.allows(f"https://s.example{path}") == allowed
    assert rules.crawl_delay == 2.5


@pytest.mark.parametrize(
    ("status", "body", "standing", "allowed"),
    [
        (200, b"", Standing.STATED, True),
        (200, b"User-agent: *\nDisallow:", Standing.STATED, True),
        (200, b"User-agent: *\nDisallow: /", Standing.STATED, False),
        (200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /", Standing.STATED, False),
        (200, b"\x00\xff\xfe<html>nonsense", Standing.STATED, True),
        (200, b"User-agent: *\nDisallow: /\n" + b"#" * MOST_BYTES, Standing.STATED, False),
        (200, b"#" * MOST_BYTES + b"\nUser-agent: *\nDisallow: /", Standing.STATED, True),
        (204, b"", Standing.STATED, True),
        (301, b"", Standing.NONE, True),
        (401, b"", Standing.NONE, True),
        (404, b"User-agent: *\nDisallow: /", Standing.NONE, True),
        (429, b"", Standing.UNREACHABLE, False),
        (500, b"", Standing.UNREACHABLE, False),
        (503, b"User-agent: *\nAllow: /", Standing.UNREACHABLE, False),
    ],
)
def test_robots_by_rfc_9309(status: int, body: bytes, standing: Standing, allowed: bool) -> None:
    rules = rules_from(status, body)
    assert rules.standing is standing
    assert rules.allows("https://s.example/x") == allowed


def test_a_pattern_full_of_stars_does_not_hang() -> None:
    rules = rules_from(200, b"User-agent: *\nDisallow: /" + b"*a" * 60 + b"b$")
    assert rules.allows("https://s.example/" + "a" * 2000)


@pytest.mark.parametrize(
    ("spent", "now", "code"),
    [
        ({"pages": 10}, 0.0, "limit-pages"),
        ({"bytes": 1000}, 0.0, "limit-bytes"),
        ({}, 60.0, "limit-seconds"),
    ],
)
def test_a_budget_names_the_limit(spent: dict[str, int], now: float, code: str) -> None:
    budget = RunBudget(Limits(pages=10, bytes_in_all=1000, seconds=60), deadline=60.0)
    budget.pages, budget.bytes = spent.get("pages", 0), spent.get("bytes", 0)
    with pytest.raises(LimitMet) as met:
        budget.take_page(now)
    assert met.value.code == code


def test_retries_are_counted_down() -> None:
    budget = RunBudget(Limits(retries_in_all=2), deadline=1.0)
    assert [budget.take_retry() for _ in range(4)] == [True, True, False, False]
    assert budget.retries == 2


@given(
    st.integers(0, 300),
    st.lists(st.tuples(st.floats(0.005, 1), st.integers(0, 300), st.booleans()), max_size=50),
)
def test_retries_that_are_lent_are_never_taken_twice(limit: int, lots: list[tuple[float, int, bool]]) -> None:
    budget, out, taken = RunBudget(Limits(retries_in_all=limit), deadline=1.0), [], 0
    for share, wanted, back in lots:
        left = limit - budget.retries - budget.lent
        lent = budget.lend_retries(share)
        assert (lent > 0) == (left > 0)
        out.append((lent, min(wanted, lent)))
        taken += min(wanted, lent) + budget.take_retry()
        assert taken <= limit
        if back:
            lent, used = out.pop(0)
            budget.lent -= lent
            budget.take_again(False, 0, used)
    assert budget.retries + sum(used for _, used in out) == taken
