"""One page, politely: limits, robots.txt, the host's slot, redirects one by one, retries. Every failure is a reason."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from moisson_scraper.fetching.host_standing import HostStanding, HostStandings
from moisson_scraper.fetching.page_failure import EndOfListing, LimitMet, OffLimits, PageFailed
from moisson_scraper.fetching.politeness import (
    LONGEST_WAIT,
    HostPace,
    HostPaces,
    ends_numbered_listing,
    holds_host,
    may_try_again,
    retry_after_seconds,
    says_stop,
    wait_before_retry,
)
from moisson_scraper.fetching.robots import Standing
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.reading.addresses import page_address, slot_of
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_shared.adapters.outbound_http import (
    AddressRefused,
    BodyTooLarge,
    ConnectionFailed,
    Fetched,
    FetchFailed,
    FetchTimeout,
    NameNotFound,
    OutboundClient,
)
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.spider import Politeness
from moisson_shared.ports.host_budget import LONGEST_SLEEP, HostBudget

MOST_REDIRECTS = 5
_PLACE_MARGIN = 5.0
"""Seconds that a request may take to end after its time is over."""
_LANGUAGES = "fr,en;q=0.5"
_VALIDATORS = frozenset({"if-none-match", "if-modified-since"})


@dataclass(frozen=True, slots=True)
class FetchTools:
    """What all runs of a process share. `backoff` is the first wait before a retry, in seconds."""

    client: OutboundClient
    slots: HostBudget
    robots: RobotsBook
    backoff: float = 1.0
    paces: HostPaces = field(default_factory=HostPaces)
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one request came to: an answer, or a failure that may or may not be worth another try."""

    fetched: Fetched | None
    failure: PageFailed | None
    again: bool = False
    retry_after: float | None = None


@dataclass(slots=True)
class _Visit:
    """A request on its way to a host: what is known of the host, and what makes it wait."""

    host: str
    standing: HostStanding
    pace: HostPace
    budget: RunBudget
    clock: Callable[[], float]
    least_delay: float = 0.0

    def delay(self) -> float:
        """Seconds after the start before: what the spider and robots.txt want, or what the host needs."""
        return max(self.least_delay, self.pace.delay)

    def waits(self, seconds: float) -> None:
        """Whether it may wait: raises `HostClosed`, or `LimitMet` where the run has no time for it."""
        self.standing.require_open()
        self.budget.require_time(self.clock() + seconds)


