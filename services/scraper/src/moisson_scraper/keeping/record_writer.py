"""From the items that a run has found to records: written in batches, and what is missing is marked as gone."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from moisson_scraper.crawling.key_ordinals import KeyCounts
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.fingerprint import text_digest
from moisson_scraper.keeping.collections import RAW_RECORDS, KeptRecord, SpiderFeed, digest_key, feed_place
from moisson_scraper.keeping.feed_lease import FeedLease, to_the_end
from moisson_scraper.keeping.record_batch import (
    BatchPlan,
    FoundRecord,
    KnownState,
    RunStamp,
    plan_batch,
    plan_tombstones,
)
from moisson_shared.contracts.errors import TooLarge
from moisson_shared.ports.documents import DocumentReader, DocumentStore, Equal, Find, Operation, Order, Put, Range

T = TypeVar("T")

_READ_AT_ONCE = 200


class RecordWriter:
    """Writes what one run has found, once it is known to be healthy, under the lease of its spider.

    Done again after a death, it finds what it had written unchanged, and counts it as what it was.
    """

    def __init__(
        self, store: DocumentStore, lease: FeedLease, ledger: RunLedger, run_id: str, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._lease = lease
        self._ledger = ledger
        self._run_id = run_id
        self._now = now
        self._ordinals = KeyCounts()
        self._seen = 0
        self._first = lease.feed.last_seq == 0
        """The feed has given no number yet: there is no record of this spider but what is written here."""

    async def write(self, part: Sequence[FoundRecord]) -> None:
        """One part of the items, to the end once begun. Raises `LeaseLost`, and what the store raises."""
        await to_the_end(self._write_part(part))

    async def _write_part(self, part: Sequence[FoundRecord]) -> None:
        spider_id = self._lease.feed.spider_id
        found: list[tuple[str, FoundRecord]] = []
        all_new = self._first
        for item in part:
            digest = text_digest(item.key)
            if item.ordinal < self._ordinals.raise_to(digest, item.ordinal + 1):
                all_new = False
            found.append((digest_key(spider_id, digest, item.ordinal), item))
        self._seen += len(part)
        known = {} if all_new else await self._known([document for document, _ in found])
        await _halved_when_too_large(found, lambda some: self._write(some, known))

    async def _known(self, documents: Sequence[str]) -> dict[str, KnownState]:
        noted = await self._store.get_noted(RAW_RECORDS, documents)
        return {key: KnownState(state.version, *state.values) for key, state in noted.items()}  # type: ignore[arg-type]  # in the order of `noted`

    def pass_over(self, items: int) -> None:
        """Items whose records are known to be what they were, without a look at them."""
        self._seen += items
        self._ledger.records.unchanged += items

    def recount(self, part: Sequence[FoundRecord]) -> None:
        """Items that were passed over, where it matters which they are."""
        for item in part:
            self._ordinals.raise_to(text_digest(item.key), item.ordinal + 1)

    async def misses_some(self) -> bool:
        """Whether there are records that the run has not found."""
        return await self._store.count(RAW_RECORDS, (Equal("alive", self._lease.feed.spider_id),)) != self._seen

    async def _write(self, batch: Sequence[tuple[str, FoundRecord]], known: Mapping[str, KnownState]) -> None:
        stamp = RunStamp(self._run_id, self._now())
        records = self._ledger.records
        planned = BatchPlan(0)

        def plan(feed: SpiderFeed) -> tuple[int, Sequence[Operation]]:
            nonlocal planned
            planned = plan_batch(batch, known, feed, stamp)
            return planned.last_seq, planned.operations

        await self._lease.write(plan)
        records.new += planned.new
        records.changed += planned.changed
        records.unchanged += planned.unchanged

    async def tombstone_missing(self) -> None:
        """After a complete run that misses some: marks every record that it did not find."""
        spider_id = self._lease.feed.spider_id
        after: str | None = None
        while True:
            page = await self._store.find(
                RAW_RECORDS, Find((Equal("alive", spider_id),), limit=_READ_AT_ONCE, after=after)
            )
            gone = [stored.value for stored in page.items if not self._found(stored.value)]
            if gone:
                await bury(self._lease, gone, RunStamp(self._run_id, self._now()))
                self._ledger.records.gone += len(gone)
            if page.next is None:
                return
            after = page.next

    def _found(self, record: KeptRecord) -> bool:
        return record.ordinal < self._ordinals.of(text_digest(record.key))

    async def confirm_all(self) -> None:
        """The source is what it was at the end of the last complete run: so is every record."""
        alive = await self._store.count(RAW_RECORDS, (Equal("alive", self._lease.feed.spider_id),))
        self._ledger.records.staged = self._ledger.records.unchanged = alive

    async def confirm_seen(self, since: datetime) -> None:
        """After an incomplete run: notes on each record that it did find when that was; numbers do not move on."""
        keys: list[str] = []
        spider_id = self._lease.feed.spider_id
        for digest, count in self._ordinals:
            keys.extend(digest_key(spider_id, digest, ordinal) for ordinal in range(count))
            if len(keys) >= _READ_AT_ONCE:
                await self._confirm(keys, since)
                keys = []
        await self._confirm(keys, since)

    async def _confirm(self, keys: list[str], since: datetime) -> None:
        now = self._now()
        known = (await self._store.get_many(RAW_RECORDS, keys)).values()
        seen = [
            stored.value for stored in known if not stored.value.deleted and stored.value.last_seen < min(since, now)
        ]

        async def write(records: Sequence[KeptRecord]) -> None:
            operations = [Put(RAW_RECORDS, record.model_copy(update={"last_seen": now})) for record in records]
            await self._lease.write(lambda feed: (feed.last_seq, operations))

        await _halved_when_too_large(seen, write)


async def tombstones_of(store: DocumentReader, feed: SpiderFeed, run_id: str) -> int:
    """How many a run has written already that goes on with its writing: what it counted last may be fewer."""
    since = feed_place(feed.spider_id, feed.confirmed_seq or 0)
    written = Range("place", above=since, at_most=feed_place(feed.spider_id, feed.last_seq))
    count = 0
    after: str | None = None
    while True:
        page = await store.find(RAW_RECORDS, Find((written,), (Order("place"),), _READ_AT_ONCE, after))
        count += sum(stored.value.deleted and stored.value.run_id == run_id for stored in page.items)
        if page.next is None:
            return count
        after = page.next


async def bury(lease: FeedLease, gone: Sequence[KeptRecord], stamp: RunStamp) -> None:
    """Writes tombstones for records."""

    async def write(records: Sequence[KeptRecord]) -> None:
        def plan(feed: SpiderFeed) -> tuple[int, Sequence[Operation]]:
            planned = plan_tombstones(records, feed, stamp)
            return planned.last_seq, planned.operations

        await lease.write(plan)

    await _halved_when_too_large(gone, write)


async def _halved_when_too_large(records: Sequence[T], write: Callable[[Sequence[T]], Awaitable[None]]) -> None:
    """One batch, or smaller ones where the store cannot take so many bytes at once."""
    try:
        await write(records)
    except TooLarge:
        if len(records) < 2:
            raise
        middle = len(records) // 2
        await _halved_when_too_large(records[:middle], write)
        await _halved_when_too_large(records[middle:], write)
