"""A partner's quota as meters: what was used of what is allowed. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from moisson_shared.contracts.quota import PartnerQuota
from moisson_viz_gateway.wording.catalogue import Wording

_NEAR = 0.8


@dataclass(frozen=True, slots=True)
class Meter:
    """One limit: texts for people, and the share that is used up; None where nothing limits it."""

    name: str
    used: str
    allowed: str | None
    share: float | None

    @property
    def look(self) -> str:
        """A word for the colour: all is well, near the end, at the end."""
        if self.share is None or self.share < _NEAR:
            return "best"
        return "warn" if self.share < 1 else "bad"


def meters(quota: PartnerQuota, words: Wording) -> list[Meter]:
    """Runs, pages and bytes of the day, and what is kept."""
    usage, limits = quota.usage, quota.limits
    return [
        _meter("runs", usage.runs, limits.runs_per_day, words.number),
        _meter("pages", usage.pages, limits.pages_per_day, words.number),
        _meter("bytes", usage.bytes, limits.bytes_per_day, words.size),
        _meter("documents", usage.documents, limits.documents, words.number),
    ]


def _meter(name: str, used: int, limit: int | None, text: Callable[[float], str]) -> Meter:
    if limit is None:
        return Meter(name, text(used), None, None)
    share = min(1.0, used / limit) if limit else 1.0
    return Meter(name, text(used), text(limit), share)
