"""After a restore from a copy, numbers may be given twice: every feed gets a new epoch, and readers start over."""

import secrets

from moisson_scraper.keeping.collections import FEEDS
from moisson_shared.ports.documents import DocumentStore, Find, Replace


async def renew_epochs(store: DocumentStore) -> int:
    """How many feeds were given a new epoch. Run it while no scraper is running."""
    renewed = 0
    after: str | None = None
    while True:
        page = await store.find(FEEDS, Find(limit=500, after=after))
        for stored in page.items:
            feed = stored.value.model_copy(update={"epoch": secrets.token_hex(8)})
            await store.apply([Replace(FEEDS, feed, stored.version)])
            renewed += 1
        if page.next is None:
            return renewed
        after = page.next
