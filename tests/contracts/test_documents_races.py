"""Many writers at once, in one process and in several; readers among them; a writer killed in the middle."""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import AlreadyExists, Conflict, VersionConflict
from moisson_shared.ports.documents import (
    Delete,
    DeleteWhere,
    DocumentStore,
    Equal,
    Exists,
    Expect,
    Find,
    Insert,
    Operation,
    Order,
    Put,
    Replace,
)
from tests.contracts.document_nouns import COLLECTIONS, COUNTERS, ENTRIES, NOTES, Counter, Entry, Note, note
from tests.contracts.document_process import BATCH, increment_once

ROOT = Path(__file__).parents[2]


async def _start(task: str, url: str, argument: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contracts.document_process", task, url, argument, cwd=ROOT, stdout=PIPE
    )


async def test_tasks_that_increment_one_counter_lose_none(documents: DocumentStore) -> None:
    async def worker() -> None:
        for _ in range(10):
            await increment_once(documents, "shared")

    await asyncio.gather(*(worker() for _ in range(8)))
    stored = await documents.get(COUNTERS, "shared")
    assert stored is not None
    assert (stored.value.count, stored.version) == (80, 80)


async def test_processes_that_increment_one_counter_lose_none(documents: DocumentStore, documents_url: str) -> None:
    processes = [await _start("increment", documents_url, "30") for _ in range(4)]
    outputs = [(await process.communicate())[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert [output.count(b"incremented") for output in outputs] == [30] * 4
    stored = await documents.get(COUNTERS, "shared")
    assert stored is not None
    assert (stored.value.count, stored.version) == (120, 120)


async def test_writers_that_expect_no_version_never_meet_a_conflict(
    documents: DocumentStore, documents_url: str
) -> None:
    processes = [await _start("put", documents_url, "40") for _ in range(3)]

    async def worker() -> None:
        for number in range(20):
            await documents.apply([Put(COUNTERS, Counter(id="put", count=number))])

    await asyncio.gather(*(worker() for _ in range(4)))
    for process in processes:
        assert (await process.communicate())[0] == b"put\n"
    stored = await documents.get(COUNTERS, "put")
    assert stored is not None
    assert stored.version == 3 * 40 + 4 * 20


@pytest.mark.parametrize("operation", ["insert", "create by version", "unique value", "unique value put"])
async def test_of_racing_creators_exactly_one_wins(documents: DocumentStore, operation: str) -> None:
    async def create(number: int) -> None:
        mine = Note(id=f"n{number}", email="one@example.org")
        match operation:
            case "insert":
                await documents.apply([Insert(NOTES, Note(id="one", rank=number))])
            case "create by version":
                await documents.apply([Replace(NOTES, Note(id="one", rank=number), 0)])
            case "unique value":
                await documents.apply([Insert(NOTES, mine), Insert(ENTRIES, Entry(feed="f", seq=number))])
            case "unique value put":
                await documents.apply([Put(NOTES, mine), Insert(ENTRIES, Entry(feed="f", seq=number))])

    for _ in range(5):
        results = await asyncio.gather(*(create(number) for number in range(8)), return_exceptions=True)
        failures = [result for result in results if result is not None]
        assert len(failures) == 7
        expected = VersionConflict if operation == "create by version" else AlreadyExists
        assert {type(failure) for failure in failures} == {expected}
        assert await documents.count(NOTES) == 1
        assert await documents.count(ENTRIES) == (1 if operation.startswith("unique") else 0)
        await _empty(documents)


async def _empty(documents: DocumentStore) -> None:
    await documents.apply([DeleteWhere(NOTES, (Exists("title"),)), DeleteWhere(ENTRIES, (Exists("seq"),))])


@pytest.mark.parametrize("lease", ["held", "absent"])
async def test_an_expected_version_still_holds_when_the_batch_ends(documents: DocumentStore, lease: str) -> None:
    """A writer writes under a lease that it only expects; whoever takes the lease over must see no later writes."""
    for attempt in range(25):
        key = f"lease-{attempt}"
        if lease == "held":
            await documents.apply([Insert(COUNTERS, Counter(id=key))])
        version = 1 if lease == "held" else 0
        written = 0

        async def write(key: str = key, version: int = version, attempt: int = attempt) -> None:
            nonlocal written
            try:
                while True:
                    operations: list[Operation] = [
                        Expect(COUNTERS, key, version),
                        Insert(ENTRIES, Entry(feed=key, seq=written)),
                    ]
                    await documents.apply(operations)
                    written += 1
            except VersionConflict:
                return

        writer = asyncio.create_task(write())
        await asyncio.sleep(random.uniform(0, 0.02))
        while True:
            try:
                await documents.apply([Replace(COUNTERS, Counter(id=key, count=9), version)])
            except VersionConflict:
                continue
            break
        after_takeover = await documents.count(ENTRIES, (Equal("feed", key),))
        await writer
        assert await documents.count(ENTRIES, (Equal("feed", key),)) == after_takeover == written


async def test_expectations_cannot_cross(documents: DocumentStore) -> None:
    """Two batches, each expecting what the other writes: at most one of them can be right."""
    for attempt in range(20):
        left, right = f"l{attempt}", f"r{attempt}"
        await documents.apply([Insert(COUNTERS, Counter(id=left)), Insert(COUNTERS, Counter(id=right))])
        results = await asyncio.gather(
            documents.apply([Expect(COUNTERS, left, 1), Replace(COUNTERS, Counter(id=right, count=1), 1)]),
            documents.apply([Expect(COUNTERS, right, 1), Replace(COUNTERS, Counter(id=left, count=1), 1)]),
            return_exceptions=True,
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        assert [type(failure) for failure in failures] == [VersionConflict]


async def test_a_reader_sees_whole_batches_or_nothing_of_them(documents: DocumentStore, documents_url: str) -> None:
    names = [f"n{number:03}" for number in range(60)]
    await documents.apply([Put(NOTES, Note(id=name, rank=0)) for name in names])
    reader = open_documents(documents_url)
    await reader.open(COLLECTIONS)
    done = asyncio.Event()

    async def write() -> None:
        for number in range(1, 40):
            shuffled = random.sample(names, len(names))
            await documents.apply([Put(NOTES, Note(id=name, rank=number)) for name in shuffled])
        done.set()

    async def read() -> set[int | None]:
        seen: set[int | None] = set()
        while not done.is_set():
            page = await reader.find(NOTES, Find(order=(Order("title"),), limit=100))
            many = await reader.get_many(NOTES, names)
            for items in (page.items, tuple(many.values())):
                ranks = {item.value.rank for item in items}
                assert len(items) == 60
                assert len(ranks) == 1
                seen |= ranks
            rank = random.choice(sorted(rank for rank in seen if rank is not None))
            assert await reader.count(NOTES, (Equal("rank", rank),)) in {0, 60}
        return seen

    _, seen = await asyncio.gather(write(), read())
    await reader.close()
    assert len(seen) > 1


async def test_opposite_orders_of_writing_do_not_stop_each_other(documents: DocumentStore) -> None:
    names = [f"n{number:02}" for number in range(20)]

    async def write(order: list[str], rank: int) -> None:
        for _ in range(10):
            await documents.apply([Put(NOTES, Note(id=name, rank=rank)) for name in order])

    await asyncio.gather(write(names, 1), write(names[::-1], 2))
    assert {(await note(documents, name)).version for name in names} == {20}
    assert len({(await note(documents, name)).value.rank for name in names}) == 1


async def test_two_processes_that_open_at_once(documents_url: str) -> None:
    processes = [await _start("open", documents_url, f"process-{number}") for number in range(4)]
    outputs = sorted([(await process.communicate())[0] for process in processes])
    assert outputs == [b"inserted\n", b"taken\n", b"taken\n", b"taken\n"]


async def test_a_killed_writer_loses_no_acknowledged_batch_and_leaves_no_half(documents_url: str) -> None:
    begin = 0
    for _ in range(6):
        process = await _start("batches", documents_url, str(begin))
        assert process.stdout is not None
        acknowledged = [int(await process.stdout.readline())]
        await asyncio.sleep(random.uniform(0, 0.25))
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in (await process.stdout.read()).splitlines()]
        assert await process.wait() == -signal.SIGKILL

        documents = open_documents(documents_url)
        await documents.open(COLLECTIONS)
        await _end_of_what_was_going_on(documents)
        written = await _whole_batches(documents, begin)
        assert acknowledged == list(range(begin, begin + len(acknowledged)))
        # A batch that was committed but not yet acknowledged may be there too: whole.
        assert len(acknowledged) <= written - begin <= len(acknowledged) + 1
        await documents.apply([Put(NOTES, Note(id="goes on", rank=written))])
        await documents.close()
        begin = written


async def _end_of_what_was_going_on(documents: DocumentStore) -> None:
    """An engine may be busy with the last batch of a dead writer still: writing the same documents waits for that."""
    while True:
        stored = await documents.get(COUNTERS, "batches")
        assert stored is not None
        next_one = Entry(feed=f"batch-{stored.value.count:06}", seq=0)
        try:
            await documents.apply(
                [
                    Insert(ENTRIES, next_one),
                    Delete(ENTRIES, ENTRIES.key(next_one)),
                    Replace(COUNTERS, stored.value, stored.version),
                ]
            )
        except Conflict:
            continue
        return


async def _whole_batches(documents: DocumentStore, begin: int) -> int:
    """How many batches there are, having found those from `begin` on whole."""
    stored = await documents.get(COUNTERS, "batches")
    assert stored is not None
    for number in range(begin, stored.value.count):
        assert await documents.count(ENTRIES, (Equal("feed", f"batch-{number:06}"),)) == BATCH
    assert await documents.count(ENTRIES) == stored.value.count * BATCH
    last = await note(documents, "last")
    assert last.value.email == f"{stored.value.count - 1}@example.org"
    return stored.value.count


async def test_a_cancelled_caller_leaves_a_whole_batch_or_nothing(documents: DocumentStore) -> None:
    for attempt in range(20):
        batch = [Insert(ENTRIES, Entry(feed=f"f{attempt}", seq=number)) for number in range(100)]
        task = asyncio.create_task(documents.apply(batch))
        await asyncio.sleep(random.uniform(0, 0.02))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    # The store still works, and what was cancelled is there whole or not at all.
    await documents.apply([Insert(NOTES, Note(id="after"))])
    for attempt in range(20):
        assert await documents.count(ENTRIES, (Equal("feed", f"f{attempt}"),)) in {0, 100}


async def test_conflicts_are_told_apart_from_what_exists(documents: DocumentStore) -> None:
    await documents.apply([Insert(NOTES, Note(id="a"))])
    with pytest.raises(Conflict) as caught:
        await documents.apply([Replace(NOTES, Note(id="a"), 9)])
    assert "version 1" in str(caught.value)
    assert "not version 9" in str(caught.value)
