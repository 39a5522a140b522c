"""One page, politely: limits, robots.txt, the host's turn, redirects one by one, retries. Every failure is a reason."""

from dataclasses import dataclass

from moisson_scraper.fetching.host_standing import HostStandings
from moisson_scraper.fetching.host_visits import Attempt, HostTools, HostVisit, HostVisits, Refusal
from moisson_scraper.fetching.page_failure import PageFailed, PageLost
from moisson_scraper.fetching.politeness import ends_listing
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.fetching.sent_on import VALIDATORS, sent_on
from moisson_scraper.reading.addresses import origin_of, page_address
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
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
from moisson_shared.contracts.spider import Politeness

MOST_REDIRECTS = 5
_LANGUAGES = "fr,en;q=0.5"


@dataclass(frozen=True, slots=True)
class FetchTools:
    """What all runs of a process share."""

    client: OutboundClient
    hosts: HostTools
    processes: ReadingProcesses
    """Where pages are read that may take long."""


class PageFetcher:
    """Fetches for one run, within its budget. `standings` are what others hear who work for the same run."""

    def __init__(
        self, tools: FetchTools, politeness: Politeness, budget: RunBudget, standings: HostStandings | None = None
    ) -> None:
        self._client = tools.client
        self._politeness = politeness
        self.budget = budget
        self.visits = HostVisits(tools.hosts, politeness, budget, standings)

    async def fetch(self, request: PageRequest) -> FetchedPage:
        """The page that is asked for. Raises `PageLost`: failed, off-limits, or a limit of the run.

        Where the request has validators, a 304 is a page without a body.
        """
        self.visits.require_open(request.address)
        self.budget.take_page(self.visits.clock())
        here, asked = request.address, request
        retries = 0
        try:
            for _ in range(MOST_REDIRECTS + 1):
                fetched, again = await self.visits.retried(
                    here,
                    lambda here=here, asked=asked: self._attempt(here, asked),  # type: ignore[misc]
                )
                retries += again
                location = _location(fetched)
                if location is None:
                    return _page(fetched, here, retries)
                following = page_address(location)
                if following is None:
                    raise PageFailed("bad-redirect", "Pages lead on to something that is no page.")
                asked = sent_on(asked, fetched.status, elsewhere=origin_of(following) != origin_of(here))
                here = following
            raise PageFailed("too-many-redirects", f"Pages lead on more than {MOST_REDIRECTS} times.")
        except PageLost as lost:
            lost.retries += retries
            raise

    async def _attempt(self, address: str, request: PageRequest) -> Attempt[Fetched]:
        return await self.visits.in_turn(address, lambda visit: self._ask(address, request, visit))

    async def _ask(self, address: str, request: PageRequest, visit: HostVisit) -> Attempt[Fetched]:
        most = self.budget.limits.bytes_per_page
        began = self.visits.clock()
        try:
            fetched = await self._client.fetch(
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
                max_seconds=self._politeness.timeout,
            )
        except FetchTimeout:
            return self.visits.unanswered(visit, _timeout(self._politeness.timeout), began, again=True)
        except (ConnectionFailed, NameNotFound) as error:
            failure = PageFailed(error.reason, _plain(error))
            return self.visits.unanswered(visit, failure, began, again=error.transient)
        except AddressRefused as error:
            raise address_refused() from error
        except BodyTooLarge as error:
            visit.standing.answered()
            raise page_too_large(most) from error
        except FetchFailed as error:
            return Attempt(None, PageFailed(error.reason, _plain(error)), again=error.transient)
        self.budget.bytes += fetched.wire_bytes
        if fetched.status < 400:
            self.visits.answered(visit, began, fetched.seconds)
            has_page = 200 <= fetched.status < 300 and not ends_listing(request, fetched.status, fetched.body)
            if has_page or _is_unchanged(fetched, request) or _location(fetched) is not None:
                return Attempt(fetched, None)
        page = _page(fetched, address)
        refusal = Refusal(fetched.status, fetched.header("retry-after"), fetched.body, fetched.seconds, page)
        ends = ends_listing(request, fetched.status, fetched.body)
        return await self.visits.refused(visit, refusal, began, ends=ends)


def _page(fetched: Fetched, asked: str, retries: int = 0) -> FetchedPage:
    return FetchedPage(
        asked if fetched.url == asked else page_address(fetched.url) or asked,
        fetched.status,
        fetched.header("content-type") or "",
        fetched.body,
        fetched.headers,
        fetched.wire_bytes,
        retries,
    )


def _is_unchanged(fetched: Fetched, request: PageRequest) -> bool:
    return fetched.status == 304 and any(name in VALIDATORS for name, _ in request.headers)


def address_refused() -> PageFailed:
    """The guard said no."""
    return PageFailed(AddressRefused.reason, "Addresses that must not be fetched (not public, or another port).")


def page_too_large(most: int) -> PageFailed:
    """More bytes than the spider allows."""
    return PageFailed("page-too-large", f"Pages have more than {most:,} bytes, the limit of the spider.")


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
