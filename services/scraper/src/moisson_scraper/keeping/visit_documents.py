"""What is known of each page of a spider, and the pages that a worker has taken to visit."""

from typing import Any, Literal

from moisson_scraper.fingerprint import text_digest
from moisson_scraper.keeping.archive_index import ArchivedContent
from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.ports.documents import Collection


class PageVisit(Contract):
    """What a page gave when it was read last: enough to go on without it, or to ask whether it has changed.

    A run that goes on after a pause or a death takes its own visits for what they were.
    """

    key: str
    place: str
    """Spider and run number: visits of earlier runs are forgotten after a complete one."""
    run_id: str
    how: Literal["fetched", "unchanged", "spared"]
    """How the run that is named here came by the reading."""
    visited_at: Instant
    """When the site was asked last."""
    retries: Count = 0
    bytes: Count = 0
    etag: str | None = None
    last_modified: str | None = None
    modified: str = ""
    """What was said elsewhere of its last change."""
    body_hash: str = ""
    moved_to: str | None = None
    """Where redirects led to: the validators are that page's."""
    reader: str = ""
    """Of the configuration that read it; another one reads it anew."""
    origin: str = ""
    """Hash of the item that led here, as the listing had it."""
    reading: str | None = None
    """What was read, as JSON; None where there is nothing to go on with. In the store it is a document of its own: it
    stays as it is while runs go by that only note that it holds."""
    has_reading: bool = False
    """Whether that document is there."""
    emptied: bool = False
    """A page of a listing that had items at the visit before, and none at this one, or is not there."""
    cut_off: bool = False
    """A page of a listing that led on at the visit before, does not at this one, and is as full as it was."""
    failure: str | None = None
    """The loss, as JSON, where the page was not had this time; an earlier reading stays."""
    archived: ArchivedContent | None = None
    """Where the page stands in an archive."""


class PageReading(Contract):
    """What a page gave, as JSON, under the key of its visit."""

    key: str
    text: str


class PageLot(Contract):
    """Pages of a run that one worker visits, under a lease of its own; what they gave stands in their visits."""

    key: str
    run_id: str
    spider_id: Slug
    spider_version: int
    requests: str
    """JSON: a list of `[request, origin]`."""
    open: bool = True
    holder: str | None = None
    expires_at: Instant | None = None
    token: Count = 0
    """One more at each taking."""
    seconds: float
    """How long the run may still go on, from when the lot was made."""
    retries_left: Count
    """This lot's part of the run's."""
    closed: tuple[tuple[str, str, str], ...] = ()
    """Hosts that are not asked any more in this run, with the reason and its sentence: when the lot was made, and, once
    it is done, as its worker knows it."""


def visit_key(spider_id: str, identity: str) -> str:
    """The document key of a page; `identity` is its request's."""
    return f"{spider_id}/{text_digest(identity).hex()}"


NO_RUN = 10**15 - 1
"""A number that no run has: they all stand before it."""


def visit_place(spider_id: str, number: int) -> str:
    """Orders as text as the numbers of runs do."""
    return f"{spider_id}/{number:015d}"


VISITS = Collection("visits", PageVisit, key=lambda visit: visit.key, indexed=("place",))
READINGS = Collection("page_readings", PageReading, key=lambda reading: reading.key)
LOTS = Collection("page_lots", PageLot, key=lambda lot: lot.key, indexed=("run_id", "open"))

VISIT_COLLECTIONS: tuple[Collection[Any], ...] = (VISITS, READINGS, LOTS)
