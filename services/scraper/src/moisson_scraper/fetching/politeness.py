"""How much a host is spared, and whether a failed request is tried again. Time and chance are arguments."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from moisson_scraper.reading.source_reader import PageRequest

LONGEST_WAIT = 300.0
"""Seconds. A site that asks for more is left alone for this run."""
LONGEST_HOLD = 86_400.0
"""Seconds. For so long at most all runs leave a host alone that asks for it."""
LONGEST_BACKOFF = 60.0
FAST_SECONDS = 0.2
"""An answer within this time is no sign of a host that is at its limit."""
TARGET_AT_ONCE = 2.0
"""How many of our requests a slow host is to have at once, on average."""
FIRST_STEP = 0.25
"""Seconds added at the second failure in a row."""
LONGEST_DELAY = 30.0
"""The most that is added between two requests, in seconds."""
_RISE, _FALL = 0.25, 0.5
_MOST_TROUBLE = 4.0
_MOST_REFUSALS = 20.0
_MANY_HOSTS = 5000
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_HOLDS_HOST = frozenset({429, 503})
_END_OF_NUMBERED_LISTING = frozenset({204, 404, 410})
_REFUSES_NUMBER = frozenset({400, 416, 422})
"""No end behind a full page: an API may refuse to count beyond its first 10,000 items. Behind one that was short, and
that ended the listing unless the API gives no more at once, it is."""
_NO_SUCH_NUMBER = re.compile(rb"\brest_\w{1,40}_invalid_page_number\b")
"""WordPress's own word (`rest_post_invalid_page_number`), which its API sends with 400."""
_BANDWIDTH_EXCEEDED = 509
_SAYS_STOP = re.compile(rb"bandwidth (?:limit )?exceeded", re.IGNORECASE)
_LOOKED_AT = 4096


@dataclass(slots=True)
class HostPace:
    """How much slower than asked a host is visited because of how it has been answering, in seconds.

    After Scrapy's AutoThrottle: a host that takes `latency` seconds for an answer is asked every
    `latency / TARGET_AT_ONCE` seconds, so that about so many of our requests are with it at once; failures never make
    us faster. Three things differ. Only what is above FAST_SECONDS counts: a fast host is not slowed at all, and the
    delay grows from nothing instead of leaping. The latency is an average that falls with each answer, and rises once
    for all requests that were under way together: when our own process was busy for a moment they all seem slow. And
    requests that fail one after the other are answered by a delay that doubles with each, because a host in trouble
    often fails quickly:

        delay = max(0, latency - FAST_SECONDS) / TARGET_AT_ONCE + FIRST_STEP * (2 ** (trouble - 1) - 1)

    of at most LONGEST_DELAY; `trouble` is one more with each failure and half with each answer.
    """

    delay: float = 0.0
    latency: float = 0.0
    trouble: float = 0.0
    slower_at: float = -math.inf
    """When it was last found slow or failing; what had begun before says nothing new."""
    refusals: float = 0.0
    refused_at: float = -math.inf

    def answered(self, began: float, seconds: float) -> None:
        """A usable answer to a request that began then and took so long."""
        if seconds <= self.latency:
            self.latency += (seconds - self.latency) * _FALL
        elif seconds <= FAST_SECONDS:
            self.latency += (seconds - self.latency) * _RISE
        elif began >= self.slower_at:
            self._slow(began, seconds)
        if self.trouble or self.refusals:
            self.trouble = _halved(self.trouble)
            self.refusals = _halved(self.refusals)
        self._settle()

    def failed(self, began: float, seconds: float) -> None:
        """No answer, or one of the server's own faults, after so long."""
        if began < self.slower_at:
            return
        self._slow(began, seconds)
        self.trouble = min(self.trouble + 1.0, _MOST_TROUBLE)
        self._settle()

    def _slow(self, began: float, seconds: float) -> None:
        self.latency += max(0.0, seconds - self.latency) * _RISE
        self.slower_at = began + seconds

    def refused(self, began: float, now: float, first: float) -> float:
        """For how long a host that refuses (429, 503) is left alone where it does not say: `first`, twice as long each
        time, LONGEST_WAIT at most. 0 for a request that began before the refusal that is known: it says nothing new.

        Answers halve what has been gathered, and so does each LONGEST_WAIT that passes.
        """
        if began < self.refused_at:
            return 0.0
        passed = min((now - self.refused_at) / LONGEST_WAIT, 64.0)
        self.refused_at = now
        self.refusals = min(self.refusals * math.pow(0.5, passed) + 1.0, _MOST_REFUSALS)
        return min(first * math.pow(2.0, self.refusals - 1.0), LONGEST_WAIT)

    def _settle(self) -> None:
        slow = max(0.0, self.latency - FAST_SECONDS) / TARGET_AT_ONCE
        pressed = FIRST_STEP * (math.pow(2.0, self.trouble - 1.0) - 1.0) if self.trouble > 1.0 else 0.0
        self.delay = min(slow + pressed, LONGEST_DELAY)


