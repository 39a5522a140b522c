"""What strangers wrote never becomes markup, and links lead only where a browser may go."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_viz_gateway.marked_text import marked, paragraphs
from moisson_viz_gateway.pages import local_path
from moisson_viz_gateway.portal.field_display import safe_link, short_address


@given(st.text(alphabet="<>&\"'/abé \n"), st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30))))
def test_only_our_own_tags_stand_in_marked_text(text: str, marks: list[tuple[int, int]]) -> None:
    markup = str(marked(text, marks))
    without = re.sub(r"</?mark>", "", markup)
    assert "<" not in without
    assert ">" not in without
    assert marked(text, marks).striptags() == marked(text, ()).striptags()


@given(st.text(alphabet="<>&ab\n\r "))
def test_only_our_own_tags_stand_in_paragraphs(text: str) -> None:
    assert re.sub(r"</?p>|<br>", "", str(paragraphs(text))).count("<") == 0


def test_marks_that_make_no_sense_are_left_out() -> None:
    assert str(marked("Un vélo", [(3, 7), (3, 5), (9, 12), (5, 4)])) == "Un <mark>vélo</mark>"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        " https://example.org",
        "data:text/html,x",
        "vbscript:x",
        "//example.org",
        "/studio",
        "https://",
        "http:///path",
        "https://[::1",
        "",
        None,
        "https://x.example/" + "a" * 3000,
    ],
)
def test_unsafe_addresses_are_no_links(address: str | None) -> None:
    assert safe_link(address) is None


@pytest.mark.parametrize("address", ["https://example.org/a?b=c#d", "http://exämple.org"])
def test_web_addresses_are_links(address: str) -> None:
    assert safe_link(address) == address


def test_addresses_are_shortened_for_reading() -> None:
    assert short_address("https://www.example.org/") == "example.org"
    assert len(short_address("https://example.org/" + "a" * 200)) == 60


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\tevil",
        "/ evil",
        "studio",
        "javascript:alert(1)",
        "",
        "/\n/evil.example",
    ],
)
def test_nobody_is_sent_to_strangers(wanted: str) -> None:
    assert local_path(wanted, "/studio") == "/studio"


@pytest.mark.parametrize("wanted", ["/studio/corpora/cis", "/fr/cis?q=a&b=%2F%2Fx", "/studio?next=//x"])
def test_own_paths_are_kept(wanted: str) -> None:
    assert local_path(wanted, "/") == wanted
