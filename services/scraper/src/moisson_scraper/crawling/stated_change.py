"""What a sitemap's `lastmod` proves of a page that was read (sitemaps.org: a W3C date, or date and time). Pure.

Where it is the same as at the last visit, the page is what it was only if a change since would have brought another
one. A page that was changed today may be changed again today, and its `lastmod` of today stays; so a visit counts from
the end of that day on.
"""

from datetime import UTC, datetime, timedelta

_LATER = timedelta(hours=1)
"""Sitemaps and pages are cached, and clocks differ."""
_LAST_ZONE = timedelta(hours=12)
"""After UTC the day ends in the last of the time zones."""
_FIRST_YEAR = 1991
"""Of the web. What is older is what a site writes that does not know."""


def seen_at_its_last_change(modified: str, visited_at: datetime) -> bool:
    """Whether a visit at that moment was late enough to have seen all that this `lastmod` can tell of; no for one that
    cannot be read, or is coarser than a day."""
    try:
        moment = datetime.fromisoformat(modified)
        if moment.year < _FIRST_YEAR:
            return False
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC) + _LAST_ZONE
        if ":" not in modified:
            moment += timedelta(days=1)
        return visited_at >= moment + _LATER
    except (ValueError, OverflowError):
        return False
