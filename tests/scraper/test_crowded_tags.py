"""Tags of very many attributes are found before a tree is built of them; other pages are left alone."""

import pytest

from moisson_scraper.reading.crowded_tags import MOST_ATTRIBUTES, has_crowded_tag
from moisson_scraper.reading.html_page import parse_html
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.source_reader import FetchedPage

TEXT = "un texte de mots " * 5000
LARGE = "<!-- " + "x" * 40_000 + " -->"
"""Of a small page nothing is looked at."""


def tag(attributes: str, number: int, before: str = "", after: str = "") -> str:
    return f"<html><body>{before}<div {''.join(attributes.format(n) for n in range(number))}>x</div>{after}"


FORMS = ["a{0} ", "a{0}=1 ", "a{0}='1'", 'a{0}="<p class=x>" ', "a{0}='>' ", "a{0}=<b ", "a{0}/", "A{0}\t\n", "é{0} "]


@pytest.mark.parametrize("attributes", FORMS)
def test_a_tag_is_crowded_in_whatever_form(attributes: str) -> None:
    assert has_crowded_tag(tag(attributes, MOST_ATTRIBUTES + 1, LARGE).encode())
    assert has_crowded_tag(tag(attributes, MOST_ATTRIBUTES + 1, "<script>'a<b c=\"</script>", LARGE + "<!--").encode())
    assert not has_crowded_tag(tag(attributes, MOST_ATTRIBUTES, LARGE).encode())


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{TEXT}</p>",
        f"<script>var a = {{{TEXT}}}; if (a<b c) {{}}</script>",
        f"<style>{TEXT}</style>",
        f"<!-- <b {TEXT}> -->",
        f"<b title='{TEXT}'>x</b>",
        "<a href='/x' class='a b'>x</a>" * 10_000,
        tag("a ", 100_000),
        "<div>" * 50_000 + "x",
        "<b " + "a" * 100_000,
        "\ufffd" * 100_000,
        "<",
    ],
)
def test_other_pages_are_not(page: str) -> None:
    assert not has_crowded_tag(page.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_such_a_page_is_refused_with_a_reason(encoding: str) -> None:
    body = tag("a{0} ", 40_000).encode(encoding)
    with pytest.raises(Unreadable) as refused:
        parse_html(FetchedPage("https://s.example/", 200, f"text/html; charset={encoding}", body))
    assert refused.value.code == "too-many-attributes"
