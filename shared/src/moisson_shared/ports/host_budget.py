"""The budget of a host: how many requests at once, and how far apart, whoever asks and from whichever process.

All times are durations in seconds. Each engine counts them by a clock of its own, so machines need not agree on the
time.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

LONGEST_SLEEP = 1.0
"""Seconds: a long wait is slept in pieces, so that who waits is asked again whether to go on."""


class HostBudget(Protocol):
    """Turns at hosts. A host is any short text; how many may be at one host at once is the adapter's own setting."""

    def turn(
        self, host: str, delay: Callable[[], float], longest: float, waits: Callable[[float], None]
    ) -> AbstractAsyncContextManager[None]:
        """Waits for the host's next free moment, and holds a place there until the block is left.

        `delay` gives how long after the start before this one may begin; it is asked each time that matters, so it may
        change meanwhile. `waits` is told for how long it is going to wait, at least every LONGEST_SLEEP while it does,
        and with 0 right before the turn begins; what it raises ends the waiting. `longest` is what the block takes at
        most: a place that was not given back by then counts as free, for its holder is dead.

        Raises `Unavailable`, before the block is entered and never after, while the engine is away: nobody may go to
        the host then.
        """
        ...

    async def hold(self, host: str, seconds: float) -> None:
        """Nobody begins a turn at the host for so long; an earlier word for longer stands. Never raises: while the
        engine is away at least this process keeps to it."""
        ...

    async def check(self) -> None:
        """Raises `Unavailable` when the engine does not answer within two seconds."""
        ...

    async def close(self) -> None:
        """Gives back what it holds; safe to repeat."""
        ...
