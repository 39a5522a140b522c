"""What was found at a partner's, verbatim. Nobody downstream changes it."""

from typing import Literal

from pydantic import JsonValue

from moisson_shared.contracts.model import Contract, Count, Instant, JsonObject, Slug


class RawRecord(Contract):
    """One item of one source. `(spider_id, key, ordinal)` is its identity; ordinals count items under one key.

    `values` maps the partner's own field names to what stood there: texts and lists of texts from HTML and files,
    any JSON from an API. `seq` grows by one per change in this spider's feed, so `seq > n` is what is new after n.
    """

    spider_id: Slug
    partner: Slug
    key: str
    ordinal: Count = 0
    url: str | None = None
    """The page for people: detail page, item link, or nothing."""
    values: JsonObject
    content_hash: str
    """blake2b-128 over the canonical JSON of `values` and `url`, hexadecimal."""
    first_seen: Instant
    last_seen: Instant
    last_changed: Instant
    run_id: str
    """The run that wrote this state."""
    seq: Count
    deleted: bool = False
    """A tombstone: a complete run did not find it any more. `values` keeps the last ones."""


class HeldItem(Contract):
    """An item that a trial or a quarantined run has found, and that is no record yet."""

    key: str
    ordinal: Count
    url: str | None
    values: JsonObject
    content_hash: str


class FieldChange(Contract):
    """One place of a record that a change made different."""

    pointer: str
    """RFC 6901: `/values/titre`, `/url`, or `/deleted`."""
    kind: Literal["added", "removed", "changed"]
    before: JsonValue = None
    after: JsonValue = None


class RecordState(RawRecord):
    """An earlier state of a record, and what the change that ended it made different."""

    changes: tuple[FieldChange, ...]


class FeedEnd(Contract):
    """The last line of a feed page. A page without it was cut off and must be read again."""

    cursor: str
    more: bool
    complete: bool = False
    """Whether a complete run of the spider has ended yet. Before that, the feed may have a part of the source only."""
