"""Sitemaps as pure functions: XML, packed, lines, robots.txt; what is taken, left out, and followed."""

import gzip
from typing import Any

import pytest

from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.sitemap_entries import read_sitemap
from moisson_scraper.reading.sitemap_source import SitemapReader
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, ListingRead, PageKind, PageRequest
from moisson_shared.contracts.sources import SitemapSource

URL = "https://www.s.example/sitemap.xml"
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
FIELDS = {"titre": {"expression": "h1"}}


def a_reader(**source: Any) -> SitemapReader:
    given = {"kind": "sitemap", "start_urls": [URL], "fields": FIELDS, **source}
    return SitemapReader(SitemapSource.model_validate(given))


def listing(body: str | bytes, url: str = URL, position: int = 0, **source: Any) -> ListingRead:
    page = FetchedPage(url, 200, "", body.encode() if isinstance(body, str) else body)
    return a_reader(**source).read_listing(page, PageRequest(url, position=position))


def addresses(read: ListingRead) -> list[str | None]:
    return [entry.url for entry in read.items if isinstance(entry, FoundItem)]


def left_out(read: ListingRead) -> dict[str, int]:
    notices = [*read.notices, *(entry for entry in read.items if isinstance(entry, Notice))]
    return {notice.code: notice.count for notice in notices}


def urlset(*entries: str) -> str:
    return f'<?xml version="1.0"?><urlset {XMLNS}>{"".join(f"<url>{entry}</url>" for entry in entries)}</urlset>'


def loc(path: str, more: str = "") -> str:
    return f"<loc>https://s.example{path}</loc>{more}"


PAGES = ["https://s.example/p/1", "https://s.example/p/2"]
PREFIXED = (
    f"<sm:urlset {XMLNS.replace('xmlns', 'xmlns:sm')}><sm:url><sm:loc>https://S.EXAMPLE:443/p/./1#x</sm:loc></sm:url>"
    "<sm:url><sm:loc>https://s.example/p/2</sm:loc></sm:url></sm:urlset>"
)


@pytest.mark.parametrize(
    "body",
    [
        urlset(loc("/p/1"), loc("/p/2")),
        gzip.compress(urlset(loc("/p/1"), loc("/p/2")).encode()),
        "https://s.example/p/1\r\nhttps://s.example/p/2\r\n\r\n",
        "\ufeffhttps://s.example/p/1\nhttps://s.example/p/2".encode(),
        urlset("<loc>\n https://s.example/p/1 \n</loc>", "<loc><![CDATA[https://s.example/p/2]]></loc>"),
        PREFIXED,
        urlset(loc("/p/1", "<image:image><image:loc>https://s.example/i.png</image:loc></image:image>"), loc("/p/2")),
        urlset(loc("/p/1", "<image:loc>https://s.example/i.png</image:loc>"), loc("/p/2"))[:-9]
        + "<x:url><loc/></x:url></urlset>",
    ],
)
def test_pages_are_items(body: str | bytes) -> None:
    read = listing(body)
    assert addresses(read) == PAGES
    assert left_out(read) == {}


def test_what_the_sitemap_says_is_kept_and_the_last_change_is_handed_on() -> None:
    said = "<lastmod>2018-03-01</lastmod><changefreq>weekly</changefreq><priority>0.5</priority>"
    read = listing(urlset(loc("/p/1", said), loc("/p/2")), keep={"maj": "lastmod", "adresse": "loc", "p": "priority"})
    first, second = (entry for entry in read.items if isinstance(entry, FoundItem))
    assert first.values == {"maj": "2018-03-01", "adresse": "https://s.example/p/1", "p": "0.5"}
    assert second.values == {"adresse": "https://s.example/p/2"}
    assert first.detail is not None
    assert (first.detail.modified, first.detail.kind) == ("2018-03-01", PageKind.DETAIL)


@pytest.mark.parametrize(
    ("source", "expected", "left"),
    [
        ({}, ["/a", "/p/1", "/p/2?x=1"], {}),
        ({"include": ["/p/"]}, ["/p/1", "/p/2?x=1"], {"not-included": 1}),
        ({"include": ["^https://s.example/p/\\d+$", "/a$"]}, ["/a", "/p/1"], {"not-included": 1}),
        ({"exclude": ["\\?"]}, ["/a", "/p/1"], {"excluded": 1}),
        ({"include": ["/p/"], "exclude": ["x=", "y="]}, ["/p/1"], {"not-included": 1, "excluded": 1}),
    ],
)
def test_patterns_choose(source: dict[str, Any], expected: list[str], left: dict[str, int]) -> None:
    read = listing(urlset(loc("/a"), loc("/p/1"), loc("/p/2?x=1")), **source)
    assert addresses(read) == [f"https://s.example{path}" for path in expected]
    assert left_out(read) == left


@pytest.mark.parametrize("written", ["actualit%c3%a9s", "actualités", "actualit%C3%A9s"])
def test_patterns_may_be_written_as_people_write_addresses(written: str) -> None:
    body = urlset(loc(f"/{written}/1"), loc("/p/1"))
    for pattern in ("/actualités/", "/actualit%C3%A9s/"):
        assert addresses(listing(body, include=[pattern])) == ["https://s.example/actualit%C3%A9s/1"]
        assert addresses(listing(body, exclude=[pattern])) == ["https://s.example/p/1"]


