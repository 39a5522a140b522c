"""What of the site a run has seen, and when, where it did not look itself: it reads the archive of another one, or a
person accepted it later."""

from datetime import datetime

from moisson_scraper.keeping.collections import RUN_STATISTICS, RUNS, KeptRun
from moisson_scraper.reading.notice import Notice
from moisson_shared.ports.documents import DocumentReader


async def when_seen(store: DocumentReader, run: KeptRun) -> datetime | None:
    """When the site was seen that the run tells of; None for now."""
    if run.order.reread_of is None:
        return run.seen_at
    archived = await store.get(RUNS, run.order.reread_of)
    return (archived.value.seen_at or archived.value.finished_at) if archived is not None else None


async def archive_incomplete(store: DocumentReader, run: KeptRun) -> Notice | None:
    """Why a run that reads another one again cannot say that something is gone: what it does not find may be where that
    one did not look, or has to be missed twice."""
    archived = await store.get(RUNS, run.order.reread_of) if run.order.reread_of is not None else None
    if archived is None or archived.value.saw_all:
        return None
    kept = await store.get(RUN_STATISTICS, archived.key)
    if kept is not None and kept.value.good:
        return None  # the few pages that it has lost are lost again
    return Notice("archive-incomplete", "The run that is read again was not complete: what it did not see stays.")
