"""When the next request to a host may start, and whether a failed one is tried again. Time and chance are arguments."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 300.0
"""Seconds. A site that asks for more is left alone for this run."""
LONGEST_BACKOFF = 60.0
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_HOLDS_HOST = frozenset({429, 503})
_END_OF_NUMBERED_LISTING = frozenset({404, 410})


@dataclass(slots=True)
class SlotTimes:
    """The times of one host's slot, in seconds of one monotonic clock."""

    last_start: float = field(default=-math.inf)
    held_until: float = field(default=-math.inf)

    def earliest(self, now: float, delay: float) -> float:
        """When a request may start: `delay` seconds after the one before, and not while the host is left alone."""
        return max(now, self.last_start + delay, self.held_until)

    def start(self, now: float) -> None:
        """A request begins."""
        self.last_start = now

    def hold(self, until: float) -> None:
        """Leaves the host alone until then; an earlier word for longer stands."""
        self.held_until = max(self.held_until, until)


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Seconds to wait from a Retry-After header in either form (RFC 9110, 10.2.3); None where it says nothing."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 10 else math.inf
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def may_try_again(status: int) -> bool:
    """Whether the same request may succeed later."""
    return status in _TRY_AGAIN


def holds_host(status: int) -> bool:
    """Whether the answer speaks for the whole host, not for one page."""
    return status in _HOLDS_HOST


def ends_numbered_listing(status: int) -> bool:
    """Whether an answer to an address we counted up to says that there are no more pages."""
    return status in _END_OF_NUMBERED_LISTING


def wait_before_retry(attempt: int, base: float, chance: float, retry_after: float | None) -> float | None:
    """Seconds before attempt `attempt + 1` (attempts count from 1): doubled each time, spread by `chance` (0 to 1).

    The site's own word wins where it is longer; None where it asks for more than LONGEST_WAIT.
    """
    if retry_after is not None and retry_after > LONGEST_WAIT:
        return None
    backoff = min(base * 2.0 ** (attempt - 1), LONGEST_BACKOFF) * (0.75 + 0.5 * chance)
    return max(backoff, retry_after or 0.0)
