"""Writing raw records, hash and history included, against a bare batched sqlite3 upsert of the same values.

`python -m bench.records ours|bare DATABASE`: half of the records are new, half of them change.
"""

import asyncio
import hashlib
import json
import sqlite3
import sys
from typing import Any

from bench.measuring import Stopwatch, sized
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.fingerprint import content_hash
from moisson_scraper.keeping.collections import COLLECTIONS, FEEDS, SpiderFeed
from moisson_scraper.keeping.feed_lease import take_lease
from moisson_scraper.keeping.record_batch import FoundRecord
from moisson_scraper.keeping.record_writer import RecordWriter
from moisson_scraper.run_spider import utc_now
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.ports.documents import Insert
from moisson_shared.ports.lease_watch import LeaseWatch

RECORDS = sized(20_000)
BATCH = 500
TEXT = "Un lieu ouvert à tous pour réparer, apprendre et se retrouver. " * 30


def values(number: int, state: int) -> dict[str, Any]:
    """A record of some 2 kB."""
    return {"titre": f"Projet {number}", "ville": f"Ville {number % 97}", "texte": TEXT, "état": str(state)}


def passes() -> list[list[int]]:
    """The numbers of the records, in the order in which they are written: all of them, then half of them again."""
    return [list(range(RECORDS)), list(range(0, RECORDS, 2))]


async def ours(database: str) -> None:
    store = open_documents(f"sqlite:///{database}")
    await store.open(COLLECTIONS)
    await store.apply([Insert(FEEDS, SpiderFeed(spider_id="bench", partner="bench", epoch="e"))])
    lease = await take_lease(store, "bench", "bench", LeaseWatch(600), utc_now)
    if lease is None:
        raise SystemExit("the lease is taken")
    watch = Stopwatch()
    for state, numbers in enumerate(passes()):
        writer = RecordWriter(store, lease, RunLedger(), f"run-{state}", utc_now)
        for first in range(0, len(numbers), BATCH):
            found = [(n, values(n, state)) for n in numbers[first : first + BATCH]]
            await writer.write(
                [FoundRecord(f"k{n}", 0, None, given, content_hash(given, None), 2000) for n, given in found]
            )
    watch.report(sum(map(len, passes())))
    await store.close()


def bare(database: str) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE records (key TEXT PRIMARY KEY, hash TEXT, seq INTEGER, body TEXT)")
    connection.execute("CREATE UNIQUE INDEX by_seq ON records (seq)")
    connection.execute("CREATE TABLE history (key TEXT, seq INTEGER, body TEXT, PRIMARY KEY (key, seq))")
    watch = Stopwatch()
    seq = 0
    for state, numbers in enumerate(passes()):
        for first in range(0, len(numbers), BATCH):
            rows = []
            for n in numbers[first : first + BATCH]:
                seq += 1
                body = json.dumps(values(n, state), ensure_ascii=False, sort_keys=True)
                rows.append((f"k{n}", hashlib.blake2b(body.encode(), digest_size=16).hexdigest(), seq, body))
            with connection:
                keys = [(row[0],) for row in rows]
                connection.executemany("INSERT INTO history SELECT key, seq, body FROM records WHERE key = ?", keys)
                connection.executemany(
                    "INSERT INTO records VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET hash = excluded.hash,"
                    " seq = excluded.seq, body = excluded.body",
                    rows,
                )
    watch.report(sum(map(len, passes())))
    connection.close()


if __name__ == "__main__":
    which, path = sys.argv[1:3]
    bare(path) if which == "bare" else asyncio.run(ours(path))
