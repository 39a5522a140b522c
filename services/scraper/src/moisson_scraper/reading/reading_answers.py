"""What goes between the service and a process that reads pages for it: JSON, parsed on both sides into these models.

A page may have taken the process over, so nothing it says is believed beyond its shape: the models bound it, addresses
are judged when they are fetched, and values are stored as any site's values are.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from enum import Enum
from typing import Annotated, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from moisson_scraper.reading.notice import Dropped, Notice
from moisson_scraper.reading.rendered_listing import RenderedPage
from moisson_scraper.reading.source_reader import (
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
)
from moisson_shared.contracts.model import Contract, JsonObject

T = TypeVar("T", bound=Contract)

FRAME_BYTES = 256 * 1024
"""From so many bytes on, the items that follow go into the next frame."""
_ITEMS_PER_FRAME = 500

_Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Says(bytes, Enum):
    """The first byte of a frame from the process: what the rest of it is."""

    READY = b"R"
    HEAD = b"H"
    ITEMS = b"I"
    END = b"E"
    DETAIL = b"D"
    PLACES = b"P"
    UNREADABLE = b"U"
    FAILED = b"F"


class PageSaid(Contract):
    """A page to fetch; see `PageRequest`."""

    address: Annotated[str, Field(max_length=10_000)]
    kind: PageKind
    position: Annotated[int, Field(ge=0)] = 0
    numbered: bool = False
    accept: Annotated[str, Field(max_length=1000)] = "*/*"
    method: Literal["GET", "POST"] = "GET"
    body: Annotated[str, Field(max_length=1_000_000)] = ""
    headers: Annotated[tuple[tuple[str, str], ...], Field(max_length=100)] = ()
    modified: Annotated[str, Field(max_length=1000)] = ""
    chained: bool = True
    context: Annotated[str, Field(max_length=20_000)] = ""
    capped: Annotated[int, Field(ge=0)] = 0

    @classmethod
    def of(cls, request: PageRequest) -> "PageSaid":
        """As it is sent."""
        return cls(**_page_told(request))

    def request(self) -> PageRequest:
        """As the crawl knows it."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return PageRequest(**{**given, "body": self.body.encode()})


class NoticeSaid(Contract):
    """A notice; `dropped` where it is an item that gives no record."""

    code: _Code
    message: Annotated[str, Field(max_length=2000)]
    sample: str = ""
    count: Annotated[int, Field(ge=1)] = 1
    dropped: bool = False

    def notice(self) -> Notice:
        """As the crawl knows it."""
        kind = Dropped if self.dropped else Notice
        return kind(self.code, self.message, self.sample, self.count)


class RenderedAsked(Contract):
    """What a browser says of its page; see `RenderedPage`."""

    before: str
    goes_on: bool
    unread: bool
    notices: tuple[NoticeSaid, ...]

    @classmethod
    def of(cls, page: RenderedPage) -> "RenderedAsked":
        """As it is sent."""
        notices = tuple(NoticeSaid(**_told(notice)) for notice in page.notices)
        before = page.before.decode("utf-8", "replace")
        return cls(before=before, goes_on=page.goes_on, unread=page.unread, notices=notices)


class WorkRequest(Contract):
    """One page to read; the source goes before it and the body after it, as frames of their own."""

    kind: PageKind
    address: str
    status: int
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()
    rendered: RenderedAsked | None = None
    seconds: float
    """Of processor time."""
    request: PageSaid
    places_of: tuple[str, ...] | None = None
    """Not to be read but to be looked through, for the places of these items' values, or of a detail's."""

    @classmethod
    def of(
        cls, page: FetchedPage, request: PageRequest, seconds: float, places_of: tuple[str, ...] | None = None
    ) -> "WorkRequest":
        """A page with the request it answers."""
        return cls(
            kind=request.kind,
            address=page.address,
            status=page.status,
            content_type=page.content_type,
            headers=page.headers,
            rendered=RenderedAsked.of(page) if isinstance(page, RenderedPage) else None,
            seconds=seconds,
            request=PageSaid.of(request),
            places_of=places_of,
        )

    def page(self, body: bytes) -> FetchedPage:
        """The page again."""
        if self.rendered is None:
            return FetchedPage(self.address, self.status, self.content_type, body, self.headers)
        return RenderedPage(
            self.address,
            self.status,
            self.content_type,
            body,
            self.headers,
            before=self.rendered.before.encode(),
            goes_on=self.rendered.goes_on,
            unread=self.rendered.unread,
            notices=tuple(said.notice() for said in self.rendered.notices),
        )


