"""The kinds of source a spider can read, as data."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from moisson_shared.contracts.detail import DEEPEST_DETAIL, Detail, levels_of
from moisson_shared.contracts.model import Contract, HttpAddress
from moisson_shared.contracts.paging import HtmlPaging, JsonPaging
from moisson_shared.contracts.selecting import HtmlFields, JsonFields, JsonPath, Pattern, RawFieldName, Selector

StartAddresses = Annotated[tuple[HttpAddress, ...], Field(min_length=1, max_length=1000)]

SecretName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
"""A secret of the spider, kept apart and sealed; `{secret:name}` in a header, query value or body stands for it."""


class Rendering(Contract):
    """How a page that needs a browser is opened. Every request it makes passes the address guard."""

    wait_for: Selector | None = None
    """A page of the listing is there when this is; without it, and for details, when the network has fallen silent."""
    seconds: Annotated[float, Field(gt=0, le=60)] = 10
    """The most one page, or one part of it, may take, waiting included."""
    scrolls: Annotated[int, Field(ge=0, le=200)] = 0
    """Scroll to the end at most so often, as long as the page grows."""
    click_next: Selector | None = None
    """Click this for the next part, at most `most_clicks` times; the parts are pages of the listing."""
    most_clicks: Annotated[int, Field(ge=1, le=500)] = 50
    details: bool = False
    """Whether detail pages need a browser too."""


class HtmlSource(Contract):
    """A listing in HTML: start pages, one repeated item, fields inside the item, paging, a detail page."""

    kind: Literal["html"] = "html"
    start_urls: StartAddresses
    item: Selector
    fields: HtmlFields = {}
    paging: HtmlPaging | None = None
    detail: Detail | None = None
    encoding: str | None = None
    rendering: Rendering | None = None

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        if not self.fields and self.detail is None:
            raise ValueError("give at least one field, in the listing or in the detail page")
        _check_detail(self.fields, self.detail, found_by="link")
        return self


class JsonSource(Contract):
    """A JSON API. Without `fields` an item's own keys are the fields, values verbatim."""

    kind: Literal["json"] = "json"
    url: HttpAddress
    further_urls: Annotated[tuple[HttpAddress, ...], Field(max_length=999)] = ()
    """Of the same site, asked in the same way, one after the other."""
    method: Literal["GET", "POST"] = "GET"
    query: dict[str, str] = {}
    headers: dict[Annotated[str, Field(min_length=1, max_length=100)], Annotated[str, Field(max_length=4000)]] = {}
    """Sent to the source's own origin only."""
    body: dict[str, object] | None = None
    """The JSON of a POST."""
    items: JsonPath = "$[*]"
    fields: JsonFields = {}
    paging: JsonPaging | None = None
    detail: Detail | None = None
    link: JsonPath | None = None
    """Where an item names its page for people, if it does."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.method == "GET" and self.body is not None:
            raise ValueError("a GET has no body: set `method` to POST, or leave the body out")
        if self.method == "GET" and getattr(self.paging, "place", "query") == "body":
            raise ValueError("a GET has no body to hold the paging parameter")
        _check_detail(self.fields, self.detail, found_by="value")
        return self


FileFormat = Literal["csv", "tsv", "xlsx", "ods", "json", "ndjson", "geojson", "xml"]


class FileSource(Contract):
    """A file by HTTP, or uploaded; what is not stated is found out. Of tables, the header row names the fields.

    A GeoJSON record is its properties with `geometry` and `id`. An XML record is an object: attributes under `@name`,
    elements under their name (several as a list), text around them under `#text`; an element of text only is a text.
    """

    kind: Literal["file"] = "file"
    url: HttpAddress | None = None
    """None: the file that was uploaded last."""
    format: FileFormat | None = None
    """Packed with gzip or not."""
    encoding: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    sheet: str | None = None
    """None: the first that is not empty, hidden ones last."""
    header_row: Annotated[int, Field(ge=1, le=1000)] | None = None
    """From 1. None: the first row that is not blank and no mere title."""
    records: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    """Where the records are: an RFC 9535 path in JSON (`$.projets[*]`), element names in XML (`/liste/projet`)."""
    fields: JsonFields = {}
    """Of JSON, GeoJSON and XML records; without any, a record's own keys are the fields."""


class SitemapSource(Contract):
    """Pages that sitemaps list (sitemaps.org): each one whose address passes the patterns is an item."""

    kind: Literal["sitemap"] = "sitemap"
    start_urls: StartAddresses
    """Sitemaps or indexes of sitemaps, packed or not; a robots.txt stands for the sitemaps it names."""
    include: Annotated[tuple[Pattern, ...], Field(max_length=50)] = ()
    """At least one must be found in the address, if there are any."""
    exclude: Annotated[tuple[Pattern, ...], Field(max_length=50)] = ()
    keep: dict[RawFieldName, Literal["loc", "lastmod", "changefreq", "priority"]] = {}
    """What the sitemap itself says of a page, under names of one's own."""
    fields: HtmlFields
    """Taken in the page."""
    detail: Detail | None = None
    encoding: str | None = None

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        if not self.fields and self.detail is None:
            raise ValueError("give at least one field of the pages")
        _check_detail([*self.fields, *self.keep], self.detail, found_by="link")
        if both := self.fields.keys() & self.keep.keys():
            raise ValueError(f"named twice: {', '.join(sorted(both))}")
        return self


class FeedSource(Contract):
    """An RSS or Atom feed. Entries have the fields `id`, `title`, `link`, `published`, `updated`, `summary`,
    `content`, `authors`, `categories`, `enclosures`; what an entry has not is not there."""

    kind: Literal["feed"] = "feed"
    start_urls: StartAddresses
    pages: bool = True
    """Follows `rel="next"` to older entries (RFC 5005)."""
    detail: Detail | None = None
    """Found in the entry as JSON: `$.link`."""

    @model_validator(mode="after")
    def _leads_on_by_value(self) -> Self:
        _check_detail(FEED_FIELDS, self.detail, found_by="value")
        return self


FEED_FIELDS = (
    "id",
    "title",
    "link",
    "published",
    "updated",
    "summary",
    "content",
    "authors",
    "categories",
    "enclosures",
)

Source = Annotated[HtmlSource | JsonSource | FileSource | SitemapSource | FeedSource, Field(discriminator="kind")]


def _check_detail(fields: Iterable[str], detail: Detail | None, *, found_by: Literal["link", "value"]) -> None:
    """Raises `ValueError` for pages that cannot be found from their item, or that name a field again."""
    levels = levels_of(detail)
    if not levels:
        return
    if getattr(levels[0], found_by) is None:
        raise ValueError(f"the detail of this source is found by `{found_by}`")
    if len(levels) > DEEPEST_DETAIL:
        raise ValueError(f"details are nested at most {DEEPEST_DETAIL} deep")
    taken = set(fields)
    for level in levels:
        if both := taken & set(level.fields):
            raise ValueError(f"named in the listing and in the detail page: {', '.join(sorted(both))}")
        taken |= set(level.fields)
