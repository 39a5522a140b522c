"""What cannot be asked: refused with its place, and what is above the level like what is not there."""

import pytest

from moisson_shared.contracts.errors import CursorExpired, Invalid
from tests.contracts.search_corpus import COMMONS
from tests.contracts.search_engines import SearchIndex, a_query, ask

UNKNOWN = [
    ({"filters": {"nothing": ["x"]}}, {"filters": {"email": ["x"]}}, "/filters/"),
    ({"ranges": {"nothing": {"least": 1}}}, {"ranges": {"margin": {"least": 1}}}, "/ranges/"),
    ({"sort": [{"field": "nothing"}]}, {"sort": [{"field": "phone"}]}, "/sort/0/field"),
    ({"facets": [{"field": "nothing"}]}, {"facets": [{"field": "email"}]}, "/facets/0/field"),
]


@pytest.mark.parametrize(("absent", "hidden", "pointer"), UNKNOWN)
async def test_a_field_above_the_level_is_refused_like_one_that_is_not_there(
    corpus: SearchIndex, absent: dict[str, object], hidden: dict[str, object], pointer: str
) -> None:
    answers = []
    for parts in (absent, hidden):
        with pytest.raises(Invalid) as refused:
            await ask(corpus, a_query(**parts), COMMONS)
        answers.append((str(refused.value), [(fault.pointer, fault.message) for fault in refused.value.faults]))
        assert refused.value.faults[0].pointer.startswith(pointer)
    told = repr(answers[1])
    for name in ("email", "margin", "phone"):
        told = told.replace(name, "nothing")
    assert repr(answers[0]) == told


WRONG = [
    ({"filters": {"title": ["x"]}}, "/filters/title"),
    ({"filters": {"staff": ["3", "many"]}}, "/filters/staff/1"),
    ({"filters": {"active": ["maybe"]}}, "/filters/active/0"),
    ({"filters": {"budget": ["1" * 400]}}, "/filters/budget/0"),
    ({"ranges": {"founded": {"least": "spring"}}}, "/ranges/founded/least"),
    ({"ranges": {"founded": {"most": "2016-13"}}}, "/ranges/founded/most"),
    ({"ranges": {"budget": {"most": True}}}, "/ranges/budget/most"),
    ({"ranges": {"budget": {}}}, "/ranges/budget"),
    ({"ranges": {"status": {"least": "a"}}}, "/ranges/status"),
    ({"facets": [{"field": "budget"}]}, "/facets/0/field"),
    ({"sort": [{"field": "keywords"}]}, "/sort/0/field"),
]


@pytest.mark.parametrize(("parts", "pointer"), WRONG, ids=lambda value: str(value)[:60])
async def test_what_cannot_be_asked_is_refused_with_its_place(
    corpus: SearchIndex, parts: dict[str, object], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(corpus, a_query(**parts))
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


@pytest.mark.parametrize(
    ("parts", "after"),
    [
        ({}, ()),
        ({}, (1,)),
        ({}, ("a", "b")),
        ({"sort": [{"field": "budget"}]}, ("a", "b")),
        ({"sort": [{"field": "title"}]}, (1, "b")),
        ({"text": "velo"}, ("x",)),
        ({"text": "velo"}, (-1,)),
        ({"text": "velo"}, (True,)),
    ],
    ids=str,
)
async def test_a_cursor_of_another_query_has_expired(
    corpus: SearchIndex, parts: dict[str, object], after: tuple[object, ...]
) -> None:
    with pytest.raises(CursorExpired):
        await ask(corpus, a_query(**parts, after=after))