class PageFetcher:
    """Fetches for one run, within its budget."""

    def __init__(self, tools: FetchTools, politeness: Politeness, budget: RunBudget) -> None:
        self._tools = tools
        self._politeness = politeness
        self._standings = HostStandings()
        self._told_away = False
        self.budget = budget

    async def fetch(self, request: PageRequest) -> FetchedPage:
        """The page that is asked for. Raises `PageLost`: failed, off-limits, or a limit of the run."""
        self._standings.of(slot_of(request.address)).require_open()
        self.budget.take_page(self._tools.clock())
        here = request.address
        retries = 0
        for _ in range(MOST_REDIRECTS + 1):
            fetched, again = await self._with_retries(here, request)
            retries += again
            location = _location(fetched)
            if location is None:
                return FetchedPage(
                    page_address(fetched.url) or here,
                    fetched.status,
                    fetched.header("content-type") or "",
                    fetched.body,
                    fetched.headers,
                    fetched.wire_bytes,
                    retries,
                )
            following = page_address(location)
            if following is None:
                raise PageFailed("bad-redirect", "Pages lead on to something that is no page.")
            here = following
        raise PageFailed("too-many-redirects", f"Pages lead on more than {MOST_REDIRECTS} times.")

    async def _with_retries(self, address: str, request: PageRequest) -> tuple[Fetched, int]:
        attempt = 0
        while True:
            attempt += 1
            outcome = await self._attempt(address, request)
            if outcome.fetched is not None:
                return outcome.fetched, attempt - 1
            failure = outcome.failure or PageFailed("fetch-failed", "The page could not be fetched.")
            if not outcome.again or attempt > self._politeness.retries:
                raise failure
            wait = wait_before_retry(attempt, self._tools.backoff, self._tools.chance(), outcome.retry_after)
            if wait is None:
                message = f"The site asks to be left alone for more than {LONGEST_WAIT:.0f} seconds."
                raise PageFailed("retry-after-too-long", message) from failure
            if not self.budget.take_retry():
                raise failure
            await self._sleep(wait, self._standings.of(slot_of(address)))

    async def _sleep(self, seconds: float, standing: HostStanding) -> None:
        """In pieces, so that it ends soon once the run is done with the host."""
        end = self._tools.clock() + seconds
        self.budget.require_time(end)
        while (left := end - self._tools.clock()) > 0:
            await asyncio.sleep(min(left, LONGEST_SLEEP))
            standing.require_open()

    async def _attempt(self, address: str, request: PageRequest) -> _Attempt:
        host = slot_of(address)
        visit = _Visit(host, self._standings.of(host), self._tools.paces.of(host), self.budget, self._tools.clock)
        longest = self._politeness.timeout + _PLACE_MARGIN
        while True:
            try:
                visit.least_delay = await self._least_delay(address, visit)
                async with self._tools.slots.turn(host, visit.delay, longest, visit.waits):
                    return await self._ask(address, request, visit)
            except Unavailable as error:
                await self._wait_for_slots(error, visit.standing)

    async def _least_delay(self, address: str, visit: _Visit) -> float:
        """Seconds between two requests, as the spider and robots.txt want it. Raises `OffLimits`."""
        if not self._politeness.obey_robots:
            return self._politeness.delay
        rules = await self._tools.robots.rules(address, visit.waits)
        if not rules.allows(address):
            if rules.standing is Standing.UNREACHABLE:
                message = "robots.txt cannot be had (the server fails), so nothing may be fetched (RFC 9309)."
                raise OffLimits("robots-unreachable", message)
            raise OffLimits("robots", "robots.txt asks us not to fetch these pages.")
        return max(self._politeness.delay, rules.crawl_delay)

    async def _wait_for_slots(self, error: Unavailable, standing: HostStanding) -> None:
        """While nobody can say whether a host may be visited, nobody goes; until the run has no time left."""
        if not self._told_away:
            self._told_away = True
            structlog.get_logger().warning("waiting for the budget of hosts", reason=str(error))
        try:
            await self._sleep(error.retry_after, standing)
        except LimitMet as limit:
            message = "The budget of hosts, which all workers share, was away until the run's time was over."
            raise LimitMet("host-budget-away", message) from limit

    async def _ask(self, address: str, request: PageRequest, visit: _Visit) -> _Attempt:
        most = self.budget.limits.bytes_per_page
        began = self._tools.clock()
        try:
            async with asyncio.timeout(self._politeness.timeout):
                fetched = await self._tools.client.fetch(
                    address,
                    headers={"accept": request.accept, "accept-language": _LANGUAGES, **dict(request.headers)},
                    max_bytes=most,
                    max_redirects=0,
                )
        except (TimeoutError, FetchTimeout):
            return self._unanswered(_timeout(self._politeness.timeout), visit, began, again=True)
        except (ConnectionFailed, NameNotFound) as error:
            return self._unanswered(PageFailed(error.reason, _plain(error)), visit, began, again=error.transient)
        except AddressRefused as error:
            raise PageFailed(
                error.reason, "Addresses that must not be fetched (not public, or another port)."
            ) from error
        except BodyTooLarge as error:
            visit.standing.answered()
            raise PageFailed(
                "page-too-large", f"Pages have more than {most:,} bytes, the limit of the spider."
            ) from error
        except FetchFailed as error:
            return _Attempt(None, PageFailed(error.reason, _plain(error)), again=error.transient)
        self.budget.bytes += fetched.wire_bytes
        if fetched.status < 400:
            visit.pace.answered(began, fetched.seconds)
            visit.standing.answered()
            if fetched.status < 300 or _is_unchanged(fetched, request) or _location(fetched) is not None:
                return _Attempt(fetched, None)
        retry_after = retry_after_seconds(fetched.header("retry-after"), datetime.now(UTC))
        await self._heed(fetched, retry_after, visit, began)
        return _judge(fetched.status, retry_after, numbered=request.numbered)

    def _unanswered(self, failure: PageFailed, visit: _Visit, began: float, *, again: bool) -> _Attempt:
        now = self._tools.clock()
        visit.pace.failed(began, now - began)
        visit.standing.unanswered(began, now, self._tools.backoff)
        visit.standing.require_open()
        return _Attempt(None, failure, again=again)

    async def _heed(self, fetched: Fetched, retry_after: float | None, visit: _Visit, began: float) -> None:
        """What an error says of the whole host: leave it alone for a while, or for this run (`HostClosed`)."""
        now = self._tools.clock()
        if says_stop(fetched.status, fetched.body):
            visit.standing.say_stop(f"it answered {fetched.status}: its bandwidth is used up")
        if holds_host(fetched.status):
            visit.standing.refused(fetched.status, began, now, retry_after)
            seconds = visit.pace.refused(began, now, self._tools.backoff)
            if seconds or retry_after:
                await self._tools.slots.hold(visit.host, min(max(seconds, retry_after or 0.0), LONGEST_WAIT))
        elif fetched.status >= 500:
            visit.pace.failed(began, fetched.seconds)
            visit.standing.answered()
        elif fetched.status >= 400:
            visit.pace.answered(began, fetched.seconds)
            visit.standing.answered()
        visit.standing.require_open()


def _is_unchanged(fetched: Fetched, request: PageRequest) -> bool:
    return fetched.status == 304 and any(name in _VALIDATORS for name, _ in request.headers)


def _judge(status: int, retry_after: float | None, *, numbered: bool) -> _Attempt:
    if numbered and ends_numbered_listing(status):
        message = "The listing ended: the next page by number does not exist."
        raise EndOfListing("listing-ended", message)
    failure = PageFailed(f"http-{status}", f"The site answered {status}.")
    return _Attempt(None, failure, may_try_again(status), retry_after)


def _timeout(seconds: float) -> PageFailed:
    return PageFailed("timeout", f"The site did not answer completely within {seconds:g} seconds.")


def _location(fetched: Fetched) -> str | None:
    try:
        return fetched.location
    except FetchFailed as error:
        raise PageFailed("bad-redirect", "Pages lead on to something that is no page.") from error


def _plain(error: FetchFailed) -> str:
    """The sentence without the address, which stands among the samples."""
    text = str(error).partition(": ")[2] or str(error)
    return f"{text[:1].upper()}{text[1:]}."
