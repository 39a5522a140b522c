"""Writes index versions with tantivy, in folders beside the live one."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy

from moisson_shared.adapters.tantivy_columns import ID, create_index, document, open_index, shelf_columns, shelves
from moisson_shared.adapters.tantivy_threads import EngineThreads
from moisson_shared.adapters.tantivy_versions import VersionFolders, sync_tree
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.errors import Fault, Invalid, NotFound, NotNow, TooLarge
from moisson_shared.contracts.project import Project
from moisson_shared.querying.columns import Column
from moisson_shared.querying.indexed_project import IndexedProject, ProjectIndexer
from moisson_shared.querying.visibility import check_analysis

MOST_AT_ONCE = 500
_HEAP_BYTES = 48_000_000


@dataclass(frozen=True, slots=True)
class _Shelf:
    level: AccessLevel
    columns: tuple[Column, ...]
    writer: tantivy.IndexWriter


@dataclass(frozen=True, slots=True)
class _OpenVersion:
    layout: IndexLayout
    indexer: ProjectIndexer
    shelves: tuple[_Shelf, ...]


class TantivySearchWriter:
    """A `SearchIndexWriter` over folders. What it has begun lives with it: after a crash an unsealed version is
    garbage, invisible to readers and swept away when the next one begins."""

    def __init__(self, root: Path) -> None:
        self._folders = VersionFolders(root)
        self._threads = EngineThreads(most=1)  # one thread: calls for a version never overlap
        self._open: dict[tuple[str, int], _OpenVersion] = {}

    async def begin(self, layout: IndexLayout, *, clone: int | None = None) -> int:
        return await self._threads.run(lambda: self._begin(layout, clone))

    async def write(self, corpus: str, version: int, projects: Sequence[Project]) -> None:
        if len(projects) > MOST_AT_ONCE:
            raise TooLarge(f"{len(projects)} projects at once; write at most {MOST_AT_ONCE}.")
        await self._threads.run(lambda: self._write(corpus, version, projects))

    async def remove(self, corpus: str, version: int, project_ids: Sequence[str]) -> None:
        await self._threads.run(lambda: self._remove(corpus, version, project_ids))

    async def seal(self, manifest: Manifest) -> None:
        await self._threads.run(lambda: self._seal(manifest))

    async def publish(self, corpus: str, version: int) -> None:
        await self._threads.run(lambda: self._publish(corpus, version))

    async def versions(self, corpus: str) -> tuple[Manifest, ...]:
        return await self._threads.run(lambda: self._versions(corpus))

    async def discard(self, corpus: str, version: int) -> None:
        await self._threads.run(lambda: self._discard(corpus, version))

    async def check(self) -> None:
        await self._threads.run(lambda: self._folders.root.mkdir(parents=True, exist_ok=True))
        await self._threads.check(self._folders.root, os.R_OK | os.W_OK | os.X_OK)

    async def close(self) -> None:
        self._open.clear()
        self._threads.close()

    def _begin(self, layout: IndexLayout, clone: int | None) -> int:
        check_analysis(layout)
        corpus = layout.corpus
        source = None if clone is None else self._cloneable(layout, clone)
        self._sweep(corpus)
        version = self._folders.take_number(corpus)
        folder = self._folders.version(corpus, version)
        opened = []
        for level in shelves(layout):
            columns = shelf_columns(layout, level)
            target = folder / level
            if source is None:
                target.mkdir(parents=True)
                index = create_index(target, columns)
            else:
                self._folders.link(source / level, target)
                index = open_index(target)
            # One thread: few segments, and so fewer steps for each query.
            opened.append(_Shelf(level, columns, index.writer(heap_size=_HEAP_BYTES, num_threads=1)))
        self._open[corpus, version] = _OpenVersion(layout, ProjectIndexer(layout), tuple(opened))
        return version

    def _cloneable(self, layout: IndexLayout, clone: int) -> Path:
        manifest = self._folders.read_manifest(layout.corpus, clone)
        if manifest is None:
            raise NotFound(f"Version {clone} of {layout.corpus} is not there to be cloned.")
        if manifest.layout != layout:
            raise Invalid(
                f"Version {clone} of {layout.corpus} has another layout; begin an empty version.",
                (Fault("/layout", "differs from that of the version to clone"),),
            )
        return self._folders.version(layout.corpus, clone)

    def _sweep(self, corpus: str) -> None:
        """Deletes what a writer that is no more has left unsealed."""
        for number in self._folders.numbers(corpus):
            if (corpus, number) not in self._open and not self._folders.is_sealed(corpus, number):
                self._folders.delete(corpus, number)

    def _write(self, corpus: str, version: int, projects: Sequence[Project]) -> None:
        opened = self._opened(corpus, version)
        # All are checked before the first is written. Of two with one id the last one holds.
        indexed = {project.id: opened.indexer.indexed(project) for project in projects}
        for shelf in opened.shelves:
            for project in indexed.values():
                _put(shelf, project)

    def _remove(self, corpus: str, version: int, project_ids: Sequence[str]) -> None:
        for shelf in self._opened(corpus, version).shelves:
            for project_id in project_ids:
                shelf.writer.delete_documents_by_term(ID, project_id)

    def _opened(self, corpus: str, version: int) -> _OpenVersion:
        opened = self._open.get((corpus, version))
        if opened is None:
            raise NotNow(f"Version {version} of {corpus} is not open for writing; begin a new one.")
        return opened

    def _seal(self, manifest: Manifest) -> None:
        corpus, version = manifest.layout.corpus, manifest.version
        opened = self._opened(corpus, version)
        if opened.layout != manifest.layout:
            raise Invalid("The manifest has another layout than the version was begun with.", (Fault("/layout", ""),))
        del self._open[corpus, version]
        for shelf in opened.shelves:
            shelf.writer.commit()
            shelf.writer.wait_merging_threads()
        sync_tree(self._folders.version(corpus, version))
        self._folders.write_manifest(manifest)

    def _publish(self, corpus: str, version: int) -> None:
        if not self._folders.is_sealed(corpus, version):
            raise NotFound(f"There is no sealed version {version} of {corpus} to publish.")
        self._folders.set_live(corpus, version)

    def _versions(self, corpus: str) -> tuple[Manifest, ...]:
        found = (self._folders.read_manifest(corpus, number) for number in reversed(self._folders.numbers(corpus)))
        return tuple(manifest for manifest in found if manifest is not None)

    def _discard(self, corpus: str, version: int) -> None:
        if self._folders.live(corpus) == version:
            raise NotNow(f"Version {version} of {corpus} is live; publish another one first.")
        opened = self._open.pop((corpus, version), None)
        for shelf in opened.shelves if opened else ():
            shelf.writer.wait_merging_threads()
        self._folders.delete(corpus, version)


def _put(shelf: _Shelf, project: IndexedProject) -> None:
    shelf.writer.delete_documents_by_term(ID, project.id)
    if project.level <= shelf.level:
        shelf.writer.add_document(document(project, shelf.columns))
