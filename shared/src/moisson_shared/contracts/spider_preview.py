"""What a spider's first page gives, shown to its partner before anything is run: values, and where they stand.

No record is stored. The pages are kept for a while, so that a preview can be looked at, and approved as a fixture.
"""

from typing import Literal

from moisson_shared.contracts.model import Contract, Count, JsonObject
from moisson_shared.contracts.run import Reason


class ElementPlace(Contract):
    """Where a value stands in its page, so that it can be highlighted there."""

    path: str = ""
    """Of HTML an XPath that finds this element, attribute (`/@href`) or text (`/text()`) only; of JSON a normalised
    path (RFC 9535, 2.7); empty for tables."""
    line: Count | None = None
    """Of HTML: the line of the element's tag, from 1."""
    row: Count | None = None
    """Of tables and files of records: the number of the row or record, from 1."""
    column: str | None = None
    """Of tables: the name that the header gives the column."""


class PreviewedPage(Contract):
    """One page that was fetched for the preview."""

    id: str | None = None
    """Under which it is kept: `GET /v1/spiders/{spider}/pages/{id}`; None for one that is too large to keep."""
    kind: Literal["listing", "detail"]
    address: str
    final_address: str
    """After redirects."""
    status: int
    content_type: str = ""
    encoding: str = ""
    """The one the bytes were read with; empty for pages without text."""
    bytes: Count = 0


class PreviewedRecord(Contract):
    """One item as a run would store it; `key` is None where the identity finds nothing to make one of."""

    key: str | None
    url: str | None
    values: JsonObject
    detail_address: str | None = None
    detail_read: bool = False
    """Whether the values of the detail page are among `values`."""


class PreviewedValue(Contract):
    """One value of one field: which page and which record it is of, both counted from 0 in the preview's lists."""

    page: Count
    record: Count
    text: str
    """Cut after 200 characters."""
    place: ElementPlace | None = None


class PreviewedField(Contract):
    """What one selector gave, over the items looked at: `filled` of `of`, and up to five different values."""

    name: str
    place: Literal["listing", "detail"]
    filled: Count
    of: Count
    samples: tuple[str, ...] = ()
    values: tuple[PreviewedValue, ...] = ()
    """Those of the records shown, in their order, each with its place; at most a hundred."""


class SpiderPreview(Contract):
    """The first page of the listing, the first details, and what is to be noticed.

    `items` counts all items of the page; `records` holds the first twenty. A page that could not be fetched or read is
    a warning, not an error: the preview then says why it is empty.
    """

    id: str | None = None
    """To approve it by: `POST /v1/spiders/{spider}/fixtures`; None where there is nothing to approve."""
    reader: str = ""
    """Hash of the configuration that read the pages."""
    pages: tuple[PreviewedPage, ...]
    items: Count
    records: tuple[PreviewedRecord, ...]
    fields: tuple[PreviewedField, ...]
    next_address: str | None = None
    next_addresses: tuple[str, ...] = ()
    """All pages that a run would fetch next, at most a thousand; the first of them is `next_address`."""
    detail_addresses: tuple[str, ...] = ()
    """Of all items of the page, at most a thousand."""
    warnings: tuple[Reason, ...] = ()
