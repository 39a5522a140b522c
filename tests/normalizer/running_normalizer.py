"""A normalizer as its callers meet it: real SQLite, real tantivy, HTTP through the app, its neighbours on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from moisson_normalizer.app import create_app
from moisson_normalizer.runs import LEASES
from moisson_normalizer.settings import NormalizerSettings
from moisson_shared.adapters.open_backends import open_documents, open_queue, open_search_reader, open_search_writer
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.normalisation import NormalisationRun
from moisson_shared.contracts.search import Hit, SearchPage, SearchQuery
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.search_index import SearchIndexReader, SearchIndexWriter
from tests.normalizer.neighbours import Neighbours, served

PATIENCE = 30.0


@dataclass
class MovableClock:
    """The present, moved by hand."""

    moved: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


@dataclass
class Normalizer:
    """A running normalizer, its neighbours, and what the public would see of its index."""

    client: httpx.AsyncClient
    neighbours: Neighbours
    reader: SearchIndexReader
    clock: MovableClock

    @property
    def steward(self) -> dict[str, str]:
        return self.neighbours.token("steward", partners=[])

    async def create(self, kind: str, document: dict[str, Any]) -> httpx.Response:
        answer = await self.client.post(f"/v1/{kind}", json=document, headers=self.steward)
        assert answer.status_code == 201, answer.text
        return answer

    async def get(self, path: str, **params: str | int) -> Any:
        answer = await self.client.get(path, headers=self.steward, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def run(self, corpus: str = "cis") -> NormalisationRun:
        """Asks for a run and waits for its end."""
        answer = await self.client.post(f"/v1/corpora/{corpus}/runs", headers=self.steward)
        assert answer.status_code == 202, answer.text
        return await self.ended(answer.json()["id"])

    async def ended(self, run_id: str) -> NormalisationRun:
        async with asyncio.timeout(PATIENCE):
            while True:
                run = NormalisationRun.model_validate(await self.get(f"/v1/runs/{run_id}"))
                if run.state.final:
                    return run
                await asyncio.sleep(0.02)

    async def publish(self, version: int, corpus: str = "cis", *, force: bool = False) -> httpx.Response:
        body = {"version": version, "force": force}
        return await self.client.post(f"/v1/corpora/{corpus}/publish", json=body, headers=self.steward)

    async def found(self, level: AccessLevel = AccessLevel.PRIVATE, corpus: str = "cis", **query: Any) -> SearchPage:
        """What a search over the live version finds."""
        manifest = await self.reader.live(corpus)
        assert manifest is not None
        return await self.reader.search(manifest, SearchQuery(size=500, **query), level)

    async def titles(self, **given: Any) -> list[str]:
        return sorted(title(hit) for hit in (await self.found(**given)).hits)


def title(hit: Hit) -> str:
    return str(hit.project.fields["title"])


def normalizer_settings(neighbours: Neighbours, folder: Path, **changes: Any) -> NormalizerSettings:
    made: dict[str, Any] = {
        "issuer": neighbours.url,
        "scraper_url": neighbours.url,
        "client_secret": SecretStr("not the default"),
        "documents_url": f"sqlite://{folder}/normalizer.sqlite",
        "search_url": f"tantivy://{folder}/index",
        "sweep_seconds": 3600,
        "lease_seconds": 5,
    }
    return NormalizerSettings(**(made | changes))


@asynccontextmanager
async def running_normalizer(
    folder: Path,
    neighbours: Neighbours | None = None,
    *,
    between: Callable[[SearchIndexWriter, DocumentStore], SearchIndexWriter] = lambda index, _: index,
    **changes: Any,
) -> AsyncIterator[Normalizer]:
    """A normalizer over a folder; with given neighbours they are served elsewhere already.

    `between` may stand between the normalizer and its real index, to make things happen in the worst moment.
    """
    if neighbours is None:
        async with (
            served(Neighbours()) as made,
            running_normalizer(folder, made, between=between, **changes) as running,
        ):
            yield running
        return
    settings = normalizer_settings(neighbours, folder, **changes)
    clock = MovableClock()
    documents = open_documents(settings.documents_url)
    app = create_app(
        settings,
        documents,
        between(open_search_writer(settings.search_url), documents),
        open_queue(settings.queue_url),
        clock=clock,
    )
    reader = open_search_reader(settings.search_url)
    try:
        async with app.router.lifespan_context(app):
            await _first_sweep_over(documents)
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://normalizer.test") as client:
                yield Normalizer(client, neighbours, reader, clock)
    finally:
        await reader.close()


async def _first_sweep_over(documents: DocumentStore) -> None:
    """The sweep of the start must not find what a test is about to do."""
    async with asyncio.timeout(PATIENCE):
        while True:
            lease = await documents.get(LEASES, "sweep")
            if lease is not None and lease.value.until <= datetime.now(UTC):
                return
            await asyncio.sleep(0.01)
