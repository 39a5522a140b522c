"""One source of one partner, as data: what to fetch, what to take, how to behave. Nobody writes code.

The models check shape only; `moisson_scraper.check_configuration` compiles every selector and path and says where
one is wrong.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from moisson_shared.contracts.model import Contract, HttpAddress, Slug

RawFieldName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""The partner's own word for a field, blanks and accents included: `N° de téléphone`."""


class Syntax(StrEnum):
    """The language of a selector."""

    CSS = "css"
    XPATH = "xpath"


class Take(StrEnum):
    """What is taken of a selected element. XPath that ends in text or an attribute gives that itself."""

    TEXT = "text"
    HTML = "html"
    ATTRIBUTE = "attribute"
    LINK = "link"
    """The `href` or `src`, made absolute against the page's base URL (HTML standard, 2.4.3)."""


class Selector(Contract):
    """Where something is in a page."""

    syntax: Syntax = Syntax.CSS
    expression: Annotated[str, Field(min_length=1, max_length=2000)]


class HtmlField(Selector):
    """One field of an HTML source. A field with `many` keeps every value in document order, else the first."""

    take: Take = Take.TEXT
    attribute: Annotated[str, Field(max_length=100)] | None = None
    many: bool = False

    @model_validator(mode="after")
    def _attribute_is_named(self) -> Self:
        if (self.take is Take.ATTRIBUTE) != (self.attribute is not None):
            raise ValueError("name the attribute exactly when `take` is `attribute`")
        return self


class NextLink(Contract):
    """The listing names its next page by a link."""

    kind: Literal["next_link"] = "next_link"
    selector: Selector


class PageNumber(Contract):
    """The listing is numbered: `{page}` in the address is replaced by first, first + step, and so on.

    It ends at `last`, or at the first page without items."""

    kind: Literal["page_number"] = "page_number"
    address: HttpAddress
    first: Annotated[int, Field(ge=0)] = 2
    step: Annotated[int, Field(ge=1)] = 1
    last: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _has_a_place_for_the_number(self) -> Self:
        if "{page}" not in self.address:
            raise ValueError("the address must contain {page}, or every page would be the same one")
        return self


class HtmlDetail(Contract):
    """A page per item: its link in the listing, and the fields taken there. They never see the listing."""

    link: HtmlField
    fields: Annotated[dict[RawFieldName, HtmlField], Field(min_length=1)]


class HtmlSource(Contract):
    """A listing in HTML: start pages, one repeated item, fields inside the item, paging, a detail page."""

    kind: Literal["html"] = "html"
    start_urls: Annotated[tuple[HttpAddress, ...], Field(min_length=1, max_length=1000)]
    item: Selector
    fields: dict[RawFieldName, HtmlField] = {}
    paging: Annotated[NextLink | PageNumber, Field(discriminator="kind")] | None = None
    detail: HtmlDetail | None = None
    encoding: str | None = None

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        taken = set(self.fields)
        if not taken and self.detail is None:
            raise ValueError("give at least one field, in the listing or in the detail page")
        if self.detail is not None and (both := taken & set(self.detail.fields)):
            raise ValueError(f"named in the listing and in the detail page: {', '.join(sorted(both))}")
        return self


JsonPath = Annotated[str, Field(min_length=1, max_length=2000)]
"""An RFC 9535 query, from `$`."""


class PageParameter(Contract):
    """`?page=1`, `?page=2`, … until an empty page (or a short one, where the size is stated)."""

    kind: Literal["page"] = "page"
    parameter: Annotated[str, Field(min_length=1)] = "page"
    first: Annotated[int, Field(ge=0)] = 1
    size_parameter: str | None = None
    size: Annotated[int, Field(ge=1)] | None = None


class OffsetParameter(Contract):
    """`?offset=0`, `?offset=20`, … until an empty or a short page."""

    kind: Literal["offset"] = "offset"
    parameter: Annotated[str, Field(min_length=1)] = "offset"
    size_parameter: str | None = "limit"
    size: Annotated[int, Field(ge=1)] = 100


class CursorParameter(Contract):
    """The answer carries a cursor for the next call; it ends where the path gives nothing, null or an empty text."""

    kind: Literal["cursor"] = "cursor"
    parameter: Annotated[str, Field(min_length=1)] = "cursor"
    path: JsonPath


class JsonDetail(Contract):
    """One call per item. `address` holds `{value}`, filled (percent-encoded) with what `value` finds in the item."""

    address: HttpAddress
    value: JsonPath
    fields: dict[RawFieldName, JsonPath] = {}

    @model_validator(mode="after")
    def _has_a_place_for_the_value(self) -> Self:
        if "{value}" not in self.address:
            raise ValueError("the address must contain {value}, or every item would have the same detail")
        return self


class JsonSource(Contract):
    """A JSON API. Without `fields` an item's own keys are the fields, values verbatim."""

    kind: Literal["json"] = "json"
    url: HttpAddress
    query: dict[str, str] = {}
    items: JsonPath = "$[*]"
    fields: dict[RawFieldName, JsonPath] = {}
    paging: Annotated[PageParameter | OffsetParameter | CursorParameter, Field(discriminator="kind")] | None = None
    detail: JsonDetail | None = None
    link: JsonPath | None = None
    """Where an item names its page for people, if it does."""


class TabularSource(Contract):
    """A CSV, TSV or XLSX file by HTTP; what is not stated is found out. The header row names the fields."""

    kind: Literal["tabular"] = "tabular"
    url: HttpAddress
    format: Literal["csv", "xlsx"] | None = None
    encoding: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1, le=1000)] = 1


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


class Limits(Contract):
    """Where a run stops, whatever the site says. A run that meets a limit is not complete: nothing is tombstoned."""

    pages: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    records: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000_000
    bytes_per_page: Annotated[int, Field(ge=1, le=500_000_000)] = 10_000_000
    bytes_in_all: Annotated[int, Field(ge=1, le=100_000_000_000)] = 2_000_000_000
    seconds: Annotated[int, Field(ge=1, le=7 * 86400)] = 6 * 3600
    retries_in_all: Annotated[int, Field(ge=0, le=100_000)] = 200


Source = Annotated[HtmlSource | JsonSource | TabularSource, Field(discriminator="kind")]
Identity = Annotated[KeyByFields | KeyByUrl | KeyByContent, Field(discriminator="kind")]


class SpiderDraft(Contract):
    """A spider as its partner writes it."""

    id: Slug
    partner: Slug
    name: Annotated[str, Field(min_length=1, max_length=200)]
    source: Source
    identity: Identity
    politeness: Politeness = Politeness()
    limits: Limits = Limits()
    enabled: bool = True


class SpiderConfig(SpiderDraft):
    """A spider as the scraper keeps it: each replacement is a new version, and earlier versions stay readable."""

    version: Annotated[int, Field(ge=1)]
