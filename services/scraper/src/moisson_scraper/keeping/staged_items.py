"""Where found items go while the run is going on: they get their identity and wait, in parts, to be found healthy.

The parts follow from the order of the listing alone, so a run that is begun again writes the same ones again.
"""

import json
from collections.abc import AsyncIterator, Container, Sequence

from moisson_scraper.compact_json import compact_json
from moisson_scraper.crawling.key_ordinals import KeyOrdinals
from moisson_scraper.crawling.listing_place import ListingPlace
from moisson_scraper.crawling.record_identity import key_of
from moisson_scraper.crawling.run_ledger import MOST_SAMPLES, RunLedger
from moisson_scraper.fingerprint import canonical_json, digest_of, fingerprint_of, text_digest
from moisson_scraper.keeping.collections import STAGED, PartDigest, StagedItems, staged_key
from moisson_scraper.keeping.feed_lease import FeedLease, to_the_end
from moisson_scraper.keeping.record_batch import FoundRecord
from moisson_scraper.reading.notice import Notice
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.spider import Identity
from moisson_shared.ports.documents import DeleteWhere, DocumentStore, Equal, Put

MOST_RECORDS = 200
"""Of one part. With 500 a crawl takes 8 MiB more, and hardly less time."""
MOST_BYTES = 8_000_000
"""Of one part, and of one record."""
_SHOWN_KEY = 200
"""Characters of a key in a sample."""


class ItemStage:
    """The items of one run, in the order of the listing, so that ordinals do not depend on what came back first."""

    def __init__(
        self,
        lease: FeedLease,
        identity: Identity,
        ledger: RunLedger,
        run_id: str,
        confirmed: Sequence[PartDigest] = (),
    ) -> None:
        self._confirmed = confirmed
        self._lease = lease
        self._identity = identity
        self._ledger = ledger
        self._run_id = run_id
        self._ordinals = KeyOrdinals()
        self._waiting: list[FoundRecord] = []
        self._waiting_bytes = 0
        self._number = 0

    async def add(self, values: JsonObject, url: str | None, place: str, listed: ListingPlace) -> None:
        """Takes one item; writes a part when there is enough for one. Raises `LeaseLost`, and what the store raises."""
        key = key_of(self._identity, values, url)
        if key is None:
            message = "Items have nothing to make their key of; they were dropped."
            self._ledger.drop(Notice("item-without-key", message, place))
            self._ledger.records.without_key += 1
            return
        digest = text_digest(key)
        ordinal = self._ordinals.take(digest, listed)
        canonical = canonical_json([values, url])
        size = len(canonical)
        if size > MOST_BYTES:
            message = f"Items with more than {MOST_BYTES:,} bytes of values were dropped."
            self._ledger.drop(Notice("record-too-large", message, place))
            self._ledger.cut_short = True  # it is there, and its record must not be taken for gone
            return
        if ordinal:
            self._collide(key, digest, listed)
        if len(self._waiting) >= MOST_RECORDS or (self._waiting and self._waiting_bytes + size > MOST_BYTES):
            await self.flush()
        stood = (listed.address, listed.page, listed.item)
        self._waiting.append(FoundRecord(key, ordinal, url, values, digest_of(canonical).hex(), size, *stood))
        self._waiting_bytes += size
        self._ledger.records.staged += 1
        self._ledger.fields.add(values)

    def _collide(self, key: str, digest: bytes, listed: ListingPlace) -> None:
        sample = ""
        if self._ledger.records.collisions < MOST_SAMPLES:
            page, item = self._ordinals.first(digest)
            shown = key if len(key) <= _SHOWN_KEY else key[: _SHOWN_KEY - 1] + "…"
            sample = f"{shown} (page {page} item {item}, page {listed.page} item {listed.item})"
        self._ledger.records.collisions += 1
        message = "Items have the same key as an earlier item of the run; each is kept under a number of its own."
        self._ledger.reasons.add(Notice("key-collision", message, sample))

    async def flush(self) -> None:
        """Writes what is waiting, to the end once begun."""
        await to_the_end(self._flush())

    async def _flush(self) -> None:
        batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if not batch:
            return
        digest = fingerprint_of([[item.key, item.ordinal, item.content_hash] for item in batch]).hex()
        told = PartDigest(items=len(batch), digest=digest)
        same = self._number < len(self._confirmed) and told == self._confirmed[self._number]
        rows = [
            [item.key, item.ordinal, item.url, {} if same else item.values, item.content_hash, item.size, *item.listed]
            for item in batch
        ]
        items = compact_json(rows).decode()
        part = StagedItems(run_id=self._run_id, number=self._number, items=items, as_confirmed=same)
        self._number += 1
        self._ledger.parts.append(told)
        await self._lease.write(lambda feed: (feed.last_seq, [Put(STAGED, part)]))


async def staged_parts(
    store: DocumentStore, run_id: str, but_for: Container[int] = frozenset()
) -> AsyncIterator[list[FoundRecord]]:
    """What a run has found, part by part; `but_for` are numbers of parts that are there and not wanted."""
    number = 0
    while True:
        if number not in but_for:
            stored = await store.get(STAGED, staged_key(run_id, number))
            if stored is None:
                return
            yield records_of(stored.value)
        number += 1


def records_of(part: StagedItems) -> list[FoundRecord]:
    """The items of one part."""
    return [FoundRecord(*row) for row in json.loads(part.items)]


async def discard_staged(store: DocumentStore, run_id: str) -> None:
    """Nobody needs what this run had found any more."""
    await store.apply([DeleteWhere(STAGED, (Equal("run_id", run_id),))])
