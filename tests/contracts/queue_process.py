"""A process of its own that receives work, for the drills of shared work and of sudden death.

`python -m tests.contracts.queue_process <url> <concurrency> <seconds of each handler>`; it says `begun <key>` and
`ended <key>`, a line each. SIGTERM cancels the receiver, as a service does that is told to stop.
"""

import asyncio
import signal
import sys
from contextlib import suppress

from moisson_shared.adapters.open_backends import open_queue

TOPICS = ("crawl", "build")


async def _main(url: str, concurrency: str, seconds: str) -> None:
    async def handle(key: str) -> None:
        _say(f"begun {key}")
        await asyncio.sleep(float(seconds))
        _say(f"ended {key}")

    queue = open_queue(url)
    receiving = asyncio.create_task(queue.receive(dict.fromkeys(TOPICS, handle), int(concurrency)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, receiving.cancel)
    _say("ready")
    with suppress(asyncio.CancelledError):
        await receiving
    await queue.close()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
