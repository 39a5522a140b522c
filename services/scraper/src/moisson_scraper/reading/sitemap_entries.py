"""What a sitemap says (sitemaps.org, protocol 0.9): pages, or further sitemaps; as XML or as lines. Pure."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from moisson_scraper.reading.decoding import decode_xml
from moisson_scraper.reading.markup_mending import mended_xml
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.reading.unpacking import unpacked
from moisson_scraper.reading.xml_events import Event, Kind, xml_events

MOST_BYTES = 52_428_800
"""Of one sitemap, unpacked, as the protocol says."""
MOST_ENTRIES = 50_000
"""In one sitemap, as the protocol says."""
_SAID = frozenset({"loc", "lastmod", "changefreq", "priority"})


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One page or one sitemap: what is said of it, by the names of the protocol, blanks at the ends left out."""

    said: dict[str, str]

    @property
    def address(self) -> str:
        return self.said.get("loc", "")

    @property
    def modified(self) -> str:
        return self.said.get("lastmod", "")


@dataclass(slots=True)
class Sitemap:
    """A sitemap as it was read."""

    encoding: str
    pages: list[SitemapEntry] = field(default_factory=list)
    sitemaps: list[SitemapEntry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    left_out: int = 0
    """Entries beyond the most that one may have."""


def read_sitemap(page: FetchedPage, *, robots: bool) -> Sitemap:
    """The entries; `robots` for a robots.txt (RFC 9309), of which only the sitemaps matter. Raises `Unreadable`."""
    body = unpacked(page.body, MOST_BYTES)
    if len(body) > MOST_BYTES:
        raise Unreadable("sitemap-too-large", f"A sitemap has at most {MOST_BYTES:,} bytes (sitemaps.org).")
    if not body.strip():
        raise Unreadable("empty-body", "The sitemap is empty.")
    decoded = decode_xml(body, page.content_type, page.address)
    found = Sitemap(decoded.encoding, notices=list(decoded.notices))
    text = decoded.text.lstrip()
    if robots:
        _take(found.sitemaps, _of_robots(text), found)
        if not found.sitemaps:
            raise Unreadable("no-sitemaps", "The robots.txt names no sitemap.")
    elif text.startswith("<"):
        _read_xml(text, page.address, found)
    else:
        _take(found.pages, _of_lines(text), found)
        if not any(entry.address.startswith(("http://", "https://")) for entry in found.pages[:100]):
            raise Unreadable("not-a-sitemap", "The page is no sitemap: neither XML nor a list of addresses.")
    return found


def _take(place: list[SitemapEntry], entries: Iterator[SitemapEntry], found: Sitemap) -> None:
    for entry in entries:
        if len(place) < MOST_ENTRIES:
            place.append(entry)
        else:
            found.left_out += 1


def _of_robots(text: str) -> Iterator[SitemapEntry]:
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() == "sitemap":
            address = value.partition(" #")[0].strip()
            if address:
                yield SitemapEntry({"loc": address})


def _of_lines(text: str) -> Iterator[SitemapEntry]:
    for line in io.StringIO(text):
        if address := line.strip():
            yield SitemapEntry({"loc": address})


def _read_xml(text: str, address: str, found: Sitemap) -> None:
    mended, told = mended_xml(text, address)
    found.notices.extend(told)
    events = xml_events(io.BytesIO(mended.encode("utf-8")).read, "not-a-sitemap")
    root = next(events, None)
    prefix, _, name = root.name.rpartition(":") if root is not None else ("", "", "")
    if name == "urlset":
        _take(found.pages, _entries(events, _named(prefix, "url"), prefix), found)
    elif name == "sitemapindex":
        _take(found.sitemaps, _entries(events, _named(prefix, "sitemap"), prefix), found)
    else:
        raise Unreadable("not-a-sitemap", f"The page is no sitemap: its root is {name[:40]!r}.")


def _named(prefix: str, name: str) -> str:
    return f"{prefix}:{name}" if prefix else name


def _entries(events: Iterator[Event], wanted: str, prefix: str) -> Iterator[SitemapEntry]:
    """The entries right below the root. What other vocabularies add to them (images, languages) is left aside."""
    said_names = {_named(prefix, name): name for name in _SAID}
    depth = 1
    said: dict[str, list[str]] | None = None
    inside: list[str] | None = None
    for event in events:
        if event.kind is Kind.START:
            depth += 1
            if depth == 2:
                said = {} if event.name == wanted else None
            elif depth == 3 and said is not None and event.name in said_names:
                inside = said.setdefault(said_names[event.name], [])
        elif event.kind is Kind.TEXT:
            if inside is not None and depth == 3:
                inside.append(event.name)
        else:
            depth -= 1
            inside = None if depth < 3 else inside
            if depth == 1 and said is not None:
                texts = {name: "".join(parts).strip() for name, parts in said.items()}
                yield SitemapEntry({name: text for name, text in texts.items() if text})
                said = None
