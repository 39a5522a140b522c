"""The tree of domain errors. `web/problems.py` maps each leaf to one RFC 9457 problem; a test walks the tree.

MoissonError
├── Invalid             what was sent cannot be accepted; says where, as JSON pointers (RFC 6901)
├── VersionRequired     a write must say which version it replaces
├── Unauthenticated     no token, or one that does not hold
├── Forbidden           a valid caller without the right
├── NotFound            absent, or hidden from this caller (the two look the same)
├── Conflict
│   ├── AlreadyExists   a key or a unique value is taken
│   ├── VersionConflict somebody else wrote first: read again
│   └── NotNow          the state does not allow it (a run is going on, checks did not pass)
├── Gone
│   ├── CursorExpired   a paging cursor whose version is gone, or not made for this query
│   └── EpochChanged    a feed cursor of an earlier epoch: start over
├── TooLarge            beyond a stated limit
├── TooManyRequests     slow down; says when to come back
└── Unavailable         a store or a neighbour is away; says when to come back
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a document: where (JSON pointer), what, and what to do about it."""

    pointer: str
    message: str


class MoissonError(Exception):
    """Something that a caller can understand; `str()` is one sentence for people."""


class Invalid(MoissonError):
    """What was sent cannot be accepted; `faults` says where."""

    def __init__(self, message: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class VersionRequired(MoissonError):
    """A write must say which version it replaces, or it would undo somebody's work unseen."""


class Unauthenticated(MoissonError):
    """No token, or one that does not hold."""


class Forbidden(MoissonError):
    """A valid caller without the right."""


class NotFound(MoissonError):
    """Absent, or hidden from this caller: the two look the same."""


class Conflict(MoissonError):
    """The state of things does not allow it."""


class AlreadyExists(Conflict):
    """A key or a unique value is taken."""


class VersionConflict(Conflict):
    """Somebody else wrote first: read again, then decide again."""


class NotNow(Conflict):
    """Possible in another state: a run is going on, a check did not pass."""


class Gone(MoissonError):
    """It was there once and will not come back."""


class CursorExpired(Gone):
    """A paging cursor whose version is gone, or that was not made for this query."""


class EpochChanged(Gone):
    """A feed cursor of an earlier epoch: the reader must start over."""


class TooLarge(MoissonError):
    """Beyond a stated limit."""


class TooManyRequests(MoissonError):
    """Too often; come back after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(MoissonError):
    """A store or a neighbour is away; come back after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def error_name(kind: type[MoissonError]) -> str:
    """The name under which an error travels between services: `EpochChanged` is `epoch-changed`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower()
