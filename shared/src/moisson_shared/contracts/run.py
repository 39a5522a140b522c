"""One execution of one spider version. The run document is the truth; a queue message is only a hint."""

from enum import StrEnum

from moisson_shared.contracts.model import Contract, Count, Instant, Slug


class RunState(StrEnum):
    """`queued -> running -> done | failed | cancelled`; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in {RunState.DONE, RunState.FAILED, RunState.CANCELLED}


class RunCounters(Contract):
    """What a run did. `found = fetched + off_limits + duplicates + failed + not_reached` for pages, and
    `items = new + changed + unchanged + dropped` for records."""

    pages_found: Count = 0
    pages_fetched: Count = 0
    pages_off_limits: Count = 0
    pages_duplicate: Count = 0
    pages_failed: Count = 0
    pages_not_reached: Count = 0
    """Known, but left when a limit was met or the run was cancelled."""
    retries: Count = 0
    bytes_fetched: Count = 0
    items: Count = 0
    records_new: Count = 0
    records_changed: Count = 0
    records_unchanged: Count = 0
    records_dropped: Count = 0
    records_gone: Count = 0
    """Tombstones written; only a complete run writes any."""
    key_collisions: Count = 0
    """Items that shared their key with an earlier item of the run; kept under an ordinal."""


class Reason(Contract):
    """Why something was skipped, refused, dropped or failed: a class, how often, and a few examples."""

    code: str
    """A stable word: `robots`, `http-404`, `not-html`, `address-refused`, `item-without-key`."""
    message: str
    count: Count = 1
    samples: tuple[str, ...] = ()
    """At most five: page addresses, or item numbers in a page."""


class CrawlRun(Contract):
    """A run as everybody reads it."""

    id: str
    spider_id: Slug
    partner: Slug
    spider_version: int
    state: RunState
    requested_by: str
    queued_at: Instant
    started_at: Instant | None = None
    finished_at: Instant | None = None
    complete: bool = False
    """Every page that was found was fetched, and no limit was met: only then is absence a fact."""
    cancel_requested: bool = False
    counters: RunCounters = RunCounters()
    reasons: tuple[Reason, ...] = ()
    code: str | None = None
    """Why it is in this state, as a stable word: `cancelled`, `no-items`, …"""
    error: str | None = None
    """The same in one sentence: why it failed or was cancelled."""
