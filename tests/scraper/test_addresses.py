"""Addresses: joined as browsers do, brought to one spelling, refused when no page can be behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.reading.addresses import join_address, origin_of, page_address, slot_of

BASE = "https://site.example/projets/liste?page=1"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("?page=2", "https://site.example/projets/liste?page=2"),
        ("../x", "https://site.example/x"),
        ("../../../x", "https://site.example/x"),
        ("./x", "https://site.example/projets/x"),
        ("x/y", "https://site.example/projets/x/y"),
        ("/x", "https://site.example/x"),
        ("//autre.example/x", "https://autre.example/x"),
        ("http://autre.example", "http://autre.example"),
        ("#haut", "https://site.example/projets/liste?page=1#haut"),
        ("", "https://site.example/projets/liste?page=1"),
        ("  /x  ", "https://site.example/x"),
        ("/x\n\ty", "https://site.example/xy"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("javascript:void(0)", "javascript:void(0)"),
        ("data:text/html,x", "data:text/html,x"),
        ("http://[::1", None),
        ("//[", None),
    ],
)
def test_references_are_joined(reference: str, expected: str | None) -> None:
    assert join_address(BASE, reference) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("HTTP://Site.Example", "http://site.example/"),
        ("http://site.example:80/", "http://site.example/"),
        ("https://site.example:443/x", "https://site.example/x"),
        ("http://site.example:8080/", "http://site.example:8080/"),
        ("http://site.example./", "http://site.example/"),
        ("http://site.example/#a", "http://site.example/"),
        ("http://site.example/a/../b/./c", "http://site.example/b/c"),
        ("http://site.example/a/..", "http://site.example/"),
        ("http://site.example/../../a", "http://site.example/a"),
        ("http://site.example/%7Ea%2f%c3%a9", "http://site.example/~a%2F%C3%A9"),
        ("http://site.example/é à", "http://site.example/%C3%A9%20%C3%A0"),
        ("http://site.example/100%", "http://site.example/100%25"),
        ("http://site.example/%zz", "http://site.example/%25zz"),
        ("http://site.example?b=2&a=1", "http://site.example/?b=2&a=1"),
        ("http://site.example/?q=é", "http://site.example/?q=%C3%A9"),
        ("http://site.example/?a=%2f", "http://site.example/?a=%2F"),
        ("http://éco.example/", "http://xn--co-9ia.example/"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("ftp://site.example/", None),
        ("mailto:a@b.example", None),
        ("javascript:void(0)", None),
        ("/x", None),
        ("", None),
        (None, None),
        ("http://", None),
        ("http:///x", None),
        ("http://a:b@site.example/", None),
        ("http://site.example:99999/", None),
        ("http://site.example:x/", None),
        ("http://si te.example/", None),
        ("http://site%2eexample/", None),
        ("http://a\\b/", None),
        ("http://site.example/" + "x" * 3000, None),
    ],
)
def test_one_spelling_per_page(address: str | None, expected: str | None) -> None:
    assert page_address(address) == expected


@given(st.text(max_size=60))
def test_a_spelling_is_final(text: str) -> None:
    once = page_address(f"http://site.example/{text}")
    assert once is not None
    assert page_address(once) == once
    assert once.isascii()


@given(st.text(max_size=40))
def test_no_reference_breaks_the_join(text: str) -> None:
    joined = join_address(BASE, text)
    assert joined is None or isinstance(joined, str)
    page_address(joined)


@pytest.mark.parametrize(
    ("address", "slot"),
    [
        ("http://a.example/x", "a.example"),
        ("https://a.example/", "a.example"),
        ("http://a.example:443/", "a.example"),
        ("http://a.example:8080/", "a.example:8080"),
        ("http://127.0.0.1:9/", "127.0.0.1:9"),
    ],
)
def test_one_slot_per_host(address: str, slot: str) -> None:
    assert slot_of(address) == slot


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("http://a.example:8080/x?y") == "http://a.example:8080"
