"""The work queue: hints that there is something to do. The document in the store is the truth.

A message may be lost, doubled, late or out of order; handlers read the document first and find out what is left to
do. So any queue fits, and an outage is only a delay.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hint:
    """`topic` names the kind of work, `key` the document that says what it is."""

    topic: str
    key: str


Handler = Callable[[str], Awaitable[None]]
"""Gets the key. An exception is logged and counted; the hint is not given again, the sweep will find the document."""


class WorkSender(Protocol):
    """Tells that there is work."""

    async def send(self, hint: Hint) -> None:
        """Best effort: returns when the queue has it, raises `Unavailable` within two seconds when it cannot: it is
        away, closed, or full. A hint that is waiting already is not queued twice.
        """
        ...


class WorkReceiver(Protocol):
    """Hears of work."""

    async def receive(self, handlers: dict[str, Handler], concurrency: int) -> None:
        """Calls handlers, at most `concurrency` at once and never two for one key in this process, until cancelled or
        closed; then waits for those at work, and cancels them when it is cancelled again.

        It takes hints of the topics in `handlers` only; the others wait for a receiver of theirs. A hint that is sent
        while its key is being handled is handled afterwards.
        """
        ...

    @property
    def failures(self) -> Mapping[str, int]:
        """How many calls of handlers raised, by topic."""
        ...


class WorkQueue(WorkSender, WorkReceiver, Protocol):
    """Both ends, for the composition root."""

    async def close(self) -> None:
        """Ends receivers; `send` is `Unavailable` from then on. Safe to repeat."""
        ...
