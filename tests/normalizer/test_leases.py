"""Leases: who holds one, and that it never outlasts the work."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from moisson_normalizer.app import utc_now
from moisson_normalizer.runs import LEASES, RUN_COLLECTIONS, RUNS, Leases
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.run import RunState
from moisson_shared.ports.documents import DocumentStore, Equal, Find, Replace
from tests.normalizer.recipes import a_recipe, a_row
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
    normalizer.neighbours.feed().put(a_row("Le Moulin"))
    await normalizer.create("recipes", a_recipe())
    done = await normalizer.run()
    stored = await store.get(RUNS, done.id)
    assert stored is not None
    going_on = stored.value.model_copy(update={"state": RunState.RUNNING, "slot": "cis/running"})
    await store.apply([Replace(RUNS, going_on, stored.version)])
    before = await store.get(LEASES, NAME)
    assert before is not None

    answer = await normalizer.client.post("/v1/corpora/cis/runs", headers=normalizer.steward)

    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(10):
        while True:
            lease = await store.get(LEASES, NAME)
            assert lease is not None
            if lease.version > before.version and lease.value.until <= datetime.now(UTC):
                break
            await asyncio.sleep(0.02)
    # Taken and given back: a lease that runs out is not written again.
    assert lease.version == before.version + 2
    waiting = await store.find(RUNS, Find(where=(Equal("slot", "cis/queued"),)))
    assert [item.key for item in waiting.items] == [answer.json()["id"]]
