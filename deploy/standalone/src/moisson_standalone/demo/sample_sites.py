"""The three sample sites on loopback, each on a port of its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from moisson_shared.web.serving import BackgroundServer
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS

FIRST_PORT = 8111


def ports_from(first: int) -> tuple[int, ...]:
    """One for each sample site, from the first on."""
    return tuple(first + place for place in range(len(SAMPLE_PARTNERS)))


@asynccontextmanager
async def serving_sample_sites(ports: Sequence[int]) -> AsyncIterator[dict[str, str]]:
    """Partner ids with the addresses of their sites, served until the block ends; a port of 0 takes a free one.

    Raises `StartFailed` where a port is taken.
    """
    async with AsyncExitStack() as stack:
        sites: dict[str, str] = {}
        for partner, port in zip(SAMPLE_PARTNERS, ports, strict=True):
            server = BackgroundServer(partner.site(), port=port)
            await stack.enter_async_context(server)
            sites[partner.id] = server.url
        yield sites
