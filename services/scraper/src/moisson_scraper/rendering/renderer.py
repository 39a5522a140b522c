"""Rendering as a service has it: one browser and its proxy, shared by all runs, or the reason why there is none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp.abc import AbstractResolver

from moisson_scraper.crawling.page_visitor import Fetches
from moisson_scraper.fetching.page_failure import PageFailed
from moisson_scraper.fetching.page_fetcher import PageFetcher
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_scraper.rendering.absence import Mode, find_chromium, why_not_rendered
from moisson_scraper.rendering.chromium import Chromium, ChromiumRules
from moisson_scraper.rendering.guarding_proxy import GuardingProxy
from moisson_scraper.rendering.rendered_pages import RenderedPages
from moisson_scraper.rendering.rendered_tab import Waits
from moisson_shared.adapters.outbound_http import OutboundPolicy
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.sources import HtmlSource, Source


class Renderer:
    """Gives each run the fetcher that its source needs."""

    def __init__(
        self,
        why_not: str | None,
        chromium: Chromium | None,
        proxy: GuardingProxy,
        *,
        at_once: int,
        waits: Waits,
    ) -> None:
        self.why_not = why_not
        """Why pages cannot be rendered here, in a sentence without a beginning and an end; None where they can."""
        self._chromium = chromium
        self._proxy = proxy
        self._room = asyncio.Semaphore(at_once)
        self._waits = waits

    @asynccontextmanager
    async def pages_of(self, source: Source, pages: PageFetcher) -> AsyncIterator[Fetches]:
        """The fetcher for a run over this source: `pages` itself where no browser is asked for."""
        if not isinstance(source, HtmlSource) or source.rendering is None:
            yield pages
        elif self._chromium is None:
            yield _NoBrowser(self.why_not or "")
        else:
            rendered = RenderedPages(self._chromium, self._room, source, source.rendering, pages, self._waits)
            try:
                yield rendered
            finally:
                await rendered.close()

    async def check(self) -> None:
        """Raises `Unavailable` where pages cannot be rendered."""
        if self.why_not is not None:
            raise Unavailable(f"{self.why_not[:1].upper()}{self.why_not[1:]}.")

    async def close(self) -> None:
        """Ends the browser; safe to repeat."""
        if self._chromium is not None:
            await self._chromium.close()
        await self._proxy.close()


class _NoBrowser:
    """Says why to whoever asks for a page."""

    def __init__(self, why_not: str) -> None:
        self._why_not = why_not

    async def fetch(self, request: PageRequest) -> FetchedPage:
        raise PageFailed("no-browser", f"{self._why_not[:1].upper()}{self._why_not[1:]}.")


def open_renderer(
    policy: OutboundPolicy,
    *,
    mode: Mode = "auto",
    chromium: str = "",
    sandbox: bool = True,
    at_once: int = 2,
    idle_seconds: float = 60.0,
    memory: int = 1_000_000_000,
    waits: Waits | None = None,
    resolver: AbstractResolver | None = None,
) -> Renderer:
    """A renderer under the policy of all fetches. Nothing is started before a page needs it."""
    proxy = GuardingProxy(policy, resolver)
    why_not = why_not_rendered(mode, chromium)
    path = find_chromium(chromium)
    browser = None
    if why_not is None and path is not None:
        browser = Chromium(ChromiumRules(path, policy.user_agent, sandbox, idle_seconds, memory), proxy)
    return Renderer(why_not, browser, proxy, at_once=at_once, waits=waits or Waits())
