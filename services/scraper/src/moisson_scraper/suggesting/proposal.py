"""A source that is proposed, with the evidence for it: what all kinds of source come to."""

from dataclasses import dataclass, field
from typing import Self

from moisson_scraper.reading.notice import Notice
from moisson_shared.contracts.sources import Source
from moisson_shared.contracts.spider import Identity
from moisson_shared.contracts.spider_suggestion import Evidence, SourceKind, SuggestedField


@dataclass(frozen=True, slots=True)
class Proposal:
    """One source that could be a spider's."""

    kind: SourceKind
    source: Source
    identity: Identity
    fields: tuple[SuggestedField, ...]
    confidence: float
    evidence: tuple[Evidence, ...]
    """The first of it says what the records are."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another address that may have the data."""

    kind: SourceKind
    address: str
    why: str
    confidence: float


@dataclass(slots=True)
class Findings:
    """All that was found: proposals, other addresses, and what is to be said besides."""

    proposals: list[Proposal] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    notes: list[Notice] = field(default_factory=list)

    @classmethod
    def of_nothing(cls, reason: Notice) -> Self:
        """An address that gives no proposal."""
        return cls(notes=[reason])
