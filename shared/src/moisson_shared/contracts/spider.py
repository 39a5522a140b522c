"""One source of one partner, as data: what to fetch, what to take, how to behave. Nobody writes code.

The models check shape only; `moisson_scraper.check_configuration` compiles every selector and path and says where
one is wrong.
"""

from typing import Annotated, Literal

from pydantic import Field

from moisson_shared.contracts.expectations import Expectations
from moisson_shared.contracts.model import Contract, Slug
from moisson_shared.contracts.schedule import Schedule
from moisson_shared.contracts.selecting import RawFieldName
from moisson_shared.contracts.sources import Source


class KeyByFields(Contract):
    """A record is the one it was while these raw fields keep their values."""

    kind: Literal["fields"] = "fields"
    fields: Annotated[tuple[RawFieldName, ...], Field(min_length=1, max_length=10)]


class KeyByUrl(Contract):
    """A record is the one it was while its canonical page address (detail page, else link) stays."""

    kind: Literal["url"] = "url"


class KeyByContent(Contract):
    """A record is its content: a change makes a new record and a tombstone for the old one."""

    kind: Literal["content"] = "content"


class Politeness(Contract):
    """How the partner's host is treated. The host's own crawl-delay wins where it is longer."""

    delay: Annotated[float, Field(ge=0, le=60)] = 0.5
    """Seconds between two requests to one host."""
    obey_robots: bool = True
    timeout: Annotated[float, Field(gt=0, le=120)] = 30
    """Seconds for one request, from connecting to the last byte."""
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    revisit_hours: Annotated[float, Field(ge=0, le=8760)] = 0
    """A detail page read within so many hours is not asked for again while its item in the listing is the same; 0 asks
    each time, with the validators of the last answer (RFC 9110, 13)."""


class Limits(Contract):
    """Where a run stops, whatever the site says. A run that meets a limit is not complete: nothing is tombstoned."""

    pages: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    records: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000_000
    bytes_per_page: Annotated[int, Field(ge=1, le=500_000_000)] = 10_000_000
    bytes_in_all: Annotated[int, Field(ge=1, le=100_000_000_000)] = 2_000_000_000
    seconds: Annotated[int, Field(ge=1, le=7 * 86400)] = 6 * 3600
    retries_in_all: Annotated[int, Field(ge=0, le=100_000)] = 200


Identity = Annotated[KeyByFields | KeyByUrl | KeyByContent, Field(discriminator="kind")]


class SpiderDraft(Contract):
    """A spider as its partner writes it."""

    id: Slug
    partner: Slug
    name: Annotated[str, Field(min_length=1, max_length=200)]
    notes: Annotated[str, Field(max_length=5000)] = ""
    """For those who look after it: what is special about this source, whom to ask."""
    source: Source
    identity: Identity
    politeness: Politeness = Politeness()
    limits: Limits = Limits()
    expectations: Expectations = Expectations()
    schedule: Schedule | None = None
    archive: bool = False
    """Keep what was fetched as a WARC file per run (ISO 28500): records can be extracted again without a fetch."""
    enabled: bool = True


class SpiderConfig(SpiderDraft):
    """A spider as the scraper keeps it: each replacement is a new version, and earlier versions stay readable."""

    version: Annotated[int, Field(ge=1)]
