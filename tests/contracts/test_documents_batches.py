"""Writing: what each operation promises about absence, repetition, versions and unique groups, and all or nothing."""

from collections.abc import Sequence

import pytest

from moisson_shared.contracts.errors import AlreadyExists, MoissonError, TooLarge, VersionConflict
from moisson_shared.ports.documents import (
    MOST_BATCH_BYTES,
    MOST_BYTES,
    MOST_OPERATIONS,
    Delete,
    DeleteWhere,
    DocumentStore,
    Equal,
    Expect,
    Find,
    Insert,
    Operation,
    Order,
    Put,
    Range,
    Replace,
)
from tests.contracts.document_nouns import COUNTERS, ENTRIES, NOTES, Counter, Entry, Note, all_keys, note


def _notes(count: int, **values: object) -> list[Note]:
    return [Note.model_validate({"id": f"n{number:04}", "rank": number, **values}) for number in range(count)]


async def test_an_empty_batch_does_nothing(documents: DocumentStore) -> None:
    assert (await documents.apply([])).versions == {}


async def test_versions_begin_at_one_and_grow_by_one_at_each_write(documents: DocumentStore) -> None:
    assert (await documents.apply([Insert(NOTES, Note(id="a"))])).versions == {("notes", "a"): 1}
    assert (await documents.apply([Put(NOTES, Note(id="a", title="2"))])).versions == {("notes", "a"): 2}
    assert (await documents.apply([Replace(NOTES, Note(id="a", title="3"), 2)])).versions == {("notes", "a"): 3}
    assert (await documents.apply([Put(NOTES, Note(id="a", title="3"))])).versions == {("notes", "a"): 4}
    found = await note(documents, "a")
    assert (found.version, found.value) == (4, Note(id="a", title="3"))


async def test_a_batch_of_several_collections_tells_every_version(documents: DocumentStore) -> None:
    await documents.apply([Put(COUNTERS, Counter(id="c"))])
    applied = await documents.apply(
        [Insert(NOTES, Note(id="a")), Put(COUNTERS, Counter(id="c", count=1)), Insert(NOTES, Note(id="b"))]
    )
    assert applied.versions == {("notes", "a"): 1, ("counters", "c"): 2, ("notes", "b"): 1}


async def test_operations_on_one_document_apply_in_order(documents: DocumentStore) -> None:
    applied = await documents.apply(
        [
            Insert(NOTES, Note(id="a", title="1")),
            Replace(NOTES, Note(id="a", title="2"), 1),
            Expect(NOTES, "a", 2),
            Delete(NOTES, "a", 2),
            Expect(NOTES, "a", 0),
            Insert(NOTES, Note(id="a", title="3")),
        ]
    )
    assert applied.versions == {("notes", "a"): 1}
    assert (await note(documents, "a")).value.title == "3"


async def test_what_is_deleted_and_inserted_again_begins_at_version_one(documents: DocumentStore) -> None:
    await documents.apply([Put(NOTES, Note(id="a")), Put(NOTES, Note(id="a"))])
    await documents.apply([Delete(NOTES, "a")])
    assert await documents.get(NOTES, "a") is None
    assert (await documents.apply([Replace(NOTES, Note(id="a"), 0)])).versions == {("notes", "a"): 1}


async def test_deleting_what_is_absent_is_no_error(documents: DocumentStore) -> None:
    assert (await documents.apply([Delete(NOTES, "nobody"), Delete(NOTES, "nobody", 0)])).versions == {}


async def test_delete_where_needs_a_condition(documents: DocumentStore) -> None:
    with pytest.raises(ValueError, match="without a condition"):
        await documents.apply([DeleteWhere(NOTES, ())])


async def test_delete_where_deletes_what_meets_all_conditions(documents: DocumentStore) -> None:
    await documents.apply([Insert(NOTES, each) for each in _notes(10)])
    await documents.apply([DeleteWhere(NOTES, (Range("rank", at_least=3, below=7), Range("rank", above=4)))])
    assert await all_keys(documents, Find(order=(Order("rank"),))) == [f"n{n:04}" for n in (0, 1, 2, 3, 4, 7, 8, 9)]


