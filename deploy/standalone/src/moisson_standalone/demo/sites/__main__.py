"""`python -m moisson_standalone.demo.sites 8111`: the three sample sites on this port and the two after it."""

import asyncio
import sys

from moisson_standalone.demo.sample_sites import FIRST_PORT, ports_from, serving_sample_sites


async def _serve(first_port: int) -> None:
    async with serving_sample_sites(ports_from(first_port)) as sites:
        for partner, address in sites.items():
            print(f"{partner}: {address}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else FIRST_PORT))
    except KeyboardInterrupt:
        sys.exit(130)
