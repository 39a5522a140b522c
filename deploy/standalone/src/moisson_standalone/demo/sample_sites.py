"""The three sample sites on loopback, each on a port of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from moisson_shared.web.serving import BackgroundServer
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS

FIRST_PORT = 8111


@asynccontextmanager
async def serving_sample_sites(first_port: int = FIRST_PORT) -> AsyncIterator[dict[str, str]]:
    """Partner ids with the addresses of their sites, served until the block ends; 0 takes free ports.

    Raises `StartFailed` where a port is taken.
    """
    async with AsyncExitStack() as stack:
        sites: dict[str, str] = {}
        for place, partner in enumerate(SAMPLE_PARTNERS):
            server = BackgroundServer(partner.site(), port=first_port + place if first_port else 0)
            await stack.enter_async_context(server)
            sites[partner.id] = server.url
        yield sites