async def test_delete_where_sees_what_the_batch_wrote_before_it_only(documents: DocumentStore) -> None:
    await documents.apply([Insert(NOTES, Note(id="old", title="x", email="a@example.org"))])
    applied = await documents.apply(
        [
            Insert(NOTES, Note(id="before", title="x")),
            DeleteWhere(NOTES, (Equal("title", "x"),)),
            Expect(NOTES, "old", 0),
            Insert(NOTES, Note(id="after", title="x", email="a@example.org")),
            Insert(NOTES, Note(id="before", title="y")),
        ]
    )
    assert await all_keys(documents, Find()) == ["after", "before"]
    assert applied.versions[("notes", "after")] == applied.versions[("notes", "before")] == 1


STANDING = (
    Note(id="a", title="standing", email="taken@example.org"),
    Note(id="b", title="standing", owner="o", slot=1),
)
REFUSED: dict[str, tuple[Operation, type[MoissonError]]] = {
    "inserting a key that is there": (Insert(NOTES, Note(id="a")), AlreadyExists),
    "replacing with an older version": (Replace(NOTES, Note(id="a"), 3), VersionConflict),
    "replacing what should be absent": (Replace(NOTES, Note(id="a"), 0), VersionConflict),
    "replacing what is absent": (Replace(NOTES, Note(id="z"), 1), VersionConflict),
    "deleting another version": (Delete(NOTES, "a", 2), VersionConflict),
    "deleting what should be absent": (Delete(NOTES, "a", 0), VersionConflict),
    "deleting an absent version": (Delete(NOTES, "z", 1), VersionConflict),
    "expecting another version": (Expect(NOTES, "a", 2), VersionConflict),
    "expecting absence": (Expect(NOTES, "a", 0), VersionConflict),
    "expecting presence": (Expect(NOTES, "z", 1), VersionConflict),
    "inserting a unique value that is taken": (Insert(NOTES, Note(id="z", email="taken@example.org")), AlreadyExists),
    "putting a unique value that is taken": (Put(NOTES, Note(id="z", email="taken@example.org")), AlreadyExists),
    "changing to a unique value that is taken": (Put(NOTES, Note(id="b", email="taken@example.org")), AlreadyExists),
    "replacing by a unique value that is taken": (
        Replace(NOTES, Note(id="b", email="taken@example.org"), 1),
        AlreadyExists,
    ),
    "creating by version with a unique value that is taken": (
        Replace(NOTES, Note(id="z", email="taken@example.org"), 0),
        AlreadyExists,
    ),
    "a unique pair that is taken": (Insert(NOTES, Note(id="z", owner="o", slot=1)), AlreadyExists),
}


@pytest.mark.parametrize(("operation", "error"), REFUSED.values(), ids=REFUSED)
async def test_a_refused_operation_leaves_nothing_of_its_batch(
    documents: DocumentStore, operation: Operation, error: type[MoissonError]
) -> None:
    await documents.apply([Insert(NOTES, each) for each in STANDING])
    before: Sequence[Operation] = [
        Insert(NOTES, Note(id="new")),
        Insert(ENTRIES, Entry(feed="f", seq=1)),
        DeleteWhere(NOTES, (Equal("title", "nothing"),)),
        Put(COUNTERS, Counter(id="c", count=1)),
    ]
    after: Sequence[Operation] = [Insert(NOTES, Note(id="newer")), Delete(NOTES, "b")]
    with pytest.raises(error) as caught:
        await documents.apply([*before, operation, *after])
    assert type(caught.value) is error
    assert await all_keys(documents, Find()) == ["a", "b"]
    for each in STANDING:
        assert await note(documents, each.id) == await documents.get(NOTES, each.id)
        assert ((await note(documents, each.id)).version, (await note(documents, each.id)).value) == (1, each)
    assert await documents.count(ENTRIES) == await documents.count(COUNTERS) == 0


async def test_a_unique_group_with_none_in_it_is_not_checked(documents: DocumentStore) -> None:
    await documents.apply([Insert(NOTES, Note(id=str(number), owner="o", slot=None)) for number in range(3)])
    await documents.apply([Insert(NOTES, Note(id=f"s{number}", slot=7)) for number in range(3)])
    await documents.apply([Insert(NOTES, Note(id="free", owner="o", slot=7))])
    assert await documents.count(NOTES) == 7


