"""Reads index versions from Elasticsearch: one request per search, facets with their own selection beside it."""

from typing import Any

from elasticsearch import ApiError, AsyncElasticsearch, NotFoundError

from moisson_shared.adapters.elastic_client import check_engine, elastic_client, in_our_words, is_missing_index
from moisson_shared.adapters.elastic_columns import BODY
from moisson_shared.adapters.elastic_manifests import live_index, read_manifest, read_manifests
from moisson_shared.adapters.elastic_names import IndexNames, document_id
from moisson_shared.adapters.elastic_query import (
    ElasticBody,
    elastic_after,
    elastic_facet,
    elastic_query,
    elastic_sort,
)
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import Manifest
from moisson_shared.contracts.errors import CursorExpired, Unavailable
from moisson_shared.contracts.project import Project
from moisson_shared.contracts.search import FacetCount, MapPage, SearchPage, SearchQuery
from moisson_shared.querying.found_projects import MapPoints, page_hit, stored_project, visible_stored
from moisson_shared.querying.indexed_project import ProjectIndexer
from moisson_shared.querying.page_order import Cursor, cursor_of
from moisson_shared.querying.plan_query import FacetPlan, QueryPlan, plan_query
from moisson_shared.querying.visibility import Sight, check_analysis

_MAP_PAGE = 2000
_STEADY = "moisson"
"""The same copy of a shard answers all pages: two copies may add up scores differently."""


class ElasticSearchReader:
    """A `SearchIndexReader` over indexes. It keeps manifests by their versions, which never change."""

    def __init__(self, node: str, prefix: str) -> None:
        self._client: AsyncElasticsearch = elastic_client(node)
        self._names = IndexNames(prefix)
        self._manifests: dict[tuple[str, int], Manifest] = {}

    async def live(self, corpus: str) -> Manifest | None:
        async with in_our_words():
            # A version may be discarded between the two reads, after another one was published.
            for _ in range(3):
                name = await live_index(self._client, self._names, corpus)
                parsed = self._names.parse(name) if name else None
                if parsed is None:
                    return None
                manifest = await self._kept(*parsed)
                if manifest is not None:
                    return manifest
        raise Unavailable(f"The live version of {corpus} has no manifest; publish another one.")

    async def corpora(self) -> tuple[Manifest, ...]:
        async with in_our_words():
            answer = await self._client.indices.get_alias(name=self._names.all_live())
            parsed = sorted(filter(None, (self._names.parse(name) for name in answer.body)))
            missing = [key for key in parsed if key not in self._manifests]
            for manifest in await read_manifests(self._client, self._names, missing):
                self._manifests[manifest.layout.corpus, manifest.version] = manifest
            return tuple(self._manifests[key] for key in parsed if key in self._manifests)

    async def manifest(self, corpus: str, version: int) -> Manifest | None:
        # Not from memory: the version may have been discarded.
        async with in_our_words():
            return await read_manifest(self._client, self._names, corpus, version)

    async def search(self, manifest: Manifest, query: SearchQuery, level: AccessLevel) -> SearchPage:
        check_analysis(manifest.layout)
        plan = plan_query(query, manifest.layout, level)
        own = [facet for facet in plan.facets if facet.tree is not plan.tree]
        shared = [facet for facet in plan.facets if facet.tree is plan.tree]
        bodies = [_page_body(plan, query, shared), *(_facet_body(facet) for facet in own)]
        answers = await self._ask(manifest, bodies)
        page = answers[0]["hits"]
        counts = {facet.field: _counts(answers[0], facet) for facet in shared}
        counts |= {facet.field: _counts(answer, facet) for facet, answer in zip(own, answers[1:], strict=True)}
        found = page["hits"][: query.size]
        sight = Sight(manifest.layout.data_schema, level)
        projects = [_project(hit, sight) for hit in found]
        text = plan.text if query.highlight else None
        hits = tuple(
            page_hit(project, manifest.layout.data_schema, hit["_score"] if plan.scored else None, text)
            for project, hit in zip(projects, found, strict=True)
        )
        following: Cursor | None = None
        if projects and len(page["hits"]) > query.size:
            if plan.scored:
                following = (found[-1]["_score"], projects[-1].id)
            else:
                following = cursor_of(projects[-1], plan.sort, ProjectIndexer(manifest.layout))
        return SearchPage(
            total=page["total"]["value"],
            hits=hits,
            facets={request.field: counts[request.field] for request in query.facets},
            next=following,
        )

    async def map(self, manifest: Manifest, query: SearchQuery, level: AccessLevel, limit: int) -> MapPage:
        check_analysis(manifest.layout)
        plan = plan_query(query, manifest.layout, level)
        sight = Sight(manifest.layout.data_schema, level)
        points = MapPoints(manifest.layout.data_schema, query.bbox, limit)
        body: ElasticBody = {
            "query": elastic_query(plan.tree),
            "sort": [{"id": {"order": "asc"}}],
            "size": _MAP_PAGE,
            "track_total_hits": False,
        }
        while True:
            (answer,) = await self._ask(manifest, [body])
            hits = answer["hits"]["hits"]
            for hit in hits:
                points.add(_project(hit, sight))
            if len(hits) < _MAP_PAGE:
                return points.page()
            body["search_after"] = hits[-1]["sort"]

    async def get(self, manifest: Manifest, project_id: str, level: AccessLevel) -> Project | None:
        name = self._names.version(manifest.layout.corpus, manifest.version)
        async with in_our_words():
            try:
                answer = await self._client.get(index=name, id=document_id(project_id))
            except NotFoundError as error:
                if is_missing_index(error):
                    raise _gone(manifest) from error
                return None
        return Sight(manifest.layout.data_schema, level).of(stored_project(_body(answer.body)))

    async def check(self) -> None:
        await check_engine(self._client)

    async def close(self) -> None:
        await self._client.close()

    async def _kept(self, corpus: str, version: int) -> Manifest | None:
        key = (corpus, version)
        if key not in self._manifests:
            manifest = await read_manifest(self._client, self._names, corpus, version)
            if manifest is None:
                return None
            self._manifests[key] = manifest
        return self._manifests[key]

    async def _ask(self, manifest: Manifest, bodies: list[ElasticBody]) -> list[dict[str, Any]]:
        """The answers to some searches of one version, in one request."""
        name = self._names.version(manifest.layout.corpus, manifest.version)
        async with in_our_words():
            if len(bodies) == 1:
                try:
                    single = await self._client.search(index=name, preference=_STEADY, **bodies[0])
                except ApiError as error:
                    if is_missing_index(error):
                        raise _gone(manifest) from error
                    raise
                return [single.body]
            searches: list[dict[str, Any]] = []
            for body in bodies:
                searches += [{"preference": _STEADY}, body]
            answer = await self._client.msearch(index=name, searches=searches)
        for each in answer["responses"]:
            if "error" in each:
                if each["error"].get("type") == "index_not_found_exception":
                    raise _gone(manifest)
                raise RuntimeError(f"Elasticsearch refused a search: {each['error'].get('reason')}")
        responses: list[dict[str, Any]] = answer["responses"]
        return responses


