"""Readings of pages as JSON text and back: what a visit keeps, so that nobody needs the page again. Pure.

The standard library's JSON keeps every number that partners publish (integers over 64 bits, 1 and 1.0 apart). It is the
quickest too where texts differ and have letters beyond ASCII: pydantic's takes twice as long, orjson somewhat longer.
"""

import json
from collections.abc import Sequence
from typing import Any

from moisson_scraper.compact_json import compact_json
from moisson_scraper.fetching.page_failure import EndOfListing, LimitMet, OffLimits, PageFailed, PageLost
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.request_row import request_from_row, request_row
from moisson_scraper.reading.source_reader import DetailRead, FoundItem, ListingRead, PageRequest

LONGEST = 2_000_000
"""Characters of one reading; a longer one is not kept, and its page is asked for again where it is needed."""
_LOSSES: dict[str, type[PageLost]] = {"failed": PageFailed, "end": EndOfListing, "off_limits": OffLimits}


def listing_text(read: ListingRead) -> str | None:
    """A listing whose items are a list; None for one that is too long to keep."""
    kept: dict[str, Any] = {
        "items": [_entry(entry) for entry in read.items],
        "following": [request_row(request) for request in read.following],
        "fingerprint": read.fingerprint.hex(),
        "notices": [_notice(notice) for notice in read.notices],
        "encoding": read.encoding,
    }
    if read.open_ended:
        kept["open_ended"] = True
    return _within_limits(kept)


def detail_text(read: DetailRead) -> str | None:
    """A detail; None for one that is too long to keep."""
    kept: dict[str, Any] = {"values": read.values}
    if read.notices:
        kept["notices"] = [_notice(notice) for notice in read.notices]
    if read.encoding:
        kept["encoding"] = read.encoding
    if read.detail is not None:
        kept["detail"] = request_row(read.detail)
    return _within_limits(kept)


def listing_from(text: str) -> ListingRead:
    """The listing again."""
    kept = json.loads(text)
    return ListingRead(
        items=[_entry_from(entry) for entry in kept["items"]],
        following=tuple(request_from_row(request) for request in kept["following"]),
        fingerprint=bytes.fromhex(kept["fingerprint"]),
        notices=tuple(Notice(*notice) for notice in kept["notices"]),
        encoding=kept["encoding"],
        open_ended=kept.get("open_ended", False),
    )


def detail_from(text: str) -> DetailRead:
    """The detail again."""
    kept = json.loads(text)
    detail = kept.get("detail")
    return DetailRead(
        values=kept["values"],
        notices=tuple(Notice(*notice) for notice in kept.get("notices", ())),
        encoding=kept.get("encoding", ""),
        detail=request_from_row(detail) if detail is not None else None,
    )


def lists_items(text: str | None) -> bool:
    """Whether a kept reading is that of a listing with items or notices of such."""
    return text is not None and text.startswith('{"items":[') and not text.startswith('{"items":[]')


def leads_on_no_more(before: str | None, now: str | None) -> bool:
    """Whether a page of a listing led on at the visit before, does not any more, and has as many items as then. The
    last page of a listing that has grown shorter is rarely a full one."""
    if before is None or now is None or not lists_items(before) or not lists_items(now):
        return False
    if '"following":[]' not in now:
        return False  # most pages: nothing is taken apart for them
    was, is_now = json.loads(before), json.loads(now)
    return bool(was["following"]) and not is_now["following"] and _items(is_now) >= _items(was)


def loss_text(loss: PageLost | Unreadable) -> str:
    """Why a page was not had."""
    match loss:
        case EndOfListing():
            kind = "end"
        case OffLimits():
            kind = "off_limits"
        case Unreadable():
            kind = "unreadable"
        case LimitMet():
            raise ValueError("a limit says nothing of the page")
        case _:
            kind = "failed"
    return compact_json([kind, loss.code, loss.message]).decode()


def loss_from(text: str) -> PageLost | Unreadable:
    """The same again."""
    kind, code, message = json.loads(text)
    return Unreadable(code, message) if kind == "unreadable" else _LOSSES[kind](code, message)


def requests_text(requests: Sequence[tuple[PageRequest, str]]) -> str:
    """Requests, each with the hash of the item that led there."""
    return compact_json([[request_row(request), origin] for request, origin in requests]).decode()


def requests_from(text: str) -> list[tuple[PageRequest, str]]:
    """The same again."""
    return [(request_from_row(kept), origin) for kept, origin in json.loads(text)]


def _within_limits(kept: dict[str, Any]) -> str | None:
    text = compact_json(kept).decode()
    return text if len(text) <= LONGEST else None


def _entry(entry: FoundItem | Notice) -> list[Any]:
    if isinstance(entry, FoundItem):
        detail = request_row(entry.detail) if entry.detail is not None else None
        return ["item", entry.values, entry.url, detail, entry.place]
    return ["dropped" if isinstance(entry, Dropped) else "notice", *_notice(entry)]


def _entry_from(kept: list[Any]) -> FoundItem | Notice:
    kind, *rest = kept
    if kind == "item":
        values, url, detail, place = rest
        return FoundItem(values, url, request_from_row(detail) if detail is not None else None, place)
    return Dropped(*rest) if kind == "dropped" else Notice(*rest)


def _items(kept: dict[str, Any]) -> int:
    return sum(entry[0] != "notice" for entry in kept["items"])


def _notice(notice: Notice) -> list[Any]:
    return [notice.code, notice.message, notice.sample, notice.count]
