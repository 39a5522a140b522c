"""The scraper's collections. It is their only writer."""

from typing import Any

from moisson_scraper.fingerprint import text_digest
from moisson_scraper.keeping.archive_index import ARCHIVED_PAGES
from moisson_scraper.keeping.error_pages import RUN_ERRORS
from moisson_scraper.keeping.page_documents import PAGE_COLLECTIONS
from moisson_scraper.keeping.run_log import RUN_LOG
from moisson_scraper.keeping.tenancy import TENANCY
from moisson_scraper.keeping.upload_documents import UPLOAD_COLLECTIONS
from moisson_scraper.keeping.visit_documents import VISIT_COLLECTIONS
from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.raw_record import RawRecord
from moisson_shared.contracts.run import CrawlRun, RunState, pace_of
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Collection


class SpiderFeed(Contract):
    """The one document that every write to a spider's records passes: lease, fencing token and counter.

    It outlives its spider, so that readers of the feed hear of the deletion.
    """

    spider_id: Slug
    partner: Slug
    epoch: str
    """Changes when numbers may have been given twice (after a restore); cursors of another one are refused."""
    last_seq: Count = 0
    token: Count = 0
    """One more at each taking of the lease: a holder that finds another one has lost it."""
    holder: str | None = None
    expires_at: Instant | None = None
    confirmed_at: Instant | None = None
    """When the last complete run ended: every record that is not deleted was seen then."""
    confirmed_run: str | None = None
    """That run."""
    confirmed_seq: Count | None = None
    """`last_seq` at its end: while it is the same, every record is as that run left it."""
    pages_found: Count | None = None
    """How many pages it found."""
    trial_run: str | None = None
    """The last trial: its items are kept until the next one."""
    held_run: str | None = None
    """The last quarantined run: its items are kept until a person decides, or another run begins."""
    doubted_run: str | None = None
    """The last quarantined run, until another one is done: what it read may be what a broken site said."""
    closing: bool = False
    """The spider is deleted and its records are still to be tombstoned."""


class KeptRun(CrawlRun):
    """A run with what only the scraper needs to know."""

    active_of: Slug | None
    """The spider, while the run is not final: at most one such run per spider."""
    token: Count = 0
    """The fencing token it runs under."""
    attempts: Count = 0
    """How often it was begun without coming to an end or a pause; more than once when a process died."""
    furthest: Count = 0
    """How many pages were done at the farthest point of any attempt: one that goes beyond it is not given up."""
    settling: RunState | None = None
    """The crawl is over, and what it found is being written; the state to end in."""
    seen_at: Instant | None = None
    """When the crawl of a run ended that a person accepted later: nobody has looked at the site since."""
    saw_all: bool = False
    """The crawl read every page, whatever was thought of what it found."""

    def shown(self) -> CrawlRun:
        """As everybody reads it."""
        told = {name: getattr(self, name) for name in CrawlRun.model_fields}
        return CrawlRun.model_construct(**{**told, "pace": pace_of(self)})


class KeptRecord(RawRecord):
    """A raw record with what it is found by."""

    place: str
    """Spider and number: the feed in its order."""
    alive: Slug | None
    """The spider, while the record is not deleted."""
    listed_on: str | None = None
    """The address of the listing page in which this state was met first; None where it is not known."""
    listed_page: Count = 0
    """The number of that page among those of its run, and of the item in it; from 1, and 0 where it is not known."""
    listed_item: Count = 0


class StagedItems(Contract):
    """Items of a run in their order, until the run is found healthy and they are written."""

    run_id: str
    number: Count
    items: str
    """JSON: a list of `[key, ordinal, url, values, content hash, size, listing page, its number, number in it]`."""
    as_confirmed: bool = False
    """Item by item what the last complete run had: the values are left out, for they are in the records."""


class RunField(Contract):
    """How often a raw field was filled."""

    name: str
    filled: Count
    odd: Count = 0
    """Values that have not the shape or pattern that is expected, of `values` that were looked at."""
    values: Count = 0


class PartDigest(Contract):
    """One part of a run's items: how many, and the hash of their keys, ordinals and content hashes in their order."""

    items: Count
    digest: str


