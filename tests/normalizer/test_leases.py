"""Leases: who holds one, and that it never outlasts the work."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from moisson_normalizer.app import utc_now
from moisson_normalizer.runs import LEASES, RUN_COLLECTIONS, RUNS, Leases, RunDocument
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.normalisation import NormalisationRun
from moisson_shared.contracts.run import RunState
from moisson_shared.ports.documents import DocumentStore, Equal, Find, Insert
from tests.normalizer.running_normalizer import Normalizer

NAME = "corpus/cis"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DocumentStore]:
    """The file of the running normalizer, opened beside it."""
    documents = open_documents(f"sqlite://{tmp_path}/normalizer.sqlite")
    await documents.open(RUN_COLLECTIONS)
    yield documents
    await documents.close()


async def test_a_lease_is_of_one_process_and_ends_when_its_last_task_gives_it_back(store: DocumentStore) -> None:
    here, there = Leases(store, utc_now, 60), Leases(store, utc_now, 60)
    assert [await here.take(NAME), await here.take(NAME)] == [True, True]

    await here.give_back(NAME)
    assert not await there.take(NAME)

    await here.give_back(NAME)
    assert await there.take(NAME)
    assert not await here.take(NAME)


async def test_who_never_had_a_lease_ends_none(store: DocumentStore) -> None:
    here, there = Leases(store, utc_now, 60), Leases(store, utc_now, 60)
    assert await here.take(NAME)

    await there.give_back(NAME)

    assert not await there.take(NAME)


async def test_a_run_that_may_not_begin_leaves_no_lease(normalizer: Normalizer, store: DocumentStore) -> None:
    run = NormalisationRun(
        id="elsewhere",
        corpus="cis",
        state=RunState.RUNNING,
        requested_by="ada",
        queued_at=utc_now(),
        started_at=utc_now(),
    )
    going_on = RunDocument(
        id=run.id, corpus="cis", state=run.state, slot="cis/running", queued_at=run.queued_at, run=run
    )
    await store.apply([Insert(RUNS, going_on)])

    answer = await normalizer.client.post("/v1/corpora/cis/runs", headers=normalizer.steward)

    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(10):
        while True:
            lease = await store.get(LEASES, NAME)
            if lease is not None and lease.value.until <= utc_now():
                break
            await asyncio.sleep(0.02)
    # Taken and given back: a lease that runs out is not written again.
    assert lease.version == 2
    waiting = await store.find(RUNS, Find(where=(Equal("slot", "cis/queued"),)))
    assert [item.key for item in waiting.items] == [answer.json()["id"]]
