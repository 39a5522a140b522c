"""What a sitemap's `lastmod` proves of a page that was read before."""

from datetime import datetime

import pytest

from moisson_scraper.crawling.stated_change import seen_at_its_last_change


@pytest.mark.parametrize(
    ("modified", "visited", "seen"),
    [
        # A day is over when it is over everywhere.
        ("2026-03-01", "2026-03-01T18:00Z", False),
        ("2026-03-01", "2026-03-02T12:59Z", False),
        ("2026-03-01", "2026-03-02T13:00Z", True),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:30Z", False),
        ("2026-03-01T10:00:00Z", "2026-03-01T11:00Z", True),
        ("2026-03-01T10:00+02:00", "2026-03-01T09:00Z", True),
        ("2026-03-01T10:00:00.123+02:00", "2026-03-01T09:00Z", False),
        ("2026-03-01 10:00:00", "2026-03-01T22:59Z", False),
        ("2026-03-01 10:00:00", "2026-03-01T23:00Z", True),
        # What is said of the future has not been seen, and what is no moment proves nothing.
        ("2027-01-01", "2026-03-01T00:00Z", False),
        ("9999-12-31", "2026-03-01T00:00Z", False),
        ("0001-01-01T00:00:00+00:00", "2026-03-01T00:00Z", False),
        ("0001-01-01", "2026-03-01T00:00Z", False),
        ("1970-01-01", "2026-03-01T00:00Z", False),
        ("2026-03", "2026-06-01T00:00Z", False),
        ("2025", "2026-06-01T00:00Z", False),
        ("hier", "2026-06-01T00:00Z", False),
        ("9999-12-31T23:59:59-14:00", "2026-06-01T00:00Z", False),
    ],
)
def test_a_visit_has_seen_a_change_or_cannot_be_sure(modified: str, visited: str, seen: bool) -> None:
    assert seen_at_its_last_change(modified, datetime.fromisoformat(visited)) == seen
