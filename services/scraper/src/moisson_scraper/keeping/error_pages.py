"""Of each class of errors in a run, the first page that met it: what stood there, so that nobody has to guess."""

import base64
import zlib
from collections.abc import Callable
from datetime import datetime

from moisson_scraper.reading.source_reader import FetchedPage
from moisson_shared.contracts.errors import AlreadyExists
from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.ports.documents import Collection, DocumentStore, Insert

MOST_BYTES = 200_000
"""Of a page that is kept."""
MOST_CODES = 100
"""Classes of errors in one run of which a process keeps a page."""
_MOST_HEADERS = 50
_LONGEST_HEADER = 1000
_SECRETS = frozenset({"set-cookie", "set-cookie2", "authorization", "proxy-authorization"})


class ErrorPage(Contract):
    """The first page of a class of errors. Without a status there was no answer."""

    run_id: str
    spider_id: Slug
    code: str
    message: str
    address: str
    """As it was asked for."""
    at: Instant
    answered_from: str | None = None
    """The final address."""
    status: int | None = None
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """As they came, without cookies."""
    size: Count = 0
    """Of the whole page."""
    cut: bool = False
    """Only its beginning is kept."""
    body: str = ""
    """zlib (RFC 1950) in base64."""

    def content(self) -> bytes:
        """What is kept of the page."""
        return zlib.decompress(base64.b64decode(self.body)) if self.body else b""


def error_page_key(run_id: str, code: str) -> str:
    """The document key."""
    return f"{run_id}/{code}"


RUN_ERRORS = Collection(
    "run_errors",
    ErrorPage,
    key=lambda page: error_page_key(page.run_id, page.code),
    indexed=("run_id", "spider_id", "at"),
)


class ErrorPages:
    """Takes the pages that a process meets in a run; the first one of all processes stays."""

    def __init__(self, store: DocumentStore, spider_id: str, run_id: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._spider_id = spider_id
        self._run_id = run_id
        self._now = now
        self._known: set[str] = set()

    async def add(self, code: str, message: str, address: str, page: FetchedPage | None) -> None:
        """Keeps the page if it is the first of its class. Raises `Unavailable`."""
        if code in self._known or len(self._known) >= MOST_CODES:
            return
        self._known.add(code)
        kept = ErrorPage(
            run_id=self._run_id,
            spider_id=self._spider_id,
            code=code,
            message=message,
            address=address,
            at=self._now(),
            **_seen(page),
        )
        try:
            await self._store.apply([Insert(RUN_ERRORS, kept)])
        except AlreadyExists:
            return
        except BaseException:
            self._known.discard(code)
            raise


def _seen(page: FetchedPage | None) -> dict[str, object]:
    if page is None:
        return {}
    headers = [(name, value[:_LONGEST_HEADER]) for name, value in page.headers if name not in _SECRETS]
    return {
        "answered_from": page.address,
        "status": page.status,
        "content_type": page.content_type[:_LONGEST_HEADER],
        "headers": tuple(headers[:_MOST_HEADERS]),
        "size": len(page.body),
        "cut": len(page.body) > MOST_BYTES,
        "body": base64.b64encode(zlib.compress(page.body[:MOST_BYTES])).decode("ascii"),
    }
