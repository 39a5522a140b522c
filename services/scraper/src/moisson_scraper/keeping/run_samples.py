"""One page of each kind of a run: the first listing, and a detail of each level; last time's again where it is met.

Three of each are kept per spider, the newest run's and those of the last two good ones, so that people see what a site
has changed, also where a run that lost something was taken for a good one.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from moisson_scraper.keeping.collections import KeptRun
from moisson_scraper.keeping.feed_lease import to_the_end
from moisson_scraper.keeping.page_documents import KEPT_PAGES, RUN_SAMPLES, KeptPage, RunSample, Slot, sample_key
from moisson_scraper.keeping.page_packing import MOST_BYTES, packed
from moisson_scraper.reading.source_reader import LARGE_PAGE, FetchedPage, PageKind, PageRequest
from moisson_shared.contracts.detail import DEEPEST_DETAIL
from moisson_shared.ports.documents import Delete, DocumentReader, DocumentStore, Operation, Put, Stored

Kind = tuple[PageKind, int]
"""What a page is for, and the level of a detail."""
KINDS: tuple[Kind, ...] = (
    (PageKind.LISTING, 0),
    *((PageKind.DETAIL, level) for level in range(DEEPEST_DETAIL + 1)),
)

SLOTS: tuple[Slot, ...] = ("now", "good", "before")


class RunSamples:
    """Of one run; several processes may keep those of the same run. A page in memory is written by `flush`."""

    def __init__(self, store: DocumentStore, run: KeptRun, reader: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._run = run
        self._reader = reader
        self._now = now
        self._seen: dict[Kind, tuple[PageRequest, FetchedPage, str]] = {}
        self._wanted: dict[Kind, str] = {}
        """The pages that the last good run has kept."""
        self._begun: set[Kind] = set()
        """There is one already."""
        self._done: set[Kind] = set()
        """And nothing better can come."""

    async def open(self) -> None:
        """Learns which pages the last good run has kept, and which this one has already."""
        good = await samples_of(self._store, self._run.spider_id, "good")
        self._wanted = {kind: stored.value.identity for kind, stored in good.items()}
        for kind, stored in (await samples_of(self._store, self._run.spider_id, "now")).items():
            if stored.value.run_id == self._run.id:
                self._begin(kind, stored.value.identity)

    def see(self, request: PageRequest, page: FetchedPage | None, encoding: str) -> None:
        """A page was read just now; None stands for one that was not fetched."""
        kind = request.kind, request.position if request.kind is PageKind.DETAIL else 0
        if page is None or kind in self._done or len(page.body) > MOST_BYTES:
            return
        if kind not in self._begun or request.identity == self._wanted.get(kind):
            self._seen[kind] = request, page, encoding
            self._begin(kind, request.identity)

    def _begin(self, kind: Kind, identity: str) -> None:
        self._begun.add(kind)
        if kind[0] is PageKind.LISTING or self._wanted.get(kind) in {None, identity}:
            self._done.add(kind)

    async def flush(self) -> None:
        """Writes what was seen. Raises what the store raises; then it is still in memory."""
        for kind, seen in tuple(self._seen.items()):
            request, page, encoding = seen
            large = len(page.body) >= LARGE_PAGE
            content = await asyncio.to_thread(packed, page, request) if large else packed(page, request)
            if content is not None:
                await to_the_end(self._keep(kind, request, page, encoding, content))
            if self._seen.get(kind) is seen:
                del self._seen[kind]

    async def _keep(self, kind: Kind, request: PageRequest, page: FetchedPage, encoding: str, content: str) -> None:
        spider, (what, level) = self._run.spider_id, kind
        kept = KeptPage(
            id=f"{self._run.id}-{what.value}-{level}",
            spider_id=spider,
            partner=self._run.partner,
            kept_for=f"run/{self._run.id}",
            kind="listing" if what is PageKind.LISTING else "detail",
            level=level,
            address=request.address,
            status=page.status,
            content_type=page.content_type[:200],
            encoding=encoding,
            bytes=len(page.body),
            fetched_at=self._now(),
            reader=self._reader,
            spider_version=self._run.spider_version,
            packed=content,
        )
        sample = RunSample(
            key=sample_key(spider, "now", what.value, level),
            spider_id=spider,
            run_id=self._run.id,
            page_id=kept.id,
            identity=request.identity,
        )
        operations: list[Operation] = [Put(KEPT_PAGES, kept), Put(RUN_SAMPLES, sample)]
        keys = {slot: sample_key(spider, slot, what.value, level) for slot in SLOTS}
        known = await self._store.get_many(RUN_SAMPLES, list(keys.values()))
        last = known.get(keys["now"])
        used = {kept.id, *(known[keys[slot]].value.page_id for slot in SLOTS[1:] if keys[slot] in known)}
        if last is not None and last.value.page_id not in used:
            operations.append(Delete(KEPT_PAGES, last.value.page_id))
        await self._store.apply(operations)


async def samples_of(store: DocumentReader, spider_id: str, slot: Slot) -> dict[Kind, Stored[RunSample]]:
    """The samples that are there in one of the slots."""
    keys = {sample_key(spider_id, slot, kind.value, level): (kind, level) for kind, level in KINDS}
    found = await store.get_many(RUN_SAMPLES, list(keys))
    return {keys[key]: stored for key, stored in found.items()}


async def promoted(store: DocumentReader, run: KeptRun) -> list[Operation]:
    """What makes a run's samples those of the last good run. A kind of page that it did not fetch keeps its samples."""
    now, good, before = [await samples_of(store, run.spider_id, slot) for slot in SLOTS]
    operations: list[Operation] = []
    for (kind, level), stored in now.items():
        last, earlier = good.get((kind, level)), before.get((kind, level))
        if stored.value.run_id != run.id or (last is not None and last.value.run_id == run.id):
            continue
        key = sample_key(run.spider_id, "good", kind.value, level)
        operations.append(Put(RUN_SAMPLES, stored.value.model_copy(update={"key": key})))
        if last is None:
            continue
        key = sample_key(run.spider_id, "before", kind.value, level)
        operations.append(Put(RUN_SAMPLES, last.value.model_copy(update={"key": key})))
        if earlier is not None:
            operations.append(Delete(KEPT_PAGES, earlier.value.page_id))
    return operations
