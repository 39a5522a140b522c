"""What all kinds of source have in common: requests go out, pages come in, items come out.

A new kind of source is a new reader; the crawl itself stays as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from moisson_scraper.fingerprint import text_digest
from moisson_scraper.reading.notice import Notice
from moisson_shared.contracts.model import JsonObject

LARGE_PAGE = 300_000
"""Bytes from which a page is not read at once, so that the service answers meanwhile."""


class TakesLong(Exception):
    """Raised by a hurried reader whose selectors could take long on this page, as its tree shows."""


class PageKind(StrEnum):
    """What a page is for."""

    LISTING = "listing"
    DETAIL = "detail"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page to fetch. `position` counts the pages of one chain of a listing, from 0; for details it is their level."""

    address: str
    kind: PageKind = PageKind.LISTING
    position: int = 0
    numbered: bool = False
    """Whether we made the address by counting: a 404 then only says that there are no more pages."""
    accept: str = "*/*"
    """The Accept header."""
    method: str = "GET"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers, for the source's own origin only; `{secret:name}` stands for a secret of the spider."""
    modified: str = ""
    """What is said elsewhere of the page's last change (a sitemap's lastmod); empty where nothing is."""

    chained: bool = True
    """Whether it follows from the page before it, so that meeting it again is a circle."""
    context: str = ""
    """Where the answer is a piece of a page: the markup of that page in front of it, base address included."""
    capped: int = 0
    """How many items the first answer had, where that were fewer than were asked for, and may be all that an API gives
    at once; else 0."""

    @property
    def identity(self) -> str:
        """The same for requests that ask for the same page, to read the same of it; addresses have one spelling."""
        asked = self.address if not self.body else f"{self.address} {text_digest(self.body.decode()).hex()}"
        return asked if self.kind is PageKind.LISTING else f"{self.position} {asked}"


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What came back; `address` is the final one, after redirects."""

    address: str
    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case."""
    bytes: int = 0
    """What came over the wire."""
    retries: int = 0

    def header(self, name: str) -> str | None:
        """The first header of that name, in lower case."""
        return next((value for known, value in self.headers if known == name), None)


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One item of a listing: its values so far, its page for people, and its detail."""

    values: JsonObject
    url: str | None
    detail: PageRequest | None
    place: str
    """Where it stood, for samples: `https://… item 3`."""


@dataclass(frozen=True, slots=True)
class ListingRead:
    """What a listing page gave. `items` may be read only once, and notices come among them in order.

    `following` are the pages to fetch next. `fingerprint` is the same for pages with the same items; empty where the
    source has no paging.
    """

    items: Iterable[FoundItem | Notice]
    following: tuple[PageRequest, ...] = ()
    fingerprint: bytes = b""
    notices: tuple[Notice, ...] = ()
    encoding: str = ""
    open_ended: bool = False
    """Whether there are or may be items that it does not lead to, so that absence says nothing: older ones that have
    fallen off the end of a feed, pages whose address cannot be fetched."""


@dataclass(frozen=True, slots=True)
class DetailRead:
    """The values of a detail page, and the page behind it, if there is one."""

    values: JsonObject
    notices: tuple[Notice, ...] = ()
    encoding: str = ""
    detail: PageRequest | None = None


class SourceReader(Protocol):
    """One configured source, compiled once. Reading raises `Unreadable` for a page that gives nothing at all."""

    def first_pages(self) -> tuple[PageRequest, ...]:
        """Where the listing begins; each is the start of a chain."""
        ...

    def takes_long(self, page: FetchedPage) -> bool:
        """Whether reading this page may take much longer, or much more memory, than its bytes let expect.

        It is then read in a process that can be stopped; see `page_reading`.
        """
        ...

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The items of one listing page, and where it goes on."""
        ...

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """The values of one detail page."""
        ...

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """The configured fields; empty where the page itself names them."""
        ...
