"""One page, politely: limits, robots.txt, the host's slot, redirects one by one, retries. Every failure is a reason."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from moisson_scraper.fetching.host_slots import HostSlots
from moisson_scraper.fetching.page_failure import EndOfListing, OffLimits, PageFailed
from moisson_scraper.fetching.politeness import (
    LONGEST_WAIT,
    ends_numbered_listing,
    holds_host,
    may_try_again,
    retry_after_seconds,
    wait_before_retry,
)
from moisson_scraper.fetching.robots import Standing
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.fetching.sent_on import VALIDATORS, sent_on
from moisson_scraper.reading.addresses import origin_of, page_address
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_shared.adapters.outbound_http import (
    AddressRefused,
    BodyTooLarge,
    Fetched,
    FetchFailed,
    FetchTimeout,
    OutboundClient,
)
from moisson_shared.contracts.spider import Politeness

MOST_REDIRECTS = 5
_LANGUAGES = "fr,en;q=0.5"


@dataclass(frozen=True, slots=True)
class FetchTools:
    """What all runs of a process share. `backoff` is the first wait before a retry, in seconds."""

    client: OutboundClient
    slots: HostSlots
    robots: RobotsBook
    backoff: float = 1.0
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one request came to: an answer, or a failure that may or may not be worth another try."""

    fetched: Fetched | None
    failure: PageFailed | None
    again: bool = False
    retry_after: float | None = None


class PageFetcher:
    """Fetches for one run, within its budget."""

    def __init__(self, tools: FetchTools, politeness: Politeness, budget: RunBudget) -> None:
        self._tools = tools
        self._politeness = politeness
        self.budget = budget

    async def fetch(self, request: PageRequest) -> FetchedPage:
        """The page that is asked for. Raises `PageLost`: failed, off-limits, or a limit of the run."""
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
            request = sent_on(request, fetched.status, elsewhere=origin_of(following) != origin_of(here))
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
            self.budget.require_time(self._tools.clock() + wait)
            await asyncio.sleep(wait)

    async def _attempt(self, address: str, request: PageRequest) -> _Attempt:
        delay = self._politeness.delay
        if self._politeness.obey_robots:
            rules = await self._tools.robots.rules(address, self.budget.require_time)
            if not rules.allows(address):
                if rules.standing is Standing.UNREACHABLE:
                    message = "robots.txt cannot be had (the server fails), so nothing may be fetched (RFC 9309)."
                    raise OffLimits("robots-unreachable", message)
                raise OffLimits("robots", "robots.txt asks us not to fetch these pages.")
            delay = max(delay, rules.crawl_delay)
        async with self._tools.slots.turn(address, delay, self.budget.require_time):
            return await self._ask(address, request)

    async def _ask(self, address: str, request: PageRequest) -> _Attempt:
        most = self.budget.limits.bytes_per_page
        try:
            async with asyncio.timeout(self._politeness.timeout):
                fetched = await self._tools.client.fetch(
                    address,
                    method=request.method,
                    headers={
                        "accept": request.accept,
                        "accept-language": _LANGUAGES,
                        **({"content-type": "application/json"} if request.body else {}),
                        **dict(request.headers),
                    },
                    content=request.body or None,
                    max_bytes=most,
                    max_redirects=0,
                )
        except TimeoutError:
            return _Attempt(None, _timeout(self._politeness.timeout), again=True)
        except FetchTimeout:
            return _Attempt(None, _timeout(self._politeness.timeout), again=True)
        except AddressRefused as error:
            raise PageFailed(
                error.reason, "Addresses that must not be fetched (not public, or another port)."
            ) from error
        except BodyTooLarge as error:
            raise PageFailed(
                "page-too-large", f"Pages have more than {most:,} bytes, the limit of the spider."
            ) from error
        except FetchFailed as error:
            return _Attempt(None, PageFailed(error.reason, _plain(error)), again=error.transient)
        self.budget.bytes += fetched.wire_bytes
        return self._judge(address, fetched, request)

    def _judge(self, address: str, fetched: Fetched, request: PageRequest) -> _Attempt:
        status = fetched.status
        unchanged = status == 304 and any(name in VALIDATORS for name, _ in request.headers)
        if 200 <= status < 300 or unchanged or _location(fetched) is not None:
            return _Attempt(fetched, None)
        retry_after = retry_after_seconds(fetched.header("retry-after"), datetime.now(UTC))
        if holds_host(status) and retry_after is not None:
            self._tools.slots.hold(address, min(retry_after, LONGEST_WAIT))
        if request.numbered and ends_numbered_listing(status):
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
