"""Feeds as pure functions: every dialect, as it stands; broken ones read as far as they go; hostile ones refused."""

import gzip
from typing import Any

import pytest

from moisson_scraper.reading.feed_entries import read_feed
from moisson_scraper.reading.feed_source import FeedReader
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, ListingRead, PageKind, PageRequest
from moisson_shared.contracts.sources import FEED_FIELDS, FeedSource

URL = "https://s.example/blog/feed"


def a_page(body: str | bytes, content_type: str = "", url: str = URL) -> FetchedPage:
    return FetchedPage(url, 200, content_type, body.encode() if isinstance(body, str) else body)


def entries(body: str | bytes, content_type: str = "") -> list[dict[str, Any]]:
    return list(read_feed(a_page(body, content_type)).entries)


def codes(body: str | bytes) -> list[str]:
    return [notice.code for notice in read_feed(a_page(body)).notices]


RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Blog</title><link>https://s.example/</link><atom:link rel="self" href="https://s.example/feed"/>
<atom:link rel="next" href="?page=2"/>
<item><title>Un projet &amp; deux</title><link> /p/1 </link><guid isPermaLink="false">tag:1</guid>
<pubDate>Fri, 02 Mar 2018 10:00:00 +0100</pubDate><dc:creator>Mia</dc:creator><author>tom@s.example</author>
<category>énergie</category><category>énergie</category><dc:subject>ville</dc:subject>
<description><![CDATA[<p>Court&nbsp;!</p>]]></description><content:encoded><![CDATA[<p>Long</p>]]></content:encoded>
<enclosure url="/a.mp3" type="audio/mpeg" length="12"/>
<media:group><media:content url="b.jpg" fileSize="7"><media:thumbnail url="c.jpg"/></media:content></media:group>
<dc:title>Autre</dc:title></item>
<item><guid>https://s.example/p/2</guid></item>
</channel></rss>"""


def test_rss_2() -> None:
    assert entries(RSS) == [
        {
            "title": "Un projet & deux",
            "link": "https://s.example/p/1",
            "id": "tag:1",
            "published": "Fri, 02 Mar 2018 10:00:00 +0100",
            "authors": ["Mia", "tom@s.example"],
            "categories": ["énergie", "ville"],
            "summary": "<p>Court&nbsp;!</p>",
            "content": "<p>Long</p>",
            "enclosures": [
                {"url": "https://s.example/a.mp3", "type": "audio/mpeg", "length": "12"},
                {"url": "https://s.example/blog/b.jpg", "length": "7"},
                {"url": "https://s.example/blog/c.jpg"},
            ],
        },
        {"id": "https://s.example/p/2", "link": "https://s.example/p/2"},
    ]
    assert read_feed(a_page(RSS)).next == "https://s.example/blog/feed?page=2"
    assert set(entries(RSS)[0]) <= set(FEED_FIELDS)


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/x/">
<title>F</title><author><name>Tous</name></author><link rel="next" href="feed?2"/>
<entry xml:base="y/"><id>urn:1</id><title type="html">&lt;b&gt;Un&lt;/b&gt;</title>
<link rel="edit" href="edit"/><link href="un"/><link rel="enclosure" href="/z.pdf" type="application/pdf" length="9"/>
<published>2018-03-01T00:00:00Z</published><updated>2018-03-02T00:00:00Z</updated>
<author><name>Mia</name><email>m@s.example</email></author><author><email>tom@s.example</email></author>
<category term="ville" label="La ville"/><summary>s</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a &lt; <em>b</em> c</div></content></entry>
<entry><title/><content src="https://a.example/c"/></entry></feed>"""


def test_atom() -> None:
    first, second = entries(ATOM)
    content = first.pop("content")
    assert first == {
        "id": "urn:1",
        "title": "<b>Un</b>",
        "link": "https://a.example/x/y/un",
        "published": "2018-03-01T00:00:00Z",
        "updated": "2018-03-02T00:00:00Z",
        "authors": ["Mia", "tom@s.example"],
        "categories": ["ville"],
        "summary": "s",
        "enclosures": [{"url": "https://a.example/z.pdf", "type": "application/pdf", "length": "9"}],
    }
    assert content == 'a &lt; <em xmlns="http://www.w3.org/1999/xhtml">b</em> c'
    assert second == {"title": "", "enclosures": [{"url": "https://a.example/c"}]}
    assert read_feed(a_page(ATOM)).next == "https://a.example/x/feed?2"


