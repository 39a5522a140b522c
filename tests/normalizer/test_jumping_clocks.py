"""A clock that jumps, or is days from the others': nothing rests until it is what it was, and no lease holds on."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from moisson_normalizer.runs import LEASES, RUN_COLLECTIONS, Lease, Leases
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.ports.documents import DocumentStore, Insert
from tests.moved_clock import DAY, NOON, MovedClock
from tests.normalizer.neighbours import Neighbours, served
from tests.normalizer.recipes import a_recipe, a_row
from tests.normalizer.running_normalizer import running_normalizer
from tests.normalizer.test_feeds import wait_for_version

SECONDS = 15.0
NAME = "corpus/cis"


def leases_of(clock: MovedClock, store: DocumentStore) -> Leases:
    return Leases(store, clock.now, SECONDS, clock.monotonic)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DocumentStore]:
    documents = open_documents(f"sqlite://{tmp_path}/leases.sqlite")
    await documents.open(RUN_COLLECTIONS)
    yield documents
    await documents.close()


@pytest.mark.parametrize("jump", [-DAY, DAY, -3650 * DAY])
async def test_a_holder_that_lives_keeps_its_lease_whatever_the_clocks_say(
    store: DocumentStore, jump: timedelta
) -> None:
    one, two = MovedClock(), MovedClock(NOON + jump)
    held, wanted = leases_of(one, store), leases_of(two, store)
    assert await held.take(NAME)
    for _ in range(10):
        assert not await wanted.take(NAME)
        one.passes(SECONDS / 3)
        two.passes(SECONDS / 3)
        assert await held.renew(NAME)


@pytest.mark.parametrize("jump", [-DAY, DAY, -3650 * DAY])
async def test_a_dead_holders_lease_ends_soon_whatever_the_clocks_say(store: DocumentStore, jump: timedelta) -> None:
    one, two = MovedClock(), MovedClock(NOON + jump)
    assert await leases_of(one, store).take(NAME)
    wanted = leases_of(two, store)
    assert not await wanted.take(NAME)
    two.passes(SECONDS + 1)
    assert await wanted.take(NAME)


@pytest.mark.parametrize("since", [timedelta(0), timedelta(hours=5)])
async def test_what_was_given_back_is_free_at_once(store: DocumentStore, since: timedelta) -> None:
    one, two = MovedClock(), MovedClock(NOON + since)
    leases = leases_of(one, store)
    assert await leases.take(NAME)
    await leases.give_back(NAME)
    assert await leases_of(two, store).take(NAME)


async def test_a_holder_of_this_machine_that_is_known_to_be_dead_is_not_watched(store: DocumentStore) -> None:
    leases = leases_of(MovedClock(), store)
    assert await leases.take("mine")
    mine = await store.get(LEASES, "mine")
    assert mine is not None
    assert mine.value.holder is not None
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    dead = mine.value.holder.replace(f"/{os.getpid()}/", f"/{process.pid}/")
    await store.apply([Insert(LEASES, Lease(id=NAME, holder=dead, until=NOON + 365 * DAY))])
    assert await leases.take(NAME)


async def test_sweeps_go_on_when_the_clock_was_put_back(tmp_path: Path) -> None:
    async with (
        served(Neighbours()) as neighbours,
        running_normalizer(tmp_path, neighbours, sweep_seconds=0.3, lease_seconds=0.5) as normalizer,
    ):
        await normalizer.create("recipes", a_recipe())
        for version, jump in enumerate((timedelta(0), -365 * DAY, 365 * DAY, timedelta(0)), 1):
            normalizer.clock.moved = jump
            neighbours.feed().put(a_row(f"Le Moulin {version}"))
            await wait_for_version(normalizer, version)
