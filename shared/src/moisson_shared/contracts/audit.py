"""Who changed what: one entry for each change, written in the same batch as the change itself."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from moisson_shared.contracts.model import Contract, Count, Instant, Slug

MOST_CHANGES = 50
MOST_CHARACTERS = 200

Scalar = str | int | float | bool | None


class AuditChange(Contract):
    """One place in a document that is not what it was. Of objects and lists that came or went, no values are shown."""

    pointer: str
    """RFC 6901."""
    before: Scalar = None
    after: Scalar = None
    hidden: bool = False
    """The values may hold secrets and are not shown."""


class AuditEntry(Contract):
    """One change by somebody."""

    id: str
    """Orders as text as the changes came."""
    at: Instant
    who: str
    """The account, or the service, as its token calls it."""
    verb: str
    """`created`, `replaced`, `deleted`, `asked`, `paused`, `resumed`, `cancelled`, `accepted`, `emptied`, `approved`,
    `uploaded`."""
    kind: str
    """`partner`, `spider`, `records`, `fixture`, `upload`, `secret`, `quota`, `run`, `data-model`, `member`."""
    document: str
    partner: Slug
    spider: Slug | None = None
    version_before: Count | None = None
    version_after: Count | None = None
    changes: Annotated[tuple[AuditChange, ...], Field(max_length=MOST_CHANGES)] = ()
    more: Count = 0
    """Places that are not listed, because there are too many."""


def entry_id(at: datetime, chance: str) -> str:
    """Orders as text as the changes came; `chance` tells those of one microsecond apart."""
    return f"{int(at.timestamp() * 1_000_000):020d}-{chance}"
