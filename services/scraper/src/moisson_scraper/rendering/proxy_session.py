"""What one browser context does through the proxy: its bytes, its connections, what it was refused and why."""

import asyncio
import secrets
from dataclasses import dataclass

from moisson_scraper.reading.notice import Notice

MOST_AT_ONCE = 64
"""Connections of one context at the same time."""
MOST_PER_PAGE = 1000
"""Connections that one page may open, one after the other."""
_MESSAGES = {
    "address-refused": "Requests of rendered pages to addresses that must not be fetched were refused.",
    "too-many-connections": "Rendered pages opened more connections than a page needs; those beyond were refused.",
    "page-too-large": "Rendered pages fetched more bytes than the limit of the spider; what was beyond was cut off.",
}


class Spent(Exception):
    """The page has had all the bytes it may have."""


@dataclass(slots=True)
class _Trouble:
    count: int
    sample: str


class ProxySession:
    """One context's account, and the credential by which the proxy knows it."""

    def __init__(self) -> None:
        self.user = secrets.token_hex(8)
        self.password = secrets.token_urlsafe(24)
        self.tasks: set[asyncio.Task[None]] = set()
        self.bytes = 0
        self.exhausted = asyncio.Event()
        """Set while the page has wanted more bytes than it may have."""
        self._most_bytes = 0
        self._connections = 0
        self._troubles: dict[str, _Trouble] = {}
        self._lost: dict[tuple[str, int], str] = {}

    def begin_page(self, most_bytes: int) -> None:
        """A new page, or the next part of one, has all of its allowance before it."""
        self.bytes = self._connections = 0
        self._most_bytes = most_bytes
        self.exhausted.clear()
        self._troubles.clear()
        self._lost.clear()

    def take(self, count: int) -> None:
        """Counts bytes in either direction. Raises `Spent`."""
        self.bytes += count
        if self.bytes > self._most_bytes:
            self.exhausted.set()
            raise Spent

    def take_connection(self) -> str | None:
        """Counts a connection; why there may be no more, or None."""
        self._connections += 1
        if self.exhausted.is_set():
            return "page-too-large"
        if len(self.tasks) > MOST_AT_ONCE or self._connections > MOST_PER_PAGE:
            return "too-many-connections"
        return None

    def note(self, reason: str, host: str, port: int) -> None:
        """Something that was asked for and not had."""
        place = f"{host}:{port}"[:300]
        trouble = self._troubles.setdefault(reason, _Trouble(0, place))
        trouble.count += 1
        if len(self._lost) < MOST_PER_PAGE:
            self._lost[host.lower(), port] = reason

    def why_lost(self, host: str, port: int) -> str | None:
        """The last reason for which this page did not get something from there."""
        return self._lost.get((host.lower(), port))

    def notices(self, address: str) -> tuple[Notice, ...]:
        """What the page was refused or could not get, counted by reason."""
        return tuple(
            Notice(
                f"request-{reason}",
                _MESSAGES.get(reason, f"Requests of rendered pages came to nothing ({reason})."),
                f"{address} to {trouble.sample}",
                trouble.count,
            )
            for reason, trouble in self._troubles.items()
        )