RDF = """<?xml version="1.0" encoding="ISO-8859-1"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://s.example/"><items><rdf:Seq><rdf:li resource="https://s.example/1"/></rdf:Seq></items></channel>
<item rdf:about="https://s.example/1"><title>Forêt</title><link>https://s.example/1</link><dc:date>2018-03-01</dc:date>
<dc:description>d</dc:description></item></rdf:RDF>"""
OLD = """<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">
<rss version="0.91"><channel><item><title>a</title><link>https://s.example/1</link></item></channel></rss>"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            RDF.encode("cp1252"),
            {
                "id": "https://s.example/1",
                "title": "Forêt",
                "link": "https://s.example/1",
                "published": "2018-03-01",
                "summary": "d",
            },
        ),
        (OLD, {"title": "a", "link": "https://s.example/1"}),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="video/mp4" src="v.mp4"/></entry></feed>',
            {"enclosures": [{"url": "https://s.example/blog/v.mp4", "type": "video/mp4"}]},
        ),
        ('<feed xmlns="http://purl.org/atom/ns#"><entry><modified>m</modified></entry></feed>', {"updated": "m"}),
        ("<rss><channel><item><dc:creator>M</dc:creator></item></channel></rss>", {"authors": ["M"]}),
        ("<rss><item><title>hors</title></item></rss>", {"title": "hors"}),
        ("<rss><channel><item><title>a & b</title></item></channel></rss>", {"title": "a & b"}),
        ("<rss><channel><item><title>&eacute;&nbsp;&bidon;</title></item></channel></rss>", {"title": "é\xa0&bidon;"}),
        ("<rss><channel><item><title>&LT;b&#0;&#233;</title></item></channel></rss>", {"title": "<b&#0;é"}),
        ("<rss><channel><item><title>a</title></item>", {"title": "a"}),
        ("<rss><channel><item><title>a</b></title></item></channel></rss>", {"title": "a"}),
        ("\n <rss><channel><item><title>\x0ba</title></item></channel></rss>", {"title": "\ufffda"}),
        (
            "<rss><channel><item><description>x <b>y</b> z</description></item></channel></rss>",
            {"summary": "x <b>y</b> z"},
        ),
        (
            '<rss><channel><item><link>javascript:x</link><guid isPermaLink="true">abc</guid></item></channel></rss>',
            {"link": "javascript:x", "id": "abc"},
        ),
    ],
)
def test_dialects_and_faults(body: str | bytes, expected: dict[str, Any]) -> None:
    assert entries(body) == [expected]


def test_what_was_mended_is_counted() -> None:
    assert codes(RSS) == codes(ATOM) == codes(OLD) == []
    assert codes("<rss><channel><item><title>a & b &nbsp;</title></item></channel></rss>") == ["mended-markup"]
    assert codes("<rss><channel><item><title>a</title></item>") == ["broken-xml"]
    assert codes("<rss><dc:x/></rss>") == []


def test_encodings_are_found() -> None:
    text = "<rss><channel><item><title>Forêt d’été</title></item></channel></rss>"
    for body, kind in (
        (text.encode("cp1252"), ""),
        (text.encode("utf-16"), ""),
        (text.encode("cp1252"), "application/rss+xml; charset=windows-1252"),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + text.encode(), ""),
        (gzip.compress(text.encode()), ""),
    ):
        assert entries(body, kind) == [{"title": "Forêt d’été"}], (body, kind)


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12)
)


ATTRIBUTES = "".join(f'<!ATTLIST item a{number} CDATA "x">' for number in range(60_000))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty-body"),
        ("pas de flux", "not-a-feed"),
        ('{"version": "https://jsonfeed.org/version/1"}', "not-a-feed"),
        ("<!doctype html><html><body>x</body></html>", "not-a-feed"),
        ("<urlset><url/></urlset>", "not-a-feed"),
        ("<", "not-a-feed"),
        (BOMB + "]><rss><channel><item><title>&m;</title></item></channel></rss>", "xml-entities"),
        ('<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><x>&a;</x></rss>', "xml-entities"),
        (f"<!DOCTYPE r [{ATTRIBUTES}]><rss><channel>{'<item/>' * 20_000}</channel></rss>", "xml-attributes"),
        ("<!DOCTYPE r [<!><rss><channel/></rss>", "not-a-feed"),
        ("<rss>" + "<a/>" * 1_000_001 + "</rss>", "too-many-elements"),
        (gzip.compress(b"<rss>")[:-4], "not-gzip"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_word(body: str | bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_feed(a_page(body))
    assert refusal.value.code == code


def test_a_bomb_in_an_attribute_is_refused_or_stays_small() -> None:
    with pytest.raises(Unreadable):
        read_feed(a_page(BOMB + ']><rss a="&m;"><channel/></rss>'))


@pytest.mark.parametrize("link", ['<link href="c"/>', '<link href="http://s.example/c"/>'])
def test_a_base_that_would_stand_in_every_address_is_refused(link: str) -> None:
    feed = f'<feed xml:base="{"a/" * 50_000}">' + f"<entry>{link}</entry>" * 2000 + "</feed>"
    with pytest.raises(Unreadable) as refused:
        read_feed(a_page(feed))
    assert refused.value.code == "reading-too-large"


def test_a_feed_that_is_nested_without_end_is_read_as_far_as_it_may_be() -> None:
    media = '<media:group xmlns:media="http://search.yahoo.com/mrss/">' * 50_000
    feed = read_feed(a_page(f"<rss><channel><item><title>a</title>{media}"))
    assert [entry.get("title") for entry in feed.entries] == ["a"]
    assert [notice.code for notice in feed.notices] == ["broken-xml"]


# As a source.


def listing(body: str, **source: Any) -> ListingRead:
    given = {"kind": "feed", "start_urls": [URL], **source}
    return FeedReader(FeedSource.model_validate(given)).read_listing(a_page(body), PageRequest(URL))


def items(read: ListingRead) -> list[FoundItem]:
    return [entry for entry in read.items if isinstance(entry, FoundItem)]


def test_entries_are_items_with_their_page() -> None:
    read = listing(RSS)
    assert [item.url for item in items(read)] == ["https://s.example/p/1", "https://s.example/p/2"]
    assert [item.detail for item in items(read)] == [None, None]
    assert [(request.address, request.position) for request in read.following] == [(f"{URL}?page=2", 1)]
    assert read.open_ended
    assert listing(RSS, pages=False).following == ()


def test_a_feed_that_says_that_it_is_complete_is_believed() -> None:
    body = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0"><fh:complete/></feed>'
    assert not listing(body).open_ended


def test_the_detail_is_found_in_the_entry() -> None:
    detail = {"kind": "html", "value": "$.link", "fields": {"texte": {"expression": "p"}}}
    read = listing(RSS, detail=detail)
    assert [item.detail.address for item in items(read) if item.detail] == [item.url for item in items(read)]
    bad = "<rss><channel><item><link>mailto:x@s.example</link></item><item><title>a</title></item></channel></rss>"
    read = listing(bad, detail=detail)
    assert [(item.url, item.detail) for item in items(read)] == [(None, None), (None, None)]
    assert [entry.code for entry in read.items if isinstance(entry, Notice)] == [
        "link-not-a-page",
        "detail-not-a-page",
        "item-without-detail",
    ]
    reader = FeedReader(FeedSource.model_validate({"kind": "feed", "start_urls": [URL], "detail": detail}))
    page = a_page("<p>Bonjour</p>", "text/html", "https://s.example/p/1")
    assert reader.read_detail(page, PageRequest(page.address, PageKind.DETAIL)).values == {"texte": "Bonjour"}
    assert reader.field_names(PageKind.DETAIL) == ("texte",)
