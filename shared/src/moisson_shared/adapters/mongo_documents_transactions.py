"""A batch as one MongoDB transaction: read the versions of what it names, settle it, send the writes, commit.

Transactions that meet others are tried again for a while. One that a killed writer left open would block its documents
for a minute and more, the engine's own limit; whoever is blocked by it ends it.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo import ReadPreference
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from moisson_shared.adapters import mongo_documents_queries as queries
from moisson_shared.adapters.document_batch import Address, Stretch, settle
from moisson_shared.adapters.mongo_documents_failures import (
    duplicate,
    is_transient,
    is_write_conflict,
    outcome_unknown,
    taken,
)
from moisson_shared.contracts.errors import VersionConflict

Client = AsyncIOMotorClient[dict[str, Any]]

COMMIT_MILLISECONDS = 20_000
DURABLE = WriteConcern(w="majority", j=True, wtimeout=COMMIT_MILLISECONDS)
"""Stated whatever the address says: with less, acknowledged writes are lost when the engine is killed."""
RETRY_SECONDS = 15.0
"""How long a batch is tried again when it meets others that write the same documents."""
ABANDONED_SECONDS = 4.0
"""A transaction waits for its writer for milliseconds; one that waited this long has none any more."""


def application_name(database: str) -> str:
    """The name by which the stores of one database know their own transactions."""
    return f"moisson/{database}"


async def in_one_transaction(client: Client, name: str, stretches: Sequence[Stretch]) -> dict[Address, int]:
    """Does all of it or none, and gives the versions. Raises what `settle` raises, and pymongo's errors."""
    deadline = time.monotonic() + RETRY_SECONDS
    look_for_abandoned = time.monotonic() + 1.0
    pause = 0.002
    async with await client.start_session() as session:
        while True:
            try:
                return await _attempt(client, name, session, stretches, deadline)
            except PyMongoError as error:
                now = time.monotonic()
                if not is_transient(error):
                    raise
                if now > deadline:
                    if not is_write_conflict(error):
                        raise
                    raise VersionConflict("Others keep writing the same documents: read them again.") from error
                if now > look_for_abandoned and is_write_conflict(error):
                    await _end_abandoned(client, name)
                    look_for_abandoned = now + 1.0
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  # spreads retries, no secret
            pause = min(pause * 2, 0.25)


async def _attempt(
    client: Client, name: str, session: AsyncIOMotorClientSession, stretches: Sequence[Stretch], deadline: float
) -> dict[Address, int]:
    given: dict[Address, int] = {}
    session.start_transaction(
        read_concern=ReadConcern("snapshot"),
        write_concern=DURABLE,
        read_preference=ReadPreference.PRIMARY,
        max_commit_time_ms=COMMIT_MILLISECONDS,
    )
    try:
        for stretch in stretches:
            given |= await _write(client, name, session, stretch)
        await _commit(session, deadline)
    finally:
        if session.in_transaction:  # type: ignore[truthy-function]  # a property, typed as a method
            await session.abort_transaction()
    return given


async def _write(client: Client, name: str, session: AsyncIOMotorClientSession, stretch: Stretch) -> dict[Address, int]:
    database = client[name]
    versions: dict[Address, int] = {}
    for collection, keys in stretch.keys().items():
        found = database[collection].find({"_id": {"$in": keys}}, {"v": 1}, session=session)
        versions |= {(collection, row["_id"]): row["v"] async for row in found}
    # No command of the engine copies from one collection to another inside a transaction.
    bodies: dict[Address, str] = {}
    for collection, keys in stretch.sources().items():
        found = database[collection].find({"_id": {"$in": keys}}, {"body": 1}, session=session)
        bodies |= {(collection, row["_id"]): row["body"] async for row in found}
    sizes = {address: len(body.encode()) for address, body in bodies.items()}
    outcome = settle(stretch.steps, versions, sizes)
    layouts = {step.layout.name: step.layout for step in stretch.steps}
    for collection, copies in outcome.copies.items():
        await _send(database, collection, session, queries.copies(layouts[collection], copies, bodies))
    for collection, writes in outcome.writes.items():
        await _send(database, collection, session, queries.operations(layouts[collection], writes))
    if stretch.sweep is not None:
        where = queries.conditions(stretch.sweep.layout, stretch.sweep.where)
        await database[stretch.sweep.layout.name].delete_many(where, session=session)
    return outcome.versions


async def _send(
    database: AsyncIOMotorDatabase[dict[str, Any]],
    collection: str,
    session: AsyncIOMotorClientSession,
    operations: Sequence[queries.WriteOperation],
) -> None:
    if not operations:
        return
    try:
        await database[collection].bulk_write(operations, session=session)
    except PyMongoError as error:
        found_duplicate = duplicate(error)
        if found_duplicate is None:
            raise
        raise taken(collection, found_duplicate) from error


async def _commit(session: AsyncIOMotorClientSession, deadline: float) -> None:
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not outcome_unknown(error) or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            return


async def _end_abandoned(client: Client, name: str) -> None:
    """Ends transactions of this store that nobody goes on with. A writer that only stalled is told, and tries again."""
    abandoned: list[dict[str, Any]] = [
        {"$currentOp": {"allUsers": False, "idleSessions": True, "idleConnections": False}},
        {
            "$match": {
                "type": "idleSession",
                "appName": application_name(name),
                "transaction.timeInactiveMicros": {"$gt": int(ABANDONED_SECONDS * 1_000_000)},
            }
        },
        {"$project": {"lsid": 1}},
    ]
    sessions = [{"id": found["lsid"]["id"]} async for found in client.admin.aggregate(abandoned)]
    if sessions:
        await client.admin.command("killSessions", sessions)
