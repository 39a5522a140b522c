"""A source of each kind over one site, whose pages fail, are off limits or stand there twice, and whose items are odd.

Six items everywhere: two good ones, one whose page is gone, one that robots.txt closes, one that leads to the page of
the first again, and one without anything to make a key of. Where items have no pages, all but the last are good.
"""

import csv
import gzip
import io
import json
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook

from tests.scraper.sample_files import ods, ods_sheet
from tests.scraper.sample_site import Asked, Page, SampleSite, answer, html, json_answer, missing, moved

ITEMS = [
    {"ref": "1", "ville": "Nantes", "page": "/p/1"},
    {"ref": "2", "ville": "", "page": "/p/2"},
    {"ref": "3", "ville": "Brest", "page": "/p/gone"},
    {"ref": "4", "ville": "", "page": "/closed/4"},
    {"ref": "5", "ville": "Lille", "page": "/p/1"},
    {"ref": "", "ville": "Metz", "page": "/p/6"},
]
HALVES = [ITEMS[:3], ITEMS[3:]]
HTML_FIELDS = {"ref": {"expression": "b"}, "ville": {"expression": "i"}}
JSON_FIELDS = {"ref": "$.ref", "ville": "$.ville"}
HTML_DETAIL = {"fields": {"titre": {"expression": "h1"}}}
BY_LINK = {"kind": "html", "link": {"expression": "a", "take": "link"}, **HTML_DETAIL}
BY_VALUE = {"kind": "html", "value": "$.page", **HTML_DETAIL}

WITH_PAGES = {"fetched": 3, "off_limits": 1, "duplicate": 1, "failed": 1}
"""What becomes of the pages behind the items, those of the listing left out."""
ITEMS_WITH_PAGES = {"new": 3, "dropped": 3}
FIELDS_WITH_PAGES = {"ref": (3, 0), "ville": (2, 1), "titre": (2, 1)}
ITEMS_ALONE = {"new": 5, "dropped": 1}
FIELDS_ALONE = {"ref": (5, 0), "ville": (3, 2)}


@dataclass(frozen=True)
class Losses:
    """A source, the pages it reads besides those of the items, and what must come of it; absent fates are 0."""

    source: dict[str, Any]
    pages: dict[str, Page]
    fates: dict[str, int]
    items: dict[str, int] = field(default_factory=lambda: ITEMS_WITH_PAGES)
    fields: dict[str, tuple[int, int]] = field(default_factory=lambda: FIELDS_WITH_PAGES)
    """Filled and empty, over what was not dropped."""
    state: str = "done"
    spider: dict[str, Any] = field(default_factory=dict)
    uploaded: bytes | None = None


def item_pages() -> dict[str, Page]:
    """Pages behind the items. The second has a heading without text."""
    return {
        "/robots.txt": answer("User-agent: *\nDisallow: /closed/", content_type="text/plain"),
        "/p/1": html('<h1>Un</h1><a class="next" href="/q/1">plus</a>'),
        "/p/2": html("<h1> </h1>"),
        "/p/6": html("<h1>Six</h1>"),
        "/closed/4": html("<h1>Quatre</h1>"),
    }


def cases(site: SampleSite) -> dict[str, Losses]:
    """By name. The addresses are of the site."""
    return {**_html(site.url), **_json(site.url), **_files(site.url), **_pages_and_feeds(site.url), **_nested(site.url)}


def cards(items: list[dict[str, str]]) -> str:
    return "".join(f'<li><b>{i["ref"]}</b><i>{i["ville"]}</i><a href="{i["page"]}">voir</a></li>' for i in items)


def plus(listing: dict[str, int]) -> dict[str, int]:
    """The fates of the item pages with those of the listing."""
    return {fate: WITH_PAGES.get(fate, 0) + listing.get(fate, 0) for fate in {*WITH_PAGES, *listing}}


