"""The next page by the Link header: RFC 8288, as APIs write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.reading.link_header import next_target


@pytest.mark.parametrize(
    ("headers", "target"),
    [
        (['<https://a.example/x?page=2>; rel="next"'], "https://a.example/x?page=2"),
        (['<?page=2>; rel="next", <?page=9>; rel="last"'], "?page=2"),
        (['<?page=1>; rel="first", <?page=3>; rel="next"'], "?page=3"),
        (['<?page=1>; rel="first"', '<?page=3>; rel="next"'], "?page=3"),
        (["<?page=2>;rel=next"], "?page=2"),
        (["<?page=2>; REL=Next"], "?page=2"),
        (['<?page=2>; rel="prefetch  next"'], "?page=2"),
        (['<?page=2>; rel = "next"'], "?page=2"),
        (['<?page=2>; title="a, <b>; c"; rel="next"'], "?page=2"),
        (['<?page=1>; title="a\\", <?page=8>"; rel="prev", <?page=3>; rel="next"'], "?page=3"),
        (["<?q=a,b;c>; rel=next"], "?q=a,b;c"),
        (["< ?page=2 >; rel=next"], "?page=2"),
        ([", ,<?page=2>; crossorigin; rel=next,"], "?page=2"),
        (["<?page=2>; title*=UTF-8''%e2%82%ac; rel=\"next\""], "?page=2"),
        (["<>; rel=next"], ""),
        (["<?page=1>; rel=prev; rel=next"], None),
        (['<?page=2>; rel="next"; anchor="/other"'], None),
        (['<?page=2>; rel="nextpage"'], None),
        (['<?page=2>; title="next"'], None),
        (["<?page=2>"], None),
        (["?page=2; rel=next"], None),
        (["<?page=2; rel=next"], None),
        (['<?page=1> odd "x, <y>", <?page=2>; rel=next'], "?page=2"),
        ([""], None),
        ([], None),
    ],
)
def test_the_next_page(headers: list[str], target: str | None) -> None:
    assert next_target(headers) == target


@given(st.lists(st.text(alphabet='<>;,="\\ relnxt/?', max_size=80), max_size=3))
def test_no_header_breaks_it(headers: list[str]) -> None:
    found = next_target(headers)
    assert found is None or any(found in header for header in headers)


@given(st.text(alphabet="abc/?&=,; ", max_size=30), st.text(alphabet='abc,;<> "', max_size=20))
def test_whatever_a_title_says(target: str, title: str) -> None:
    quoted = title.replace('"', '\\"')
    assert next_target([f'<x>; title="{quoted}", <{target}>; title="{quoted}"; rel="next"']) == target.strip()
