"""What kind of source a page is by itself, and what other sources an HTML page hints at. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.file_format import said_format
from moisson_scraper.reading.json_document import begins_wrapped
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.reading.unpacking import is_packed
from moisson_scraper.suggesting.page_outline import Outline
from moisson_shared.contracts.spider_suggestion import SourceKind

_BEGINNING = 3000
_ARCHIVE = b"PK\x03\x04"
_FEED = re.compile(r"<(?:rss|feed)\b", re.IGNORECASE)
_RDF = re.compile(r"<(?:\w+:)?RDF\b[^>]*")
_RSS_IN_RDF = re.compile(r"""["']http://(?:purl\.org/rss/1\.0|(?:my|channel)\.netscape\.com/rdf/simple/0\.9)/["']""")
"""The vocabularies of RSS 1.0 and its forerunner; any other RDF is a file of records."""
_SITEMAP = re.compile(r"<(?:\w+:)?(?:urlset|sitemapindex)\b")
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|div|p|ul|table|main)\b", re.IGNORECASE)
_ADDRESSES = re.compile(r"\s*https?://\S+\s*(?:\n|$)")
_ALTERNATES: dict[str, SourceKind] = {
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/json": "json",
    "application/geo+json": "file",
    "text/csv": "file",
}
_FILES = re.compile(r"\.(?:csv|tsv|xlsx|ods|geojson|ndjson|json)$", re.IGNORECASE)
_DATA_ATTRIBUTES = frozenset(
    {"data-url", "data-source", "data-src", "data-geojson", "data-json", "data-api", "data-endpoint"}
)
_CALLED = re.compile(
    r"""["'`]((?:https?://[^"'`\s<>{}]{1,300})?/[^"'`\s<>{}]{0,200}(?:\.(?:geo)?json|/api/[^"'`\s<>{}]{1,200}))["'`]"""
)
_MOST_SCRIPT = 200_000


@dataclass(frozen=True, slots=True)
class Hint:
    """Another source that a page speaks of. `weight` says how likely it holds the page's list."""

    kind: SourceKind
    address: str
    why: str
    weight: float


def kind_of(page: FetchedPage) -> SourceKind:
    """The kind of source that the page's bytes make it, whatever its type says."""
    if page.body.startswith(_ARCHIVE):
        return "file"
    path = urlsplit(page.address).path
    if path == "/robots.txt" or (is_packed(page.body) and "sitemap" in path):
        return "sitemap"
    if is_packed(page.body):
        return "file"
    text = page.body[:_BEGINNING].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if text[:1] in {"{", "["}:
        return _json_kind(page)
    if begins_wrapped(text):
        return "json"
    if text.startswith("<"):
        return _markup_kind(text, page.content_type)
    if _ADDRESSES.match(text):
        return "sitemap"
    return "file" if text else "unknown"


def _json_kind(page: FetchedPage) -> SourceKind:
    """A collection of map features and lines of objects are files; the rest is an API."""
    if said_format(page.content_type, page.address) in {"geojson", "ndjson"}:
        return "file"
    beginning = page.body[:_BEGINNING]
    if re.search(rb'"type"\s*:\s*"FeatureCollection"', beginning):
        return "file"
    first, _, second = page.body.partition(b"\n")
    if second.strip()[:1] == b"{" and len(first) < 100_000:
        try:
            json.loads(first)
        except ValueError:
            return "json"
        return "file"
    return "json"


def _markup_kind(text: str, content_type: str) -> SourceKind:
    if _SITEMAP.search(text):
        return "sitemap"
    if not _HTML.search(text[:600]):
        if (rdf := _RDF.search(text)) is not None:
            return "feed" if _RSS_IN_RDF.search(rdf[0]) else "file"
        if _FEED.search(text):
            return "feed"
    if not _HTML.search(text) and (text.startswith("<?xml") or "xml" in content_type):
        return "file"
    return "html"


def hints_in(outline: Outline) -> list[Hint]:
    """The other sources that the page speaks of, the likeliest first, each address once."""
    here = page_address(outline.page.base)
    found: dict[str, Hint] = {}
    for hint in (*_alternates(outline), *_linked_files(outline), *_map_data(outline), *_called(outline)):
        if hint.address != here:
            found.setdefault(hint.address, hint)
    return sorted(found.values(), key=lambda hint: -hint.weight)[:10]


def _alternates(outline: Outline) -> Iterator[Hint]:
    for part in outline.by_tag.get("link", ())[:200]:
        element = part.element
        relations = (element.get("rel") or "").split()
        address = page_address(outline.page.absolute(element.get("href") or ""))
        if address is None:
            continue
        kind = _ALTERNATES.get((element.get("type") or "").lower())
        if "alternate" in relations and kind is not None and "oembed" not in address:
            if kind == "feed":
                weight = 0.15 if "comment" in address else 0.4
                yield Hint("feed", address, "The page names a feed of its news.", weight)
            else:
                yield Hint(kind, address, "The page names the same as data.", 0.5)
        elif "https://api.w.org/" in relations:
            posts = address.rstrip("/") + "/wp/v2/posts"
            yield Hint("json", posts, "The site is made with WordPress, whose API gives its posts.", 0.35)


def _linked_files(outline: Outline) -> Iterator[Hint]:
    for part in outline.by_tag.get("a", ())[:3000]:
        address = page_address(outline.page.absolute(part.element.get("href") or ""))
        if address is None:
            continue
        path = urlsplit(address).path
        if _FILES.search(path):
            kind: SourceKind = "json" if path.endswith(".json") else "file"
            yield Hint(kind, address, f"The page offers a file: {part.words()[:80] or path}.", 0.6)
        elif re.search(r"/api/|/wp-json/", path):
            yield Hint("json", address, "The page links to an API.", 0.55)


def _map_data(outline: Outline) -> Iterator[Hint]:
    for part in outline.parts:
        for name in _DATA_ATTRIBUTES.intersection(part.element.attrib):
            address = page_address(outline.page.absolute(part.element.get(name) or ""))
            if address is not None and re.search(r"json|/api/", urlsplit(address).path):
                kind: SourceKind = "file" if "geojson" in address else "json"
                yield Hint(
                    kind, address, f"A part of the page, perhaps a map, takes its data from there ({name}).", 0.5
                )


def _called(outline: Outline) -> Iterator[Hint]:
    """Addresses of data in scripts."""
    left = _MOST_SCRIPT
    for script in outline.page.root.iter("script"):
        text = (script.text or "")[: max(0, left)]
        left -= len(text)
        if (script.get("type") or "").endswith("json"):
            continue
        for match in list(_CALLED.finditer(text))[:10]:
            address = page_address(outline.page.absolute(match[1]))
            if address is not None and urlsplit(address).netloc == urlsplit(outline.page.base).netloc:
                kind: SourceKind = "file" if address.endswith("geojson") else "json"
                yield Hint(kind, address, "A script of the page asks for data there.", 0.5)
