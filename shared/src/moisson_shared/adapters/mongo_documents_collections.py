"""Lays out collections in a MongoDB database: collections must exist before a transaction writes to them.

What is there is written down in `moisson_layout`, so that an attribute declared later is filled in from the bodies.
Every step can be repeated and raced: two processes that open at once do the same work.
"""

from collections.abc import Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import UpdateOne
from pymongo.errors import CollectionInvalid, OperationFailure

from moisson_shared.adapters import mongo_documents_queries as queries
from moisson_shared.adapters.document_attributes import Layout
from moisson_shared.adapters.document_codec import attributes_of
from moisson_shared.adapters.mongo_documents_failures import duplicate
from moisson_shared.contracts.errors import AlreadyExists

_AT_ONCE = 200
_INDEX_NOT_FOUND = 27
_NAMESPACE_EXISTS = 48


async def lay_out_collections(database: AsyncIOMotorDatabase[dict[str, Any]], layouts: Sequence[Layout]) -> None:
    """Creates or extends what the collections need. Nothing to do is one read."""
    described = database["moisson_layout"]
    known = {found["_id"]: found async for found in described.find({"_id": {"$in": [each.name for each in layouts]}})}
    for layout in layouts:
        wanted = _description(layout)
        found = known.get(layout.name)
        if found == wanted:
            continue
        await _lay_out(database, layout, found["attributes"] if found else {})
        await described.replace_one({"_id": layout.name}, wanted, upsert=True)


def _description(layout: Layout) -> dict[str, Any]:
    attributes = {attribute.name: attribute.kind.value for attribute in layout.attributes}
    indexes = sorted(queries.indexes(layout))
    optional = sorted(attribute.name for attribute in layout.attributes if attribute.optional)
    return {"_id": layout.name, "attributes": attributes, "indexes": indexes, "optional": optional}


async def _lay_out(database: AsyncIOMotorDatabase[dict[str, Any]], layout: Layout, known: dict[str, str]) -> None:
    try:
        await database.create_collection(layout.name)
    except CollectionInvalid:
        pass
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise
    collection = database[layout.name]
    wanted = queries.indexes(layout)
    there = await collection.index_information()
    for name, index in there.items():
        if name != "_id_" and (name not in wanted or _differs(index, wanted[name].document)):
            try:
                await collection.drop_index(name)
            except OperationFailure as error:
                if error.code != _INDEX_NOT_FOUND:
                    raise
    new = [attribute.name for attribute in layout.attributes if known.get(attribute.name) != attribute.kind]
    if new:
        await _fill(database, layout, new)
    if wanted:
        try:
            await collection.create_indexes(list(wanted.values()))
        except OperationFailure as error:
            if duplicate(error) is None:
                raise
            raise AlreadyExists(
                f"{layout.name} holds documents that are not unique as is now demanded ({error}): mend them first."
            ) from error


def _differs(there: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """A unique index changes when an attribute of its group becomes optional, or stops being so."""
    return there.get("partialFilterExpression") != wanted.get("partialFilterExpression")


async def _fill(database: AsyncIOMotorDatabase[dict[str, Any]], layout: Layout, names: Sequence[str]) -> None:
    collection = database[layout.name]
    after: str | None = None
    while True:
        behind = {"_id": {"$gt": after}} if after is not None else {}
        rows = await collection.find(behind, sort=[("_id", 1)], limit=_AT_ONCE).to_list(None)
        if not rows:
            return
        updates = []
        for row in rows:
            filled = [attribute for attribute in layout.attributes if attribute.name in names]
            values = dict(zip(filled, attributes_of(layout, row["_id"], row["body"], names), strict=True))
            change: dict[str, Any] = {}
            if present := {queries.path(each): value for each, value in values.items() if value is not None}:
                change["$set"] = present
            if absent := {queries.path(each): "" for each, value in values.items() if value is None}:
                change["$unset"] = absent
            # Only if nobody wrote since: a writer that knows the attribute has filled it in.
            updates.append(UpdateOne({"_id": row["_id"], "v": row["v"]}, change))
        await collection.bulk_write(updates, ordered=False)
        after = rows[-1]["_id"]
