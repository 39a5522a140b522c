"""Pages as they are kept: bytes and headers packed into one text, and the same page again. Pure.

Cookies that a site set are left out; secrets never stand in a request that is kept, only their names.
"""

import base64
import json
import zlib

from moisson_scraper.reading.reading_answers import NoticeSaid, RenderedAsked
from moisson_scraper.reading.rendered_listing import RenderedPage
from moisson_scraper.reading.request_row import request_from_row, request_row
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest

MOST_BYTES = 5_000_000
"""Of one page that is kept, unpacked."""
_NOT_KEPT = frozenset({"set-cookie", "set-cookie2"})


def kept_headers(page: FetchedPage) -> tuple[tuple[str, str], ...]:
    """The headers of an answer that may be kept, bounded."""
    kept = [(name[:200], value[:2000]) for name, value in page.headers if name not in _NOT_KEPT]
    return tuple(kept[:100])


def packed(page: FetchedPage, request: PageRequest) -> str | None:
    """The page with the request that it answers; None for one that is too large to keep."""
    before = page.before if isinstance(page, RenderedPage) else b""
    if len(page.body) + len(before) > MOST_BYTES:
        return None
    rendered = RenderedAsked.of(page).model_dump(mode="json") if isinstance(page, RenderedPage) else None
    head = {
        "request": request_row(request),
        "address": page.address,
        "status": page.status,
        "content_type": page.content_type,
        "headers": kept_headers(page),
        "rendered": rendered,
    }
    content = json.dumps(head, separators=(",", ":")).encode() + b"\n" + page.body
    return base64.b64encode(zlib.compress(content, 6)).decode("ascii")


def unpacked_page(text: str) -> tuple[FetchedPage, PageRequest]:
    """The page and its request again."""
    head_line, _, body = zlib.decompress(base64.b64decode(text)).partition(b"\n")
    head = json.loads(head_line)
    request = request_from_row(head["request"])
    headers = tuple((name, value) for name, value in head["headers"])
    plain = FetchedPage(head["address"], head["status"], head["content_type"], body, headers)
    if head["rendered"] is None:
        return plain, request
    said = RenderedAsked.model_validate(head["rendered"])
    rendered = RenderedPage(
        plain.address,
        plain.status,
        plain.content_type,
        plain.body,
        plain.headers,
        before=said.before.encode(),
        goes_on=said.goes_on,
        unread=said.unread,
        notices=tuple(NoticeSaid.notice(notice) for notice in said.notices),
    )
    return rendered, request
