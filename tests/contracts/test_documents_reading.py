"""Reading: absence, conditions, order, ties, None, and pages that stay right while others write."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from moisson_shared.contracts.errors import Invalid
from moisson_shared.ports.documents import (
    Collection,
    Condition,
    Delete,
    DocumentStore,
    Equal,
    Exists,
    Find,
    In,
    Insert,
    Order,
    Put,
    Range,
)
from tests.contracts.document_nouns import COUNTERS, ENTRIES, NOTES, Colour, Entry, Note, all_keys, keys, note

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SHELF = (
    Note(id="a", title="Zèbre", rank=3, weight=1.5, pinned=True, colour=Colour.RED, written=NOON),
    Note(id="b", title="abeille", rank=-1, weight=-0.0, colour=Colour.BLUE, written=NOON + TICK),
    Note(id="c", title="abeille", rank=3, weight=1e300, pinned=True),
    Note(id="d", title="", rank=None, weight=2.0, colour=Colour.RED, written=NOON - TICK),
    Note(id="e", title="\U0001f41d", rank=2**63 - 1, weight=None, written=NOON + timedelta(days=1)),
    Note(id="f", title="\uffff", rank=-(2**63), colour=Colour.BLUE),
)


@pytest.fixture
async def shelf(documents: DocumentStore) -> DocumentStore:
    await documents.apply([Insert(NOTES, each) for each in SHELF])
    return documents


async def test_what_is_absent_is_none(documents: DocumentStore) -> None:
    assert await documents.get(NOTES, "nobody") is None
    assert await documents.get(NOTES, "") is None
    assert await documents.get_many(NOTES, ["nobody", "nothing"]) == {}
    assert await documents.get_many(NOTES, []) == {}
    assert await documents.count(NOTES) == 0
    page = await documents.find(NOTES, Find())
    assert (page.items, page.next) == ((), None)


async def test_get_many_gives_those_that_exist_once(shelf: DocumentStore) -> None:
    found = await shelf.get_many(NOTES, ["c", "a", "nobody", "c", "a"])
    assert {key: stored.value for key, stored in found.items()} == {"c": SHELF[2], "a": SHELF[0]}


async def test_get_many_of_more_keys_than_a_statement_takes(documents: DocumentStore) -> None:
    await documents.apply([Insert(ENTRIES, Entry(feed="f", seq=number)) for number in range(1500)])
    found = await documents.get_many(ENTRIES, [f"f:{number}" for number in range(2000)])
    assert list(found) == [f"f:{number}" for number in range(1500)]


FOUND: list[tuple[tuple[Condition, ...], str]] = [
    ((), "abcdef"),
    ((Equal("rank", 3),), "ac"),
    ((Equal("rank", None),), "d"),
    ((Equal("title", "abeille"),), "bc"),
    ((Equal("title", ""),), "d"),
    ((Equal("title", "ABEILLE"),), ""),
    ((Equal("pinned", True),), "ac"),
    ((Equal("pinned", False),), "bdef"),
    ((Equal("colour", Colour.RED),), "ad"),
    ((Equal("colour", "blue"),), "bf"),
    ((Equal("written", NOON),), "a"),
    ((Equal("written", NOON.astimezone(timezone(timedelta(hours=5)))),), "a"),
    ((Equal("weight", 0),), "b"),
    ((Equal("rank", 3), Equal("colour", None)), "c"),
    ((Equal("rank", 3), Equal("rank", 4)), ""),
    ((In("rank", (3, -1, 3, 99)),), "abc"),
    ((In("rank", ()),), ""),
    ((In("rank", (None, 3)),), "acd"),
    ((In("rank", (None,)),), "d"),
    ((In("colour", (Colour.RED, "blue")),), "abdf"),
    ((Range("rank", above=-1),), "ace"),
    ((Range("rank", at_least=-1),), "abce"),
    ((Range("rank", below=3),), "bf"),
    ((Range("rank", at_most=3, above=-1),), "ac"),
    ((Range("rank", above=3, below=3),), ""),
    ((Range("rank"),), "abcef"),
    ((Range("weight", at_least=1.5),), "acd"),
    ((Range("weight", below=1),), "b"),
    ((Range("written", above=NOON - TICK, below=NOON + TICK),), "a"),
    ((Range("title", above="a", below="b"),), "bc"),
    ((Range("title", above="\uffff"),), "e"),
    ((Range("pinned", above=False),), "ac"),
    ((Exists("rank"),), "abcef"),
    ((Exists("rank", present=False),), "d"),
    ((Exists("colour"), Exists("written", present=False)), "f"),
]


@pytest.mark.parametrize(("where", "expected"), FOUND)
async def test_conditions(shelf: DocumentStore, where: tuple[Condition, ...], expected: str) -> None:
    assert "".join(await all_keys(shelf, Find(where))) == expected
    assert await shelf.count(NOTES, where) == len(expected)


ORDERS: list[tuple[tuple[Order, ...], str]] = [
    ((), "abcdef"),
    ((Order("rank"),), "dfbace"),
    ((Order("rank", descending=True),), "eacbfd"),
    ((Order("title"),), "dabcfe"),
    ((Order("title", descending=True),), "efbcad"),
    ((Order("weight"),), "efbadc"),
    ((Order("weight", descending=True),), "cdabef"),
    ((Order("written"),), "cfdabe"),
    ((Order("written", descending=True),), "ebadcf"),
    ((Order("pinned"), Order("rank", descending=True)), "ebfdac"),
    ((Order("pinned", descending=True), Order("title")), "acdbfe"),
    ((Order("colour"), Order("rank"), Order("title")), "cefbda"),
    ((Order("colour", descending=True), Order("rank", descending=True)), "adbfec"),
    ((Order("rank"), Order("rank", descending=True)), "dfbace"),
]


@pytest.mark.parametrize("limit", [1, 2, 4, 100])
@pytest.mark.parametrize(("order", "expected"), ORDERS)
async def test_order_over_pages(shelf: DocumentStore, order: tuple[Order, ...], expected: str, limit: int) -> None:
    assert "".join(await all_keys(shelf, Find(order=order, limit=limit))) == expected


async def test_conditions_hold_over_pages(shelf: DocumentStore) -> None:
    find = Find((Exists("rank"),), (Order("colour", descending=True), Order("rank")), limit=2)
    assert "".join(await all_keys(shelf, find)) == "afbce"


async def test_a_full_last_page_has_no_next(shelf: DocumentStore) -> None:
    assert (await shelf.find(NOTES, Find(limit=6))).next is None
    assert (await shelf.find(NOTES, Find(limit=5))).next is not None


async def test_paging_while_others_write(documents: DocumentStore) -> None:
    await documents.apply([Insert(NOTES, Note(id=f"n{number:02}", rank=number // 3)) for number in range(0, 30, 2)])
    find = Find((Exists("rank"),), (Order("rank"),), limit=5)
    page = await documents.find(NOTES, find)
    seen = keys(page)
    await documents.apply(
        [
            Delete(NOTES, seen[-1]),
            Delete(NOTES, "n12"),
            Put(NOTES, Note(id="n01", rank=0)),
            Put(NOTES, Note(id="n29", rank=9)),
            Put(NOTES, Note(id="n14", rank=4, title="rewritten")),
        ]
    )
    while page.next is not None:
        page = await documents.find(NOTES, Find(find.where, find.order, find.limit, page.next))
        seen += keys(page)
    assert seen == [f"n{number:02}" for number in range(0, 30, 2) if number != 12] + ["n29"]


async def test_a_feed_is_read_by_its_unique_group(documents: DocumentStore) -> None:
    await documents.apply(
        [Insert(ENTRIES, Entry(feed=feed, seq=number)) for number in range(40) for feed in ("f", "g")]
    )
    seen: list[int] = []
    while True:
        where = (Equal("feed", "g"), Range("seq", above=seen[-1] if seen else -1))
        page = await documents.find(ENTRIES, Find(where, (Order("seq"),), limit=15))
        seen += [item.value.seq for item in page.items]
        if page.next is None:
            break
    assert seen == list(range(40))
    first = await documents.find(ENTRIES, Find((Equal("feed", "f"),), (Order("seq", descending=True),), limit=39))
    second = await documents.find(
        ENTRIES, Find((Equal("feed", "f"),), (Order("seq", descending=True),), limit=39, after=first.next)
    )
    assert keys(first) + keys(second) == [f"f:{number}" for number in range(39, -1, -1)]


async def test_one_document_is_found_by_its_unique_group_without_an_order(documents: DocumentStore) -> None:
    await documents.apply([Insert(ENTRIES, Entry(feed=feed, seq=number)) for number in range(3) for feed in ("f", "g")])
    page = await documents.find(ENTRIES, Find((Equal("feed", "g"), Equal("seq", 1)), limit=1))
    assert (keys(page), page.next) == (["g:1"], None)


async def test_a_large_page(documents: DocumentStore) -> None:
    for start in range(0, 6000, 2000):
        await documents.apply(
            [Insert(ENTRIES, Entry(feed="f", seq=number, text="x" * 500)) for number in range(start, start + 2000)]
        )
    page = await documents.find(ENTRIES, Find(order=(Order("seq"),), limit=5000))
    assert [item.value.seq for item in page.items] == list(range(5000))
    assert page.next is not None


def _cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!!!",
        "é",
        "\udc80",
        "A",
        "AAAA",
        "bm9uc2Vuc2U",
        "W" * 100_000,
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        _cursor(),
        _cursor("notes,+rank", 1),
        _cursor("notes,+rank", 1, 2),
        _cursor("notes,+rank", "1", "a"),
        _cursor("notes,+rank", True, "a"),
        _cursor("notes,+rank", 2**64, "a"),
        _cursor("notes,+rank", {"$gt": 0}, "a"),
        _cursor("notes,+rank", 1, {"$gt": ""}),
        _cursor("notes,+rank", 1, "\ud800"),
        _cursor("notes,-rank", 1, "a"),
        _cursor("entries,+rank", 1, "a"),
        _cursor("notes,+rank", 1, "a", "b"),
    ],
)
async def test_a_cursor_that_we_did_not_give_is_invalid(shelf: DocumentStore, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        await shelf.find(NOTES, Find(order=(Order("rank"),), after=cursor))


async def test_a_cursor_of_another_order_is_invalid(shelf: DocumentStore) -> None:
    page = await shelf.find(NOTES, Find(order=(Order("title"),), limit=1))
    with pytest.raises(Invalid, match="another list"):
        await shelf.find(NOTES, Find(order=(Order("title", descending=True),), after=page.next))
    with pytest.raises(Invalid, match="another list"):
        await shelf.find(COUNTERS, Find(after=page.next))


MISTAKES: dict[str, tuple[Find, str]] = {
    "a condition on what is not indexed": (Find((Equal("values", "x"),)), "not indexed"),
    "an order by what is not indexed": (Find(order=(Order("values"),)), "not indexed"),
    "an unknown attribute": (Find((Exists("$where"),)), "not indexed"),
    "no limit": (Find(limit=0), "1 to 5000"),
    "too large a limit": (Find(limit=5001), "1 to 5000"),
    "text for a number": (Find((Equal("rank", "3"),)), "integer"),
    "a number for text": (Find((Equal("title", 3),)), "text"),
    "yes or no for a number": (Find((Range("rank", above=True),)), "integer"),
    "an instant without zone": (Find((Equal("written", NOON.replace(tzinfo=None)),)), "instant"),
}


@pytest.mark.parametrize(("find", "message"), MISTAKES.values(), ids=MISTAKES)
async def test_programming_mistakes_are_value_errors(documents: DocumentStore, find: Find, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        await documents.find(NOTES, find)


async def test_a_collection_that_was_not_opened_is_a_value_error(documents: DocumentStore) -> None:
    stranger: Collection[Any] = Collection("strangers", Note, lambda value: value.id)
    with pytest.raises(ValueError, match="strangers"):
        await documents.get(stranger, "a")
    with pytest.raises(ValueError, match="strangers"):
        await documents.apply([Insert(stranger, Note(id="a"))])


async def test_own_writes_are_read_back_at_once(documents: DocumentStore) -> None:
    for number in range(100):
        await documents.apply([Put(NOTES, Note(id="a", rank=number))])
        assert (await note(documents, "a")).value.rank == number
        assert await documents.count(NOTES, (Equal("rank", number),)) == 1
        assert keys(await documents.find(NOTES, Find((Equal("rank", number),)))) == ["a"]
