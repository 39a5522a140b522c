"""What a batch comes to: given the versions that documents have now, the writes to make, or the error.

Both engines ask for the versions of every document a stretch of operations names, settle it here, and send the
writes grouped by collection. Within a collection they stay in order. Pure; knows no engine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moisson_shared.adapters.document_attributes import Layout, storable_text
from moisson_shared.adapters.document_codec import Row, encode
from moisson_shared.contracts.errors import AlreadyExists, TooLarge, VersionConflict
from moisson_shared.ports.documents import (
    MOST_BATCH_BYTES,
    MOST_BYTES,
    MOST_OPERATIONS,
    Collection,
    Condition,
    Delete,
    DeleteWhere,
    Enclose,
    Expect,
    Insert,
    Operation,
    Put,
    Replace,
)

_EXPECTING = frozenset({Insert, Enclose, Replace})
_SAVING = (Put, Insert, Replace, Enclose)

_NOTHING = b"null}"

Address = tuple[str, str]
"""Collection name and key."""


@dataclass(slots=True)
class Step:
    """An operation on one document, encoded. `row` is None where nothing is written."""

    operation: Insert[Any] | Replace[Any] | Put[Any] | Enclose[Any] | Delete | Expect
    layout: Layout
    key: str
    row: Row | None


@dataclass(frozen=True, slots=True)
class Sweep:
    """A DeleteWhere: it ends a stretch, because what it deletes is not known beforehand."""

    layout: Layout
    where: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps whose outcome follows from the versions they start with, then perhaps a sweep.

    Those that enclose stand at the beginning: what they copy is what was there before this stretch.
    """

    steps: tuple[Step, ...]
    sweep: Sweep | None

    def keys(self, *, expecting: bool = False) -> dict[str, list[str]]:
        """The keys whose versions must be known, by collection name: see `settle`."""
        found: dict[str, dict[str, None]] = {}
        for step in self.steps:
            if not expecting or type(step.operation) not in _EXPECTING:
                found.setdefault(step.layout.name, {})[step.key] = None
        return {name: list(keys) for name, keys in found.items()}

    def sources(self) -> dict[str, list[str]]:
        """The keys of documents to be enclosed, by collection name."""
        found: dict[str, dict[str, None]] = {}
        for step in self.steps:
            if type(step.operation) is not Enclose:
                break
            found.setdefault(step.operation.source.name, {})[step.operation.key] = None
        return {name: list(keys) for name, keys in found.items()}


@dataclass(slots=True)
class Save:
    """Write this row with this version; `known` is the version it has now, 0 when it is absent. The attributes that
    are `unchanged` are there already."""

    row: Row
    version: int
    known: int
    unchanged: tuple[str, ...] = ()


@dataclass(slots=True)
class Copy:
    """Insert this row, version 1, with a stored document of at most `size` bytes as its last attribute."""

    row: Row
    source: str
    key: str

    size: int

    def around(self) -> tuple[bytes, bytes]:
        """What of the row's body stands before the document, and what behind it. `TooLarge`, `Invalid`."""
        body = self.row.body()
        if not body.endswith(_NOTHING):
            raise ValueError(f"{self.row.key!r}: the last attribute is not written last")
        if self.size + len(body) > MOST_BYTES:
            raise TooLarge(f"{self.row.key!r} would be over {MOST_BYTES:,} bytes of JSON")
        return body[: -len(_NOTHING)], b"}"


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete a document that is there."""

    key: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Write nothing, but see to it that the document still has this version when the batch ends."""

    key: str
    version: int


Write = Save | Remove | Hold


@dataclass(slots=True)
class Outcome:
    """The writes of a stretch, by collection name, and the versions they give. The copies are to be made first."""

    copies: dict[str, list[Copy]] = field(default_factory=dict)
    writes: dict[str, list[Write]] = field(default_factory=dict)
    versions: dict[Address, int] = field(default_factory=dict)


class Room:
    """What is left of MOST_BATCH_BYTES for one batch."""

    def __init__(self) -> None:
        self._left = MOST_BATCH_BYTES

    def take(self, size: int) -> None:
        """`TooLarge` when it is not there."""
        self._left -= size
        if self._left < 0:
            raise TooLarge(f"A batch has at most {MOST_BATCH_BYTES:,} bytes of JSON: write several.")


def write_bodies(stretches: Sequence[Stretch]) -> None:
    """Writes all documents of a batch as JSON, for an engine that needs them at once. `TooLarge`, `Invalid`."""
    room = Room()
    for stretch in stretches:
        for step in stretch.steps:
            if step.row is not None:
                step.row.written = step.row.body()
                room.take(len(step.row.written))


