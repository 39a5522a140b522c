"""Which listing pages are still to be read, in order. A page is given once; what comes again is told, not given.

Each start page begins a chain. That two chains meet, or show the same items, is no circle: nothing is hidden by it.
"""

from array import array
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from moisson_scraper.digest_numbers import DigestNumbers
from moisson_scraper.fingerprint import digest_of, text_digest
from moisson_scraper.reading.source_reader import PageRequest


class Known(NamedTuple):
    """A page that was named before."""

    request: PageRequest
    elsewhere: bool
    """By another chain, or as a start page."""


class Repeat(NamedTuple):
    """Items that were on a page before."""

    ago: int
    """So many pages."""
    elsewhere: bool
    """In another chain."""


class Frontier:
    """Pure state: addresses in, addresses out. A chain of pages is read to its end before the next start page."""

    def __init__(self) -> None:
        self._starts: deque[PageRequest] = deque()
        self._led_to: deque[PageRequest] = deque()
        self._chain = 0
        self._seen = DigestNumbers()
        self._chains = array("I")
        """The chain that each page is of; a start page that waits is of none (0)."""
        self._fingerprints = DigestNumbers()
        self._shown_on = array("I"), array("I")
        """The page where items were last met, and its chain."""
        self._pages = 0

    def begin(self, requests: Iterable[PageRequest]) -> tuple[PageRequest, ...]:
        """Adds the start pages; gives those that were there already."""
        return tuple(known.request for request in requests if (known := self._add(request, self._starts, 0)))

    def follow(self, requests: Iterable[PageRequest]) -> tuple[Known, ...]:
        """Adds the pages that a page leads to, before the other start pages; gives those that were there already."""
        return tuple(known for request in requests if (known := self._add(request, self._led_to, self._chain)))

    def _add(self, request: PageRequest, waiting: deque[PageRequest], chain: int) -> Known | None:
        number = self._seen.add(text_digest(request.identity))
        if number < len(self._chains):
            return Known(request, self._chains[number] != chain)
        self._chains.append(chain)
        waiting.append(request)
        return None

    def take(self) -> PageRequest | None:
        """The next page to read, in the order in which they were found; None when there is none left."""
        if self._led_to:
            return self._led_to.popleft()
        if not self._starts:
            return None
        self._chain += 1
        request = self._starts.popleft()
        self._chains[self._seen.add(text_digest(request.identity))] = self._chain
        return request

    def repeats(self, fingerprint: bytes) -> Repeat | None:
        """When and where the same items were on a page; None for new ones, which are remembered."""
        self._pages += 1
        if not fingerprint:
            return None
        pages, chains = self._shown_on
        number = self._fingerprints.add(digest_of(fingerprint))
        if number == len(pages):
            pages.append(self._pages)
            chains.append(self._chain)
            return None
        repeat = Repeat(self._pages - pages[number], chains[number] != self._chain)
        if repeat.elsewhere:
            pages[number], chains[number] = self._pages, self._chain
        return repeat

    def __len__(self) -> int:
        return len(self._led_to) + len(self._starts)
