"""Pages that are kept for people: those of previews, of fixtures, and one of each kind of every spider's last runs."""

from typing import Any, Literal

from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.contracts.page_fixture import PageFixture
from moisson_shared.ports.documents import Collection


class KeptPage(Contract):
    """One page, packed."""

    id: str
    spider_id: Slug
    partner: Slug
    kept_for: str
    """`preview/…`, `fixture/…`, `run/…`: it goes with that."""
    until: Instant | None = None
    """A page of a preview is forgotten then."""
    kind: Literal["listing", "detail"]
    level: Count = 0
    """Of a detail: how many pages lie between it and its item."""
    record: Count | None = None
    """Of a detail in a preview or fixture: the record it belongs to, from 0."""
    address: str
    status: int
    content_type: str
    encoding: str = ""
    """The one it was read with; empty for what is no text."""
    bytes: Count
    fetched_at: Instant
    reader: str
    """Hash of the configuration that read it."""
    spider_version: Count | None = None
    """Of a run's page: that configuration."""
    packed: str
    """See `page_packing`."""


class KeptPreview(Contract):
    """A preview that may be approved while it is kept."""

    id: str
    spider_id: Slug
    partner: Slug
    owner: str
    """Partner and spider: each spider has a few."""
    made_at: Instant
    until: Instant
    reader: str
    outcome: str
    """Hash of what was read and shown."""
    pages: tuple[str, ...]
    """Those of the first listing and the first details, as a fixture has them."""


class RunSample(Contract):
    """Which page of a kind is kept of a spider's newest run (`now`), of its last good one (`good`), or of the good one
    before that (`before`)."""

    key: str
    spider_id: Slug
    run_id: str
    page_id: str
    identity: str
    """Of the page's request: a later run keeps the same page if it meets it."""


Slot = Literal["now", "good", "before"]


def sample_key(spider_id: str, slot: Slot, kind: str, level: int) -> str:
    """The document key of a sample."""
    return f"{spider_id}/{slot}/{kind}-{level}"


KEPT_PAGES = Collection(
    "kept_pages", KeptPage, key=lambda page: page.id, indexed=("spider_id", "partner", "kept_for", "until")
)
PREVIEWS = Collection(
    "previews",
    KeptPreview,
    key=lambda preview: preview.id,
    indexed=("spider_id", "partner", "owner", "made_at", "until"),
)
FIXTURES = Collection(
    "fixtures", PageFixture, key=lambda fixture: fixture.id, indexed=("spider_id", "partner", "approved_at")
)
RUN_SAMPLES = Collection("run_samples", RunSample, key=lambda sample: sample.key, indexed=("spider_id",))

PAGE_COLLECTIONS: tuple[Collection[Any], ...] = (KEPT_PAGES, PREVIEWS, FIXTURES, RUN_SAMPLES)
"""To be opened at the start, with the others."""
