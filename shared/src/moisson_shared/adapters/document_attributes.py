"""The attributes a collection can be asked by: what kind of value each holds, and how a value is kept.

Every engine keeps the same plain values (text, whole number, number, yes or no), so they compare and order alike
everywhere. Knows models and values, no engine.
"""

import math
import re
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, FutureDatetime, PastDatetime, TypeAdapter

from moisson_shared.contracts.errors import Invalid
from moisson_shared.ports.documents import Collection, IndexedValue

Plain = str | int | float | bool | None
"""What an engine keeps of an indexed attribute."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = ("sqlite_", "moisson_", "system")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LEAST, _MOST = -(2**63), 2**63 - 1


def _microseconds(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class Kind(StrEnum):
    """What an indexed attribute holds; instants are kept as whole microseconds since 1970."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"


_KINDS: dict[object, Kind] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.BOOLEAN,
    datetime: Kind.INSTANT,
    AwareDatetime: Kind.INSTANT,
    PastDatetime: Kind.INSTANT,
    FutureDatetime: Kind.INSTANT,
}


_PLAIN_TYPES: dict[Kind, type] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.NUMBER: float,
    Kind.BOOLEAN: bool,
    Kind.INSTANT: datetime,
}
_FAST: dict[Kind, Callable[[Any], Plain]] = {
    Kind.TEXT: lambda text: text if text.isascii() else None,
    Kind.INTEGER: lambda number: number if _LEAST <= number <= _MOST else None,
    Kind.NUMBER: lambda number: number if math.isfinite(number) else None,
    Kind.BOOLEAN: lambda truth: truth,
    Kind.INSTANT: lambda instant: _microseconds(instant) if instant.tzinfo is not None else None,
}
"""None where it takes a closer look."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that an engine keeps beside the document; `optional` when it may be None.

    `indexed`: it can be filtered and sorted by. `is_key`: it is the document's key, and not kept a second time.
    """

    name: str
    kind: Kind
    optional: bool
    indexed: bool = True
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A collection as an engine lays it out; `adapter` turns its documents into JSON and back.

    `attributes` are those that are kept beside the document; `key_attribute` is the key itself, `noted` are those that
    can be read without it. `plain` says that the model's fields are written under their own names as the values they
    hold.
    """

    collection: Collection[Any]
    attributes: tuple[Attribute, ...]
    adapter: TypeAdapter[Any]
    plain: bool
    key_attribute: Attribute | None
    noted: tuple[Attribute, ...]

    @property
    def name(self) -> str:
        return self.collection.name

    def attribute(self, name: str) -> Attribute:
        """The attribute; ValueError when the collection does not index it."""
        if self.key_attribute is not None and self.key_attribute.name == name:
            return self.key_attribute
        for attribute in self.attributes:
            if attribute.name == name and attribute.indexed:
                return attribute
        raise ValueError(f"{self.name}.{name} is not indexed: add it to `indexed` of the collection")


def lay_out(collection: Collection[Any]) -> Layout:
    """The layout of a collection; ValueError where it is declared in a way that no engine can keep."""
    named = dict.fromkeys((*collection.indexed, *collection.noted))
    for name in (collection.name, *named):
        if not _NAME.fullmatch(name) or len(name) > 60:
            raise ValueError(f"{name!r} in collection {collection.name!r}: names are like `raw_records`")
    if collection.name.startswith(_RESERVED):
        raise ValueError(f"{collection.name!r}: a collection's name does not begin with {', '.join(_RESERVED)}")
    for group in collection.unique:
        if not group or (unknown := set(group) - set(collection.indexed)):
            raise ValueError(f"{collection.name}: a unique group names indexed attributes only, not {unknown or group}")
    if collection.keyed_by in named:
        raise ValueError(f"{collection.name}: {collection.keyed_by} is the key, and needs no index and no note")
    attributes = {name: _attribute(collection, name, indexed=name in collection.indexed) for name in named}
    key = None
    if collection.keyed_by is not None:
        key = replace(_attribute(collection, collection.keyed_by, indexed=True), is_key=True)
        if key.kind is not Kind.TEXT or key.optional:
            raise ValueError(f"{collection.name} is keyed by {key.name}: a key is a text, and never None")
    # Serializers, aliases of fields and exclusions are all named so in what pydantic made of the model.
    plain = "serialization" not in repr(collection.model.__pydantic_core_schema__)
    noted = tuple(attributes[name] for name in collection.noted)
    return Layout(collection, tuple(attributes.values()), TypeAdapter(collection.model), plain, key, noted)


def _attribute(collection: Collection[Any], name: str, *, indexed: bool) -> Attribute:
    field = collection.model.model_fields.get(name)
    if field is None:
        raise ValueError(f"{collection.name}.{name} is no field of {collection.model.__name__}")
    admitted = set(_kinds(field.annotation))
    found = admitted - {None}
    if found == {Kind.INTEGER, Kind.NUMBER}:
        found = {Kind.NUMBER}
    kind = found.pop() if len(found) == 1 else None
    if kind is None:
        raise ValueError(f"{collection.name}.{name} cannot be indexed: it is not one kind of scalar")
    return Attribute(name, kind, None in admitted, indexed)


def _kinds(annotation: Any) -> Iterator[Kind | None]:
    """The kinds an annotation admits; None stands for None itself. ValueError for what is no scalar."""
    origin = get_origin(annotation)
    if annotation is None or annotation is type(None):
        yield None
    elif origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for part in get_args(annotation):
            yield from _kinds(part)
    elif origin is Literal:
        for value in get_args(annotation):
            yield from _kinds(type(value))
    elif annotation in _KINDS:
        yield _KINDS[annotation]
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        for member in annotation:
            yield from _kinds(type(member.value))
    else:
        raise ValueError(f"{annotation} cannot be indexed: only text, numbers, yes or no, and instants can")


def plain_value(attribute: Attribute, value: object) -> Plain:
    """The value as every engine keeps it.

    ValueError when it is not of the attribute's kind (a programming error); `Invalid` when no engine can keep it.
    """
    if value is None:
        return None
    # By exact type first: a batch comes here thousands of times, and nearly every value is one of these.
    kind = attribute.kind
    if type(value) is _PLAIN_TYPES[kind] and (fast := _FAST[kind](value)) is not None:
        return fast
    return _slow_plain_value(attribute, value.value if isinstance(value, Enum) else value)


def full_values(attributes: Sequence[Attribute], values: Sequence[Plain]) -> tuple[IndexedValue, ...]:
    """The values again from what an engine kept of them; it may know no yes or no."""
    return tuple(
        [
            value if value is None or attribute.kind not in _CONVERTED else _full_value(attribute.kind, value)
            for attribute, value in zip(attributes, values, strict=True)
        ]
    )


_CONVERTED = (Kind.INSTANT, Kind.BOOLEAN)


def _full_value(kind: Kind, value: Plain) -> IndexedValue:
    return _EPOCH + int(value or 0) * _MICROSECOND if kind is Kind.INSTANT else bool(value)


def _slow_plain_value(attribute: Attribute, value: object) -> Plain:
    match attribute.kind, value:
        case Kind.TEXT, str():
            return storable_text(value, f"/{attribute.name}")
        case Kind.BOOLEAN, bool():
            return value
        case Kind.INTEGER, int() if not isinstance(value, bool):
            if not _LEAST <= value <= _MOST:
                raise Invalid(f"{attribute.name} is out of range: whole numbers have at most 64 bits here")
            return value
        case Kind.NUMBER, int() | float() if not isinstance(value, bool):
            if not _is_finite(value):
                raise Invalid(f"{attribute.name} is out of range: give a finite number")
            return float(value)
        case Kind.INSTANT, datetime() if value.tzinfo is not None:
            return _microseconds(value)
        case _:
            raise ValueError(f"{attribute.name} holds {attribute.kind} values, not {type(value).__name__} {value!r}")


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number beyond what a float can hold
        return False


def is_plain(attribute: Attribute, value: object) -> bool:
    """Whether a value read from outside (a cursor) could be what the engine keeps for the attribute."""
    if value is None:
        return attribute.optional
    match attribute.kind:
        case Kind.TEXT:
            return isinstance(value, str) and is_storable(value)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, float) and math.isfinite(value)
        case Kind.INTEGER | Kind.INSTANT:
            return isinstance(value, int) and not isinstance(value, bool) and _LEAST <= value <= _MOST


def storable_text(text: str, pointer: str) -> str:
    """The text as a plain `str`; `Invalid` for lone surrogates, which UTF-8 cannot express."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise Invalid(f"{pointer}: character {error.start} is a lone surrogate (half of a UTF-16 pair)") from error
    return text if type(text) is str else str(text)


def is_storable(text: str) -> bool:
    """Whether a document can have this key: none has one that UTF-8 cannot express."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
