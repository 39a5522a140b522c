"""What a spider's first page gives: shown to its partner before anything is run, and never stored."""

from typing import Literal

from moisson_shared.contracts.model import Contract, Count, JsonObject
from moisson_shared.contracts.run import Reason


class PreviewedPage(Contract):
    """One page that was fetched for the preview."""

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


class PreviewedField(Contract):
    """What one selector gave, over the items looked at: `filled` of `of`, and up to five different values."""

    name: str
    place: Literal["listing", "detail"]
    filled: Count
    of: Count
    samples: tuple[str, ...] = ()


class SpiderPreview(Contract):
    """The first page of the listing, the first details, and what is to be noticed.

    `items` counts all items of the page; `records` holds the first twenty. A page that could not be fetched or read is
    a warning, not an error: the preview then says why it is empty.
    """

    pages: tuple[PreviewedPage, ...]
    items: Count
    records: tuple[PreviewedRecord, ...]
    fields: tuple[PreviewedField, ...]
    next_address: str | None = None
    warnings: tuple[Reason, ...] = ()