def _html(url: str) -> dict[str, Losses]:
    first, second = map(cards, HALVES)

    def listing(paging: dict[str, Any], more: str, pages: dict[str, Page], fates: dict[str, int]) -> Losses:
        # The first start page is gone, the second leads to one that is closed.
        starts = [f"{url}{path}" for path in ("/l-gone", "/l-closed", "/l")]
        source = {"kind": "html", "start_urls": starts, "item": {"expression": "li"}, "fields": HTML_FIELDS}
        given = {"/l": html(f"<ul>{first}</ul>{more}"), "/l-closed": moved("/closed/l"), **pages}
        fates = {"fetched": 2, "failed": 1, "off_limits": 1} | fates
        return Losses({**source, "paging": paging, "detail": BY_LINK}, given, plus(fates))

    button = '<button data-url="/more">plus</button>'
    numbers = '<nav><a href="/l">1</a><a href="/l-2">2</a><a href="/l-3">3</a></nav>'
    return {
        "html-next-link": listing(
            {"kind": "next_link", "selector": {"expression": "a[rel=next]"}},
            '<a rel="next" href="/l?2">suite</a>',
            {"/l?2": html(second)},
            {},
        ),
        "html-page-number": listing(
            {"kind": "page_number", "address": f"{url}/n/{{page}}", "last": 3},
            "",
            {"/n/2": html(second)},
            # The third page is asked for, and is not there: the listing ends.
            {"fetched": 3},
        ),
        "html-page-list": listing(
            {"kind": "page_list", "selector": {"expression": "nav a"}},
            numbers,
            {"/l-2": html(second + numbers)},
            # The third page is gone; the second names the two others again.
            {"failed": 2, "duplicate": 2},
        ),
        "html-load-more": listing(
            {"kind": "load_more", "selector": {"expression": "button"}, "attribute": "data-url"},
            button,
            {"/more": html(second)},
            {},
        ),
        "html-limited": Losses(
            {
                "kind": "html",
                "start_urls": [f"{url}/l"],
                "item": {"expression": "li"},
                "fields": HTML_FIELDS | {"absent": {"expression": "u"}},
                "paging": {"kind": "next_link", "selector": {"expression": "a[rel=next]"}},
            },
            {"/l": html(f'{first}<a rel="next" href="/l?2">suite</a>'), "/l?2": html(second)},
            {"fetched": 1, "over_limit": 1},
            items={"new": 3},
            fields={"ref": (3, 0), "ville": (2, 1), "absent": (0, 3)},
            spider={"limits": {"pages": 1}},
        ),
    }


def _json(url: str) -> dict[str, Losses]:
    first, second = HALVES

    def api(paging: dict[str, Any], pages: dict[str, Page], *, fetched: int = 2, **source: Any) -> Losses:
        given = {"kind": "json", "url": f"{url}/api", "fields": JSON_FIELDS, "detail": BY_VALUE, "paging": paging}
        return Losses(given | source, pages, plus({"fetched": fetched}))

    def posted(asked: Asked) -> bytes:
        offset = json.loads(asked.body)["offset"]
        return json_answer(ITEMS[offset : offset + 3])

    wrapped: dict[str, Any] = {"items": "$.items[*]"}
    return {
        "json-page": api(
            {"kind": "page"},
            {"/api?page=1": json_answer(first), "/api?page=2": json_answer(second), "/api?page=3": json_answer([])},
            fetched=3,
        ),
        "json-offset": api(
            {"kind": "offset", "size": 3, "place": "body"},
            {"/api": posted},
            fetched=3,
            method="POST",
        ),
        "json-cursor": api(
            {"kind": "cursor", "path": "$.next"},
            {
                "/api": json_answer({"items": first, "next": "b"}),
                "/api?cursor=b": json_answer({"items": second, "next": None}),
            },
            **wrapped,
        ),
        "json-link-header": api(
            {"kind": "link_header"},
            {"/api": _linked(first, '</api?2>; rel="next"'), "/api?2": json_answer(second)},
        ),
        "json-next-address": api(
            {"kind": "next_address", "path": "$.next"},
            {
                "/api": json_answer({"items": first, "next": "/api?2"}),
                "/api?2": json_answer({"items": second, "next": ""}),
            },
            **wrapped,
        ),
    }


def _linked(items: list[dict[str, str]], link: str) -> bytes:
    return answer(json.dumps(items), content_type="application/json", Link=link)


