"""A spider that is proposed from an address alone: a draft for its partner to look at, never saved by itself."""

from typing import Annotated, Literal

from pydantic import Field

from moisson_shared.contracts.expectations import Share
from moisson_shared.contracts.model import Contract, HttpAddress, Slug
from moisson_shared.contracts.run import Reason
from moisson_shared.contracts.spider import Politeness, SpiderDraft
from moisson_shared.contracts.spider_preview import SpiderPreview

SourceKind = Literal["html", "json", "file", "feed", "sitemap", "unknown"]


class SuggestionOrder(Contract):
    """Whose spider is wanted, and where its data may be."""

    address: HttpAddress
    partner: Slug
    id: Slug | None = None
    """Of the draft; made of the partner and the address where it is not given."""
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    politeness: Politeness = Politeness()
    """How the host is treated while it is looked at; the draft has the same."""


class SuggestedField(Contract):
    """One proposed field, and why. `filled` is a share of the items that were looked at, or of the details."""

    name: str
    place: Literal["listing", "detail"]
    selector: str
    """The CSS selector, XPath or JSON path; of a table the column, of a feed the part of an entry."""
    samples: tuple[str, ...] = ()
    filled: Share
    confidence: Share
    why: str


class OtherSource(Contract):
    """Another way to the data. Without a draft it is an address to ask suggestions for."""

    source_kind: SourceKind
    address: str
    why: str
    confidence: Share
    draft: SpiderDraft | None = None


class Evidence(Contract):
    """Something that speaks for a proposal."""

    code: str
    """A stable word: `items-alike`, `link-rel-next`, `keyed-by-address`."""
    message: str
    figures: dict[str, str | int | float] = {}
    """What of the message is no fixed word, for those who say it in another language; a float is a share of 1."""


class SpiderSuggestion(Contract):
    """The best proposal, the evidence for it, and up to three others. `draft` is None where nothing was found that a
    spider could read; `notes` then say what to try."""

    draft: SpiderDraft | None
    confidence: Share
    source_kind: SourceKind
    alternatives: Annotated[tuple[OtherSource, ...], Field(max_length=3)] = ()
    fields: tuple[SuggestedField, ...] = ()
    preview: SpiderPreview | None = None
    """What the draft gives on the pages that were fetched."""
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """Those of the notes that speak for the proposal."""
    reasons: tuple[Reason, ...] = ()
    """The other notes, each by its stable code: why there is no proposal, what to try, what else is there."""
