"""Writing raw records, hash and history included, against a bare batched sqlite3 upsert of the same documents.

`python -m bench.records ours|bare|keeping DATABASE`: all records are new at first, then every second one changes. They
come in an order that has nothing to do with their keys, in batches of 500, and each is a document of some 2.3 kB of
JSON. The figures are of everything between values in memory and acknowledged commits:

- `ours`: `RecordWriter` as a run calls it. It hashes the content of each item, looks up what is known of it, gives new
  and changed ones their number in the feed, keeps the state that ends as history, and writes all of it with the
  spider's lease in one transaction. Every write states the version it gives. The first pass is a spider's first run:
  its feed has given no number yet, so there is nothing to look up, and a key that is taken all the same is refused.
- `bare`: sqlite3 and json of the standard library. The same documents under the same keys are upserted, and that is
  all: nothing is hashed or looked up, and the earlier states are overwritten.
- `keeping`: the same with the hash, and the earlier states copied into a table of their own by one statement.

On each side the table of records has its key, a unique index on the number and an index on what is alive, and SQLite
has WAL and `synchronous=FULL`. The peers leave it to its defaults for the rest; ours has the pages, cache and
checkpoints of our adapter (`sqlite_documents_threads`).

Where ours spends its time: a quarter in commits, three tenths in SQLite's statements and the JSON that they are given,
an eighth in hashing, a twelfth in preparing the operations, a fifteenth in looking up what is known, and the rest in
planning and handing over. A changed record costs twice a new one: it stands somewhere in the file, where a new one is
appended, and its earlier state is copied inside the store.
"""

import asyncio
import hashlib
import json
import random
import sqlite3
import sys
from typing import Any

from bench.measuring import Stopwatch, sized
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.fingerprint import content_hash
from moisson_scraper.keeping.collections import COLLECTIONS, FEEDS, SpiderFeed, record_key
from moisson_scraper.keeping.feed_lease import take_lease
from moisson_scraper.keeping.record_batch import FoundRecord
from moisson_scraper.keeping.record_writer import RecordWriter
from moisson_scraper.lasting_objects import spare_lasting_objects
from moisson_scraper.running.run_spider import utc_now
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.ports.documents import Insert
from moisson_shared.ports.lease_watch import LeaseWatch

RECORDS = sized(20_000)
BATCH = 500
TEXT = "Un lieu ouvert à tous pour réparer, apprendre et se retrouver. " * 30


def values(number: int, state: int) -> dict[str, Any]:
    """A record of some 2 kB; its text is its own, so that no side gains by having seen it before."""
    return {
        "titre": f"Projet {number}",
        "ville": f"Ville {number % 97}",
        "texte": f"{TEXT}{number}",
        "état": str(state),
    }


def passes() -> list[list[int]]:
    """The numbers of the records, in the order in which they are written: all of them, then half of them again."""
    numbers = list(range(RECORDS))
    random.Random(4).shuffle(numbers)
    return [numbers, numbers[::2]]


async def ours(database: str) -> None:
    store = open_documents(f"sqlite:///{database}")
    await store.open(COLLECTIONS)
    await store.apply([Insert(FEEDS, SpiderFeed(spider_id="bench", partner="bench", epoch="e"))])
    lease = await take_lease(store, "bench", "bench", LeaseWatch(600), utc_now)
    if lease is None:
        raise SystemExit("the lease is taken")
    order = passes()
    spare_lasting_objects()  # as the service does when it starts
    watch = Stopwatch()
    for state, numbers in enumerate(order):
        writer = RecordWriter(store, lease, RunLedger(), f"run-{state}", utc_now)
        for first in range(0, len(numbers), BATCH):
            found = [(n, values(n, state)) for n in numbers[first : first + BATCH]]
            await writer.write(
                [FoundRecord(f"k{n}", 0, None, given, content_hash(given, None), 2000) for n, given in found]
            )
    watch.report(sum(map(len, order)))
    await store.close()


def bare(database: str, *, keeping: bool = False) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE records (key TEXT PRIMARY KEY, hash TEXT, seq INTEGER, alive TEXT, body TEXT)")
    connection.execute("CREATE UNIQUE INDEX by_seq ON records (seq)")
    connection.execute("CREATE INDEX by_alive ON records (alive, key)")
    connection.execute("CREATE TABLE history (key TEXT, seq INTEGER, body TEXT, PRIMARY KEY (key, seq))")
    order = passes()
    spare_lasting_objects()
    watch = Stopwatch()
    seq = 0
    for state, numbers in enumerate(order):
        for first in range(0, len(numbers), BATCH):
            now = utc_now().isoformat()
            rows = []
            for n in numbers[first : first + BATCH]:
                seq += 1
                given = values(n, state)
                digest = _hash(given) if keeping else ""
                document = {
                    "spider_id": "bench",
                    "partner": "bench",
                    "key": f"k{n}",
                    "ordinal": 0,
                    "url": None,
                    "values": given,
                    "content_hash": digest,
                    "first_seen": now,
                    "last_seen": now,
                    "last_changed": now,
                    "run_id": f"run-{state}",
                    "seq": seq,
                    "deleted": False,
                }
                body = json.dumps(document, ensure_ascii=False)
                rows.append((record_key("bench", f"k{n}", 0), digest, seq, "bench", body))
            with connection:
                if keeping:
                    keys = [(row[0],) for row in rows]
                    connection.executemany("INSERT INTO history SELECT key, seq, body FROM records WHERE key = ?", keys)
                connection.executemany(
                    "INSERT INTO records VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET hash = excluded.hash,"
                    " seq = excluded.seq, alive = excluded.alive, body = excluded.body",
                    rows,
                )
    watch.report(sum(map(len, order)))
    connection.close()


def _hash(given: dict[str, Any]) -> str:
    text = json.dumps([given, None], ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


if __name__ == "__main__":
    which, path = sys.argv[1:3]
    asyncio.run(ours(path)) if which == "ours" else bare(path, keeping=which == "keeping")