def _files(url: str) -> dict[str, Losses]:
    rows = [["ref", "ville"], *([item["ref"], item["ville"]] for item in ITEMS)]
    plain = [{"ref": item["ref"], "ville": item["ville"]} for item in ITEMS]
    book = Workbook()
    sheet = book.create_sheet("Projets", 0)
    for row in rows:
        sheet.append([cell or None for cell in row])
    xlsx = io.BytesIO()
    book.save(xlsx)
    features = [{"type": "Feature", "properties": item, "geometry": None} for item in plain]
    elements = "".join(f"<p><ref>{i['ref']}</ref><ville>{i['ville']}</ville></p>" for i in plain)
    bodies = {
        "csv": _csv(rows, ","),
        "tsv": _csv(rows, "\t"),
        "xlsx": xlsx.getvalue(),
        "ods": ods(ods_sheet([cell or None for cell in row] for row in rows)),
        "json": json.dumps(plain).encode(),
        "ndjson": "\n".join(json.dumps(item) for item in plain).encode(),
        "geojson": json.dumps({"type": "FeatureCollection", "features": features}).encode(),
        "xml": f"<l>{elements}</l>".encode(),
    }
    found = {
        f"file-{kind}": Losses(
            {"kind": "file", "url": f"{url}/f.{kind}", "format": kind},
            {f"/f.{kind}": answer(body, content_type="application/octet-stream")},
            {"fetched": 1},
            ITEMS_ALONE,
            FIELDS_ALONE,
        )
        for kind, body in bodies.items()
    }
    gone = Losses({"kind": "file", "url": f"{url}/gone.csv"}, {}, {"failed": 1}, {}, {}, state="failed")
    closed = Losses({"kind": "file", "url": f"{url}/closed/f.csv"}, {}, {"off_limits": 1}, {}, {}, state="failed")
    uploaded = Losses({"kind": "file"}, {}, {"fetched": 1}, ITEMS_ALONE, FIELDS_ALONE, uploaded=bodies["csv"])
    lines = bodies["ndjson"] + b"\nnot json\n[1]\n"
    broken = Losses(
        {"kind": "file", "url": f"{url}/b.ndjson", "format": "ndjson"},
        {"/b.ndjson": answer(lines, content_type="application/x-ndjson")},
        {"fetched": 1},
        {"new": 5, "dropped": 3},
        FIELDS_ALONE,
    )
    return found | {"file-gone": gone, "file-closed": closed, "file-with-bad-lines": broken, "upload": uploaded}


def _csv(rows: list[list[str]], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def _pages_and_feeds(url: str) -> dict[str, Losses]:
    locations = "".join(f"<url><loc>{url}{item['page']}</loc></url>" for item in ITEMS)
    urlset = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</urlset>'
    index = f"<sitemapindex><sitemap><loc>{url}/s.xml.gz</loc></sitemap><sitemap><loc>{url}/none.xml</loc></sitemap>"
    entries = "".join(f"<item><guid>{i['ref']}</guid><link>{url}{i['page']}</link></item>" for i in ITEMS)
    return {
        "sitemap": Losses(
            {"kind": "sitemap", "start_urls": [f"{url}/s.xml"], "fields": HTML_DETAIL["fields"]},
            {
                "/s.xml": answer(f"{index}</sitemapindex>", content_type="application/xml"),
                "/s.xml.gz": answer(gzip.compress(urlset.encode()), content_type="application/gzip"),
            },
            # A page that is named twice is told besides, and is one page; one without a heading has no key.
            {"fetched": 5, "failed": 2, "off_limits": 1},
            {"new": 2, "dropped": 3},
            {"titre": (2, 0)},
            spider={"identity": {"kind": "fields", "fields": ["titre"]}},
        ),
        "feed": Losses(
            {
                "kind": "feed",
                "start_urls": [f"{url}/feed", f"{url}/feed-gone"],
                "detail": BY_VALUE | {"value": "$.link"},
            },
            {"/feed": answer(f"<rss><channel>{entries}</channel></rss>", content_type="application/rss+xml")},
            plus({"fetched": 1, "failed": 1}),
            fields={"id": (3, 0), "link": (3, 0), "titre": (2, 1)},
            spider={"identity": {"kind": "fields", "fields": ["id"]}},
        ),
    }


def _nested(url: str) -> dict[str, Losses]:
    behind = {
        "kind": "html",
        "link": {"expression": "a.next", "take": "link"},
        "fields": {"plus": {"expression": "h2"}},
    }
    deepest = {
        "kind": "json",
        "link": {"expression": "b"},
        "address": f"{url}/api/{{value}}",
        "fields": {"fin": "$.fin"},
    }
    source = {
        "kind": "html",
        "start_urls": [f"{url}/l"],
        "item": {"expression": "li"},
        "fields": HTML_FIELDS,
        "detail": BY_LINK | {"detail": behind | {"detail": deepest}},
    }
    pages: dict[str, Page] = {
        "/l": html(cards(ITEMS)),
        # The first item has all three levels; the second loses the last one, the sixth has no second.
        "/p/2": html('<h1>Deux</h1><a class="next" href="/q/2">plus</a>'),
        "/q/1": html("<h2>Encore</h2><b>1</b>"),
        "/q/2": html("<h2>Encore</h2><b>2</b>"),
        "/api/1": json_answer({"fin": "oui"}),
        "/api/2": missing(),
    }
    fields = {"ref": (2, 0), "ville": (2, 0), "titre": (2, 0), "plus": (2, 0), "fin": (2, 0)}
    fates = plus({"fetched": 4, "failed": 1})
    return {"nested": Losses(source, pages, fates, {"new": 2, "dropped": 4}, fields)}
