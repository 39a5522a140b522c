"""Opening, changing what is indexed, and closing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import AlreadyExists, Unavailable
from moisson_shared.contracts.model import Contract, JsonObject
from moisson_shared.ports.documents import (
    Collection,
    DocumentStore,
    Equal,
    Exists,
    Find,
    Insert,
    Order,
    Put,
)
from tests.contracts.document_nouns import COLLECTIONS, COUNTERS, NOTES, Colour, Counter, Note, note, opened


def _notes(indexed: tuple[str, ...], unique: tuple[tuple[str, ...], ...] = ()) -> Collection[Note]:
    return Collection("notes", Note, lambda value: value.id, indexed, unique)


async def test_what_was_written_is_there_after_reopening(documents: DocumentStore, documents_url: str) -> None:
    await documents.apply([Insert(NOTES, Note(id="a", rank=1))])
    await documents.close()
    await documents.close()
    with pytest.raises(Unavailable):
        await documents.get(NOTES, "a")
    with pytest.raises(Unavailable):
        await documents.apply([Put(NOTES, Note(id="a"))])
    with pytest.raises(Unavailable):
        await documents.check()
    again = await opened(documents_url, *COLLECTIONS)
    assert (await note(again, "a")).value.rank == 1
    await again.check()
    await again.close()


async def test_opening_is_repeatable_and_adds_up(documents_url: str) -> None:
    store = await opened(documents_url, NOTES)
    await store.open([COUNTERS])
    await store.open([NOTES])
    await store.apply([Insert(NOTES, Note(id="a")), Insert(COUNTERS, Counter(id="c"))])
    await store.open(COLLECTIONS)
    assert await store.count(NOTES) == await store.count(COUNTERS) == 1
    await store.close()


async def test_an_attribute_that_becomes_indexed_is_filled_in(documents_url: str) -> None:
    moment = datetime(2024, 5, 1, 12, 0, 0, 7, tzinfo=UTC)
    before = _notes(("title",))
    store = await opened(documents_url, before)
    await store.apply(
        [Insert(before, Note(id=f"n{n:04}", rank=n % 7 or None, written=moment, title=str(n))) for n in range(1000)]
    )
    await store.close()
    after = _notes(("title", "rank", "written", "colour"))
    store = await opened(documents_url, after)
    assert await store.count(after, (Equal("rank", 3),)) == 143
    assert await store.count(after, (Equal("rank", None),)) == 143
    assert await store.count(after, (Equal("written", moment),)) == 1000
    assert await store.count(after, (Exists("colour"),)) == 0
    page = await store.find(after, Find((Equal("rank", 3),), (Order("title", descending=True),), limit=2))
    assert [item.value.title for item in page.items] == ["997", "990"]
    assert (await store.get(after, "n0001")) is not None
    await store.close()


async def test_an_attribute_that_is_indexed_again_is_filled_anew(documents_url: str) -> None:
    wide, narrow = _notes(("title", "rank")), _notes(("title",))
    store = await opened(documents_url, wide)
    await store.apply([Insert(wide, Note(id="a", rank=1)), Insert(wide, Note(id="b", rank=1))])
    await store.close()
    store = await opened(documents_url, narrow)
    await store.apply([Put(narrow, Note(id="a", rank=2)), Insert(narrow, Note(id="c", rank=2))])
    with pytest.raises(ValueError, match="not indexed"):
        await store.count(narrow, (Equal("rank", 1),))
    await store.close()
    store = await opened(documents_url, wide)
    assert await store.count(wide, (Equal("rank", 1),)) == 1
    assert await store.count(wide, (Equal("rank", 2),)) == 2
    await store.close()


async def test_a_group_that_becomes_unique_is_checked_from_then_on(documents_url: str) -> None:
    free, strict = _notes(("email", "owner")), _notes(("email", "owner"), (("email",),))
    store = await opened(documents_url, free)
    await store.apply([Insert(free, Note(id=key, email="one@example.org")) for key in "ab"])
    await store.close()
    store = open_documents(documents_url)
    with pytest.raises(AlreadyExists, match="notes"):
        await store.open([strict])
    await store.close()
    store = await opened(documents_url, free)
    await store.apply([Put(free, Note(id="b", email="two@example.org"))])
    await store.close()
    store = await opened(documents_url, strict)
    with pytest.raises(AlreadyExists, match="email"):
        await store.apply([Insert(strict, Note(id="c", email="one@example.org"))])
    await store.close()
    store = await opened(documents_url, free)
    await store.apply([Insert(free, Note(id="c", email="one@example.org"))])
    await store.close()


class _Odd(Contract):
    id: str
    names: tuple[str, ...] = ()
    values: JsonObject = {}
    either: str | int = ""
    inner: Counter = Counter(id="x")
    colour: Colour = Colour.RED


MISTAKES: dict[str, tuple[Collection[Any], str]] = {
    "a list": (Collection("odd", _Odd, lambda odd: odd.id, ("names",)), "cannot be indexed"),
    "an object": (Collection("odd", _Odd, lambda odd: odd.id, ("values",)), "cannot be indexed"),
    "another document": (Collection("odd", _Odd, lambda odd: odd.id, ("inner",)), "cannot be indexed"),
    "two kinds": (Collection("odd", _Odd, lambda odd: odd.id, ("either",)), "not one kind"),
    "no field": (Collection("odd", _Odd, lambda odd: odd.id, ("missing",)), "no field"),
    "a path": (Collection("odd", _Odd, lambda odd: odd.id, ("inner.id",)), "names are like"),
    "unique but not indexed": (Collection("odd", _Odd, lambda odd: odd.id, (), (("colour",),)), "unique"),
    "a name that is no name": (Collection('o"dd', _Odd, lambda odd: odd.id), "names are like"),
    "a name of ours": (Collection("moisson_layout", _Odd, lambda odd: odd.id), "does not begin"),
    "a name of the engine": (Collection("sqlite_odd", _Odd, lambda odd: odd.id), "does not begin"),
}


@pytest.mark.parametrize(("collection", "message"), MISTAKES.values(), ids=MISTAKES)
async def test_collections_that_no_engine_can_keep(
    documents_url: str, collection: Collection[Any], message: str
) -> None:
    store = open_documents(documents_url)
    with pytest.raises(ValueError, match=message):
        await store.open([collection])
    await store.close()


async def test_one_name_declared_in_two_ways(documents: DocumentStore) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        await documents.open([_notes(("title",))])


async def test_names_that_engines_reserve_are_just_names(documents_url: str) -> None:
    class Group(Contract):
        key: str
        version: int = 0
        order: str = ""

    groups = Collection("group", Group, lambda group: group.key, ("key", "version", "order"), (("order",),))
    store = await opened(documents_url, groups)
    await store.apply([Insert(groups, Group(key="a", version=7, order="by")), Insert(groups, Group(key="b"))])
    page = await store.find(groups, Find((Equal("key", "a"),), (Order("order"), Order("version"))))
    assert [(item.key, item.version, item.value.version) for item in page.items] == [("a", 1, 7)]
    await store.close()


async def test_a_document_that_no_longer_fits_its_model_is_named(documents_url: str) -> None:
    class Earlier(Contract):
        id: str
        count: int = 0
        gone: str = "x"

    earlier = Collection("counters", Earlier, lambda value: value.id)
    store = await opened(documents_url, earlier)
    await store.apply([Insert(earlier, Earlier(id="a"))])
    await store.close()
    store = await opened(documents_url, COUNTERS)
    with pytest.raises(RuntimeError, match="counters 'a' does not fit Counter"):
        await store.get(COUNTERS, "a")
    await store.close()
