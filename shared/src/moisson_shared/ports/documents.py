"""The document store: typed documents under a key, a small filter, and atomic batches.

A service declares its collections as values and is their only writer. Every document has a version, 1 when inserted
and one more at each write, so a writer can say "only if nobody wrote since I read".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from moisson_shared.contracts.model import Contract

D = TypeVar("D", bound=Contract)

IndexedValue = str | int | float | bool | datetime | None
MOST_OPERATIONS = 2000
"""In one batch: 500 records, their history, and what goes with them."""
MOST_BYTES = 16_000_000
"""Of one document's JSON; a larger one is `TooLarge`."""
MOST_INDEXED_BYTES = 500_000
"""Of one document's key and indexed texts together, in UTF-8."""
MOST_BATCH_BYTES = 48_000_000
"""Of the JSON of all documents in one batch; transactions of 100 MB never finish on every engine."""


@dataclass(frozen=True, slots=True)
class Collection(Generic[D]):
    """A kind of document: its model, its key, and the top-level attributes that can be filtered and sorted by.

    `unique` names groups of indexed attributes; a group in which any value is None is not checked. `keyed_by` names the
    attribute that is the key itself, where there is one: it can be filtered and sorted by without an index of its own.
    `noted` names attributes that can be read without the document (`get_noted`).
    """

    name: str
    model: type[D]
    key: Callable[[D], str]
    indexed: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    keyed_by: str | None = None
    noted: tuple[str, ...] = ()


@dataclass(slots=True)  # not frozen: a batch makes hundreds
class Noted:
    """What can be read of a document without reading it: `values` in the order of its collection's `noted`."""

    version: int
    values: tuple[IndexedValue, ...]


@dataclass(frozen=True, slots=True)
class Stored(Generic[D]):
    """A document as it was read, with the version it had."""

    key: str
    version: int
    value: D


# Conditions: all of them must hold. Comparisons never match a document in which the attribute is None.


@dataclass(frozen=True, slots=True)
class Equal:
    attribute: str
    value: IndexedValue
    """None finds documents in which the attribute is None."""


@dataclass(frozen=True, slots=True)
class In:
    """Equal to any of the values; None among them finds None, and no values find nothing."""

    attribute: str
    values: tuple[IndexedValue, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Without any bound it finds every document in which the attribute is not None."""

    attribute: str
    above: IndexedValue = None
    at_least: IndexedValue = None
    below: IndexedValue = None
    at_most: IndexedValue = None


@dataclass(frozen=True, slots=True)
class Exists:
    attribute: str
    present: bool = True


Condition = Equal | In | Range | Exists


@dataclass(frozen=True, slots=True)
class Order:
    """Documents without a value come first ascending and last descending; texts order by code point."""

    attribute: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Find:
    """Conditions, orders (ties always go by key, ascending), a page size of 1 to 5,000, and where to go on."""

    where: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int = 100
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[D]):
    """`next` goes into `Find.after`; None on the last page. Paging by key: what is written meanwhile is neither
    repeated nor makes others be skipped, if its sort values stay."""

    items: tuple[Stored[D], ...]
    next: str | None = None


# Operations of a batch. Those that come by the thousand are not frozen: that doubles the time it takes to make one.


@dataclass(slots=True)
class Insert(Generic[D]):
    """`AlreadyExists` if the key or a unique group is taken. `key` is that of `value`, where the caller has made it."""

    collection: Collection[D]
    value: D
    key: str | None = None


@dataclass(slots=True)
class Replace(Generic[D]):
    """`VersionConflict` unless the document has this version now (absent documents have version 0).

    Who has read that version can say which attributes `value` leaves as they were in it: an engine need not touch what
    finds the document by them.
    """

    collection: Collection[D]
    value: D
    expected: int
    unchanged: tuple[str, ...] = ()
    key: str | None = None
    """As for `Insert`."""


@dataclass(slots=True)
class Put(Generic[D]):
    """Inserts or replaces, whatever was there. `AlreadyExists` if a unique group is taken by another key."""

    collection: Collection[D]
    value: D


@dataclass(slots=True)
class Enclose(Generic[D]):
    """Inserts `value` with a stored document inside: what stands under `key` of `source` when its turn comes, copied by
    the engine as it was written, becomes the last attribute of `value`, which must be None there.

    `AlreadyExists` as for `Insert`, `VersionConflict` where nothing stands under `key`.
    """

    collection: Collection[D]
    value: D
    source: Collection[Any]
    key: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Deleting what is absent is no error, unless a version is expected."""

    collection: Collection[Any]
    key: str
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class DeleteWhere:
    """Every document that meets all conditions; at least one condition is required."""

    collection: Collection[Any]
    where: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Expect:
    """Writes nothing; `VersionConflict` unless the document has this version (0: absent)."""

    collection: Collection[Any]
    key: str
    version: int


Operation = Insert[Any] | Replace[Any] | Put[Any] | Enclose[Any] | Delete | DeleteWhere | Expect


@dataclass(frozen=True, slots=True)
class Applied:
    """The version that a batch gave each document it wrote, by (collection name, key); the last one given."""

    versions: Mapping[tuple[str, str], int] = field(default_factory=dict)


class DocumentReader(Protocol):
    """Reads. Own writes are read back at once; a read sees whole batches or nothing of them.

    A value of another kind than the attribute's is a programming error (ValueError), a cursor that was not given for
    this collection and order is `Invalid`, and every call is `Unavailable` after `close` and while the engine is away.
    """

    async def get(self, collection: Collection[D], key: str) -> Stored[D] | None:
        """The document, or None."""
        ...

    async def get_many(self, collection: Collection[D], keys: Sequence[str]) -> dict[str, Stored[D]]:
        """Those of the keys that exist; repeated keys are read once."""
        ...

    async def get_noted(self, collection: Collection[Any], keys: Sequence[str]) -> dict[str, Noted]:
        """What is noted of those of the keys that exist. For who is about to write them: it may wait for writes."""
        ...

    async def find(self, collection: Collection[D], find: Find) -> Page[D]:
        """One page. An attribute that is not indexed is a programming error (ValueError)."""
        ...

    async def count(self, collection: Collection[D], where: tuple[Condition, ...] = ()) -> int:
        """How many documents meet all conditions."""
        ...

    async def check(self) -> None:
        """Raises `Unavailable` when the store does not answer within two seconds."""
        ...


class DocumentWriter(Protocol):
    """Writes. When `apply` returns, the batch survives the death of this process and of the engine."""

    async def apply(self, operations: Sequence[Operation]) -> Applied:
        """All of the operations, in order, or none of them. An empty batch does nothing.

        Raises `AlreadyExists`, `VersionConflict`, `TooLarge` (document or batch), `Unavailable`, and `Invalid` for
        what no engine can keep: lone surrogates, numbers that are not finite or, where indexed, beyond 64 bits, and
        JSON too deep to be read again, alone or enclosed in another document. A caller that is cancelled meanwhile does
        not know whether it was done.
        """
        ...


class DocumentStore(DocumentReader, DocumentWriter, Protocol):
    """Both rights, for the one service that owns the collections."""

    async def open(self, collections: Sequence[Collection[Any]]) -> None:
        """Creates what is missing (tables, indexes); safe to repeat, with further collections too, and to race.

        An attribute that is newly indexed is filled in from the stored documents; `AlreadyExists` when they break a
        group that is newly unique. ValueError for a collection that no engine can keep.
        """
        ...

    async def close(self) -> None:
        """Gives back what it holds; safe to repeat."""
        ...