def prepare(operations: Sequence[Operation], layout_of: Mapping[str, Layout]) -> tuple[Stretch, ...]:
    """Cuts a batch into stretches, and makes the rows. `TooLarge`, `Invalid`; ValueError for what was never opened."""
    if len(operations) > MOST_OPERATIONS:
        raise TooLarge(f"A batch has at most {MOST_OPERATIONS:,} operations, not {len(operations):,}: write several.")
    stretches: list[Stretch] = []
    steps: list[Step] = []
    enclosing: set[str] = set()
    for operation in operations:
        layout = opened(layout_of, operation.collection)
        if isinstance(operation, _SAVING):  # first, and no union: a batch has thousands of these
            given = operation.key if isinstance(operation, Insert | Replace) else None
            row = encode(layout, operation.value, given)
            if type(operation) is Enclose:
                _require_place(layout, operation, layout_of)
                # Behind other steps it begins a stretch, so that it finds what these have written.
                if steps and (type(steps[-1].operation) is not Enclose or operation.source.name in enclosing):
                    stretches.append(Stretch(tuple(steps), None))
                    steps, enclosing = [], set()
                enclosing.add(layout.name)
            steps.append(Step(operation, layout, row.key, row))
        elif isinstance(operation, DeleteWhere):
            if not operation.where:
                raise ValueError(f"DeleteWhere on {layout.name} without a condition would delete everything")
            stretches.append(Stretch(tuple(steps), Sweep(layout, operation.where)))
            steps, enclosing = [], set()
        else:
            steps.append(Step(operation, layout, storable_text(operation.key, "/key"), None))
    if steps:
        stretches.append(Stretch(tuple(steps), None))
    return tuple(stretches)


def _require_place(layout: Layout, operation: Enclose[Any], layout_of: Mapping[str, Layout]) -> None:
    opened(layout_of, operation.source)
    last = next(reversed(layout.collection.model.model_fields))
    if getattr(operation.value, last) is not None or not layout.plain:
        raise ValueError(
            f"{layout.name}: {last}, the last attribute, is where a document is enclosed, and must be None"
        )
    storable_text(operation.key, "/key")


def opened(layout_of: Mapping[str, Layout], collection: Collection[Any]) -> Layout:
    """The layout of a collection that the store was opened with."""
    layout = layout_of.get(collection.name)
    if layout is None:
        raise ValueError(f"collection {collection.name!r} is not open: name it in `open` first")
    return layout


def merged_layouts(known: Mapping[str, Layout], more: Sequence[Layout]) -> dict[str, Layout]:
    """Layouts by name; ValueError where one name is declared in two ways."""
    merged = dict(known)
    for layout in more:
        other = merged.setdefault(layout.name, layout).collection
        mine = layout.collection
        if _declared(other) != _declared(mine):
            raise ValueError(f"collection {layout.name!r} is declared twice, in different ways")
    return merged


def _declared(collection: Collection[Any]) -> tuple[object, ...]:
    return collection.model, collection.indexed, collection.unique, collection.keyed_by, collection.noted


def settle(
    steps: Sequence[Step],
    versions: Mapping[Address, int],
    sizes: Mapping[Address, int] | None,
    *,
    expecting: bool = False,
) -> Outcome:
    """What the steps come to when documents have these versions, and those to be enclosed have bodies of these sizes in
    bytes (absent ones are left out of the mappings).

    With `expecting`, what stands in no mapping is taken for what the step that names it first expects it to be; the
    engine's writes must fail where that is not so. Without sizes all that are to be enclosed are taken to be there, and
    to share half of what a batch may hold.

    `AlreadyExists` and `VersionConflict` of keys are found here; unique groups are the engine's to check.
    """
    current = dict(versions)
    outcome = Outcome()
    share = MOST_BATCH_BYTES // 2 // max(1, len(steps)) if sizes is None else 0
    for step in steps:
        operation = step.operation
        address = (step.layout.name, step.key)
        has = current.get(address, -1)
        if has < 0 and expecting and type(operation) in _EXPECTING:
            has = operation.expected if isinstance(operation, Replace) else 0
        else:
            has = max(has, 0)
            if not isinstance(operation, Put):  # which has no demands
                _check(step, has)
        if isinstance(operation, Enclose):
            outcome.copies.setdefault(step.layout.name, []).append(_copy(step, operation, sizes, share))
            current[address] = outcome.versions[address] = 1
            continue
        writes = outcome.writes.setdefault(step.layout.name, [])
        if step.row is not None:
            unchanged = operation.unchanged if isinstance(operation, Replace) else ()
            writes.append(Save(step.row, has + 1, has, unchanged))
            current[address] = outcome.versions[address] = has + 1
        elif isinstance(operation, Expect):
            writes.append(Hold(step.key, has))
        elif has:
            writes.append(Remove(step.key))
            current[address] = 0
        elif operation.expected == 0:  # type: ignore[union-attr]  # only a Delete is left
            writes.append(Hold(step.key, 0))
    return outcome


def _copy(step: Step, operation: Enclose[Any], sizes: Mapping[Address, int] | None, share: int) -> Copy:
    source = operation.source.name, operation.key
    size = share if sizes is None else sizes.get(source, -1)
    if step.row is None or size < 0:
        raise VersionConflict(f"{operation.source.name} {operation.key!r} is absent now: read it again.")
    return Copy(step.row, *source, size)


def _check(step: Step, has: int) -> None:
    match step.operation:
        case Insert() | Enclose() if has:
            raise AlreadyExists(f"{step.layout.name} {step.key!r} already exists.")
        case Replace(expected=wanted) | Expect(version=wanted) if wanted != has:
            raise _conflict(step, wanted, has)
        case Delete(expected=int(wanted)) if wanted != has:
            raise _conflict(step, wanted, has)
        case _:
            pass


def _conflict(step: Step, wanted: int, has: int) -> VersionConflict:
    state = f"has version {has}" if has else "is absent"
    return VersionConflict(f"{step.layout.name} {step.key!r} {state} now, not version {wanted}: read it again.")
