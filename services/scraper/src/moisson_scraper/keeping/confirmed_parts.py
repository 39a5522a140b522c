"""Which parts of a run's items are, item by item, what the last complete run had: their records need no look.

That holds while nobody has written to the spider's records since, which the feed's number tells.
"""

import json
from collections.abc import Sequence

from moisson_scraper.compact_json import compact_json
from moisson_scraper.keeping.collections import (
    RAW_RECORDS,
    RUN_STATISTICS,
    PartDigest,
    SpiderFeed,
    StagedItems,
    record_key,
)
from moisson_shared.ports.documents import DocumentReader


async def confirmed_parts(store: DocumentReader, feed: SpiderFeed) -> tuple[PartDigest, ...]:
    """What the last complete run had, if every record is as that run left it; else nothing."""
    if feed.confirmed_run is None or feed.confirmed_seq != feed.last_seq:
        return ()
    confirmed = await store.get(RUN_STATISTICS, feed.confirmed_run)
    return confirmed.value.parts if confirmed is not None else ()


def same_parts(parts: Sequence[PartDigest], confirmed: Sequence[PartDigest]) -> frozenset[int]:
    """The numbers of the parts that are the same in both."""
    both = zip(parts, confirmed, strict=False)
    return frozenset(number for number, (now, then) in enumerate(both) if now == then)


async def with_values(store: DocumentReader, spider_id: str, part: StagedItems) -> StagedItems:
    """The part with the values that it left out."""
    if not part.as_confirmed:
        return part
    rows = json.loads(part.items)
    keys = [record_key(spider_id, row[0], row[1]) for row in rows]
    known = await store.get_many(RAW_RECORDS, keys)
    for row, key in zip(rows, keys, strict=True):
        if key in known:
            row[3] = known[key].value.values
    return part.model_copy(update={"items": compact_json(rows).decode()})
