"""Which page of which run stands where in its archive.

A run that was told "unchanged" points at an earlier run's copy.
"""

from moisson_scraper.fingerprint import text_digest
from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.ports.documents import Collection


class ArchivedContent(Contract):
    """A record with a page's content: what is needed to read it, and to refer to it from a revisit record."""

    run_id: str
    """The run in whose files it stands."""
    file: str
    """Under the archive's folder: `<spider>/<run>/<process>-00001.warc.gz`."""
    offset: Count
    length: Count
    """Of its gzip member."""
    address: str
    """The WARC-Target-URI: the page's final address."""
    fetched_at: Instant
    digest: str
    """The WARC-Payload-Digest."""


class ArchivedPage(Contract):
    """A page of one run. `content` may stand in the files of an earlier one; without any, `loss` says why."""

    spider_id: Slug
    run_id: str
    identity: str
    """Digest of the request's identity."""
    page: str
    """Spider and digest of the address that was asked for."""
    number: Count
    """Of the run: orders the runs of a spider."""
    content: ArchivedContent | None = None
    loss: str | None = None
    """Why the page was not asked for (robots.txt), as JSON."""
    borrowed_from: str | None = None
    """The earlier run in whose files the content stands."""


def archived_page_key(run_id: str, identity: str) -> str:
    """The document key; `identity` is a digest."""
    return f"{run_id}/{identity}"


def identity_digest(identity: str) -> str:
    """Of a request's identity, which may be long."""
    return text_digest(identity).hex()


def page_place(spider_id: str, address: str) -> str:
    """What all copies of one page have in common."""
    return f"{spider_id}/{text_digest(address).hex()}"


ARCHIVED_PAGES = Collection(
    "archived_pages",
    ArchivedPage,
    key=lambda page: archived_page_key(page.run_id, page.identity),
    indexed=("spider_id", "run_id", "borrowed_from", "page", "number"),
)
