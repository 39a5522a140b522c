"""When a run is done with a host: it asked to be left alone, or it does not answer. Pure state of one run."""

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from moisson_scraper.fetching.page_failure import HostClosed
from moisson_scraper.fetching.politeness import LONGEST_WAIT

MOST_REFUSALS = 5
"""How often in a row a host may refuse (429, 503), each time left alone for a while, before it is taken at its word."""
MOST_SILENT = 10
"""How many requests in a row may go without any answer."""
SILENT_WAITS = 10.0
"""For how long at least, as a multiple of the first wait before a retry: a server that is being started anew takes
some seconds, and the retries of one page (1 + 2 + 4) are to outlast that."""
_MANY_HOSTS = 5000
_MANY_RUNS = 200
MOST_TOLD = 100
"""Closed hosts that one process tells another one of."""
_NOT_ASKED = "the host's other pages were not asked for in this run."


ClosedHost = tuple[str, str, str]
"""A host, and the reason and the sentence why a run is done with it."""


@dataclass(slots=True)
class HostStanding:
    """What one host has been saying to one run."""

    refusals: int = 0
    refused_at: float = -math.inf
    silent: int = 0
    silent_since: float = math.inf
    closed: tuple[str, str] | None = None
    """A reason and its sentence, once the run is done with the host."""

    def require_open(self) -> None:
        """Raises `HostClosed` when the run is done with the host."""
        if self.closed is not None:
            raise HostClosed(*self.closed)

    def answered(self) -> None:
        """The host gave an answer that is no refusal."""
        self.refusals = self.silent = 0

    def refused(self, status: int, began: float, now: float, retry_after: float | None) -> None:
        """It answered that we ask too much. Of requests that began before the last refusal was heard, one counts."""
        self.silent = 0
        if retry_after is not None and retry_after > LONGEST_WAIT:
            self.say_stop(f"it answered {status} and asks to be left alone for more than {LONGEST_WAIT:.0f} seconds")
        if began < self.refused_at:
            return
        self.refused_at = now
        self.refusals += 1
        if self.refusals > MOST_REFUSALS:
            self.say_stop(f"it answered {status}, and only so, {self.refusals} times with waits in between")

    def say_stop(self, how: str) -> None:
        """The host has said that it wants no more requests."""
        if self.closed is None:
            self.closed = ("host-said-stop", f"The site asked us to stop ({how}): {_NOT_ASKED}")

    def unanswered(self, began: float, now: float, first_wait: float) -> None:
        """A request that came to nothing: no connection, no answer in time, no such name."""
        if not self.silent:
            self.silent_since = began
        self.silent += 1
        if self.closed is None and self.silent >= MOST_SILENT and now - self.silent_since >= SILENT_WAITS * first_wait:
            how = f"The host did not answer {self.silent} requests in a row"
            self.closed = ("host-unreachable", f"{how}: {_NOT_ASKED}")


class HostStandings:
    """The hosts of one run; of very many, those known longest are forgotten, and those it is done with last of all."""

    def __init__(self) -> None:
        self._standings: dict[str, HostStanding] = {}

    def of(self, host: str) -> HostStanding:
        """What is known of a host."""
        standing = self._standings.get(host)
        if standing is None:
            if len(self._standings) >= _MANY_HOSTS:
                still_open = (known for known, one in self._standings.items() if one.closed is None)
                del self._standings[next(still_open, next(iter(self._standings)))]
            standing = self._standings[host] = HostStanding()
        return standing

    def closed(self) -> tuple[ClosedHost, ...]:
        """The hosts that the run is done with, the last hundred of them."""
        found = ((host, *one.closed) for host, one in self._standings.items() if one.closed is not None)
        return tuple(found)[-MOST_TOLD:]

    def close(self, hosts: Iterable[ClosedHost]) -> None:
        """What another process of the same run has heard."""
        for host, code, message in hosts:
            standing = self.of(host)
            if standing.closed is None:
                standing.closed = code, message


class RunStandings:
    """The hosts of the runs that this process works for. All that work for one attempt at a run share what it hears;
    the next attempt, which may come days later, asks anew."""

    def __init__(self) -> None:
        self._runs: OrderedDict[tuple[str, int], HostStandings] = OrderedDict()

    def of(self, run_id: str, token: int) -> HostStandings:
        """Those of one attempt, which its fencing token tells from the others."""
        standings = self._runs.setdefault((run_id, token), HostStandings())
        self._runs.move_to_end((run_id, token))
        if len(self._runs) > _MANY_RUNS:
            self._runs.popitem(last=False)
        return standings
