"""Reads index versions with tantivy: several processes may, while another one writes the next version."""

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tantivy import DocAddress, Query

from moisson_shared.adapters.tantivy_columns import BODY, ID, number, open_index, shelf_of
from moisson_shared.adapters.tantivy_facets import count_facets
from moisson_shared.adapters.tantivy_order import Shelf, scored_page, sorted_page
from moisson_shared.adapters.tantivy_query import cells_query, tantivy_query
from moisson_shared.adapters.tantivy_threads import EngineThreads
from moisson_shared.adapters.tantivy_versions import VersionFolders
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.errors import CursorExpired, Unavailable
from moisson_shared.contracts.project import Project
from moisson_shared.contracts.search import MapPage, SearchPage, SearchQuery
from moisson_shared.querying.columns import Column, ColumnKind
from moisson_shared.querying.found_projects import MapPoints, page_hit, stored_project, visible_stored
from moisson_shared.querying.indexed_project import ProjectIndexer
from moisson_shared.querying.page_order import Cursor, check_cursor, cursor_of
from moisson_shared.querying.plan_query import QueryPlan, Reach, plan_within
from moisson_shared.querying.query_tree import AllOf, PlaceWithin
from moisson_shared.querying.visibility import Sight, check_analysis, point_level

_OPEN_SHELVES = 16
_KEPT_PROJECTS = 2_000
_KEPT_BYTES = 16_000
_EDGES = 256


class _OpenShelf:
    """An index that is open, with what was found out about it: it never changes."""

    def __init__(self, shelf: Shelf, layout: IndexLayout) -> None:
        self.shelf = shelf
        self.schema = layout.data_schema
        self.indexer = ProjectIndexer(layout)
        self.edges: OrderedDict[PlaceWithin, tuple[int, ...]] = OrderedDict()
        self.lock = threading.Lock()
        self.reach = {level: Reach(layout, level) for level in AccessLevel}
        self._sights = {level: Sight(layout.data_schema, level) for level in AccessLevel}
        self._shown: dict[tuple[int, int, AccessLevel], Project] = {}

    def sight(self, level: AccessLevel) -> Sight:
        """What a level may see here."""
        return self._sights[level]

    def shown(self, address: DocAddress, level: AccessLevel, *, keep: bool = True) -> Project:
        """A found project as a level may see it. The last ones are kept: parsing costs more than finding."""
        key = (address.segment_ord, address.doc, level)
        project = self._shown.get(key)
        if project is None:
            body = _body(self.shelf, address)
            project = visible_stored(body, self._sights[level])
            if keep and len(body) <= _KEPT_BYTES:
                while len(self._shown) >= _KEPT_PROJECTS:
                    # Another thread may have taken out the same one.
                    self._shown.pop(next(iter(self._shown)), None)
                self._shown[key] = project
        return project


