"""Addresses: joined as browsers do, brought to one spelling, refused when no page can be behind them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from moisson_scraper.reading.addresses import join_address, origin_of, page_address, slot_of, stated_address
from moisson_scraper.reading.compile_source import compile_source
from moisson_shared.contracts.sources import Source

SOURCE: TypeAdapter[Source] = TypeAdapter(Source)
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


# What browsers ask for: each line was compared with an implementation of the URL standard.
@pytest.mark.parametrize(
    ("reference", "asked"),
    [
        ("?", "https://site.example/projets/liste"),
        ("#", "https://site.example/projets/liste?page=1"),
        ("?page=2#f", "https://site.example/projets/liste?page=2"),
        ("?a=1?b", "https://site.example/projets/liste?a=1?b"),
        ("./", "https://site.example/projets/"),
        ("..", "https://site.example/"),
        ("../..", "https://site.example/"),
        ("a/b/../../c", "https://site.example/projets/c"),
        ("a//../b", "https://site.example/projets/a/b"),
        ("%2e%2e/x", "https://site.example/x"),
        (".%2E/x", "https://site.example/x"),
        ("%2e", "https://site.example/projets/"),
        ("x/%2e%2e", "https://site.example/projets/"),
        ("x;y", "https://site.example/projets/x;y"),
        (";x", "https://site.example/projets/;x"),
        ("a:b", None),
        ("./a:b", "https://site.example/projets/a:b"),
        # Schemes.
        ("https:x", "https://site.example/projets/x"),
        ("https:/x", "https://site.example/x"),
        ("https:?x", "https://site.example/projets/liste?x"),
        ("HTTPS:x", "https://site.example/projets/x"),
        ("http:x", "http://x/"),
        ("http:/x", "http://x/"),
        ("http:///autre.example/x", "http://autre.example/x"),
        ("HTTPS://Autre.example", "https://autre.example/"),
        ("http:", None),
        ("tel:+33102030405", None),
        ("JavaScript:void(0)", None),
        # Slashes that lean the wrong way, or are too many.
        ("\\x", "https://site.example/x"),
        ("x\\y", "https://site.example/projets/x/y"),
        ("x?a\\b", "https://site.example/projets/x?a%5Cb"),
        ("..\\x", "https://site.example/x"),
        ("\\\\autre.example\\x", "https://autre.example/x"),
        ("/\\autre.example/x", "https://autre.example/x"),
        ("http:\\\\autre.example\\x", "http://autre.example/x"),
        ("https:\\x", "https://site.example/x"),
        ("///autre.example/x", "https://autre.example/x"),
        ("////autre.example/x", "https://autre.example/x"),
        ("//", None),
        ("//:80/", None),
        # Hosts.
        ("//AUTRE.Example:443/x", "https://autre.example/x"),
        ("//autre.example:8080", "https://autre.example:8080/"),
        ("//autre.example?x", "https://autre.example/?x"),
        ("//ÉCO.example/", "https://xn--co-9ia.example/"),
        ("//straße.example", "https://xn--strae-oqa.example/"),
        ("//é。example/", "https://xn--9ca.example/"),
        ("//a b/", None),
        # Blanks and odd characters.
        ("\t/x\n", "https://site.example/x"),
        ("/a\r\nb", "https://site.example/ab"),
        ("ht\ttps://autre.example/", "https://autre.example/"),
        ("\x00/x\x1f", "https://site.example/x"),
        (" /x\u00a0", "https://site.example/x%C2%A0"),
        ("/x y", "https://site.example/x%20y"),
        ("?a b", "https://site.example/projets/liste?a%20b"),
        ("?a+b", "https://site.example/projets/liste?a+b"),
        ("?é", "https://site.example/projets/liste?%C3%A9"),
        ("?a'b\"<>", "https://site.example/projets/liste?a%27b%22%3C%3E"),
        ("é", "https://site.example/projets/%C3%A9"),
        ("/a^b`{}", "https://site.example/a%5Eb%60%7B%7D"),
        ("/l'été", "https://site.example/l'%C3%A9t%C3%A9"),
        ("x#é", "https://site.example/projets/x"),
        ("/%7Ex", "https://site.example/~x"),
        ("/%c3%a9", "https://site.example/%C3%A9"),
    ],
)
def test_what_is_asked_for_is_what_browsers_ask_for(reference: str, asked: str | None) -> None:
    assert page_address(join_address(BASE, reference)) == asked


@pytest.mark.parametrize(
    ("base", "reference", "asked"),
    [
        ("https://site.example", "x", "https://site.example/x"),
        ("https://site.example", "", "https://site.example/"),
        ("https://site.example", "?x", "https://site.example/?x"),
        ("https://site.example/a/", "", "https://site.example/a/"),
        ("https://site.example/a/", "b", "https://site.example/a/b"),
        ("https://site.example/a?x=/y/", "b", "https://site.example/b"),
        ("http://site.example:8080/a", "//autre.example", "http://autre.example/"),
        ("http://site.example:8080/a", "https:b", "https://b/"),
        ("http://site.example:8080/a", "b", "http://site.example:8080/b"),
        ("https://site.example/a;b/c", "?d", "https://site.example/a;b/c?d"),
    ],
)
def test_where_references_start_from(base: str, reference: str, asked: str) -> None:
    assert page_address(join_address(base, reference)) == asked


@pytest.mark.parametrize(
    ("encoding", "reference", "asked"),
    [
        ("utf-8", "/é?ville=Orléans", "https://site.example/%C3%A9?ville=Orl%C3%A9ans"),
        ("cp1252", "/é?ville=Orléans", "https://site.example/%C3%A9?ville=Orl%E9ans"),
        ("cp1252", "?prix=5€#é", "https://site.example/projets/liste?prix=5%80"),
        ("iso8859-15", "?prix=5€", "https://site.example/projets/liste?prix=5%A4"),
        ("cp1252", "?nom=Łódź", "https://site.example/projets/liste?nom=%26%23321%3B%F3d%26%23378%3B"),
        ("cp1252", "//é.example/?é", "https://xn--9ca.example/?%E9"),
        ("utf-16-le", "?é", "https://site.example/projets/liste?%C3%A9"),
    ],
)
def test_a_query_is_written_in_the_encoding_of_its_page(encoding: str, reference: str, asked: str) -> None:
    assert page_address(join_address(BASE, reference, encoding)) == asked


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "html", "item": {"expression": "li"}, "fields": {"a": {"expression": "b"}}},
        {"kind": "json"},
        {"kind": "file"},
        {"kind": "sitemap", "fields": {"a": {"expression": "b"}}},
        {"kind": "feed"},
    ],
)
def test_every_source_asks_for_what_is_stated_in_the_spelling_of_links(source: dict[str, Any]) -> None:
    written = "https://S.example:443/données/../liste.csv?q=é#top"
    where = {"url": written} if source["kind"] in {"json", "file"} else {"start_urls": [written]}
    (request,) = compile_source(SOURCE.validate_python({**source, **where})).first_pages()
    assert request.address == "https://s.example/liste.csv?q=%C3%A9"


@pytest.mark.parametrize(
    ("address", "plain", "in_browser"),
    [
        ("https://s.example", "https://s.example/", "https://s.example/"),
        ("https://S.example:443/a/../b?q=é#top", "https://s.example/b?q=%C3%A9", "https://s.example/b?q=%C3%A9#top"),
        ("https://s.example/#!/projets", "https://s.example/", "https://s.example/#!/projets"),
        ("ftp://s.example/x#a", "ftp://s.example/x", "ftp://s.example/x#a"),
    ],
)
def test_what_a_partner_states_is_spelled_as_links_are(address: str, plain: str, in_browser: str) -> None:
    assert (stated_address(address), stated_address(address, with_fragment=True)) == (plain, in_browser)


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


PIECES = [
    "http://",
    "https://",
    "site.example",
    "127.0.0.1",
    ":80",
    ":8080",
    ":65535",
    ":65536",
    "/",
    "//",
    "/.",
    "..",
    "a",
]
PIECES += ["é", "%7e", "%zz", "?", "&", "=", "#", "'", " ", "A", "~", "-", "_", "@", "[", "]", ":", "."]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=8))
def test_what_is_taken_as_it_stands_needed_no_change(pieces: list[str]) -> None:
    address = "".join(pieces)
    # A fragment makes it look at every part, and then goes.
    assert page_address(address) == page_address(f"{address}#x")
