"""What an address means, and that it says the same again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_viz_gateway.portal.search_address import MOST_CURSORS, SearchAddress, read_address
from tests.viz_gateway.sample_corpus import SCHEMA


def read(*items: tuple[str, str]) -> SearchAddress:
    return read_address(items, SCHEMA)


@pytest.mark.parametrize(
    ("items", "query"),
    [
        ([], ""),
        ([("q", "  vélo ")], "?q=v%C3%A9lo"),
        ([("q", "")], ""),
        ([("q", "a\x00b")], "?q=ab"),
        ([("themes", "EMP"), ("themes", "EMP"), ("themes", "ENV")], "?themes=EMP&themes=ENV"),
        ([("partner", "ronce")], "?partner=ronce"),
        ([("utm_source", "x"), ("fbclid", "y"), ("q", "z")], "?q=z"),
        ([("description", "x")], ""),
        ([("started.min", "2016"), ("people.max", "9")], "?people.max=9&started.min=2016"),
        ([("region.min", "x"), ("started.mid", "2016")], ""),
        ([("bbox", "1,2,3,4")], "?bbox=1%2C2%2C3%2C4"),
        ([("sort", "-title")], "?sort=-title"),
        ([("sort", "description"), ("sort", "; drop")], ""),
        ([("page", "3"), ("after", "a"), ("after", "b")], "?page=3&after=a&after=b"),
        ([("page", "3")], ""),
        ([("after", "a")], ""),
        ([("page", "²"), ("after", "a")], ""),
    ],
)
def test_an_address_keeps_what_the_schema_knows(items: list[tuple[str, str]], query: str) -> None:
    assert read(*items).query() == query


def test_a_choice_goes_back_to_the_first_page() -> None:
    here = read(("q", "vélo"), ("page", "2"), ("after", "c20"))
    assert here.with_value("themes", "EMP").query() == "?q=v%C3%A9lo&themes=EMP"
    assert here.without_text().query() == ""
    assert here.with_value("themes", "EMP").without_value("themes", "EMP").query() == "?q=v%C3%A9lo"


def test_pages_go_forth_and_back() -> None:
    first = read(("q", "a"))
    second = first.following("c1")
    third = second.following("c2")
    assert third.api_items() == [("q", "a"), ("cursor", "c2")]
    assert third.preceding() == second
    assert second.preceding() == first
    assert first.preceding() is None


def test_far_pages_keep_a_bounded_way_back() -> None:
    here = SearchAddress()
    for number in range(50):
        here = here.following(f"c{number}")
    assert len(here.cursors) == MOST_CURSORS
    for _ in range(MOST_CURSORS):
        before = here.preceding()
        assert before is not None
        here = before
    assert here == SearchAddress()


def test_a_map_has_no_order_and_no_page() -> None:
    here = read(("q", "a"), ("sort", "title"), ("page", "2"), ("after", "c"))
    assert here.map_items() == [("q", "a")]


texts = st.text(min_size=1, max_size=20).map(lambda text: text.replace("\x00", "").strip()).filter(bool)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["q", "themes", "audience", "region", "partner", "sort", "page", "after", "x"]), texts
        )
    )
)
def test_reading_what_was_written_gives_the_same(items: list[tuple[str, str]]) -> None:
    once = read(*items)
    assert read_address(once.items(), SCHEMA) == once
