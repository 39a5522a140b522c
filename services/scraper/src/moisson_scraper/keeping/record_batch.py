"""What a batch of found items changes: new, changed, unchanged, back again, gone. Pure: from states to operations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from moisson_scraper.keeping.collections import (
    RAW_HISTORY,
    RAW_RECORDS,
    HistoryEntry,
    KeptRecord,
    SpiderFeed,
    feed_place,
    history_place,
    record_key,
)
from moisson_shared.contracts.made_models import maker
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.raw_record import RawRecord
from moisson_shared.ports.documents import Enclose, Insert, Operation, Put, Replace

R = TypeVar("R", bound=RawRecord)


@dataclass(slots=True)  # not frozen: that doubles the time it takes to make one
class FoundRecord:
    """An item with its identity, ready to be compared with what is known. `size` is that of its JSON, in bytes."""

    key: str
    ordinal: int
    url: str | None
    values: JsonObject
    content_hash: str
    size: int
    listed_on: str | None = None
    listed_page: int = 0
    listed_item: int = 0

    @property
    def listed(self) -> tuple[str | None, int, int]:
        """Where it stood in the listing; see `KeptRecord`."""
        return self.listed_on, self.listed_page, self.listed_item


@dataclass(slots=True)
class KnownState:
    """What is to be known of a record to tell whether an item changes it: its version, and what `RAW_RECORDS` notes."""

    version: int
    content_hash: str
    alive: str | None
    first_seen: datetime
    last_changed: datetime
    run_id: str


@dataclass(slots=True)
class BatchPlan:
    """The operations of one batch, the feed's number after it, and what they come to."""

    last_seq: int
    operations: list[Operation] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class RunStamp:
    """Who writes, and when."""

    run_id: str
    now: datetime


def plan_batch(
    found: Iterable[tuple[str, FoundRecord]], known: Mapping[str, KnownState], feed: SpiderFeed, stamp: RunStamp
) -> BatchPlan:
    """Compares items, each with its document key, with the known records.

    An unchanged record is not written at all: that it was seen is known from the feed once the run is complete. What
    this very run wrote before its process died counts again as what it was then.
    """
    plan = BatchPlan(feed.last_seq)
    blank = _blank(feed, stamp)
    ended: list[Operation] = []
    for document, item in found:
        earlier = known.get(document)
        if earlier is None:
            made = _filled(plan, blank, item, stamp.now)
            plan.operations.append(Insert(RAW_RECORDS, made, document))
            plan.new += 1
        elif earlier.alive is None or earlier.content_hash != item.content_hash:
            made = _filled(plan, blank, item, earlier.first_seen)
            same = _STAYING if earlier.alive is None else _STAYING_ALIVE
            plan.operations.append(Replace(RAW_RECORDS, made, earlier.version, same, document))
            ended.append(_remembered(document, plan.last_seq, feed))
            plan.changed += 1
        elif earlier.run_id != stamp.run_id:
            plan.unchanged += 1
        elif earlier.first_seen == earlier.last_changed:
            plan.new += 1
        else:
            plan.changed += 1
    plan.operations[:0] = ended
    return plan


def plan_tombstones(gone: Sequence[KeptRecord], feed: SpiderFeed, stamp: RunStamp) -> BatchPlan:
    """Marks records as deleted; their last values stay."""
    plan = BatchPlan(feed.last_seq)
    ended: list[Operation] = []
    for earlier in gone:
        plan.last_seq += 1
        seen = as_seen(earlier, feed.confirmed_at)
        tombstone: dict[str, object] = {"deleted": True, "alive": None, "seq": plan.last_seq, "run_id": stamp.run_id}
        tombstone |= {"place": feed_place(feed.spider_id, plan.last_seq), "last_changed": stamp.now}
        plan.operations.append(Put(RAW_RECORDS, seen.model_copy(update=tombstone)))
        document = record_key(earlier.spider_id, earlier.key, earlier.ordinal)
        ended.append(_remembered(document, plan.last_seq, feed))
    plan.operations[:0] = ended
    return plan


def as_seen(record: R, confirmed: datetime | None) -> R:
    """The record with the time it was last seen, as the feed knows it better than the record itself: `confirmed`."""
    if record.deleted or confirmed is None or confirmed <= record.last_seen:
        return record
    return record.model_copy(update={"last_seen": confirmed})


def as_read(record: RawRecord, feed: SpiderFeed | HistoryEntry) -> RawRecord:
    """The record as everybody reads it: the present state with the feed, an earlier one with its entry."""
    seen = as_seen(record, feed.confirmed_at)
    return RawRecord.model_construct(**{name: getattr(seen, name) for name in RawRecord.model_fields})


_STAYING = ("first_seen",)
_STAYING_ALIVE = ("alive", "first_seen")
"""What a change leaves as it was."""

_made_record = maker(KeptRecord)
_made_entry = maker(HistoryEntry)


def _blank(feed: SpiderFeed, stamp: RunStamp) -> dict[str, Any]:
    """What all records that a batch writes have in common, to be filled."""
    record = KeptRecord.model_construct(
        spider_id=feed.spider_id,
        partner=feed.partner,
        key="",
        ordinal=0,
        url=None,
        values={},
        content_hash="",
        first_seen=stamp.now,
        last_seen=stamp.now,
        last_changed=stamp.now,
        run_id=stamp.run_id,
        seq=0,
        deleted=False,
        place="",
        alive=feed.spider_id,
    )
    return {name: getattr(record, name) for name in KeptRecord.model_fields}


def _filled(plan: BatchPlan, blank: dict[str, Any], item: FoundRecord, first_seen: datetime) -> KeptRecord:
    plan.last_seq += 1
    record = {
        **blank,
        "key": item.key,
        "ordinal": item.ordinal,
        "url": item.url,
        "values": item.values,
        "content_hash": item.content_hash,
        "first_seen": first_seen,
        "listed_on": item.listed_on,
        "listed_page": item.listed_page,
        "listed_item": item.listed_item,
        "seq": plan.last_seq,
        "place": feed_place(blank["spider_id"], plan.last_seq),
    }
    return _made_record(record)


def _remembered(document: str, seq: int, feed: SpiderFeed) -> Operation:
    entry = _made_entry({"place": history_place(document, seq), "confirmed_at": feed.confirmed_at, "record": None})
    return Enclose(RAW_HISTORY, entry, RAW_RECORDS, document)
