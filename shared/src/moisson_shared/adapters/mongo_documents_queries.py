"""Queries and writes for the document store on MongoDB: pure functions from our nouns to filters and operations.

A stored document is `{_id: key, v: version, body: <JSON text>, a: {<indexed attribute>: value}}`. An attribute that
is None is left out of `a`: unique indexes are partial on what exists, and a missing value sorts and matches as null.
Attribute names are checked when laid out and values are always scalars, so nothing here can become an operator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, DeleteOne, IndexModel, InsertOne, ReplaceOne, UpdateOne

from moisson_shared.adapters.document_attributes import Attribute, Kind, Layout, Plain, full_values, plain_value
from moisson_shared.adapters.document_batch import Address, Copy, Hold, Remove, Room, Save, Write
from moisson_shared.adapters.document_codec import Row
from moisson_shared.adapters.document_cursor import Place, SortKey, always_checked, is_unique_alone
from moisson_shared.ports.documents import Condition, Equal, Exists, In, Noted, Range

Document = dict[str, Any]
"""A document or filter in MongoDB's own terms; it does not leave the Mongo adapter."""
WriteOperation = InsertOne[Document] | ReplaceOne[Document] | UpdateOne | DeleteOne


def path(attribute: Attribute) -> str:
    """Where an attribute stands."""
    return "_id" if attribute.is_key else f"a.{attribute.name}"


def document(layout: Layout, row: Row, version: int) -> Document:
    """The stored form of a row."""
    attributes = {
        attribute.name: value
        for attribute, value in zip(layout.attributes, row.attributes, strict=True)
        if value is not None
    }
    return {"_id": row.key, "v": version, "body": row.body().decode(), "a": attributes}


def operations(layout: Layout, writes: Sequence[Write]) -> list[WriteOperation]:
    """The bulk operations of a batch in one collection, in order, for use inside a transaction."""
    found: list[WriteOperation] = []
    for write in writes:
        match write:
            case Save(row=row, version=version, known=0):
                found.append(InsertOne(document(layout, row, version)))
            case Save(row=row, version=version):
                found.append(ReplaceOne({"_id": row.key}, document(layout, row, version)))
            case Remove(key=key):
                found.append(DeleteOne({"_id": key}))
            case Hold(key=key, version=0):
                # A transaction conflicts on what it writes, not on what it reads. To hold an absent document is to
                # insert and delete it: an insert by another transaction then conflicts with this one.
                found += [InsertOne({"_id": key}), DeleteOne({"_id": key})]
            case Hold(key=key):
                # A value that is new each time: an update that changes nothing would not conflict.
                found.append(UpdateOne({"_id": key}, {"$set": {"held": ObjectId()}}))
    return found


def conditions(layout: Layout, where: Sequence[Condition]) -> Document:
    """The filter for all of the conditions."""
    return {"$and": [_condition(layout, condition) for condition in where]} if where else {}


def _condition(layout: Layout, condition: Condition) -> Document:
    attribute = layout.attribute(condition.attribute)
    target = path(attribute)
    match condition:
        case Equal(value=value):
            return {target: {"$eq": plain_value(attribute, value)}}
        case In(values=values):
            return {target: {"$in": [plain_value(attribute, value) for value in dict.fromkeys(values)]}}
        case Exists(present=present):
            return {target: {"$exists": present}}
        case Range():
            bounds = {
                "$gt": condition.above,
                "$gte": condition.at_least,
                "$lt": condition.below,
                "$lte": condition.at_most,
            }
            given = {sign: plain_value(attribute, value) for sign, value in bounds.items() if value is not None}
            return {target: given or {"$exists": True}}


def behind(keys: tuple[SortKey, ...], place: Place) -> Document:
    """The documents behind a place: equal on the first sort keys and behind on the next, or by key in the end."""
    either: list[Document] = []
    same: list[Document] = []
    for key, value in zip(keys, place.values, strict=True):
        target = path(key.attribute)
        next_ones = _behind(target, value, descending=key.descending)
        if next_ones is not None:
            either.append({"$and": [*same, next_ones]})
        same.append({target: {"$eq": value}})
    either.append({"$and": [*same, {"_id": {"$gt": place.key}}]})
    return {"$and": [*_start(keys, place), {"$or": either}]}


def _behind(target: str, value: Plain, *, descending: bool) -> Document | None:
    if value is None:
        return None if descending else {target: {"$exists": True}}
    if descending:
        return {"$or": [{target: {"$lt": value}}, {target: {"$exists": False}}]}
    return {target: {"$gt": value}}


def _start(keys: tuple[SortKey, ...], place: Place) -> list[Document]:
    """A bound that lets the engine begin at the right place of an index."""
    if not keys or place.values[0] is None:
        return []
    first, value = keys[0], place.values[0]
    if not first.descending:
        return [{path(first.attribute): {"$gte": value}}]
    return [] if first.attribute.optional else [{path(first.attribute): {"$lte": value}}]


def sorting(keys: tuple[SortKey, ...], *, by_key: bool) -> list[tuple[str, int]]:
    """The sort; `by_key` adds the tie-breaker, which an index on a unique group could not serve."""
    order = [(path(key.attribute), DESCENDING if key.descending else ASCENDING) for key in keys]
    return [*order, ("_id", ASCENDING)] if by_key else order


def place_of(keys: tuple[SortKey, ...], found: Mapping[str, Any]) -> Place:
    """Where a found document stands in the order."""
    return Place(tuple(_kept(key.attribute, found) for key in keys), found["_id"])


def _kept(attribute: Attribute, found: Mapping[str, Any]) -> Plain:
    kept: Plain = found["_id"] if attribute.is_key else found["a"].get(attribute.name)
    return kept


def noted(layout: Layout, found: Mapping[str, Any]) -> Noted:
    """What is noted of a found document."""
    return Noted(found["v"], full_values(layout.noted, [_kept(attribute, found) for attribute in layout.noted]))


def copies(layout: Layout, wanted: Sequence[Copy], bodies: Mapping[Address, str]) -> list[WriteOperation]:
    """The bulk operations that insert rows with these stored documents inside. `TooLarge`."""
    room = Room()
    found: list[WriteOperation] = []
    for copy in wanted:
        before, behind_it = copy.around()
        body = b"%b%b%b" % (before, bodies[copy.source, copy.key].encode(), behind_it)
        room.take(len(body))
        found.append(InsertOne(document(layout, replace(copy.row, written=body), 1)))
    return found


def indexes(layout: Layout) -> dict[str, IndexModel]:
    """The indexes of a collection, by name. Instants descend: the newest come first in most lists."""
    models: dict[str, IndexModel] = {}
    for attribute in layout.attributes:
        if not attribute.indexed or is_unique_alone(layout, attribute.name):
            continue
        name = f"by_{attribute.name}"
        direction = DESCENDING if attribute.kind is Kind.INSTANT else ASCENDING
        models[name] = IndexModel([(path(attribute), direction), ("_id", ASCENDING)], name=name)
    for group in layout.collection.unique:
        if group == (layout.collection.keyed_by,):
            continue
        name = f"one_{'__'.join(group)}"
        paths = [path(layout.attribute(each)) for each in group]
        keys = [(each, ASCENDING) for each in paths]
        if always_checked(layout, group):
            models[name] = IndexModel(keys, name=name, unique=True)
        else:
            present = {each: {"$exists": True} for each in paths}
            models[name] = IndexModel(keys, name=name, unique=True, partialFilterExpression=present)
    return models