class RunStatistics(Contract):
    """What a run counted by field, and its items in short."""

    run_id: str
    items: Count
    fields: tuple[RunField, ...] = ()
    source_unchanged: bool = False
    """The source is one file that was not read, because it is what it was."""
    good: bool = False
    """The crawl read its whole listing, and all but a few of the details."""
    without_key: Count = 0
    """Items that were dropped because there was nothing to make their key of."""
    parts: tuple[PartDigest, ...] = ()


class HistoryEntry(Contract):
    """An earlier state of a record, from before number `seq` of the feed."""

    place: str
    """Record and number of the change that ended this state."""
    confirmed_at: Instant | None = None
    """When the last complete run before that change had ended: see `SpiderFeed`."""
    record: KeptRecord | RawRecord | None = None
    """As it stood among the records. None on its way into the store, which encloses it."""


class KeptRobots(Contract):
    """The robots.txt of one origin."""

    origin: str
    text: str | None
    """None: the site has none."""
    until: Instant


def record_key(spider_id: str, key: str, ordinal: int) -> str:
    """The document key of a record: of fixed size, whatever the partner's keys are."""
    return digest_key(spider_id, text_digest(key), ordinal)


def digest_key(spider_id: str, digest: bytes, ordinal: int) -> str:
    """The same from the digest of the key."""
    return f"{spider_id}/{digest.hex()}/{ordinal}"


def feed_place(spider_id: str, seq: int) -> str:
    """Orders as text as the numbers do."""
    return f"{spider_id}/{seq:015d}"


def history_place(record: str, seq: int) -> str:
    """The same for the history of one record."""
    return f"{record}@{seq:015d}"


def staged_key(run_id: str, number: int) -> str:
    """The document key of one part of a run's items."""
    return f"{run_id}/{number:08d}"


def version_key(spider_id: str, version: int) -> str:
    """The document key of one version of a spider."""
    return f"{spider_id}@{version:09d}"


PARTNERS = Collection("partners", Partner, key=lambda partner: partner.id)
SPIDERS = Collection("spiders", SpiderConfig, key=lambda spider: spider.id, indexed=("partner",))
SPIDER_VERSIONS = Collection(
    "spider_versions",
    SpiderConfig,
    key=lambda spider: version_key(spider.id, spider.version),
    indexed=("id", "version"),
)
RUNS = Collection(
    "runs",
    KeptRun,
    key=lambda run: run.id,
    indexed=("spider_id", "queued_at", "active_of"),
    unique=(("active_of",),),
)
FEEDS = Collection("feeds", SpiderFeed, key=lambda feed: feed.spider_id, indexed=("closing",))
RAW_RECORDS = Collection(
    "raw_records",
    KeptRecord,
    key=lambda record: record_key(record.spider_id, record.key, record.ordinal),
    indexed=("place", "alive"),
    unique=(("place",),),
    noted=("content_hash", "alive", "first_seen", "last_changed", "run_id"),
)
STAGED = Collection(
    "staged_items", StagedItems, key=lambda staged: staged_key(staged.run_id, staged.number), indexed=("run_id",)
)
RUN_STATISTICS = Collection("run_statistics", RunStatistics, key=lambda found: found.run_id)
RAW_HISTORY = Collection("raw_history", HistoryEntry, key=lambda entry: entry.place, keyed_by="place")
ROBOTS = Collection("robots", KeptRobots, key=lambda robots: robots.origin, indexed=("until",))
COLLECTIONS: tuple[Collection[Any], ...] = (
    PARTNERS,
    SPIDERS,
    SPIDER_VERSIONS,
    RUNS,
    FEEDS,
    RAW_RECORDS,
    RAW_HISTORY,
    STAGED,
    RUN_STATISTICS,
    ROBOTS,
    *VISIT_COLLECTIONS,
    *UPLOAD_COLLECTIONS,
    *PAGE_COLLECTIONS,
    *TENANCY,
    ARCHIVED_PAGES,
    RUN_LOG,
    RUN_ERRORS,
)
"""To be opened at the start."""
