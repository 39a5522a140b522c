"""What a crawl has found, once it is judged: its figures are kept, its records written, and what stays is known.

All of it may be done again after a death in between, and comes to the same.
"""

from collections.abc import Callable
from datetime import datetime

from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.crawling.run_outcome import RunOutcome
from moisson_scraper.keeping.collections import RUN_STATISTICS, STAGED, KeptRun, SpiderFeed
from moisson_scraper.keeping.confirmed_parts import confirmed_parts, same_parts
from moisson_scraper.keeping.feed_lease import FeedLease
from moisson_scraper.keeping.record_writer import RecordWriter
from moisson_scraper.keeping.run_samples import promoted
from moisson_scraper.keeping.staged_items import discard_staged, staged_parts
from moisson_scraper.running.seen_site import when_seen
from moisson_shared.contracts.run import RunState
from moisson_shared.ports.documents import DeleteWhere, DocumentStore, Equal, Operation, Put


async def keep_statistics(store: DocumentStore, lease: FeedLease, ledger: RunLedger, run_id: str) -> None:
    """A source that was not read, because it is what it was, has the figures of the run that read it: later runs are
    compared with these."""
    statistics = ledger.statistics(run_id)
    before = lease.feed.confirmed_run
    if statistics.source_unchanged and before is not None:
        kept = await store.get(RUN_STATISTICS, before)
        if kept is not None:
            told = {"run_id": statistics.run_id, "source_unchanged": True}
            statistics = kept.value.model_copy(update=told)
    await lease.write(lambda feed: (feed.last_seq, [Put(RUN_STATISTICS, statistics)]))


async def write_found(
    store: DocumentStore,
    lease: FeedLease,
    ledger: RunLedger,
    run: KeptRun,
    outcome: RunOutcome,
    now: Callable[[], datetime],
) -> None:
    """Writes what was found; what is missing is gone only after a complete run."""
    if not outcome.writes or run.order.trial_pages is not None:
        return
    seen_at = await when_seen(store, run)
    writer = RecordWriter(store, lease, ledger, run.id, now if seen_at is None else lambda: seen_at)
    if ledger.source_unchanged:
        await writer.confirm_all()
        return
    if outcome.state is not RunState.DONE or not ledger.complete:
        async for part in staged_parts(store, run.id):
            await writer.write(part)
        await writer.confirm_seen(run.started_at or now())
        return
    same = same_parts(ledger.parts, await confirmed_parts(store, lease.feed))
    writer.pass_over(sum(ledger.parts[number].items for number in same))
    async for part in staged_parts(store, run.id, same):
        await writer.write(part)
    if await writer.misses_some():
        if same:
            others = frozenset(range(len(ledger.parts))) - same
            async for part in staged_parts(store, run.id, others):
                writer.recount(part)
        await writer.tombstone_missing()


async def what_stays(
    store: DocumentStore, feed: SpiderFeed, ledger: RunLedger, run: KeptRun, outcome: RunOutcome, moment: datetime
) -> tuple[list[Operation], dict[str, object]]:
    """What the last batch of a run writes besides its end, and what its spider's feed knows from then on. Discards what
    an earlier run had held back."""
    operations: list[Operation] = []
    known: dict[str, object] = {}
    if run.order.trial_pages is not None:
        known["trial_run"] = run.id
        if feed.trial_run not in {None, run.id}:
            await discard_staged(store, feed.trial_run or "")
        return operations, known
    if feed.held_run not in {None, run.id}:
        await discard_staged(store, feed.held_run or "")  # this run is the newer one
    known["held_run"] = run.id if outcome.state is RunState.QUARANTINED else None
    if outcome.state in {RunState.QUARANTINED, RunState.DONE}:
        known["doubted_run"] = known["held_run"]
    if outcome.state is not RunState.QUARANTINED:
        operations.append(DeleteWhere(STAGED, (Equal("run_id", run.id),)))
    if outcome.state is RunState.DONE and ledger.complete:
        seen_at = await when_seen(store, run) or moment
        known |= {"confirmed_at": seen_at, "confirmed_run": run.id, "pages_found": ledger.pages.found}
        known["confirmed_seq"] = feed.last_seq
    if outcome.state is RunState.DONE and ledger.good:
        operations += await promoted(store, run)
    return operations, known
