"""A deleted spider's records are tombstoned in its feed, which stays readable; what is known of its pages is forgotten.

Safe to repeat, and to be killed in.
"""

from collections.abc import Callable
from datetime import datetime

from moisson_scraper.keeping.collections import RAW_RECORDS, STAGED
from moisson_scraper.keeping.feed_lease import take_lease
from moisson_scraper.keeping.record_batch import RunStamp
from moisson_scraper.keeping.record_writer import bury
from moisson_scraper.keeping.visit_documents import NO_RUN, visit_place
from moisson_scraper.keeping.visit_shelf import forget_visits
from moisson_shared.ports.documents import DeleteWhere, DocumentStore, Equal, Find
from moisson_shared.ports.lease_watch import LeaseWatch

DELETION = "deletion"
"""What stands as the run of these tombstones."""
_AT_ONCE = 200


async def close_feed(
    store: DocumentStore, spider_id: str, holder: str, watch: LeaseWatch, now: Callable[[], datetime]
) -> bool:
    """Whether the feed is closed now; False while somebody else writes to it. Raises `LeaseLost`."""
    lease = await take_lease(store, spider_id, holder, watch, now)
    if lease is None:
        return False
    if not lease.feed.closing:
        await lease.release()
        return True
    while True:
        page = await store.find(RAW_RECORDS, Find((Equal("alive", spider_id),), limit=_AT_ONCE))
        if not page.items:
            await forget_visits(store, spider_id, visit_place(spider_id, NO_RUN))
            held = lease.feed.held_run
            await lease.close_feed([DeleteWhere(STAGED, (Equal("run_id", held),))] if held is not None else [])
            return True
        await bury(lease, [stored.value for stored in page.items], RunStamp(DELETION, now()))
