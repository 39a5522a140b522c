"""Indexes to test on: each engine, an index of its own, and what is done with it most often."""

import os
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from elasticsearch import AsyncElasticsearch

from moisson_shared.adapters.open_backends import open_search_reader, open_search_writer
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.project import Project
from moisson_shared.contracts.search import SearchPage, SearchQuery
from moisson_shared.ports.search_index import SearchIndexReader, SearchIndexWriter
from tests.contracts.search_corpus import CORPUS, OPEN, PRIVATE, layout, manifest

ENGINES = ["tantivy", pytest.param("elasticsearch", marks=pytest.mark.servers)]


@dataclass(frozen=True)
class SearchIndex:
    """A reader and a writer of one index, and its address for other processes."""

    url: str
    reader: SearchIndexReader
    writer: SearchIndexWriter

    async def publish(self, projects: Iterable[Project], of: IndexLayout | None = None) -> Manifest:
        """A new version with these projects, live."""
        of = of or layout()
        version = await self.writer.begin(of)
        batch = list(projects)
        for start in range(0, len(batch), 500):
            await self.writer.write(of.corpus, version, batch[start : start + 500])
        sealed = manifest(version, len(batch), of)
        await self.writer.seal(sealed)
        await self.writer.publish(of.corpus, version)
        return sealed


def elasticsearch_url() -> str:
    """Where the real server is; fails, and never skips, when nobody says so."""
    url = os.environ.get("ELASTICSEARCH_URL")
    if not url:
        pytest.fail('ELASTICSEARCH_URL is not set: run `make servers`, or `eval "$(deploy/servers/up)"`')
    return url


def an_address(engine: str, folder: Path) -> str:
    """Where nothing is yet."""
    if engine == "elasticsearch":
        return f"elasticsearch+{elasticsearch_url()}/test-{secrets.token_hex(5)}"
    return f"tantivy://{folder}/index"


@asynccontextmanager
async def index_at(url: str, *, keep: bool = False) -> AsyncIterator[SearchIndex]:
    """The index at an address, deleted afterwards unless it is kept."""
    index = SearchIndex(url, open_search_reader(url), open_search_writer(url))
    try:
        yield index
    finally:
        await index.reader.close()
        await index.writer.close()
        if not keep:
            await delete_index(url)


async def delete_index(url: str) -> None:
    """Deletes what an address holds on a server; folders go with the test's own."""
    if not url.startswith("elasticsearch+"):
        return
    server, prefix = url.removeprefix("elasticsearch+").rsplit("/", 1)
    async with AsyncElasticsearch(server) as client:
        for name in (await client.indices.get(index=f"{prefix}_*")).body:
            await client.indices.delete(index=name)


async def ids(index: SearchIndex, manifest: Manifest | None = None) -> list[str]:
    """The ids of the live version, or of another one."""
    manifest = manifest or await index.reader.live(CORPUS)
    assert manifest is not None
    page = await index.reader.search(manifest, SearchQuery(size=500), PRIVATE)
    assert page.total == len(page.hits)
    return [hit.project.id for hit in page.hits]


async def live(index: SearchIndex) -> Manifest:
    """What is published of the corpus."""
    found = await index.reader.live(CORPUS)
    assert found is not None
    return found


async def ask(index: SearchIndex, query: SearchQuery, level: AccessLevel = OPEN) -> SearchPage:
    """One page of what is published."""
    return await index.reader.search(await live(index), query, level)


def a_query(**parts: object) -> SearchQuery:
    """A query of these parts, for all that it finds."""
    return SearchQuery.model_validate({"size": 100, **parts})
