"""Writing documents: our SQLite adapter against a bare batched sqlite3 upsert of the same rows.

`python -m bench.store ours|bare DATABASE`
"""

import asyncio
import sqlite3
import sys

from bench.measuring import Stopwatch, sized
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.model import Contract
from moisson_shared.ports.documents import Collection, Put

DOCUMENTS = sized(20_000)
BATCH = 500
TEXT = "Un lieu ouvert à tous pour réparer, apprendre et se retrouver. " * 30


class Note(Contract):
    """A document of some 2 kB with two indexed attributes, as a raw record has."""

    key: str
    source: str
    seq: int
    text: str


NOTES = Collection(name="notes", model=Note, key=lambda note: note.key, indexed=("source", "seq"))


def notes() -> list[Note]:
    return [Note(key=f"k{n:06}", source=f"s{n % 7}", seq=n, text=TEXT) for n in range(DOCUMENTS)]


async def ours(database: str) -> None:
    documents = notes()
    store = open_documents(f"sqlite:///{database}")
    await store.open([NOTES])
    watch = Stopwatch()
    for first in range(0, DOCUMENTS, BATCH):
        await store.apply([Put(NOTES, note) for note in documents[first : first + BATCH]])
    watch.report(DOCUMENTS)
    await store.close()


def bare(database: str) -> None:
    documents = notes()
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE notes (key TEXT PRIMARY KEY, version INTEGER, source TEXT, seq INTEGER, body TEXT)"
    )
    connection.execute("CREATE INDEX by_source ON notes (source)")
    connection.execute("CREATE INDEX by_seq ON notes (seq)")
    watch = Stopwatch()
    for first in range(0, DOCUMENTS, BATCH):
        with connection:
            connection.executemany(
                "INSERT INTO notes VALUES (?, 1, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET version = version + 1,"
                " source = excluded.source, seq = excluded.seq, body = excluded.body",
                [(n.key, n.source, n.seq, n.model_dump_json()) for n in documents[first : first + BATCH]],
            )
    watch.report(DOCUMENTS)
    connection.close()


if __name__ == "__main__":
    which, path = sys.argv[1:3]
    bare(path) if which == "bare" else asyncio.run(ours(path))
