"""Letting versions go: old ones, unfinished ones of a killed run, and those that the index lost.

A version is first marked, then removed from the index, then with everything that only it refers to. Each step may be
repeated, so a crash in between leaves nothing behind for good.
"""

from datetime import timedelta

from moisson_normalizer.catalogue import Clock
from moisson_normalizer.kept_versions import (
    CORPUS_STATES,
    PROJECTS,
    REJECTS,
    SET_PARTS,
    VERSIONS,
    KeptVersion,
    project_key,
    read_set,
    version_key,
)
from moisson_normalizer.publish_version import VersionKeeper
from moisson_shared.contracts.errors import NotNow
from moisson_shared.ports.documents import (
    Delete,
    DeleteWhere,
    DocumentStore,
    Equal,
    Find,
    Replace,
)
from moisson_shared.ports.search_index import SearchIndexWriter

_AT_ONCE = 500


class VersionDiscarder:
    """`keep` newest versions stay whatever their age; older ones go when a paging cursor cannot name them any more."""

    def __init__(
        self,
        documents: DocumentStore,
        index: SearchIndexWriter,
        keeper: VersionKeeper,
        clock: Clock,
        keep: int,
        keep_for: timedelta,
    ) -> None:
        self._documents = documents
        self._index = index
        self._keeper = keeper
        self._clock = clock
        self._keep = keep
        self._keep_for = keep_for

    async def discard_old(self, corpus: str) -> None:
        """Lets go of versions that are old enough and not among the newest; never of the live one or the newest."""
        state = (await self._keeper.state(corpus)).value
        oldest = self._clock() - self._keep_for
        for version in (await self._keeper.sealed(corpus))[max(self._keep, 1) :]:
            if version.number not in {state.live, state.publishing} and (version.built_at or oldest) < oldest:
                await self.discard(version)

    async def discard_unfinished(self, corpus: str) -> None:
        """Lets go of what a killed run left: versions in building, and those whose discarding was cut short."""
        for left in ("building", "discarding"):
            where = (Equal("corpus", corpus), Equal("state", left))
            page = await self._documents.find(VERSIONS, Find(where=where, limit=1000))
            for item in page.items:
                await self.discard(item.value)

    async def agree_with_index(self, corpus: str) -> None:
        """Lets go of what only one side knows: the index's data folder, or our own store, may have been replaced."""
        there = {manifest.version for manifest in await self._index.versions(corpus)}
        known = {version.number: version for version in await self._keeper.sealed(corpus)}
        stored = await self._keeper.state(corpus)
        lost = {stored.value.live, stored.value.publishing} - there - {None}
        if lost and stored.version:
            kept = {name: None for name in ("live", "publishing") if getattr(stored.value, name) in lost}
            await self._documents.apply([Replace(CORPUS_STATES, stored.value.model_copy(update=kept), stored.version)])
        for number in known.keys() - there:
            await self.discard(known[number])
        for number in there - known.keys():
            try:
                await self._index.discard(corpus, number)
            except NotNow:
                # Live there and unknown here: readers keep it until something is published.
                continue

    async def discard(self, version: KeptVersion) -> None:
        """Removes a version, and what only it refers to. Safe to repeat after a crash."""
        key = version_key(version.corpus, version.number)
        stored = await self._documents.get(VERSIONS, key)
        if stored is None:
            return
        if stored.value.state != "discarding":
            marked = stored.value.model_copy(update={"state": "discarding"})
            await self._documents.apply([Replace(VERSIONS, marked, stored.version)])
        await self._index.discard(version.corpus, version.number)
        others = await self._documents.find(VERSIONS, Find(where=(Equal("corpus", version.corpus),), limit=1000))
        held = {kept.set_id for item in others.items if item.key != key for kept in item.value.sets.values()}
        for recipe, kept in version.sets.items():
            if kept.set_id not in held:
                siblings = [item.value.sets[recipe].set_id for item in others.items if recipe in item.value.sets]
                await self._drop_set(kept.set_id, [id_ for id_ in siblings if id_ != kept.set_id])
        await self._documents.apply([Delete(VERSIONS, key)])

    async def _drop_set(self, set_id: str, siblings: list[str]) -> None:
        """Documents of projects may still be named by later sets of the same recipe; those stay."""
        needed = {
            project_key(entry.kept_in, id_)
            for sibling in dict.fromkeys(siblings)
            for id_, entry in (await read_set(self._documents, sibling)).items()
        }
        mine = await read_set(self._documents, set_id)
        keys = {project_key(entry.kept_in, id_) for id_, entry in mine.items()}
        after: str | None = None
        while True:
            # A killed run may have written documents that no entry names.
            page = await self._documents.find(
                PROJECTS, Find(where=(Equal("set_id", set_id),), limit=_AT_ONCE, after=after)
            )
            keys.update(item.key for item in page.items)
            after = page.next
            if after is None:
                break
        gone = sorted(keys - needed)
        for start in range(0, len(gone), _AT_ONCE):
            await self._documents.apply([Delete(PROJECTS, key) for key in gone[start : start + _AT_ONCE]])
        await self._drop_rejects(set_id)
        await self._documents.apply([DeleteWhere(SET_PARTS, (Equal("set_id", set_id),))])

    async def _drop_rejects(self, set_id: str) -> None:
        while True:
            page = await self._documents.find(REJECTS, Find(where=(Equal("set_id", set_id),), limit=_AT_ONCE))
            if not page.items:
                return
            await self._documents.apply([Delete(REJECTS, item.key) for item in page.items])
