"""A process of its own that takes a turn at a host and keeps it, to be killed.

`python -m tests.contracts.host_budget_process <url> <host> <longest>`; it says `taken` when it has its turn.
"""

import asyncio
import sys

from moisson_shared.adapters.open_backends import open_host_budget


async def _main(url: str, host: str, longest: str) -> None:
    budget = open_host_budget(url, at_once=1)
    async with budget.turn(host, lambda: 0.0, float(longest), lambda _: None):
        sys.stdout.write("taken\n")
        sys.stdout.flush()
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
