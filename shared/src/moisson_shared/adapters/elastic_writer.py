"""Writes index versions to Elasticsearch: one index per version beside the live one, and an alias that moves."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from elasticsearch import ApiError

from moisson_shared.adapters.elastic_client import check_engine, elastic_client, in_our_words, is_missing_index
from moisson_shared.adapters.elastic_columns import MANIFEST, document, index_mappings, index_settings
from moisson_shared.adapters.elastic_manifests import live_index, read_manifest, read_manifests
from moisson_shared.adapters.elastic_names import MANIFEST_ID, IndexNames, document_id
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.errors import Fault, Invalid, NotFound, NotNow, TooLarge, Unavailable
from moisson_shared.contracts.project import Project
from moisson_shared.querying.indexed_project import ProjectIndexer
from moisson_shared.querying.visibility import check_analysis

MOST_AT_ONCE = 500
_BULK_BYTES = 8_000_000
_NEXT_NUMBER = "if (ctx._source.last < params.least) { ctx._source.last = params.least } ctx._source.last += 1"
_PATIENCE_SECONDS = 300.0
"""For bulk writes, merging and cloning, which take as long as the index is large."""


class ElasticSearchWriter:
    """A `SearchIndexWriter` over indexes. What it has begun lives with it: after a crash an unsealed version is
    garbage, invisible to readers and swept away when the next one begins."""

    def __init__(self, node: str, prefix: str) -> None:
        self._client = elastic_client(node)
        self._patient = self._client.options(request_timeout=_PATIENCE_SECONDS)
        self._names = IndexNames(prefix)
        self._open: dict[tuple[str, int], tuple[IndexLayout, ProjectIndexer]] = {}

    async def begin(self, layout: IndexLayout, *, clone: int | None = None) -> int:
        check_analysis(layout)
        async with in_our_words():
            source = None if clone is None else await self._cloneable(layout, clone)
            numbers = await self._sweep(layout.corpus)
            version = await self._take_number(layout.corpus, max(numbers, default=0))
            name = self._names.version(layout.corpus, version)
            if source is None:
                await self._patient.indices.create(
                    index=name, settings=index_settings(layout), mappings=index_mappings(layout)
                )
            else:
                await self._client.indices.add_block(index=source, block="write")
                await self._patient.indices.clone(
                    index=source, target=name, settings={"index.blocks.write": None, "index.refresh_interval": "-1"}
                )
        self._open[layout.corpus, version] = (layout, ProjectIndexer(layout))
        return version

    async def write(self, corpus: str, version: int, projects: Sequence[Project]) -> None:
        if len(projects) > MOST_AT_ONCE:
            raise TooLarge(f"{len(projects)} projects at once; write at most {MOST_AT_ONCE}.")
        _, indexer = self._opened(corpus, version)
        # All are checked before the first is written. Of two with one id the last one holds.
        indexed = {project.id: indexer.indexed(project) for project in projects}
        await self._bulk(
            self._names.version(corpus, version),
            (
                _line({"index": {"_id": document_id(project.id)}}) + _line(document(project))
                for project in indexed.values()
            ),
        )

    async def remove(self, corpus: str, version: int, project_ids: Sequence[str]) -> None:
        self._opened(corpus, version)
        await self._bulk(
            self._names.version(corpus, version),
            (_line({"delete": {"_id": document_id(project_id)}}) for project_id in project_ids),
        )

    async def seal(self, manifest: Manifest) -> None:
        corpus, version = manifest.layout.corpus, manifest.version
        layout, _ = self._opened(corpus, version)
        if layout != manifest.layout:
            raise Invalid(
                "The manifest has another layout than the version was begun with.",
                (Fault("/layout", "differs from that of the version"),),
            )
        name = self._names.version(corpus, version)
        async with in_our_words():
            # One segment: words of replaced and removed projects no longer count in the scores.
            await self._patient.indices.refresh(index=name)
            await self._patient.indices.forcemerge(index=name, max_num_segments=1)
            await self._patient.index(
                index=name, id=MANIFEST_ID, document={MANIFEST: manifest.model_dump_json()}, refresh=True
            )
            await self._patient.indices.flush(index=name)
            await self._client.indices.add_block(index=name, block="write")
        del self._open[corpus, version]

    async def publish(self, corpus: str, version: int) -> None:
        name, alias = self._names.version(corpus, version), self._names.live(corpus)
        async with in_our_words():
            if await read_manifest(self._client, self._names, corpus, version) is None:
                raise NotFound(f"There is no sealed version {version} of {corpus} to publish.")
            await self._client.indices.update_aliases(
                actions=[
                    {"remove": {"index": self._names.versions(corpus), "alias": alias, "must_exist": False}},
                    {"add": {"index": name, "alias": alias}},
                ]
            )

    async def versions(self, corpus: str) -> tuple[Manifest, ...]:
        async with in_our_words():
            numbers = sorted(await self._numbers(corpus), reverse=True)
            return await read_manifests(self._client, self._names, [(corpus, number) for number in numbers])

    async def discard(self, corpus: str, version: int) -> None:
        name = self._names.version(corpus, version)
        async with in_our_words():
            if await live_index(self._client, self._names, corpus) == name:
                raise NotNow(f"Version {version} of {corpus} is live; publish another one first.")
            self._open.pop((corpus, version), None)
            await self._client.indices.delete(index=name, ignore_unavailable=True)

    async def check(self) -> None:
        await check_engine(self._client)

    async def close(self) -> None:
        await self._client.close()

    def _opened(self, corpus: str, version: int) -> tuple[IndexLayout, ProjectIndexer]:
        opened = self._open.get((corpus, version))
        if opened is None:
            raise NotNow(f"Version {version} of {corpus} is not open for writing; begin a new one.")
        return opened

    async def _cloneable(self, layout: IndexLayout, clone: int) -> str:
        manifest = await read_manifest(self._client, self._names, layout.corpus, clone)
        if manifest is None:
            raise NotFound(f"Version {clone} of {layout.corpus} is not there to be cloned.")
        if manifest.layout != layout:
            raise Invalid(
                f"Version {clone} of {layout.corpus} has another layout; begin an empty version.",
                (Fault("/layout", "differs from that of the version to clone"),),
            )
        return self._names.version(layout.corpus, clone)

    async def _numbers(self, corpus: str) -> list[int]:
        found = await self._client.indices.get_alias(index=self._names.versions(corpus))
        parsed = (self._names.parse(name) for name in found.body)
        return sorted(version for name, version in filter(None, parsed) if name == corpus)

    async def _sweep(self, corpus: str) -> list[int]:
        """Deletes what a writer that is no more has left unsealed; gives the numbers of all versions there were."""
        numbers = await self._numbers(corpus)
        unknown = [number for number in numbers if (corpus, number) not in self._open]
        sealed = {
            manifest.version
            for manifest in await read_manifests(self._client, self._names, [(corpus, number) for number in unknown])
        }
        for number in unknown:
            if number not in sealed:
                await self._client.indices.delete(index=self._names.version(corpus, number), ignore_unavailable=True)
        return numbers

    async def _take_number(self, corpus: str, least: int) -> int:
        """The next number, noted before it is used."""
        answer = await self._client.update(
            index=self._names.numbers(),
            id=corpus,
            script={
                "source": _NEXT_NUMBER,
                "params": {"least": least},
            },
            upsert={"last": least + 1},
            source=True,
            retry_on_conflict=5,
        )
        number: int = answer["get"]["_source"]["last"]
        return number

    async def _bulk(self, index: str, operations: Iterator[bytes]) -> None:
        """Some megabytes at a time; an operation that fails fails the batch, which may be written again."""
        async with in_our_words(), _version_there(index):
            for chunk in _chunks(operations):
                answer = await self._patient.bulk(
                    index=index,
                    operations=chunk,  # type: ignore[arg-type]  # finished lines are taken too
                )
                if answer["errors"]:
                    _refuse(answer["items"])


@asynccontextmanager
async def _version_there(index: str) -> AsyncIterator[None]:
    try:
        yield
    except ApiError as error:
        if is_missing_index(error):
            raise NotNow(f"The index {index} was deleted while it was written; begin a new version.") from error
        raise


def _refuse(items: list[dict[str, dict[str, Any]]]) -> None:
    for item in items:
        for outcome in item.values():
            if outcome["status"] >= 300 and not (outcome["status"] == 404 and "error" not in outcome):
                error = outcome["error"]
                if outcome["status"] == 429:
                    raise Unavailable("The search index is busy.")
                if error.get("type") == "index_not_found_exception":
                    raise NotNow("The version was deleted while it was written; begin a new one.")
                raise RuntimeError(f"Elasticsearch refused a document: {error.get('type')}: {error.get('reason')}")


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value) + b"\n"


def _chunks(operations: Iterator[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for operation in operations:
        if chunk and size + len(operation) > _BULK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(operation.rstrip(b"\n"))
        size += len(operation)
    if chunk:
        yield chunk
