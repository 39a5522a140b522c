"""One execution of one spider version. The run document is the truth; a queue message is only a hint."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from moisson_shared.contracts.broken_expectation import BrokenExpectation
from moisson_shared.contracts.model import Contract, Count, Instant, Slug


class RunState(StrEnum):
    """`queued -> running -> done | failed | cancelled | quarantined`; the last four are final.

    On the way a run may be `paused` (nobody works on it until somebody asks) and `resuming` (it waits to go on where
    it was left). A quarantined run has written nothing; a person may accept it, and then it is `resuming`.
    """

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    RESUMING = "resuming"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    QUARANTINED = "quarantined"

    @property
    def final(self) -> bool:
        return self in {RunState.DONE, RunState.FAILED, RunState.CANCELLED, RunState.QUARANTINED}

    @property
    def waiting(self) -> bool:
        """Whether nobody is at work on it now, and it is not at its end."""
        return self in {RunState.QUEUED, RunState.PAUSED, RunState.RESUMING}


class RunOrder(Contract):
    """What a run was asked to do. Nothing stated: the whole source, into the records."""

    trial_pages: Annotated[int, Field(ge=1, le=1000)] | None = None
    """At most so many pages, and the records go into a trial area, never to the real ones."""
    retry_of: str | None = None
    """Only the pages that failed in this run are asked for again; it must be the spider's last one."""
    reread_of: str | None = None
    """Nothing is fetched: the pages are read again from the archive of this run, with the selectors of now."""


class RunCounters(Contract):
    """What a run did. For pages, `found = fetched + unchanged + spared + off_limits + duplicates + failed + over_limit
    + not_reached`; for records, `items = new + changed + unchanged + dropped + held`."""

    pages_found: Count = 0
    pages_fetched: Count = 0
    pages_unchanged: Count = 0
    """Asked for, and the site said, or their bytes show, that they are what they were."""
    pages_spared: Count = 0
    """Known well enough not to be asked for: read lately, unchanged by the sitemap's word, or read by the run that is
    retried."""
    pages_off_limits: Count = 0
    pages_duplicate: Count = 0
    pages_failed: Count = 0
    pages_over_limit: Count = 0
    """Known, but left when a limit was met."""
    pages_not_reached: Count = 0
    """Known, but left when the run was cancelled or failed."""
    retries: Count = 0
    bytes_fetched: Count = 0
    items: Count = 0
    records_new: Count = 0
    records_changed: Count = 0
    records_unchanged: Count = 0
    records_dropped: Count = 0
    records_held: Count = 0
    """Found but not written: the run is not at its end, is quarantined, failed, or was a trial."""
    records_gone: Count = 0
    """Tombstones written; only a complete and healthy run writes any."""
    key_collisions: Count = 0
    """Items that shared their key with an earlier item of the run; kept under an ordinal."""

    @property
    def pages_done(self) -> int:
        """Pages of which something has become."""
        read = self.pages_fetched + self.pages_unchanged + self.pages_spared
        return read + self.pages_off_limits + self.pages_duplicate + self.pages_failed


class Reason(Contract):
    """Why something was skipped, refused, dropped or failed: a class, how often, and a few examples."""

    code: str
    """A stable word: `robots`, `http-404`, `not-html`, `address-refused`, `item-without-key`."""
    message: str
    fate: Literal["", "failed", "off_limits", "over_limit", "dropped"] = ""
    """What became of the pages or items that are counted; empty for a mere notice. The counts of a fate add up."""
    count: Count = 1
    samples: tuple[str, ...] = ()
    """At most five: page addresses, or item numbers in a page."""


class RunPace(Contract):
    """How fast a run goes, and how long it may still take: a guess, from what is known and the last complete run."""

    pages_per_second: float
    items_per_second: float
    seconds_left: float | None = None


class CrawlRun(Contract):
    """A run as everybody reads it."""

    id: str
    spider_id: Slug
    partner: Slug
    spider_version: int
    state: RunState
    order: RunOrder = RunOrder()
    trigger: Literal["person", "schedule"] = "person"
    requested_by: str
    queued_at: Instant
    started_at: Instant | None = None
    """When it was begun first; pauses do not move it."""
    finished_at: Instant | None = None
    active_seconds: float = 0.0
    """How long somebody was at work on it, pauses and waits for a process left out."""
    complete: bool = False
    """Every page that was found was read, and no limit was met: only then is absence a fact."""
    cancel_requested: bool = False
    pause_requested: bool = False
    pages_expected: Count | None = None
    """What the last complete run found."""
    counters: RunCounters = RunCounters()
    reasons: tuple[Reason, ...] = ()
    code: str | None = None
    """Why it is in this state, as a stable word: `cancelled`, `paused-by-person`, `no-items`, `expectations`, …"""
    error: str | None = None
    """The same in one sentence: why it failed, was cancelled, paused or quarantined."""
    broken: tuple[BrokenExpectation, ...] = ()
    """What of a quarantined run is not as expected, one by one; it stays when somebody accepts the run."""
    accepted_by: str | None = None
    """Who took the results of a quarantined run as they are."""

    pace: RunPace | None = None
    """None before there is anything to tell."""


def pace_of(run: CrawlRun) -> RunPace | None:
    """How fast it goes; None before there is anything to tell."""
    done = run.counters.pages_done
    if run.active_seconds <= 0 or not done:
        return None
    rate = done / run.active_seconds
    known = max(run.counters.pages_found, run.pages_expected or 0)
    if run.order.trial_pages is not None:
        known = min(known, run.order.trial_pages)
    left = (known - done) / rate if not run.state.final and known >= done else None
    return RunPace(
        pages_per_second=round(rate, 3),
        items_per_second=round(run.counters.items / run.active_seconds, 3),
        seconds_left=round(left, 1) if left is not None else None,
    )
