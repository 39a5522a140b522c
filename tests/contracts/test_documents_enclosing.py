"""Documents inside others, notes of documents that are not read, and keys that are attributes."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import AlreadyExists, Invalid, MoissonError, TooLarge, VersionConflict
from moisson_shared.contracts.model import Contract
from moisson_shared.ports.documents import (
    Collection,
    DocumentStore,
    Enclose,
    Equal,
    Find,
    In,
    Insert,
    Order,
    Put,
    Range,
    Replace,
)
from tests.contracts.document_nouns import NOTES, Note, all_keys, keys, note, opened


class Past(Contract):
    """A note as it was."""

    place: str
    why: str = ""
    note: Note | None = None


PAST = Collection("past", Past, lambda past: past.place, keyed_by="place")
MOMENT = datetime(2024, 5, 1, 12, 0, 0, 7, tzinfo=UTC)


@pytest.fixture
async def shelf(documents: DocumentStore) -> DocumentStore:
    await documents.open([PAST])
    return documents


def enclose(place: str, key: str) -> Enclose[Past]:
    return Enclose(PAST, Past(place=place, why="é"), NOTES, key)


async def past(store: DocumentStore, place: str) -> Past:
    found = await store.get(PAST, place)
    assert found is not None
    assert found.version == 1
    return found.value


async def test_a_document_is_enclosed_as_it_stands_when_its_turn_comes(shelf: DocumentStore) -> None:
    first = Note(id="a", title="é\0", values={"x": [1, 2.5, None, "\u2028"]}, written=MOMENT)
    second = Note(id="a", title="second")
    await shelf.apply([Insert(NOTES, first)])
    applied = await shelf.apply([enclose("a@1", "a"), Replace(NOTES, second, 1), enclose("a@2", "a")])
    assert applied.versions == {("past", "a@1"): 1, ("notes", "a"): 2, ("past", "a@2"): 1}
    assert await past(shelf, "a@1") == Past(place="a@1", why="é", note=first)
    assert (await past(shelf, "a@2")).note == second
    assert (await note(shelf, "a")).value == second


async def test_what_is_enclosed_may_enclose(shelf: DocumentStore) -> None:
    class Archive(Contract):
        id: str
        past: Past | None = None

    archives = Collection("archives", Archive, lambda archive: archive.id)
    await shelf.open([archives])
    await shelf.apply(
        [Insert(NOTES, Note(id="a")), enclose("a@1", "a"), Enclose(archives, Archive(id="x"), PAST, "a@1")]
    )
    found = await shelf.get(archives, "x")
    assert found is not None
    assert found.value.past == await past(shelf, "a@1")


REFUSED: dict[str, tuple[Enclose[Past], type[MoissonError]]] = {
    "what is absent": (enclose("new", "nobody"), VersionConflict),
    "under a key that is taken": (enclose("taken", "a"), AlreadyExists),
}


@pytest.mark.parametrize(("operation", "error"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_enclosed_leaves_nothing_of_its_batch(
    shelf: DocumentStore, operation: Enclose[Past], error: type[MoissonError]
) -> None:
    await shelf.apply([Insert(NOTES, Note(id="a")), enclose("taken", "a")])
    with pytest.raises(error):
        await shelf.apply([enclose("first", "a"), operation, Put(NOTES, Note(id="a", title="lost"))])
    assert await shelf.count(PAST) == 1
    assert (await note(shelf, "a")).version == 1


async def test_the_place_for_a_document_must_be_free_and_last(shelf: DocumentStore) -> None:
    await shelf.apply([Insert(NOTES, Note(id="a"))])
    with pytest.raises(ValueError, match="note, the last attribute"):
        await shelf.apply([Enclose(PAST, Past(place="p", note=Note(id="b")), NOTES, "a")])
    with pytest.raises(ValueError, match="values, the last attribute"):
        await shelf.apply([Enclose(NOTES, Note(id="b"), NOTES, "a")])
    with pytest.raises(Invalid):
        await shelf.apply([enclose("p", "\ud800")])
    assert await shelf.count(PAST) == 0


async def test_copies_count_in_what_one_batch_may_hold(shelf: DocumentStore) -> None:
    large = {"x": "x" * 13_000_000}
    for name in "abcd":
        await shelf.apply([Insert(NOTES, Note(id=name, values=large))])
    with pytest.raises(TooLarge, match="write several"):
        await shelf.apply([enclose(name, name) for name in "abcd"])
    assert await shelf.count(PAST) == 0
    await shelf.apply([enclose(name, name) for name in "ab"])
    assert (await past(shelf, "b")).note == Note(id="b", values=large)


async def test_what_is_as_deep_as_can_be_read_can_be_enclosed(shelf: DocumentStore) -> None:
    def deep(levels: int) -> Note:
        inside: Any = "x"
        for _ in range(levels):
            inside = [inside]
        return Note(id="a", values={"deep": inside})

    deepest = 0
    for levels in range(100, 300):
        try:
            await shelf.apply([Put(NOTES, deep(levels))])
        except Invalid:
            break
        deepest = levels
    assert 100 < deepest < 299
    await shelf.apply([enclose("p", "a")])
    assert (await past(shelf, "p")).note == deep(deepest)


async def test_attributes_said_to_be_unchanged_still_find_the_document(shelf: DocumentStore) -> None:
    await shelf.apply([Insert(NOTES, Note(id="a", title="t", rank=1, email="x"))])
    changed = Note(id="a", title="t", rank=2, email="x", values={"new": True})
    await shelf.apply([Replace(NOTES, changed, 1, ("title", "email"))])
    assert (await note(shelf, "a")).value == changed
    assert await all_keys(shelf, Find((Equal("title", "t"), Equal("rank", 2), Equal("email", "x")))) == ["a"]
    with pytest.raises(VersionConflict):
        await shelf.apply([Replace(NOTES, changed, 1, ("title",))])


async def test_what_is_noted_is_told_without_the_document(documents_url: str) -> None:
    noted = ("title", "rank", "written", "pinned", "email")
    plain = Collection("notes", Note, lambda value: value.id, ("email",))
    store = await opened(documents_url, plain)
    early = Note(id="early", title="before it was noted", rank=3, pinned=True)
    await store.apply([Insert(plain, early)])
    await store.close()
    notes = Collection("notes", Note, lambda value: value.id, ("email",), noted=noted)
    store = await opened(documents_url, notes)
    east = timezone(timedelta(hours=5, minutes=45))
    await store.apply([Insert(notes, Note(id="late", email="x", written=MOMENT.astimezone(east), title="é"))])
    await store.apply([Put(notes, Note(id="late", email="y", written=MOMENT, title="é"))])
    found = await store.get_noted(notes, ["late", "early", "late", "nobody", "\ud800"])
    assert {key: (state.version, state.values) for key, state in found.items()} == {
        "early": (1, ("before it was noted", 3, None, True, None)),
        "late": (2, ("é", None, MOMENT, False, "y")),
    }
    assert await store.count(notes, (Equal("email", "y"),)) == 1
    with pytest.raises(ValueError, match="not indexed"):
        await store.count(notes, (Equal("rank", 3),))
    await store.close()


async def test_a_collection_is_found_and_ordered_by_the_attribute_that_is_its_key(documents_url: str) -> None:
    before = Collection("past", Past, lambda value: value.place, ("place",), (("place",),))
    store = await opened(documents_url, before)
    await store.apply([Insert(before, Past(place=f"p{number:02}")) for number in range(10)])
    await store.close()
    store = await opened(documents_url, PAST)
    await store.apply([Insert(PAST, Past(place="é")), Insert(PAST, Past(place="p05x"))])
    inside = Range("place", above="p03", at_most="p07")
    order = (Order("place", descending=True),)
    first = await store.find(PAST, Find((inside,), order, limit=3))
    rest = await store.find(PAST, Find((inside,), order, limit=3, after=first.next))
    assert keys(first) + keys(rest) == ["p07", "p06", "p05x", "p05", "p04"]
    assert rest.next is None
    assert await store.count(PAST, (Equal("place", "é"),)) == await store.count(PAST, (In("place", ("p01", "q")),)) == 1
    with pytest.raises(AlreadyExists):
        await store.apply([Insert(PAST, Past(place="p01"))])
    await store.close()


MISTAKES: dict[str, tuple[Collection[Any], str]] = {
    "indexed too": (Collection("past", Past, lambda value: value.place, ("place",), keyed_by="place"), "is the key"),
    "not a text": (Collection("odd", Note, lambda value: value.id, keyed_by="pinned"), "a key is a text"),
    "perhaps None": (Collection("odd", Note, lambda value: value.id, keyed_by="email"), "never None"),
    "a list is noted": (Collection("odd", Note, lambda value: value.id, noted=("values",)), "cannot be indexed"),
}


@pytest.mark.parametrize(("collection", "message"), MISTAKES.values(), ids=MISTAKES)
async def test_collections_that_are_declared_wrongly(
    documents_url: str, collection: Collection[Any], message: str
) -> None:
    store = open_documents(documents_url)
    with pytest.raises(ValueError, match=message):
        await store.open([collection])
    await store.close()


async def test_a_key_that_is_not_the_attribute_it_should_be(documents_url: str) -> None:
    wrong = Collection("past", Past, lambda value: value.why, keyed_by="place")
    store = await opened(documents_url, wrong)
    with pytest.raises(ValueError, match="says otherwise"):
        await store.apply([Insert(wrong, Past(place="p", why="q"))])
    await store.close()
