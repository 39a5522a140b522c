"""The scraper's collections. It is their only writer."""

from typing import Any

from moisson_scraper.fingerprint import text_digest
from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.raw_record import RawRecord
from moisson_shared.contracts.run import CrawlRun
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
    closing: bool = False
    """The spider is deleted and its records are still to be tombstoned."""


class KeptRun(CrawlRun):
    """A run with what only the scraper needs to know."""

    active_of: Slug | None
    """The spider, while the run is not final: at most one such run per spider."""
    token: Count = 0
    """The fencing token it runs under."""
    attempts: Count = 0
    """How often it was begun; more than once when a process died."""

    def shown(self) -> CrawlRun:
        """As everybody reads it."""
        return CrawlRun.model_construct(**{name: getattr(self, name) for name in CrawlRun.model_fields})


class KeptRecord(RawRecord):
    """A raw record with what it is found by."""

    place: str
    """Spider and number: the feed in its order."""
    alive: Slug | None
    """The spider, while the record is not deleted."""


class HistoryEntry(Contract):
    """An earlier state of a record, from before number `seq` of the feed."""

    place: str
    """Record and number of the change that ended this state."""
    record: RawRecord


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
)
RAW_HISTORY = Collection("raw_history", HistoryEntry, key=lambda entry: entry.place, indexed=("place",))
ROBOTS = Collection("robots", KeptRobots, key=lambda robots: robots.origin, indexed=("until",))

COLLECTIONS: tuple[Collection[Any], ...] = (
    PARTNERS,
    SPIDERS,
    SPIDER_VERSIONS,
    RUNS,
    FEEDS,
    RAW_RECORDS,
    RAW_HISTORY,
    ROBOTS,
)
"""To be opened at the start."""