def _halved(value: float) -> float:
    return value / 2.0 if value > 0.1 else 0.0


class HostPaces:
    """The paces of the hosts that this process visits, by host; of very many, those known longest are forgotten."""

    def __init__(self) -> None:
        self._paces: dict[str, HostPace] = {}

    def of(self, host: str) -> HostPace:
        """The pace of a host; a host that is not known has been fast."""
        pace = self._paces.get(host)
        if pace is None:
            if len(self._paces) >= _MANY_HOSTS:
                del self._paces[next(iter(self._paces))]
            pace = self._paces[host] = HostPace()
        return pace


def retry_after_seconds(header: str | None, now: datetime, date: str | None = None) -> float | None:
    """Seconds to wait from a Retry-After header in either form (RFC 9110, 10.2.3); None where it says nothing.

    A moment is one of the site's clock: it counts from the answer's own `date` where that can be read, else from `now`.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 10 else math.inf
    moment = _moment(text)
    if moment is None:
        return None
    return max(0.0, (moment - (_moment(date or "") or now)).total_seconds())


def _moment(text: str) -> datetime | None:
    """Of an HTTP date; None for what is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def may_try_again(status: int) -> bool:
    """Whether the same request may succeed later."""
    return status in _TRY_AGAIN


def holds_host(status: int) -> bool:
    """Whether the answer speaks for the whole host, not for one page."""
    return status in _HOLDS_HOST


def says_stop(status: int, body: bytes) -> bool:
    """Whether the answer says that the site has nothing left to give: its host cut it off for using too much.

    Hosting panels answer 509 for that, which no RFC knows, or say it in a page of another error.
    """
    return status == _BANDWIDTH_EXCEEDED or (status >= 400 and _SAYS_STOP.search(body, 0, _LOOKED_AT) is not None)


def ends_listing(request: PageRequest, status: int, body: bytes) -> bool:
    """Whether an answer to an address we counted up to says that there are no more pages."""
    if not request.numbered:
        return False
    if request.capped and request.position == 1 and status in _REFUSES_NUMBER:
        return True
    if status == 400:
        return _NO_SUCH_NUMBER.search(body, 0, _LOOKED_AT) is not None
    return status in _END_OF_NUMBERED_LISTING


def wait_before_retry(attempt: int, base: float, chance: float, retry_after: float | None) -> float | None:
    """Seconds before attempt `attempt + 1` (attempts count from 1): doubled each time, spread by `chance` (0 to 1).

    The site's own word wins where it is longer; None where it asks for more than LONGEST_WAIT.
    """
    if retry_after is not None and retry_after > LONGEST_WAIT:
        return None
    backoff = min(base * 2.0 ** (attempt - 1), LONGEST_BACKOFF) * (0.75 + 0.5 * chance)
    return max(backoff, retry_after or 0.0)