def _page_body(plan: QueryPlan, query: SearchQuery, facets: list[FacetPlan]) -> ElasticBody:
    """One project more than the page holds, to know whether another page follows."""
    body: ElasticBody = {
        "query": elastic_query(plan.tree),
        "sort": elastic_sort(plan),
        "size": query.size + 1 if query.size else 0,
        "track_total_hits": True,
    }
    if facets:
        body["aggs"] = {facet.field: elastic_facet(facet) for facet in facets}
    if query.after is not None and query.size:
        body["search_after"] = elastic_after(plan, query.after)
    return body


def _facet_body(facet: FacetPlan) -> ElasticBody:
    return {
        "query": elastic_query(facet.tree),
        "size": 0,
        "track_total_hits": False,
        "aggs": {facet.field: elastic_facet(facet)},
    }


def _counts(answer: dict[str, Any], facet: FacetPlan) -> tuple[FacetCount, ...]:
    buckets = answer["aggregations"][facet.field]["buckets"]
    return tuple(FacetCount(value=bucket["key"], count=bucket["doc_count"]) for bucket in buckets)


def _body(hit: dict[str, Any]) -> bytes:
    body: str = hit["_source"][BODY]
    return body.encode()


def _project(hit: dict[str, Any], sight: Sight) -> Project:
    return visible_stored(_body(hit), sight)


def _gone(manifest: Manifest) -> CursorExpired:
    return CursorExpired(
        f"Version {manifest.version} of {manifest.layout.corpus} is gone; start again from the live one."
    )
