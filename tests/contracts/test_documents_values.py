"""What a document may hold: it comes back as it was, or is refused with a reason."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from moisson_shared.contracts.errors import Invalid
from moisson_shared.ports.documents import (
    Delete,
    DocumentStore,
    Equal,
    Expect,
    Find,
    In,
    Insert,
    Order,
    Put,
    Range,
)
from tests.contracts.document_nouns import NOTES, Note, all_keys, note

TEXTS = {
    "empty": "",
    "NUL": "a\0b",
    "NUL at the end": "a\0",
    "only NUL": "\0",
    "astral": "🐝 𝒜",
    "combining": "e\u0301 and é",
    "right to left": "\u202eשלום عليكم\u202c",
    "control": "\x01\x1f\x7f\u2028\u2029",
    "not a character": "\ufffe\uffff",
    "replacement": "\ufffd",
    "byte order mark": "\ufefftext",
    "newlines": "a\r\nb\nc\r",
    "quotes": "'\"`;--\\",
    "operator": "$gt",
    "percent": "%_*?",
    "NaN": "NaN",
    "blanks": "  a  ",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_texts_come_back_as_they_were(documents: DocumentStore, text: str) -> None:
    value = Note(id=f"k{text}", title=text, email=text, values={text: text, "list": [text, {text: None}]})
    await documents.apply([Insert(NOTES, value)])
    await documents.apply([Insert(NOTES, Note(id="other", title=text + "x", email=text + "x"))])
    assert (await note(documents, value.id)).value == value
    assert list(await documents.get_many(NOTES, [value.id])) == [value.id]
    assert await all_keys(documents, Find((Equal("title", text),))) == [value.id]
    assert await all_keys(documents, Find((In("email", (text,)),))) == [value.id]
    assert await all_keys(documents, Find((Range("title", at_most=text),), limit=1)) == [value.id]
    assert await all_keys(documents, Find(order=(Order("title"),), limit=1)) == [value.id, "other"]
    await documents.apply([Delete(NOTES, value.id, 1)])
    assert await documents.get(NOTES, value.id) is None


async def test_texts_and_keys_order_by_code_point(documents: DocumentStore) -> None:
    texts = ["", "\0", "A", "Z", "a", "a\0", "a\0b", "a ", "ab", "e\u0301", "z", "É", "é", "\ufffd", "\uffff", "😀"]
    assert texts == sorted(texts)
    await documents.apply([Insert(NOTES, Note(id=text, title=text)) for text in reversed(texts)])
    for limit in (1, 3, 100):
        assert await all_keys(documents, Find(limit=limit)) == texts
        assert await all_keys(documents, Find(order=(Order("title"),), limit=limit)) == texts
        assert await all_keys(documents, Find(order=(Order("title", descending=True),), limit=limit)) == texts[::-1]


VALUES: dict[str, Any] = {
    "whole numbers beyond 64 bits": [2**63, 2**64, -(2**64), 10**400],
    "fractions": [0.1, 1.0, -0.0, 5e-324, 1.7976931348623157e308],
    "dotted and dollar names": {"a.b": 1, "$set": {"$gt": 1}, "": {"": 0}, ".": 2, "_id": 3, "__proto__": 4},
    "yes, no and nothing": [True, False, None],
    "deep": [[[[[[[[[[{"a": [[[]]]}]]]]]]]]]],
    "order of names": {"z": 1, "a": 2, "m": 3},
    "many names": {f"field {number}": number for number in range(3000)},
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
async def test_json_comes_back_as_it_was(documents: DocumentStore, value: object) -> None:
    await documents.apply([Put(NOTES, Note(id="a", values={"value": value}))])
    found = (await note(documents, "a")).value.values["value"]
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 7, 1, 2, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
async def test_instants_keep_their_microseconds(documents: DocumentStore, instant: datetime) -> None:
    await documents.apply([Put(NOTES, Note(id="a", written=instant))])
    found = (await note(documents, "a")).value.written
    assert found == instant
    assert found is not None
    assert found.utcoffset() is not None
    assert await documents.count(NOTES, (Equal("written", instant),)) == 1
    assert await documents.count(NOTES, (Range("written", above=instant),)) == 0


def _nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"a": found}
    return found


UNWRITABLE: dict[str, dict[str, Any]] = {
    "a lone surrogate": {"a": "\ud800"},
    "a lone surrogate in a list": {"a": ["x", "y\udfff"]},
    "a lone surrogate in a name": {"a": {"\udc80": 1}},
    "not a number": {"a": [1.0, float("nan")]},
    "infinity": {"a": float("-inf")},
    "deeper than a parser goes": _nested(230),
    "deeper than a writer goes": _nested(300),
    "a number of five thousand digits": {"a": 10**5000},
}


@pytest.mark.parametrize("values", UNWRITABLE.values(), ids=UNWRITABLE)
async def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    documents: DocumentStore, values: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        await documents.apply([Insert(NOTES, Note(id="good")), Insert(NOTES, Note(id="bad", values=values))])
    assert await documents.count(NOTES) == 0


async def test_a_refusal_says_where(documents: DocumentStore) -> None:
    with pytest.raises(Invalid) as caught:
        await documents.apply(
            [Insert(NOTES, Note(id="bad", values={"a/b": [{"c": float("nan")}], "d": {"\ud800": 1}, "e": "\udfff"}))]
        )
    assert [fault.pointer for fault in caught.value.faults] == ["/values/a~1b/0/c", "/values/d", "/values/e"]


async def test_lone_surrogates_in_keys_and_conditions(documents: DocumentStore) -> None:
    assert await documents.get(NOTES, "\ud800") is None
    assert await documents.get_many(NOTES, ["\ud800"]) == {}
    for operation in (Delete(NOTES, "\ud800"), Expect(NOTES, "\ud800", 0)):
        with pytest.raises(Invalid):
            await documents.apply([operation])
    with pytest.raises(Invalid):
        await documents.find(NOTES, Find((Equal("title", "\ud800"),)))
    with pytest.raises(Invalid):
        await documents.count(NOTES, (In("title", ("a", "\ud800")),))


async def test_indexed_whole_numbers_have_64_bits(documents: DocumentStore) -> None:
    await documents.apply([Put(NOTES, Note(id="a", rank=2**63 - 1)), Put(NOTES, Note(id="b", rank=-(2**63)))])
    assert await all_keys(documents, Find(order=(Order("rank"),))) == ["b", "a"]
    with pytest.raises(Invalid, match="64 bits"):
        await documents.apply([Put(NOTES, Note(id="c", rank=2**63))])
    with pytest.raises(Invalid, match="64 bits"):
        await documents.count(NOTES, (Range("rank", below=10**400),))
    with pytest.raises(Invalid, match="finite"):
        await documents.count(NOTES, (Range("weight", below=10**400),))
