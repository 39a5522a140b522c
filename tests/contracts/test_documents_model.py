"""Any sequence of batches and questions: the store answers as a plain dictionary would."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moisson_shared.contracts.errors import AlreadyExists, Conflict, VersionConflict
from moisson_shared.ports.documents import (
    Condition,
    Delete,
    DeleteWhere,
    DocumentStore,
    Equal,
    Exists,
    Expect,
    Find,
    In,
    IndexedValue,
    Insert,
    Operation,
    Order,
    Put,
    Range,
    Replace,
)
from tests.contracts.document_nouns import NOTES, Colour, Note, all_keys

Shelf = dict[str, tuple[int, Note]]

KEYS = st.sampled_from(["", "a", "A", "a\0b", "é", "e\u0301", "\uffff", "\U0001f41d", "a.b", "$a"])
TEXTS = st.one_of(KEYS, st.text(max_size=3))
RANKS = st.one_of(st.none(), st.integers(-2, 2), st.sampled_from([2**63 - 1, -(2**63), 2**53 + 1]))
ZONES = [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=11))]
WEIGHTS = st.one_of(st.none(), st.sampled_from([0.0, -0.0, 0.5, 1e300]), st.floats(allow_nan=False, width=32))
WEIGHTS = WEIGHTS.filter(lambda weight: weight is None or abs(weight) != float("inf"))
INSTANTS = st.one_of(st.none(), st.datetimes(timezones=st.sampled_from(ZONES)))
NOTE = st.builds(
    Note,
    id=KEYS,
    title=TEXTS,
    rank=RANKS,
    weight=WEIGHTS,
    pinned=st.booleans(),
    colour=st.sampled_from([None, *Colour]),
    written=INSTANTS,
    email=st.sampled_from([None, None, None, "x", "X", "y"]),
    owner=st.sampled_from([None, "o", "p"]),
    slot=st.sampled_from([None, 1, 2]),
)
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "title": TEXTS,
    "rank": RANKS,
    "weight": WEIGHTS,
    "pinned": st.booleans(),
    "colour": st.sampled_from([None, *Colour]),
    "written": INSTANTS,
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    attribute = draw(st.sampled_from(sorted(VALUES)))
    value = VALUES[attribute]
    kind = draw(st.sampled_from([Equal, In, Range, Exists]))
    if kind is Equal:
        return Equal(attribute, draw(value))
    if kind is In:
        return In(attribute, tuple(draw(st.lists(value, max_size=3))))
    if kind is Exists:
        return Exists(attribute, draw(st.booleans()))
    bounds = draw(st.dictionaries(st.sampled_from(["above", "at_least", "below", "at_most"]), value, max_size=2))
    return Range(attribute, **bounds)


WHERE = st.lists(conditions(), max_size=2).map(tuple)
VERSIONS = st.integers(0, 3)
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Insert, st.just(NOTES), NOTE),
    st.builds(Put, st.just(NOTES), NOTE),
    st.builds(Replace, st.just(NOTES), NOTE, VERSIONS),
    st.builds(Delete, st.just(NOTES), KEYS, st.one_of(st.none(), VERSIONS)),
    st.builds(Expect, st.just(NOTES), KEYS, VERSIONS),
    st.builds(DeleteWhere, st.just(NOTES), st.lists(conditions(), min_size=1, max_size=2).map(tuple)),
)
FINDS = st.builds(
    Find,
    where=WHERE,
    order=st.lists(st.builds(Order, st.sampled_from(sorted(VALUES)), st.booleans()), max_size=3).map(tuple),
    limit=st.integers(1, 4),
)


def _holds(condition: Condition, note: Note) -> bool:
    value: Any = getattr(note, condition.attribute)
    match condition:
        case Equal(value=wanted):
            return bool(value == wanted)
        case In(values=values):
            return value in values
        case Exists(present=present):
            return (value is not None) is present
        case Range(above=above, at_least=at_least, below=below, at_most=at_most):
            bounds: list[tuple[IndexedValue, Callable[[Any, Any], bool]]] = [
                (above, lambda mine, bound: mine > bound),
                (at_least, lambda mine, bound: mine >= bound),
                (below, lambda mine, bound: mine < bound),
                (at_most, lambda mine, bound: mine <= bound),
            ]
            return value is not None and all(holds(value, bound) for bound, holds in bounds if bound is not None)


def _found(shelf: Shelf, where: Sequence[Condition]) -> list[str]:
    return sorted(key for key, (_, note) in shelf.items() if all(_holds(condition, note) for condition in where))


def _ordered(shelf: Shelf, find: Find) -> list[str]:
    found = _found(shelf, find.where)
    for order in reversed(find.order):

        def place(key: str, attribute: str = order.attribute) -> tuple[bool, Any]:
            value = getattr(shelf[key][1], attribute)
            return (value is not None, 0 if value is None else value)

        found.sort(key=place, reverse=order.descending)
    return found


def _applied(shelf: Shelf, batch: Sequence[Operation]) -> Shelf:
    after = dict(shelf)
    for operation in batch:
        match operation:
            case DeleteWhere(where=where):
                for key in _found(after, where):
                    del after[key]
            case Delete(key=key, expected=expected):
                _require(after, key, expected)
                after.pop(key, None)
            case Expect(key=key, version=version):
                _require(after, key, version)
            case Insert(value=note) | Put(value=note) | Replace(value=note):
                if isinstance(operation, Insert) and note.id in after:
                    raise AlreadyExists(note.id)
                if isinstance(operation, Replace):
                    _require(after, note.id, operation.expected)
                others = [other for key, (_, other) in after.items() if key != note.id]
                if any(_share(note, other) for other in others):
                    raise AlreadyExists(note.id)
                after[note.id] = (after.get(note.id, (0, note))[0] + 1, note)
    return after


def _share(one: Note, other: Note) -> bool:
    groups = [("email",), ("owner", "slot")]
    values = [[(getattr(one, name), getattr(other, name)) for name in group] for group in groups]
    return any(all(mine is not None and mine == theirs for mine, theirs in group) for group in values)


def _require(shelf: Shelf, key: str, version: int | None) -> None:
    if version is not None and shelf.get(key, (0,))[0] != version:
        raise VersionConflict(key)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.lists(OPERATIONS, max_size=6), FINDS), min_size=1, max_size=6))
async def test_a_store_is_a_dictionary(documents: DocumentStore, steps: list[tuple[list[Operation], Find]]) -> None:
    await documents.apply([DeleteWhere(NOTES, (Exists("title"),))])
    shelf: Shelf = {}
    for batch, find in steps:
        try:
            expected: Shelf | None = _applied(shelf, batch)
        except Conflict:
            expected = None
        if expected is None:
            # Where several operations are refused, an engine may name another of them.
            with pytest.raises(Conflict):
                await documents.apply(batch)
        else:
            applied = await documents.apply(batch)
            there = {key: version for (_, key), version in applied.versions.items() if key in expected}
            assert there.items() <= {key: version for key, (version, _) in expected.items()}.items()
            assert {key for key in expected if expected[key] != shelf.get(key)} <= there.keys()
            shelf = expected
        stored = await documents.get_many(NOTES, list(shelf))
        assert {key: (found.version, found.value) for key, found in stored.items()} == shelf
        assert await all_keys(documents, find) == _ordered(shelf, find)
        assert await documents.count(NOTES, find.where) == len(_found(shelf, find.where))
    everything = await documents.find(NOTES, Find(limit=100))
    assert [item.key for item in everything.items] == sorted(shelf)
