"""What one run may still spend: pages, bytes, seconds, retries. Each refusal names the limit that was met."""

import math
from collections import deque
from dataclasses import dataclass, field

from moisson_scraper.fetching.page_failure import LimitMet, RunStopping
from moisson_shared.contracts.spider import Limits


@dataclass(slots=True, eq=False)
class RunBudget:
    """`deadline` is a moment of the same monotonic clock that `now` comes from."""

    limits: Limits
    deadline: float
    pages: int = 0
    """Asked for, whatever came back."""
    bytes: int = 0
    retries: int = 0
    lent: int = 0
    """Retries that are others' to take: what they did take is heard of when they give the rest back."""
    closed: bool = False
    holds: deque[tuple[str, float]] = field(default_factory=lambda: deque(maxlen=100))
    """Hosts that asked to be left alone for so many seconds, until somebody has noted it; the last hundred."""

    def close(self) -> None:
        """From now on no page is begun."""
        self.closed = True

    def take_page(self, now: float) -> None:
        """Before a page is asked for. Raises `LimitMet`."""
        if self.closed:
            raise RunStopping
        if self.pages >= self.limits.pages:
            raise LimitMet("limit-pages", f"The limit of {self.limits.pages:,} pages was met.")
        if self.bytes >= self.limits.bytes_in_all:
            raise LimitMet("limit-bytes", f"The limit of {self.limits.bytes_in_all:,} bytes in all was met.")
        self.require_time(now)
        self.pages += 1

    def require_time(self, until: float) -> None:
        """Raises `LimitMet` when the run would have to go on until a moment after its end, or is to stop now."""
        if self.closed:
            raise RunStopping
        if until >= self.deadline:
            raise LimitMet("limit-seconds", f"The limit of {self.limits.seconds:,} seconds was met.")

    def take_again(self, asked: bool, wire_bytes: int, retries: int) -> None:
        """What an earlier attempt of the same run has spent on a page counts as spent."""
        self.pages += asked
        self.bytes += wire_bytes
        self.retries += retries

    def take_retry(self) -> bool:
        """Whether there is a retry left, which is then taken."""
        if not self._retries_left:
            return False
        self.retries += 1
        return True

    def lend_retries(self, share: float) -> int:
        """This share of the retries that are left, at least one of them; from now on they are not ours to take. So
        those taken here and elsewhere never come to more than the limit."""
        lent = math.ceil(self._retries_left * share)
        self.lent += lent
        return lent

    @property
    def _retries_left(self) -> int:
        return max(0, self.limits.retries_in_all - self.retries - self.lent)
