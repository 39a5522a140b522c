"""Sitemaps as a source: they are the listing, each page they name is an item, and what is taken of it is in the page.

A sitemap may name pages of its own host only (sitemaps.org, "Sitemap file location"), for else anybody's site could
send us to anybody's. Pages of the hosts of the start addresses are taken too: a site may keep its sitemaps elsewhere.
`www.` and ports make no other host. What is named besides is counted and left.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import re2

from moisson_scraper.reading.accept_headers import HTML_ACCEPT
from moisson_scraper.reading.addresses import join_address, page_address, readable, stated_address
from moisson_scraper.reading.detail_levels import DetailLevels
from moisson_scraper.reading.next_pages import cannot_be_asked_for
from moisson_scraper.reading.notice import Dropped, Notice
from moisson_scraper.reading.sitemap_entries import MOST_ENTRIES, SitemapEntry, read_sitemap
from moisson_scraper.reading.source_reader import (
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
)
from moisson_scraper.reading.unpacking import is_packed
from moisson_shared.contracts.detail import HtmlDetail
from moisson_shared.contracts.selecting import HtmlField
from moisson_shared.contracts.sources import SitemapSource

SITEMAP_ACCEPT = "application/xml,text/xml,text/plain;q=0.9,*/*;q=0.1"
DEEPEST_INDEX = 5
"""Sitemaps that name sitemaps, one below the other."""

_LEFT = {
    "not-an-address": "Entries without an address that a page can be fetched from were left out.",
    "other-host": "Pages of other hosts than the sitemap's own and those of the start addresses were left out.",
    "not-included": "Pages whose address passes none of the patterns to include were left out.",
    "excluded": "Pages whose address passes a pattern to exclude were left out.",
    "next-address": "Sitemaps whose address cannot be fetched were not asked for; the run is not complete.",
    "listed-twice": "Pages that a sitemap names again were taken once.",
}


class SitemapReader:
    """`SourceReader` of sitemaps. Raises what the compiling of selectors, paths and patterns raises."""

    def __init__(self, source: SitemapSource) -> None:
        self._source = source
        self._include = [re2.compile(pattern) for pattern in source.include]
        self._exclude = [re2.compile(pattern) for pattern in source.exclude]
        self._hosts = frozenset(_host(address) for address in source.start_urls)
        self._pages = DetailLevels(_page_as_detail(source))

    def first_pages(self) -> tuple[PageRequest, ...]:
        """The sitemaps that are stated."""
        return tuple(PageRequest(stated_address(address), accept=SITEMAP_ACCEPT) for address in self._source.start_urls)

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """What the sitemap says, and the fields of its pages and of those behind them."""
        return tuple(self._source.keep) if kind is PageKind.LISTING else self._pages.field_names

    def takes_long(self, page: FetchedPage) -> bool:
        """Packed sitemaps, and pages whose selectors are not plain."""
        return is_packed(page.body) or not self._pages.linear

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The pages of one sitemap, or the sitemaps of an index."""
        robots = urlsplit(request.address).path == "/robots.txt"
        sitemap = read_sitemap(page, robots=robots)
        left = _Left()
        hosts = self._hosts | {_host(page.address)}
        entries: list[FoundItem | Notice] = list(self._items(sitemap.pages, page, hosts, left))
        if sitemap.left_out:
            message = f"A sitemap has at most {MOST_ENTRIES:,} entries (sitemaps.org); those after that were left out."
            entries.append(Dropped("sitemap-too-long", message, page.address, sitemap.left_out))
        # The robots.txt of a site may name sitemaps that are kept elsewhere; a sitemap may not.
        following = tuple(self._following(sitemap.sitemaps, request, page, None if robots else hosts, left))
        if request.position >= DEEPEST_INDEX and following:
            message = f"Sitemaps are named by one another more than {DEEPEST_INDEX} deep; the deeper ones were left."
            entries.append(Dropped("sitemaps-too-deep", message, page.address, len(following)))
            following = ()
        told = (*sitemap.notices, *left.notices())
        return ListingRead(entries, following, b"", told, sitemap.encoding, open_ended="next-address" in left)

    def _items(
        self, entries: list[SitemapEntry], page: FetchedPage, hosts: frozenset[str], left: "_Left"
    ) -> Iterator[FoundItem]:
        seen: set[str] = set()
        for number, entry in enumerate(entries, 1):
            address = page_address(entry.address)
            reason = self._why_not(address, hosts)
            if reason is None and address in seen:
                reason = "listed-twice"
            if reason is not None or address is None:
                left.add(reason or "not-an-address", entry.address)
                continue
            seen.add(address)
            values = {name: entry.said[said] for name, said in self._source.keep.items() if said in entry.said}
            detail = PageRequest(address, PageKind.DETAIL, accept=HTML_ACCEPT, modified=entry.modified)
            yield FoundItem(values, address, detail, f"{page.address} item {number}")

    def _why_not(self, address: str | None, hosts: frozenset[str]) -> str | None:
        if address is None:
            return "not-an-address"
        if _host(address) not in hosts:
            return "other-host"
        if self._include and not _is_found(self._include, address):
            return "not-included"
        if _is_found(self._exclude, address):
            return "excluded"
        return None

    def _following(
        self,
        entries: list[SitemapEntry],
        request: PageRequest,
        page: FetchedPage,
        hosts: frozenset[str] | None,
        left: "_Left",
    ) -> Iterator[PageRequest]:
        for entry in entries:
            written = join_address(page.address, entry.address)
            address = page_address(written)
            if cannot_be_asked_for(written):
                left.add("next-address", entry.address)
            elif address is None:
                left.add("not-an-address", entry.address)
            elif hosts is not None and _host(address) not in hosts:
                left.add("other-host", entry.address)
            else:
                yield PageRequest(
                    address,
                    position=request.position + 1,
                    accept=SITEMAP_ACCEPT,
                    modified=entry.modified,
                    chained=False,
                )

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """A page of the sitemap, or one behind it."""
        return self._pages.read(page, request)


class _Left:
    """What was left out, by reason."""

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()
        self._samples: dict[str, str] = {}

    def add(self, code: str, address: str) -> None:
        self._counted[code] += 1
        self._samples.setdefault(code, readable(address))

    def __contains__(self, code: str) -> bool:
        return code in self._counted

    def notices(self) -> list[Notice]:
        return [Notice(code, _LEFT[code], self._samples[code], count) for code, count in self._counted.items()]


def _is_found(patterns: Sequence[Any], address: str) -> bool:
    """Whether one of the patterns is found in the address, be it as it is sent or as people read and write it
    (`/actualités/`)."""
    spellings = (address, unquote(address, errors="replace")) if "%" in address else (address,)
    return any(pattern.search(spelling) for pattern in patterns for spelling in spellings)


def _host(address: str) -> str:
    return (urlsplit(page_address(address) or "").hostname or "").removeprefix("www.")


def _page_as_detail(source: SitemapSource) -> HtmlDetail:
    """The pages as the first level of details. They are found by the sitemap: the link stands for nothing."""
    link = HtmlField(expression="a")
    return HtmlDetail(link=link, fields=source.fields, detail=source.detail, encoding=source.encoding)