class TantivySearchReader:
    """A `SearchIndexReader` over folders. It keeps the last used versions open, and manifests by their versions."""

    def __init__(self, root: Path) -> None:
        self._folders = VersionFolders(root)
        self._threads = EngineThreads()
        self._shelves: OrderedDict[tuple[str, int, AccessLevel], _OpenShelf] = OrderedDict()
        self._manifests: dict[tuple[str, int], Manifest] = {}
        self._lock = threading.Lock()

    async def live(self, corpus: str) -> Manifest | None:
        return await self._threads.run(lambda: self._live(corpus))

    async def corpora(self) -> tuple[Manifest, ...]:
        def read() -> tuple[Manifest, ...]:
            found = (self._live(corpus) for corpus in self._folders.corpora())
            return tuple(manifest for manifest in found if manifest is not None)

        return await self._threads.run(read)

    async def manifest(self, corpus: str, version: int) -> Manifest | None:
        return await self._threads.run(lambda: self._manifest(corpus, version))

    async def search(self, manifest: Manifest, query: SearchQuery, level: AccessLevel) -> SearchPage:
        return await self._threads.run(lambda: self._search(manifest, query, level))

    async def map(self, manifest: Manifest, query: SearchQuery, level: AccessLevel, limit: int) -> MapPage:
        return await self._threads.run(lambda: self._map(manifest, query, level, limit))

    async def get(self, manifest: Manifest, project_id: str, level: AccessLevel) -> Project | None:
        return await self._threads.run(lambda: self._get(manifest, project_id, level))

    async def check(self) -> None:
        root = self._folders.root
        await self._threads.check(root, os.R_OK | os.X_OK)

    async def close(self) -> None:
        self._threads.close()
        self._shelves.clear()

    def _live(self, corpus: str) -> Manifest | None:
        # A version may be discarded between the two reads, after another one was published.
        for _ in range(3):
            version = self._folders.live(corpus)
            if version is None:
                return None
            manifest = self._manifest(corpus, version)
            if manifest is not None:
                return manifest
        raise Unavailable(f"The live version of {corpus} is missing on disk; publish a version that is there.")

    def _manifest(self, corpus: str, version: int) -> Manifest | None:
        key = (corpus, version)
        if key in self._manifests and self._folders.is_sealed(corpus, version):
            return self._manifests[key]
        self._manifests.pop(key, None)
        manifest = self._folders.read_manifest(corpus, version)
        if manifest is not None:
            self._manifests[key] = manifest
        return manifest

    def _search(self, manifest: Manifest, query: SearchQuery, level: AccessLevel) -> SearchPage:
        opened = self._opened(manifest, level)
        plan = plan_within(opened.reach[level], query)
        shelf = opened.shelf
        engine_query = self._translate(opened, plan.tree)
        facets = count_facets(shelf.searcher, plan.facets, partial(self._translate, opened)) if plan.facets else {}
        found_in_all, found = self._page(shelf, engine_query, plan, query)
        projects = [opened.shown(address, level) for _, address in found[: query.size]]
        text = plan.text if query.highlight else None
        hits = tuple(
            page_hit(project, manifest.layout.data_schema, score, text)
            for project, (score, _) in zip(projects, found, strict=False)
        )
        following: Cursor | None = None
        if projects and len(found) > query.size:
            following = (
                (_offset(query.after) + query.size,)
                if plan.scored
                else cursor_of(projects[-1], plan.sort, opened.indexer)
            )
        return SearchPage(total=found_in_all, hits=hits, facets=facets, next=following)

    def _page(
        self, shelf: Shelf, engine_query: Query, plan: QueryPlan, query: SearchQuery
    ) -> tuple[int, Sequence[tuple[float | None, DocAddress]]]:
        """The total, and one project more than the page holds, to know whether another page follows."""
        if plan.scored:
            return scored_page(shelf, engine_query, _offset(query.after), query.size + 1)
        after = None if query.after is None else check_cursor(query.after, plan.sort)
        found_in_all, addresses = sorted_page(shelf, engine_query, plan.sort, after, query.size + 1)
        return found_in_all, [(None, address) for address in addresses]

    def _map(self, manifest: Manifest, query: SearchQuery, level: AccessLevel, limit: int) -> MapPage:
        opened = self._opened(manifest, level)
        plan = plan_within(opened.reach[level], query)
        shelf = opened.shelf
        engine_query = self._translate(opened, plan.tree)
        points = MapPoints(manifest.layout.data_schema, query.bbox, limit)
        _, found = sorted_page(shelf, engine_query, (), None, max(1, shelf.searcher.num_docs))
        for address in found:
            points.add(opened.shown(address, level, keep=False))
        return points.page()

    def _get(self, manifest: Manifest, project_id: str, level: AccessLevel) -> Project | None:
        opened = self._opened(manifest, level)
        shelf = opened.shelf
        query = Query.term_query(shelf.schema, ID, project_id, index_option="basic")
        hits = shelf.searcher.search(query, 1, count=False).hits
        if not hits:
            return None
        # A caller above the shelf's own level may still be below the project's.
        return opened.sight(level).of(stored_project(_body(shelf, hits[0][1])))

    def _opened(self, manifest: Manifest, level: AccessLevel) -> _OpenShelf:
        corpus, version = manifest.layout.corpus, manifest.version
        key = (corpus, version, shelf_of(manifest.layout, level))
        check_analysis(manifest.layout)
        if not self._folders.is_sealed(corpus, version):
            with self._lock:
                self._shelves.pop(key, None)
            raise CursorExpired(f"Version {version} of {corpus} is gone; start again from the live one.")
        with self._lock:
            opened = self._shelves.get(key)
            if opened is None:
                index = open_index(self._folders.version(corpus, version) / key[2])
                index.config_reader("manual")  # a sealed version never changes: nobody need watch it
                opened = _OpenShelf(Shelf(index.searcher(), index.schema), manifest.layout)
                self._shelves[key] = opened
            self._shelves.move_to_end(key)
            while len(self._shelves) > _OPEN_SHELVES:
                self._shelves.popitem(last=False)
        return opened

    def _translate(self, opened: _OpenShelf, tree: AllOf) -> Query:
        return tantivy_query(tree, opened.shelf.schema, partial(_edge_projects, opened))


def _edge_projects(opened: _OpenShelf, node: PlaceWithin, cells: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers of the projects with a place in the edge cells that lies in the box. It depends on nothing else, so
    it is kept for the next query of the same box."""
    with opened.lock:
        known = opened.edges.get(node)
        if known is not None:
            opened.edges.move_to_end(node)
            return known
    shelf = opened.shelf
    query = cells_query(shelf.schema, Column(ColumnKind.POINTS, "", node.view).name, cells)
    hits = shelf.searcher.search(query, max(1, shelf.searcher.num_docs), count=False).hits
    schema = opened.schema
    numbers = []
    for _, address in hits:
        project = stored_project(_body(shelf, address))
        if point_level(project, schema) <= node.view and any(
            place.point is not None and node.box.contains(place.point) for place in project.places
        ):
            numbers.append(number(project.id))
    with opened.lock:
        opened.edges[node] = tuple(numbers)
        while len(opened.edges) > _EDGES:
            opened.edges.popitem(last=False)
    return tuple(numbers)


def _body(shelf: Shelf, address: DocAddress) -> bytes:
    return bytes(shelf.searcher.doc(address)[BODY][0])


def _offset(after: Cursor | None) -> int:
    """Where a page by score begins: its cursor is a place in the order, which is the same as long as the version."""
    if after is None:
        return 0
    if len(after) != 1 or isinstance(after[0], bool) or not isinstance(after[0], int) or not 0 <= after[0] < 2**31:
        raise CursorExpired("The cursor was not made for this query; start from the first page.")
    return after[0]
