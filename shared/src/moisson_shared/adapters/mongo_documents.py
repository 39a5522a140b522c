"""The document store on MongoDB, a replica set, through Motor.

Knows MongoDB only; what a batch comes to is decided by `document_batch`, and done by
`mongo_documents_transactions`. Reads of several documents come from one snapshot.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import ReadPreference
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri

from moisson_shared.adapters import mongo_documents_queries as queries
from moisson_shared.adapters.document_attributes import Layout, is_storable, lay_out
from moisson_shared.adapters.document_batch import Stretch, merged_layouts, opened, prepare, write_bodies
from moisson_shared.adapters.document_codec import decode
from moisson_shared.adapters.document_cursor import read_cursor, sort_keys, ties_possible, write_cursor
from moisson_shared.adapters.mongo_documents_collections import lay_out_collections
from moisson_shared.adapters.mongo_documents_failures import translated
from moisson_shared.adapters.mongo_documents_transactions import DURABLE, application_name, in_one_transaction
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.model import Contract
from moisson_shared.ports.documents import Applied, Collection, Condition, Find, Noted, Operation, Page, Stored

D = TypeVar("D", bound=Contract)

CHECK_SECONDS = 1.9
"""The port promises two seconds, the way to the caller included."""
SELECTION_MILLISECONDS = 1800
SOCKET_MILLISECONDS = 60_000

_FIELDS = {"v": 1, "body": 1}


class MongoDocuments:
    """`DocumentStore` in the database that the path of `url` names."""

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            parsed = parse_uri(url)
        except (PyMongoError, ValueError) as error:
            # The details may repeat a part of the address, and with it a password.
            details = "" if "@" in url else f" {error}"
            raise ValueError(f"The address of the MongoDB store is not understood.{details}") from error
        if not parsed["database"]:
            raise ValueError("The address of the MongoDB store names no database.")
        self._name: str = parsed["database"]
        self._where = f"MongoDB {', '.join(f'{host}:{port}' for host, port in parsed['nodelist'])}/{self._name}"
        self._client: AsyncIOMotorClient[dict[str, Any]] | None = None
        self._layouts: dict[str, Layout] = {}

    async def open(self, collections: Sequence[Collection[Any]]) -> None:
        """Creates what is missing: collections, indexes, indexed attributes of stored documents."""
        layouts = merged_layouts(self._layouts, [lay_out(collection) for collection in collections])
        if self._client is None:
            self._client = AsyncIOMotorClient(
                self._url,
                tz_aware=True,
                serverSelectionTimeoutMS=SELECTION_MILLISECONDS,
                connectTimeoutMS=SELECTION_MILLISECONDS,
                socketTimeoutMS=SOCKET_MILLISECONDS,
                appname=application_name(self._name),
            )
        with translated(self._where):
            hello = await self._client.admin.command("hello")
            if "setName" not in hello and hello.get("msg") != "isdbgrid":
                raise ValueError(f"{self._where} is no replica set: transactions need one (a single member will do)")
            await lay_out_collections(self._database(), list(layouts.values()))
        self._layouts = layouts

    async def close(self) -> None:
        """Closes the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def check(self) -> None:
        """Asks the primary whether it is there."""
        database = self._database()
        try:
            with translated(self._where):
                await asyncio.wait_for(database.command("ping"), CHECK_SECONDS)
        except TimeoutError as error:
            raise Unavailable(f"The document store {self._where} did not answer in two seconds.") from error

    def _connected(self) -> AsyncIOMotorClient[dict[str, Any]]:
        if self._client is None:
            raise Unavailable(f"The document store {self._where} is not open.")
        return self._client

    def _database(self) -> AsyncIOMotorDatabase[dict[str, Any]]:
        # Explicit, whatever the address says: reads of own writes, and writes that survive the engine's death.
        return self._connected().get_database(
            self._name,
            read_preference=ReadPreference.PRIMARY,
            write_concern=DURABLE,
            read_concern=ReadConcern("majority"),
        )

    async def get(self, collection: Collection[D], key: str) -> Stored[D] | None:
        """The document, or None."""
        layout = opened(self._layouts, collection)
        if not is_storable(key):
            return None
        with translated(self._where):
            found = await self._database()[layout.name].find_one({"_id": key}, _FIELDS)
        return None if found is None else decode(collection, found["_id"], found["v"], found["body"])

    async def get_many(self, collection: Collection[D], keys: Sequence[str]) -> dict[str, Stored[D]]:
        """Those of the keys that exist, from one snapshot."""
        layout = opened(self._layouts, collection)
        wanted = [key for key in dict.fromkeys(keys) if is_storable(key)]
        with translated(self._where):
            async with await self._connected().start_session(snapshot=True, causal_consistency=False) as session:
                cursor = self._database()[layout.name].find({"_id": {"$in": wanted}}, _FIELDS, session=session)
                rows = {row["_id"]: row async for row in cursor}
        return {key: decode(collection, key, rows[key]["v"], rows[key]["body"]) for key in wanted if key in rows}

    async def get_noted(self, collection: Collection[Any], keys: Sequence[str]) -> dict[str, Noted]:
        """What is noted of those of the keys that exist, from one snapshot."""
        layout = opened(self._layouts, collection)
        wanted = [key for key in dict.fromkeys(keys) if is_storable(key)]
        with translated(self._where):
            async with await self._connected().start_session(snapshot=True, causal_consistency=False) as session:
                cursor = self._database()[layout.name].find({"_id": {"$in": wanted}}, {"v": 1, "a": 1}, session=session)
                return {row["_id"]: queries.noted(layout, row) async for row in cursor}

    async def find(self, collection: Collection[D], find: Find) -> Page[D]:
        """One page, from one snapshot."""
        layout = opened(self._layouts, collection)
        keys = sort_keys(layout, find)
        where = queries.conditions(layout, find.where)
        if find.after is not None:
            where = {"$and": [where, queries.behind(keys, read_cursor(layout, keys, find.after))]}
        order = queries.sorting(keys, by_key=ties_possible(layout, find.where, keys))
        with translated(self._where):
            async with await self._connected().start_session(snapshot=True, causal_consistency=False) as session:
                cursor = self._database()[layout.name].find(
                    where, _FIELDS | {"a": 1}, sort=order, limit=find.limit + 1, allow_disk_use=True, session=session
                )
                rows = await cursor.to_list(None)
        items = tuple(decode(collection, row["_id"], row["v"], row["body"]) for row in rows[: find.limit])
        if len(rows) <= find.limit:
            return Page(items)
        return Page(items, write_cursor(layout, keys, queries.place_of(keys, rows[find.limit - 1])))

    async def count(self, collection: Collection[D], where: tuple[Condition, ...] = ()) -> int:
        """How many documents meet all conditions, in one snapshot."""
        layout = opened(self._layouts, collection)
        with translated(self._where):
            async with await self._connected().start_session(snapshot=True, causal_consistency=False) as session:
                return await self._database()[layout.name].count_documents(
                    queries.conditions(layout, where), session=session
                )

    async def apply(self, operations: Sequence[Operation]) -> Applied:
        """All of the operations in one transaction, or none.

        A caller that is cancelled meanwhile does not know whether it was done.
        """
        if not operations:
            return Applied()
        stretches = await asyncio.to_thread(_written, operations, self._layouts)
        with translated(self._where):
            return Applied(await in_one_transaction(self._connected(), self._name, stretches))


def _written(operations: Sequence[Operation], layout_of: Mapping[str, Layout]) -> tuple[Stretch, ...]:
    stretches = prepare(operations, layout_of)
    write_bodies(stretches)
    return stretches
