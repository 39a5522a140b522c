"""From items to records in a real store: what is counted, what is kept of the state that ends, and how much at once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.fingerprint import canonical_json, content_hash
from moisson_scraper.keeping.collections import COLLECTIONS, FEEDS, RAW_HISTORY, RAW_RECORDS, KeptRecord, SpiderFeed
from moisson_scraper.keeping.feed_lease import FeedLease, take_lease
from moisson_scraper.keeping.record_batch import FoundRecord, as_read
from moisson_scraper.keeping.record_writer import RecordWriter
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.model import Contract
from moisson_shared.contracts.raw_record import RawRecord
from moisson_shared.ports.documents import Collection, DocumentStore, Equal, Find, Insert, Order
from moisson_shared.ports.lease_watch import LeaseWatch

T0 = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DocumentStore]:
    store = open_documents(f"sqlite://{tmp_path}/documents.sqlite")
    await store.open(COLLECTIONS)
    yield store
    await store.close()


async def leased(store: DocumentStore) -> FeedLease:
    if await store.get(FEEDS, "s") is None:
        await store.apply([Insert(FEEDS, SpiderFeed(spider_id="s", partner="p", epoch="e"))])
    lease = await take_lease(store, "s", "me", LeaseWatch(600), lambda: T0)
    assert lease is not None
    return lease


def items(**titles: str) -> list[FoundRecord]:
    found = []
    for key, title in titles.items():
        values = {"titre": title}
        size = len(canonical_json([values, None]))
        found.append(FoundRecord(key, 0, None, values, content_hash(values, None), size))
    return found


async def wrote(
    store: DocumentStore, lease: FeedLease, run: str, day: int, *parts: list[FoundRecord]
) -> tuple[int, ...]:
    """What one run counts as new, changed and unchanged."""
    ledger = RunLedger()
    writer = RecordWriter(store, lease, ledger, run, lambda: T0 + timedelta(days=day))
    for part in parts:
        await writer.write(part)
    return ledger.records.new, ledger.records.changed, ledger.records.unchanged


async def titles(store: DocumentStore) -> dict[str, Any]:
    page = await store.find(RAW_RECORDS, Find((Equal("alive", "s"),)))
    return {stored.value.key: stored.value.values["titre"] for stored in page.items}


async def history(store: DocumentStore) -> list[RawRecord]:
    page = await store.find(RAW_HISTORY, Find(order=(Order("place"),)))
    return [as_read(stored.value.record, stored.value) for stored in page.items if stored.value.record is not None]


async def test_runs_count_what_they_find_by_what_is_there(store: DocumentStore) -> None:
    lease = await leased(store)
    assert await wrote(store, lease, "r1", 1, items(a="x", b="x"), items(c="x")) == (3, 0, 0)
    assert await wrote(store, lease, "r1", 1, items(a="x", b="x"), items(c="x", d="x")) == (4, 0, 0), "begun again"
    assert await wrote(store, lease, "r2", 2, items(a="x", b="y"), items(c="x", e="x")) == (1, 1, 2)
    assert await titles(store) == {"a": "x", "b": "y", "c": "x", "d": "x", "e": "x"}
    assert lease.feed.last_seq == 6


async def test_what_a_first_run_says_twice_is_looked_up(store: DocumentStore) -> None:
    assert await wrote(store, await leased(store), "r1", 1, items(a="x"), items(a="x", b="x"), items(a="y")) == (
        3,
        1,
        0,
    )
    assert await titles(store) == {"a": "y", "b": "x"}


async def test_the_state_that_ends_is_kept_as_everybody_read_it(store: DocumentStore) -> None:
    lease = await leased(store)
    await wrote(store, lease, "r1", 1, items(a="x", b="x"))
    seen = T0 + timedelta(days=2)
    await lease.release(confirmed_at=seen)
    lease = await leased(store)
    read = {stored.value.key: as_read(stored.value, lease.feed) for stored in await _records(store)}
    await wrote(store, lease, "r2", 3, items(a="y", b="x"))
    assert await history(store) == [read["a"]]
    assert read["a"].last_seen == seen
    changed = next(stored for stored in await _records(store) if stored.value.key == "a")
    assert (changed.version, changed.value.first_seen, changed.value.seq) == (2, T0 + timedelta(days=1), 3)


async def _records(store: DocumentStore) -> Any:
    return (await store.find(RAW_RECORDS, Find(order=(Order("place"),)))).items


async def test_states_that_are_too_large_together_are_ended_in_several_batches(store: DocumentStore) -> None:
    lease = await leased(store)
    names = "abcdefg"
    large = [items(**{name: name * 7_500_000}) for name in names]
    assert await wrote(store, lease, "r1", 1, *large) == (7, 0, 0)
    assert await wrote(store, lease, "r2", 2, items(**dict.fromkeys(names, "small"))) == (0, 7, 0)
    assert await titles(store) == dict.fromkeys(names, "small")
    assert sorted(state.values["titre"][0] for state in await history(store)) == list(names)


async def test_what_was_kept_before_states_were_copied_is_read_as_it_was(tmp_path: Path) -> None:
    class EarlierEntry(Contract):
        place: str
        record: RawRecord

    class EarlierRecord(KeptRecord):
        pass

    entries = Collection("raw_history", EarlierEntry, lambda entry: entry.place, ("place",), (("place",),))
    records = Collection("raw_records", EarlierRecord, RAW_RECORDS.key, ("place", "alive"), (("place",),))
    store = open_documents(f"sqlite://{tmp_path}/documents.sqlite")
    await store.open([entries, records])
    moments = dict.fromkeys(("first_seen", "last_seen", "last_changed"), T0)
    known: dict[str, Any] = {"spider_id": "s", "partner": "p", "key": "a", "run_id": "r0", **moments}
    first = RawRecord(**known, values={"titre": "w"}, content_hash="w", seq=1)
    second = EarlierRecord(
        **known, values={"titre": "x"}, content_hash=content_hash({"titre": "x"}, None), seq=2, place="s/2", alive="s"
    )
    place = f"{RAW_RECORDS.key(second)}@{2:015d}"
    feed = SpiderFeed(spider_id="s", partner="p", epoch="e", last_seq=2)
    await store.apply([Insert(entries, EarlierEntry(place=place, record=first)), Insert(records, second)])
    await store.close()
    store = open_documents(f"sqlite://{tmp_path}/documents.sqlite")
    await store.open(COLLECTIONS)
    await store.apply([Insert(FEEDS, feed)])
    lease = await leased(store)
    assert await wrote(store, lease, "r1", 1, items(a="x")) == (0, 0, 1)
    assert await wrote(store, lease, "r2", 2, items(a="y")) == (0, 1, 0)
    assert [(state.values["titre"], state.seq) for state in await history(store)] == [("w", 1), ("x", 2)]
    await store.close()
