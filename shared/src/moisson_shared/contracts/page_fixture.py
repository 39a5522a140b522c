"""Pages that are kept with what must be read in them, and what a check of them finds."""

from typing import Annotated, Literal

from pydantic import Field

from moisson_shared.contracts.model import Contract, Count, Instant, JsonObject, Slug


class ExpectedRecord(Contract):
    """One item as its pages gave it when a person approved them."""

    url: str | None
    detail_address: str | None
    values: JsonObject
    """Of the listing."""
    detail: JsonObject | None = None
    """Of the detail page and those behind it; None where none is kept."""


class PageOutcome(Contract):
    """What is read in the pages of a fixture: how many items, the first twenty of them, and where it goes on."""

    items: Count
    records: tuple[ExpectedRecord, ...]
    next_addresses: tuple[str, ...] = ()


class FixturePage(Contract):
    """One page of a fixture; `GET /v1/spiders/{spider}/pages/{id}` has its bytes."""

    id: str
    kind: Literal["listing", "detail"]
    record: Count | None = None
    """Of a detail: the record it belongs to, from 0."""
    address: str
    status: int
    content_type: str
    headers: tuple[tuple[str, str], ...]
    """As the site sent them, cookies left out."""
    bytes: Count
    fetched_at: Instant


class FixtureOrder(Contract):
    """A preview that is approved: what it shows is right, and is to be read so from now on."""

    preview: Annotated[str, Field(min_length=1, max_length=100)]
    name: Annotated[str, Field(max_length=200)] = ""
    """For people: `first page, a project without town`."""


class PageFixture(Contract):
    """Pages with what must be read in them."""

    id: str
    spider_id: Slug
    partner: Slug
    name: str
    approved_by: str
    approved_at: Instant
    reader: str
    """Hash of the configuration that the expected records were read with."""
    pages: tuple[FixturePage, ...]
    expected: PageOutcome


class Difference(Contract):
    """One thing that is read otherwise than expected. Texts are cut after 300 characters; None is nothing."""

    kind: Literal["changed", "missing", "extra", "items", "detail-address", "next-address", "unreadable"]
    record: Count | None = None
    """From 0; None for what is of the whole page."""
    field: str | None = None
    expected: str | None = None
    got: str | None = None
    pointer: str = ""
    """What of the spider is to be looked at (JSON pointer)."""


class FixtureCheck(Contract):
    """What one fixture gives now."""

    fixture: str
    name: str
    differences: tuple[Difference, ...] = ()
    """The first hundred."""
    left_out: Count = 0
    """Differences after those."""

    @property
    def holds(self) -> bool:
        """Whether everything is read as expected."""
        return not self.differences


class SpiderCheck(Contract):
    """All fixtures of one spider, read again from the kept pages."""

    spider_id: Slug
    reader: str
    """Hash of the configuration that was checked."""
    fixtures: tuple[FixtureCheck, ...]
    holds: bool
