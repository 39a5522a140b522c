"""What must happen from time to time: keys are renewed, sessions and tokens that are over are forgotten.

Every replica does it; each step is safe to repeat and to race.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from moisson_shared.contracts.errors import MoissonError

EVERY_SECONDS = 600.0

Chore = Callable[[], Awaitable[None]]


async def keep_house(chores: Sequence[Chore], every: float = EVERY_SECONDS) -> None:
    """Does all chores now and every few minutes, until cancelled. One that fails is logged and tried again."""
    while True:
        for chore in chores:
            try:
                await chore()
            except MoissonError as error:
                structlog.get_logger().warning("housekeeping", chore=chore.__qualname__, reason=str(error))
        await asyncio.sleep(every)
