"""Which listing pages are still to be read, in order. A page is given once; what comes again is told, not given."""

from collections import deque
from collections.abc import Iterable

from moisson_scraper.fingerprint import text_digest
from moisson_scraper.reading.source_reader import PageRequest


class Frontier:
    """Pure state: addresses in, addresses out. A chain of pages is read to its end before the next start page."""

    def __init__(self) -> None:
        self._starts: deque[PageRequest] = deque()
        self._led_to: deque[PageRequest] = deque()
        self._seen: set[bytes] = set()
        self._fingerprints: dict[bytes, int] = {}
        self._pages = 0

    def begin(self, requests: Iterable[PageRequest]) -> tuple[PageRequest, ...]:
        """Adds the start pages; gives those that were there already."""
        return tuple(request for request in requests if not self._add(request, self._starts))

    def follow(self, requests: Iterable[PageRequest]) -> tuple[PageRequest, ...]:
        """Adds the pages that a page leads to, before the other start pages; gives those that were there already."""
        return tuple(request for request in requests if not self._add(request, self._led_to))

    def _add(self, request: PageRequest, waiting: deque[PageRequest]) -> bool:
        digest = text_digest(request.identity)
        if digest in self._seen:
            return False
        self._seen.add(digest)
        waiting.append(request)
        return True

    def take(self) -> PageRequest | None:
        """The next page to read, in the order in which they were found; None when there is none left."""
        waiting = self._led_to or self._starts
        return waiting.popleft() if waiting else None

    def repeats(self, fingerprint: bytes) -> int | None:
        """How many pages ago the same items were on a page; None for new ones, which are remembered."""
        self._pages += 1
        if not fingerprint:
            return None
        earlier = self._fingerprints.get(fingerprint)
        if earlier is not None:
            return self._pages - earlier
        self._fingerprints[fingerprint] = self._pages
        return None

    def __len__(self) -> int:
        return len(self._led_to) + len(self._starts)
