"""What people ask of runs: whether it can be done, and the line that it leaves in the run's log."""

from datetime import datetime
from typing import Literal

from moisson_scraper.keeping.archive_index import ARCHIVED_PAGES
from moisson_scraper.keeping.collections import RUNS, KeptRun
from moisson_scraper.keeping.run_log import said_by
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.run import RunOrder, RunState
from moisson_shared.ports.documents import DocumentReader, Equal, Find, Operation, Order, Range

Wish = Literal["asked", "paused", "resumed", "cancelled", "accepted"]
_TOLD: dict[Wish, tuple[str, str]] = {
    "asked": ("queued", "The run was asked for by {who}."),
    "paused": ("pause-asked", "A pause was asked for by {who}."),
    "resumed": ("resume-asked", "It is to go on, as {who} asked."),
    "cancelled": ("cancel-asked", "It is to be cancelled, as {who} asked."),
    "accepted": ("accepted", "What it had found was accepted as it is by {who}."),
}


def wish_line(run: KeptRun, caller: Caller, wish: Wish, now: datetime) -> Operation:
    """Who asked for it, as a line of the log, to be part of the batch that grants it."""
    code, message = _TOLD[wish]
    return said_by(run.id, run.spider_id, now, code, message.format(who=caller.subject), caller.subject)


async def require_retriable(store: DocumentReader, spider: str, order: RunOrder) -> None:
    """Raises `Invalid` unless the run is the last one that asked the site: of others nobody knows what they read."""
    if order.trial_pages is not None:
        raise _not_retried("a trial knows nothing of earlier runs: leave out `retry_of` or `trial_pages`")
    after: str | None = None
    last: KeptRun | None = None
    while last is None:
        newest = (Order("queued_at", descending=True),)
        page = await store.find(RUNS, Find((Equal("spider_id", spider),), newest, 50, after))
        last = next((stored.value for stored in page.items if _asked_the_site(stored.value)), None)
        after = page.next
        if after is None:
            break
    if last is None or last.id != order.retry_of:
        raise _not_retried("not the last run of this spider; trials, and what was read from archives, do not count")


def _asked_the_site(run: KeptRun) -> bool:
    """Whether it is known what it has read: trials leave nothing behind, and others did not ask."""
    held_up = run.state is RunState.CANCELLED and not run.counters.pages_done
    return run.order.trial_pages is None and run.order.reread_of is None and not held_up


def _not_retried(why: str) -> Invalid:
    return Invalid("Only the last run of a spider can be retried.", (Fault("/retry_of", why),))


async def require_rereadable(store: DocumentReader, spider: str, order: RunOrder) -> None:
    """Raises `Invalid` where the run has no archive, or where what it saw is older than the records.

    A trial may read any archive: it writes nothing.
    """
    run_id = order.reread_of or ""
    if order.retry_of is not None:
        raise _refused("a run either asks again for what failed, or reads an archive: leave out `retry_of`")
    stored = await store.get(RUNS, run_id)
    if stored is None or stored.value.spider_id != spider:
        raise _refused("not a run of this spider")
    if not stored.value.state.final:
        raise _refused("this run is not at its end yet")
    if not (await store.find(ARCHIVED_PAGES, Find((Equal("run_id", run_id),), limit=1))).items:
        raise _refused("there is no archive of this run: the spider had no `archive` then, or it has been discarded")
    if order.trial_pages is None and await _has_later(store, spider, stored.value):
        raise _refused("a later run has written records, which must not become older: read that one's archive")


async def _has_later(store: DocumentReader, spider: str, run: KeptRun) -> bool:
    """Whether a run that saw the site later has written records."""
    after: str | None = None
    where = (Equal("spider_id", spider), Range("queued_at", above=run.queued_at))
    while True:
        page = await store.find(RUNS, Find(where, (Order("queued_at", descending=True),), 200, after))
        if any(_wrote(stored.value) for stored in page.items):
            return True
        after = page.next
        if after is None:
            return False


def _wrote(run: KeptRun) -> bool:
    fetched = run.order.trial_pages is None and run.order.reread_of is None
    return fetched and run.state in {RunState.DONE, RunState.CANCELLED} and run.counters.items > 0


def _refused(why: str) -> Invalid:
    return Invalid("This run cannot be read again.", (Fault("/reread_of", why),))