def test_other_hosts_and_what_is_no_page_are_counted_and_left() -> None:
    entries = ["<loc>https://o.example/1</loc>", "<loc>mailto:x</loc>", "<lastmod>x</lastmod>", loc("/1"), loc("/1#a")]
    read = listing(urlset(*entries))
    assert addresses(read) == ["https://s.example/1"]
    assert left_out(read) == {"other-host": 1, "not-an-address": 2, "listed-twice": 1}
    read = listing(urlset(entries[0]), start_urls=[URL, "https://www.o.example/robots.txt"])
    assert addresses(read) == ["https://o.example/1"]


def test_bare_ampersands_are_mended() -> None:
    read = listing(urlset(loc("/?a=1&b=2&amp;c=3")))
    assert addresses(read) == ["https://s.example/?a=1&b=2&c=3"]
    assert left_out(read) == {"mended-markup": 1}


INDEX = (
    f"<sitemapindex {XMLNS}><sitemap><loc>https://s.example/a.xml.gz</loc><lastmod>2018</lastmod></sitemap>"
    "<sitemap><loc>/b.xml</loc></sitemap><sitemap><loc>https://o.example/c.xml</loc></sitemap></sitemapindex>"
)


def test_an_index_is_followed_within_its_host() -> None:
    read = listing(INDEX)
    assert [(one.address, one.modified, one.position, one.chained) for one in read.following] == [
        ("https://s.example/a.xml.gz", "2018", 1, False),
        ("https://www.s.example/b.xml", "", 1, False),
    ]
    assert left_out(read) == {"other-host": 1}
    read = listing(INDEX, position=5)
    assert read.following == ()
    assert left_out(read) == {"other-host": 1, "sitemaps-too-deep": 2}


def test_a_robots_txt_stands_for_its_sitemaps() -> None:
    robots = "User-agent: *\nDisallow: /x\nSITEMAP : https://cdn.example/a.xml # alle\nSitemap:\nsitemap: /b.xml\n"
    read = listing(robots, "https://s.example/robots.txt", start_urls=["https://s.example/robots.txt"])
    assert [one.address for one in read.following] == ["https://cdn.example/a.xml", "https://s.example/b.xml"]
    kept_elsewhere = listing(urlset(loc("/p/1")), "https://cdn.example/a.xml")
    assert addresses(kept_elsewhere) == ["https://s.example/p/1"]
    with pytest.raises(Unreadable) as refusal:
        listing("User-agent: *\n", "https://s.example/robots.txt")
    assert refusal.value.code == "no-sitemaps"


def test_entries_beyond_the_most_are_counted_as_dropped() -> None:
    lines = "\n".join(f"https://s.example/{number}" for number in range(50_003))
    read = listing(lines)
    assert len(addresses(read)) == 50_000
    assert left_out(read) == {"sitemap-too-long": 3}


ATTRIBUTES = "".join(f'<!ATTLIST url a{number} CDATA "x">' for number in range(20_000))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty-body"),
        ("<html><body>Introuvable</body></html>", "not-a-sitemap"),
        ("<urlset><url></urlset>", "not-a-sitemap"),
        (urlset(loc("/1"))[:-9], "not-a-sitemap"),
        ("<", "not-a-sitemap"),
        ("bonjour\n", "not-a-sitemap"),
        ('<!DOCTYPE u [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>', "xml-entities"),
        (f"<!DOCTYPE u [{ATTRIBUTES}]><urlset>{'<url/>' * 20_000}</urlset>", "xml-attributes"),
        (b"\x1f\x8b\x08", "not-gzip"),
        (gzip.compress(b" " * 60_000_000, 1), "archive-too-large"),
    ],
)
def test_what_is_no_sitemap_is_refused_with_a_word(body: str | bytes, code: str) -> None:
    page = FetchedPage(URL, 200, "", body.encode() if isinstance(body, str) else body)
    with pytest.raises(Unreadable) as refusal:
        read_sitemap(page, robots=False)
    assert refusal.value.code == code


def test_pages_are_read_like_details_and_lead_on() -> None:
    behind = {"link": {"expression": "a"}, "fields": {"texte": {"expression": "p"}}}
    reader = a_reader(detail=behind, keep={"maj": "lastmod"})
    page = FetchedPage("https://s.example/p/1", 200, "text/html", b"<h1>Un</h1><a href='../q'>suite</a>")
    read = reader.read_detail(page, PageRequest(page.address, PageKind.DETAIL))
    assert read.values == {"titre": "Un"}
    assert read.detail is not None
    assert (read.detail.address, read.detail.position) == ("https://s.example/q", 1)
    page = FetchedPage(read.detail.address, 200, "text/html", b"<p>deux</p>")
    assert reader.read_detail(page, read.detail).values == {"texte": "deux"}
    assert reader.field_names(PageKind.DETAIL) == ("titre", "texte")
    assert reader.field_names(PageKind.LISTING) == ("maj",)
