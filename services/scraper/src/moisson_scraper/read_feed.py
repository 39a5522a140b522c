"""The feed of a spider's records, and the history of one: for the normalizer, the partner, stewards."""

from dataclasses import dataclass

from moisson_scraper.feed_cursor import FeedCursor, read_cursor
from moisson_scraper.keeping.collections import (
    FEEDS,
    RAW_HISTORY,
    RAW_RECORDS,
    HistoryEntry,
    SpiderFeed,
    feed_place,
    history_place,
    record_key,
)
from moisson_scraper.keeping.record_batch import as_read
from moisson_scraper.keeping.record_differences import changed_state
from moisson_scraper.rights import READ_RECORDS, require_reader
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import EpochChanged, NotFound
from moisson_shared.contracts.raw_record import FeedEnd, RawRecord, RecordState
from moisson_shared.ports.documents import DocumentStore, Find, Order, Range

MOST_RECORDS = 5000
MOST_BYTES = 16_000_000
"""After this much a page ends, however few records it has."""
_AT_ONCE = 200
_LAST = 10**15 - 1
_WHAT = "feed of that spider"


def _state(entry: HistoryEntry) -> RawRecord:
    if entry.record is None:
        raise ValueError(f"the history {entry.place} has no record: nothing is written without one")
    return as_read(entry.record, entry)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Records as JSON, in the order of their numbers, and where to go on."""

    lines: tuple[bytes, ...]
    end: FeedEnd


class FeedShelf:
    """The use cases of raw records."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    async def page(self, caller: Caller, spider: str, after: str | None, limit: int) -> FeedPage:
        """What is new after the cursor; from the beginning without one.

        Raises `EpochChanged` for a cursor of an earlier epoch, and for one that is ahead of the feed: then the feed
        was restored from a copy that knows less than its reader.
        """
        feed = await self._feed(caller, spider)
        seq = 0
        if after:
            cursor = read_cursor(after)
            if cursor.epoch != feed.epoch or cursor.seq > feed.last_seq:
                raise EpochChanged("This feed was started over: read it from the beginning, without `after`.")
            seq = cursor.seq
        # The feed was read first: what is written from now on has larger numbers than the cursor given out here.
        inside = Range("place", above=feed_place(spider, seq), at_most=feed_place(spider, _LAST))
        lines: list[bytes] = []
        size = 0
        following: str | None = None
        while len(lines) < limit and size < MOST_BYTES:
            wanted = min(_AT_ONCE, limit - len(lines))
            found = await self._store.find(RAW_RECORDS, Find((inside,), (Order("place"),), wanted, following))
            for stored in found.items:
                lines.append(as_read(stored.value, feed).model_dump_json().encode())
                size += len(lines[-1])
                seq = stored.value.seq
            following = found.next
            if following is None:
                break
        more = following is not None
        cursor = FeedCursor(feed.epoch, seq if more else max(seq, feed.last_seq))
        end = FeedEnd(cursor=cursor.written(), more=more, complete=feed.confirmed_at is not None)
        return FeedPage(tuple(lines), end)

    async def history(
        self, caller: Caller, spider: str, key: str, ordinal: int, limit: int, after: str | None
    ) -> tuple[tuple[RecordState, ...], str | None]:
        """Earlier states of one record, the newest first, each with what the change that ended it made different; and
        where to go on. Raises `NotFound` for a record that never was."""
        feed = await self._feed(caller, spider)
        document = record_key(spider, key, ordinal)
        if await self._store.get(RAW_RECORDS, document) is None:
            raise NotFound(f"The spider {spider} has no record with this key and ordinal.")
        inside = Range("place", above=history_place(document, 0), at_most=history_place(document, _LAST))
        find = Find((inside,), (Order("place", descending=True),), limit=limit, after=after or None)
        page = await self._store.find(RAW_HISTORY, find)
        if not page.items:
            return (), None
        # In this order, so that a change that is written meanwhile is found as a later entry.
        current = await self._store.get(RAW_RECORDS, document)
        inside = Range("place", above=page.items[0].value.place, at_most=history_place(document, _LAST))
        later = (await self._store.find(RAW_HISTORY, Find((inside,), (Order("place"),), limit=1))).items
        after_it = as_read(current.value, feed) if current is not None and not later else _state(later[0].value)
        states: list[RecordState] = []
        for stored in page.items:
            before = _state(stored.value)
            states.append(changed_state(before, after_it))
            after_it = before
        return tuple(states), page.next

    async def _feed(self, caller: Caller, spider: str) -> SpiderFeed:
        stored = await self._store.get(FEEDS, spider)
        require_reader(caller, stored.value.partner if stored else None, _WHAT, READ_RECORDS)
        if stored is None:
            raise NotFound(f"There is no {_WHAT}.")
        return stored.value