async def test_a_unique_value_can_be_handed_over_within_a_batch(documents: DocumentStore) -> None:
    await documents.apply([Insert(NOTES, Note(id="a", email="one@example.org"))])
    await documents.apply([Put(NOTES, Note(id="a")), Insert(NOTES, Note(id="b", email="one@example.org"))])
    await documents.apply([Delete(NOTES, "b"), Insert(NOTES, Note(id="c", email="one@example.org"))])
    assert (await note(documents, "c")).value.email == "one@example.org"


async def test_two_documents_of_one_batch_cannot_share_a_unique_value(documents: DocumentStore) -> None:
    with pytest.raises(AlreadyExists, match="email"):
        await documents.apply([Put(NOTES, Note(id=key, email="same@example.org")) for key in "ab"])
    assert await documents.count(NOTES) == 0


async def test_a_document_may_keep_its_own_unique_value(documents: DocumentStore) -> None:
    for title in "12":
        await documents.apply([Put(NOTES, Note(id="a", title=title, email="mine@example.org", owner="o", slot=1))])
    assert (await note(documents, "a")).version == 2


async def test_batches_of_five_hundred_with_their_history(documents: DocumentStore) -> None:
    records = _notes(500, values={"description": "é" * 1000})
    history = [Entry(feed="f", seq=number) for number in range(500)]
    first = await documents.apply(
        [operation for pair in zip(records, history, strict=True) for operation in _pair(*pair)]
    )
    assert len(first.versions) == 1000
    assert set(first.versions.values()) == {1}
    again = await documents.apply([Put(NOTES, each) for each in records])
    assert set(again.versions.values()) == {2}
    assert await documents.count(NOTES) == await documents.count(ENTRIES) == 500


def _pair(record: Note, entry: Entry) -> tuple[Operation, Operation]:
    return Put(NOTES, record), Insert(ENTRIES, entry)


async def test_the_limit_of_operations(documents: DocumentStore) -> None:
    await documents.apply([Put(NOTES, each) for each in _notes(MOST_OPERATIONS)])
    assert await documents.count(NOTES) == MOST_OPERATIONS
    with pytest.raises(TooLarge, match="2,000"):
        await documents.apply([Delete(NOTES, each.id) for each in _notes(MOST_OPERATIONS + 1)])
    assert await documents.count(NOTES) == MOST_OPERATIONS


async def test_documents_of_a_megabyte(documents: DocumentStore) -> None:
    texts = {f"big{number}": chr(0x1F600 + number) * 262_144 for number in range(12)}
    await documents.apply([Insert(NOTES, Note(id=key, values={"text": text})) for key, text in texts.items()])
    found = await documents.get_many(NOTES, list(texts))
    assert {key: stored.value.values["text"] for key, stored in found.items()} == texts


async def test_the_limits_of_size(documents: DocumentStore) -> None:
    room = MOST_BYTES - len(Note(id="big", values={"text": ""}).model_dump_json())
    await documents.apply([Insert(NOTES, Note(id="big", values={"text": "x" * room}))])
    with pytest.raises(TooLarge, match="16,000,000"):
        await documents.apply(
            [Insert(NOTES, Note(id="small")), Put(NOTES, Note(id="big", values={"text": "x" * (room + 1)}))]
        )
    with pytest.raises(TooLarge, match="indexed"):
        await documents.apply([Insert(NOTES, Note(id="small", title="é" * 250_000))])
    quarter = "x" * (MOST_BATCH_BYTES // 4)
    with pytest.raises(TooLarge, match="48,000,000"):
        await documents.apply([Insert(NOTES, Note(id=str(n), values={"text": quarter})) for n in range(4)])
    assert await all_keys(documents, Find()) == ["big"]
    assert (await note(documents, "big")).version == 1


async def test_long_keys_and_indexed_texts_keep_their_order(documents: DocumentStore) -> None:
    common = "é" * 20_000
    await documents.apply([Insert(NOTES, Note(id=common + end, title=common + end)) for end in "cab"])
    assert await all_keys(documents, Find(order=(Order("title", descending=True),), limit=2)) == [
        common + end for end in "cba"
    ]
    assert (await note(documents, common + "b")).value.title == common + "b"