class ItemSaid(Contract):
    """An item of a listing."""

    values: JsonObject
    url: str | None
    detail: PageSaid | None
    place: str

    def item(self) -> FoundItem:
        """As the crawl knows it."""
        detail = self.detail.request() if self.detail is not None else None
        return FoundItem(self.values, self.url, detail, self.place)


class HeadSaid(Contract):
    """A listing without its items. `lazy`: they are read while they are asked for."""

    following: Annotated[tuple[PageSaid, ...], Field(max_length=100_000)]
    fingerprint: Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$", max_length=256)]
    notices: tuple[NoticeSaid, ...]
    encoding: Annotated[str, Field(max_length=100)]
    open_ended: bool
    lazy: bool

    def listing(self, items: Iterable[FoundItem | Notice]) -> ListingRead:
        """As the crawl knows it."""
        following = tuple(page.request() for page in self.following)
        notices = tuple(said.notice() for said in self.notices)
        fingerprint = bytes.fromhex(self.fingerprint)
        return ListingRead(items, following, fingerprint, notices, self.encoding, self.open_ended)


class DetailSaid(Contract):
    """A detail."""

    values: JsonObject
    notices: tuple[NoticeSaid, ...]
    encoding: Annotated[str, Field(max_length=100)]
    detail: PageSaid | None

    def read(self) -> DetailRead:
        """As the crawl knows it."""
        behind = self.detail.request() if self.detail is not None else None
        return DetailRead(self.values, tuple(said.notice() for said in self.notices), self.encoding, behind)


_ENTRIES: TypeAdapter[list[ItemSaid | NoticeSaid]] = TypeAdapter(
    list[Annotated[ItemSaid | NoticeSaid, Field(union_mode="left_to_right")]]
)


class Nonsense(Exception):
    """A frame that is not what its first byte says."""


def parsed_head(content: bytes) -> HeadSaid:
    """The head of a listing. Raises `Nonsense`."""
    return _parsed(HeadSaid, content)


def parsed_detail(content: bytes) -> DetailRead:
    """A detail. Raises `Nonsense`."""
    return _parsed(DetailSaid, content).read()


def parsed_notice(content: bytes) -> Notice:
    """Why a page is unreadable. Raises `Nonsense`."""
    return _parsed(NoticeSaid, content).notice()


def parsed_entries(content: bytes) -> list[FoundItem | Notice]:
    """Items and notices. Raises `Nonsense`."""
    try:
        said = _ENTRIES.validate_json(content)
    except ValidationError as error:
        raise Nonsense(str(error.error_count())) from error
    return [one.item() if isinstance(one, ItemSaid) else one.notice() for one in said]


def _parsed(kind: type[T], content: bytes) -> T:
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise Nonsense(kind.__name__) from error


def head_written(read: ListingRead) -> bytes:
    """The head of a listing, to be sent."""
    return _written(
        {
            "following": [_page_told(page) for page in read.following],
            "fingerprint": read.fingerprint.hex(),
            "notices": [_told(notice) for notice in read.notices],
            "encoding": read.encoding,
            "open_ended": read.open_ended,
            "lazy": not isinstance(read.items, list | tuple),
        }
    )


def detail_written(read: DetailRead) -> bytes:
    """A detail, to be sent."""
    notices = [_told(notice) for notice in read.notices]
    behind = _page_told(read.detail) if read.detail is not None else None
    return _written({"values": read.values, "notices": notices, "encoding": read.encoding, "detail": behind})


def notice_written(notice: Notice) -> bytes:
    """A notice, to be sent."""
    return _written(_told(notice))


def entries_written(entries: Iterable[FoundItem | Notice]) -> Iterator[bytes]:
    """Items and notices as frames of some size, each of them as soon as it is full."""
    parts: list[bytes] = []
    size = 0
    for entry in entries:
        parts.append(_written(_told(entry)))
        size += len(parts[-1])
        if size >= FRAME_BYTES or len(parts) >= _ITEMS_PER_FRAME:
            yield b"[" + b",".join(parts) + b"]"
            parts, size = [], 0
    if parts:
        yield b"[" + b",".join(parts) + b"]"


def _page_told(request: PageRequest) -> JsonObject:
    return {**asdict(request), "body": request.body.decode()}


def _told(entry: FoundItem | Notice) -> JsonObject:
    if isinstance(entry, FoundItem):
        detail = _page_told(entry.detail) if entry.detail is not None else None
        return {"values": entry.values, "url": entry.url, "detail": detail, "place": entry.place}
    return {
        "code": entry.code,
        "message": entry.message,
        "sample": entry.sample,
        "count": entry.count,
        "dropped": isinstance(entry, Dropped),
    }


def _written(value: JsonObject) -> bytes:
    # The standard library's writer: integers of any length stay what they are.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
