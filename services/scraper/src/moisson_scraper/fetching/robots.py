"""What a site's robots.txt allows us (RFC 9309). Pure: from an answer to rules."""

from dataclasses import dataclass
from enum import StrEnum

from protego import Protego

PRODUCT_TOKEN = "Moisson"  # noqa: S105 - the name robots.txt files call us by (RFC 9309, 2.2.1)
MOST_BYTES = 500 * 1024
"""What is read of a robots.txt (RFC 9309, 2.5); the rest is ignored."""
FRESH_SECONDS = 24 * 3600.0
"""How long rules hold (RFC 9309, 2.4)."""
RETRY_SECONDS = 300.0
"""How long "unreachable" holds."""


class Standing(StrEnum):
    """Where a site's rules come from."""

    STATED = "stated"
    NONE = "none"
    """There is no robots.txt (4xx): all is allowed (RFC 9309, 2.3.1.3)."""
    UNREACHABLE = "unreachable"
    """The server failed (5xx) or did not answer: all is off-limits (RFC 9309, 2.3.1.4)."""


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """The rules of one origin, as they concern us."""

    standing: Standing
    _parsed: Protego | None = None

    def allows(self, address: str) -> bool:
        """Whether the address may be fetched."""
        if self._parsed is None:
            return self.standing is Standing.NONE
        return bool(self._parsed.can_fetch(address, PRODUCT_TOKEN))

    @property
    def crawl_delay(self) -> float:
        """Seconds between two requests, 0 where nothing is said."""
        delay = self._parsed.crawl_delay(PRODUCT_TOKEN) if self._parsed is not None else None
        return max(0.0, float(delay)) if delay is not None else 0.0

    @property
    def fresh_seconds(self) -> float:
        """How long these rules may be used."""
        return RETRY_SECONDS if self.standing is Standing.UNREACHABLE else FRESH_SECONDS


NO_RULES = RobotsRules(Standing.NONE)
UNREACHABLE = RobotsRules(Standing.UNREACHABLE)


def rules_from(status: int, body: bytes) -> RobotsRules:
    """The rules that an answer states. Redirects that lead nowhere count as no robots.txt (RFC 9309, 2.3.1.2)."""
    if status >= 500:
        return UNREACHABLE
    if not 200 <= status < 300:
        return NO_RULES
    text = body[:MOST_BYTES].decode("utf-8", "replace").removeprefix("\ufeff").replace("\x00", "\ufffd")
    return RobotsRules(Standing.STATED, Protego.parse(text))
