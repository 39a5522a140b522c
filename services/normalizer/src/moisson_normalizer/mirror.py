"""The normalizer's own copy of the raw records: grouping, preview and re-normalisation need them when the scraper is
down. Knows how they are kept, not where they come from."""

from collections.abc import AsyncIterator, Sequence

from moisson_shared.contracts.model import Contract, Count, Instant, JsonObject, Slug
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.raw_record import RawRecord
from moisson_shared.ports.documents import (
    Collection,
    Delete,
    DocumentReader,
    DocumentStore,
    Equal,
    Expect,
    Find,
    Insert,
    Operation,
    Order,
    Put,
    Range,
    Replace,
    Stored,
)

ROWS_AT_ONCE = 500
MOST_BYTES = 8_000_000


class MirrorRow(Contract):
    """A raw record as recipes read it. `position` is its first place in the feed, and kept when the record changes."""

    spider_id: Slug
    key: str
    ordinal: Count
    url: str | None
    values: JsonObject
    seq: Count
    position: Count
    epoch: Count
    """The reading of the feed that saw it last; after a reading from the start, what is older is gone."""


class FeedState(Contract):
    """Where we are in one spider's feed. `generation` grows with every change to the mirrored records."""

    spider_id: Slug
    partner: Slug | None = None
    cursor: str | None = None
    generation: Count = 0
    epoch: Count = 0
    rereading: bool = False
    """A reading from the start is under way; rows of earlier ones are still there."""
    complete: bool = False
    """A complete run of the spider has ended, as the feed said when it was pulled last."""
    pulled_at: Instant | None = None


class KnownPartners(Contract):
    """The partners as the scraper told them last."""

    id: str = "partners"
    partners: tuple[Partner, ...] = ()


def row_key(spider_id: str, key: str, ordinal: int) -> str:
    """The identity of a raw record as one text."""
    return f"{spider_id}/{ordinal}/{key}"


ROWS: Collection[MirrorRow] = Collection(
    "mirror_rows",
    MirrorRow,
    lambda row: row_key(row.spider_id, row.key, row.ordinal),
    ("spider_id", "position", "epoch"),
)
FEEDS: Collection[FeedState] = Collection("mirror_feeds", FeedState, lambda feed: feed.spider_id)
PARTNERS: Collection[KnownPartners] = Collection("mirror_partners", KnownPartners, lambda known: known.id)
MIRROR_COLLECTIONS = (ROWS, FEEDS, PARTNERS)


async def feed_state(documents: DocumentReader, spider_id: str) -> Stored[FeedState]:
    """Where we are; version 0 for a feed never read."""
    stored = await documents.get(FEEDS, spider_id)
    return stored or Stored(spider_id, 0, FeedState(spider_id=spider_id))


async def partners_are_known(documents: DocumentReader) -> bool:
    """Whether the scraper ever told its partners."""
    return await documents.get(PARTNERS, "partners") is not None


async def known_partners(documents: DocumentReader) -> dict[str, Partner]:
    """By id; empty before the scraper was reached for the first time."""
    stored = await documents.get(PARTNERS, "partners")
    return {partner.id: partner for partner in stored.value.partners} if stored else {}


async def mirrored_rows(documents: DocumentReader, spider_id: str) -> AsyncIterator[list[MirrorRow]]:
    """All rows of a spider in the order of the feed, some hundreds at a time."""
    after: str | None = None
    while True:
        page = await documents.find(
            ROWS,
            Find(where=(Equal("spider_id", spider_id),), order=(Order("position"),), limit=ROWS_AT_ONCE, after=after),
        )
        if page.items:
            yield [item.value for item in page.items]
        after = page.next
        if after is None:
            return


async def count_rows(documents: DocumentReader, spider_id: str) -> int:
    """How many records the mirror has of a spider."""
    return await documents.count(ROWS, (Equal("spider_id", spider_id),))


async def take_page(
    documents: DocumentStore, before: Stored[FeedState], records: Sequence[RawRecord], cursor: str, now: Instant
) -> Stored[FeedState]:
    """Writes one page of the feed, and with its last records the new cursor; `VersionConflict` where another process
    read too. Large records go in batches of their own before: until the cursor has moved, the page is read again."""
    feed = before.value
    keys = [row_key(record.spider_id, record.key, record.ordinal) for record in records]
    known = await documents.get_many(ROWS, keys) if keys else {}
    guard = Expect(FEEDS, before.key, before.version)
    operations: dict[str, Operation] = {}
    size = 0
    for key, record in zip(keys, records, strict=True):
        if record.deleted:
            operations[key] = Delete(ROWS, key)
            continue
        position = known[key].value.position if key in known else record.seq
        row = MirrorRow(
            spider_id=record.spider_id,
            key=record.key,
            ordinal=record.ordinal,
            url=record.url,
            values=record.values,
            seq=record.seq,
            position=position,
            epoch=feed.epoch,
        )
        operations[key] = Put(ROWS, row)
        size += len(row.model_dump_json())
        if size > MOST_BYTES:
            await documents.apply([guard, *operations.values()])
            operations, size = {}, 0
    after = feed.model_copy(
        update={
            "cursor": cursor,
            "generation": feed.generation + bool(records),
            "partner": records[-1].partner if records else feed.partner,
            "pulled_at": now,
        }
    )
    return await _moved(documents, before, after, list(operations.values()))


async def note_complete(documents: DocumentStore, before: Stored[FeedState], *, complete: bool) -> Stored[FeedState]:
    """Keeps what the feed says of the runs behind it; the records are the same, so their generation is."""
    return await _moved(documents, before, before.value.model_copy(update={"complete": complete}), [])


async def start_over(documents: DocumentStore, before: Stored[FeedState]) -> Stored[FeedState]:
    """The feed's epoch changed: read from the start; the old rows stay until that is done."""
    feed = before.value
    after = feed.model_copy(update={"cursor": None, "epoch": feed.epoch + 1, "rereading": True})
    return await _moved(documents, before, after, [])


async def end_rereading(documents: DocumentStore, before: Stored[FeedState]) -> Stored[FeedState]:
    """All of the new epoch is read: rows that it did not have are gone."""
    feed = before.value
    while True:
        where = (Equal("spider_id", feed.spider_id), Range("epoch", below=feed.epoch))
        page = await documents.find(ROWS, Find(where=where, limit=ROWS_AT_ONCE))
        if not page.items:
            break
        await documents.apply([Delete(ROWS, item.key) for item in page.items])
    after = feed.model_copy(update={"rereading": False, "generation": feed.generation + 1})
    return await _moved(documents, before, after, [])


async def _moved(
    documents: DocumentStore, before: Stored[FeedState], after: FeedState, operations: list[Operation]
) -> Stored[FeedState]:
    write: Operation = Replace(FEEDS, after, before.version) if before.version else Insert(FEEDS, after)
    applied = await documents.apply([write, *operations])
    return Stored(before.key, applied.versions[(FEEDS.name, before.key)], after)
