"""A process of its own that writes to a store, for the tests of races and of sudden death.

`python -m tests.contracts.document_process increment|batches|put|open <url> <argument>`; it says what was acknowledged,
a line each.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from itertools import count

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import AlreadyExists, VersionConflict
from moisson_shared.ports.documents import DocumentStore, Insert, Operation, Put, Replace
from tests.contracts.document_nouns import COLLECTIONS, COUNTERS, ENTRIES, NOTES, Counter, Entry, Note

BATCH = 40


async def increment(documents: DocumentStore, argument: str) -> None:
    """Adds one to the counter `shared`, `argument` times, by compare-and-set."""
    for _ in range(int(argument)):
        await increment_once(documents, "shared")
        _say("incremented")


async def increment_once(documents: DocumentStore, key: str) -> int:
    """One increment; the number of conflicts on the way."""
    for conflicts in count():
        stored = await documents.get(COUNTERS, key)
        now, version = (stored.value.count, stored.version) if stored else (0, 0)
        try:
            await documents.apply([Replace(COUNTERS, Counter(id=key, count=now + 1), version)])
        except VersionConflict:
            continue
        return conflicts
    raise AssertionError


async def batches(documents: DocumentStore, argument: str) -> None:
    """Writes batches without end, from number `argument` on: entries, a unique note and the counter in each."""
    for number in count(int(argument)):
        operations: list[Operation] = [
            Insert(ENTRIES, Entry(feed=f"batch-{number:06}", seq=seq, text="x" * 2000)) for seq in range(BATCH)
        ]
        operations.insert(BATCH // 2, Put(COUNTERS, Counter(id="batches", count=number + 1)))
        operations.append(Put(NOTES, Note(id="last", rank=number, email=f"{number}@example.org")))
        await documents.apply(operations)
        _say(str(number))


async def put(documents: DocumentStore, argument: str) -> None:
    """Puts one document `argument` times, whatever others do."""
    for number in range(int(argument)):
        await documents.apply([Put(COUNTERS, Counter(id="put", count=number))])
    _say("put")


async def just_open(documents: DocumentStore, argument: str) -> None:
    """Opens a few times over, and inserts a document of its own."""
    for _ in range(5):
        await documents.open(COLLECTIONS)
    try:
        await documents.apply([Insert(NOTES, Note(id=argument, email="one@example.org"))])
        _say("inserted")
    except AlreadyExists:
        _say("taken")


TASKS: dict[str, Callable[[DocumentStore, str], Awaitable[None]]] = {
    "increment": increment,
    "batches": batches,
    "put": put,
    "open": just_open,
}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _main(task: str, url: str, argument: str) -> None:
    documents = open_documents(url)
    await documents.open(COLLECTIONS)
    await TASKS[task](documents, argument)
    await documents.close()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
