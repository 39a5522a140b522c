"""The requests of one run to hosts: what robots.txt allows, in the hosts' turns, tried again, heeding what hosts say.

Who asks (a client, a browser) is not known here: a request is something that is awaited in its turn.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

import structlog

from moisson_scraper.fetching.host_standing import HostStanding, HostStandings
from moisson_scraper.fetching.page_failure import EndOfListing, HostClosed, LimitMet, OffLimits, PageFailed, PageLost
from moisson_scraper.fetching.politeness import (
    LONGEST_HOLD,
    LONGEST_WAIT,
    HostPace,
    HostPaces,
    holds_host,
    may_try_again,
    retry_after_seconds,
    says_stop,
    wait_before_retry,
)
from moisson_scraper.fetching.robots import Standing
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.reading.addresses import slot_of
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.spider import Politeness
from moisson_shared.ports.host_budget import LONGEST_SLEEP, HostBudget

T = TypeVar("T")

_PLACE_MARGIN = 5.0
"""Seconds that a request may take to end after its time is over."""


@dataclass(frozen=True, slots=True)
class HostTools:
    """What all runs of a process share to be polite. `backoff` is the first wait before a retry, in seconds."""

    slots: HostBudget
    robots: RobotsBook
    backoff: float = 1.0
    paces: HostPaces = field(default_factory=HostPaces)
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """What one request came to: an answer, or a failure that may or may not be worth another try."""

    got: T | None
    failure: PageFailed | None
    again: bool = False
    retry_after: float | None = None


@dataclass(slots=True)
class HostVisit:
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
        if seconds > max(LONGEST_WAIT, self.least_delay):  # no delay of ours: another run was told so
            self.standing.say_stop(f"it asks to be left alone for more than {LONGEST_WAIT:.0f} seconds")
        self.standing.require_open()
        self.budget.require_time(self.clock() + seconds)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than a page, as far as it speaks for the host."""

    status: int
    retry_after: str | None
    """The header as it stands."""
    body: bytes
    seconds: float
    page: FetchedPage | None = None
    """The whole answer, for whoever wants to see it."""


class HostVisits:
    """Of one run."""

    def __init__(
        self, tools: HostTools, politeness: Politeness, budget: RunBudget, standings: HostStandings | None = None
    ) -> None:
        self._tools = tools
        self._politeness = politeness
        self._standings = standings or HostStandings()
        self._told_away = False
        self.budget = budget

    def clock(self) -> float:
        """The moment, on the clock of the budget's deadline."""
        return self._tools.clock()

    def require_open(self, address: str) -> None:
        """Raises `HostClosed` where the run is done with the host."""
        self._standings.of(slot_of(address)).require_open()

    async def retried(self, address: str, attempt: Callable[[], Awaitable[Attempt[T]]]) -> tuple[T, int]:
        """What an attempt gives in the end, and how often it was made again. Raises `PageLost`, which says it too."""
        retries = 0
        try:
            while True:
                outcome = await attempt()
                if outcome.got is not None:
                    return outcome.got, retries
                failure = outcome.failure or PageFailed("fetch-failed", "The page could not be fetched.")
                if not outcome.again or retries >= self._politeness.retries:
                    raise failure
                wait = wait_before_retry(retries + 1, self._tools.backoff, self._tools.chance(), outcome.retry_after)
                if wait is None:
                    message = f"The site asks to be left alone for more than {LONGEST_WAIT:.0f} seconds."
                    page, failure.page = failure.page, None
                    raise PageFailed("retry-after-too-long", message, page) from failure
                if not self.budget.take_retry():
                    raise failure
                retries += 1
                await self._sleep(wait, self._standings.of(slot_of(address)))
        except PageLost as lost:
            lost.retries = retries
            raise

    async def _sleep(self, seconds: float, standing: HostStanding) -> None:
        """In pieces, so that it ends soon once the run is done with the host, or is to stop."""
        end = self._tools.clock() + seconds
        self.budget.require_time(end)
        while (left := end - self._tools.clock()) > 0:
            await asyncio.sleep(min(left, LONGEST_SLEEP))
            standing.require_open()
            self.budget.require_time(end)

    async def in_turn(self, address: str, request: Callable[[HostVisit], Awaitable[T]]) -> T:
        """Awaits the request when its host may be asked. Raises `OffLimits` where robots.txt says no, `LimitMet`."""
        visit = self.visit(address)
        longest = self._politeness.timeout + _PLACE_MARGIN
        while True:
            try:
                visit.least_delay = await self._least_delay(address, visit)
                async with self._tools.slots.turn(visit.host, visit.delay, longest, visit.waits):
                    return await request(visit)
            except Unavailable as error:
                await self._wait_for_slots(error, visit.standing)

    async def require_allowed(self, address: str) -> None:
        """Raises `OffLimits` where robots.txt says no."""
        await self._least_delay(address, self.visit(address))

    def visit(self, address: str) -> HostVisit:
        """What is known of the host of an address."""
        host = slot_of(address)
        return HostVisit(host, self._standings.of(host), self._tools.paces.of(host), self.budget, self._tools.clock)

    async def _least_delay(self, address: str, visit: HostVisit) -> float:
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

    def answered(self, visit: HostVisit, began: float, seconds: float) -> None:
        """The host gave what was asked for, or led on."""
        visit.pace.answered(began, seconds)
        visit.standing.answered()

    def unanswered(self, visit: HostVisit, failure: PageFailed, began: float, *, again: bool) -> Attempt[T]:
        """No connection, no answer in time, no such name. Raises `HostClosed` when that was once too often."""
        now = self._tools.clock()
        visit.pace.failed(began, now - began)
        visit.standing.unanswered(began, now, self._tools.backoff)
        visit.standing.require_open()
        return Attempt(None, failure, again=again)

    async def refused(self, visit: HostVisit, answer: Refusal, began: float, *, ends: bool) -> Attempt[T]:
        """An answer without a page. Raises `HostClosed`, and `EndOfListing` where it `ends` the listing."""
        date = answer.page.header("date") if answer.page is not None else None
        retry_after = retry_after_seconds(answer.retry_after, datetime.now(UTC), date)
        try:
            await self._heed(visit, answer, retry_after, began)
        except HostClosed as closed:
            closed.page = answer.page
            raise
        if ends:
            message = "The listing ended: the next page by number does not exist."
            raise EndOfListing("listing-ended", message, answer.page)
        failure = PageFailed(f"http-{answer.status}", f"The site answered {answer.status}.", answer.page)
        return Attempt(None, failure, may_try_again(answer.status), retry_after)

    async def _heed(self, visit: HostVisit, answer: Refusal, retry_after: float | None, began: float) -> None:
        """What an error says of the whole host: leave it alone for a while, or for this run."""
        now = self._tools.clock()
        if says_stop(answer.status, answer.body):
            visit.standing.say_stop(f"it answered {answer.status}: its bandwidth is used up")
        if holds_host(answer.status):
            visit.standing.refused(answer.status, began, now, retry_after)
            seconds = visit.pace.refused(began, now, self._tools.backoff)
            if seconds or retry_after:
                held = min(max(seconds, retry_after or 0.0), LONGEST_HOLD)
                self.budget.holds.append((visit.host, held))
                await self._tools.slots.hold(visit.host, held)
        elif answer.status >= 500:
            visit.pace.failed(began, answer.seconds)
            visit.standing.answered()
        elif answer.status >= 400:
            visit.pace.answered(began, answer.seconds)
            visit.standing.answered()
        visit.standing.require_open()


async def at_once(visit: HostVisit) -> None:
    """A request that is made elsewhere (by a browser): all that is wanted is the moment."""
