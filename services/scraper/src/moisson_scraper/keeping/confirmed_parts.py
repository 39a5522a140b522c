"""Which parts of a run's items are, item by item, what the last complete run had: their records need no look.

That holds while nobody has written to the spider's records since, which the feed's number tells.
"""

from collections.abc import Sequence

from moisson_scraper.keeping.collections import RUN_STATISTICS, PartDigest, SpiderFeed
from moisson_shared.ports.documents import DocumentReader


async def parts_as_confirmed(store: DocumentReader, feed: SpiderFeed, parts: Sequence[PartDigest]) -> frozenset[int]:
    """The numbers of those parts."""
    if feed.confirmed_run is None or feed.confirmed_seq != feed.last_seq:
        return frozenset()
    confirmed = await store.get(RUN_STATISTICS, feed.confirmed_run)
    known = confirmed.value.parts if confirmed is not None else ()
    return frozenset(number for number, (now, then) in enumerate(zip(parts, known, strict=False)) if now == then)
