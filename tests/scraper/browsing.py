"""A real Chromium as the scraper uses it, for sites of loopback."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from moisson_scraper.fetching.host_visits import HostTools
from moisson_scraper.fetching.page_failure import PageLost
from moisson_scraper.fetching.page_fetcher import FetchTools, PageFetcher
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.reading_process import ReadingLimits
from moisson_scraper.reading.rendered_listing import RenderedPage
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageRequest
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
from moisson_scraper.rendering.rendered_tab import Waits
from moisson_scraper.rendering.renderer import Renderer, open_renderer
from moisson_shared.adapters.in_process_host_budget import InProcessHostBudget
from moisson_shared.adapters.outbound_http import OutboundClient, OutboundPolicy, outbound_client
from moisson_shared.contracts.sources import HtmlSource
from moisson_shared.contracts.spider import Limits, Politeness
from tests.scraper.sample_site import SampleSite

QUICK = Waits(quiet=0.5, growth=0.8)


def source_of(site: SampleSite, *, path: str = "/", **rendering: Any) -> HtmlSource:
    return HtmlSource.model_validate(
        {
            "start_urls": [site.url + path],
            "item": {"expression": "li.card"},
            "fields": {"titre": {"expression": "b"}},
            "rendering": {"seconds": 5} | rendering,
        }
    )


@dataclass
class Browsing:
    """A renderer and a fetcher under it."""

    renderer: Renderer
    tools: FetchTools

    def afresh(self) -> "Browsing":
        """The same browser, with nothing remembered of hosts."""
        return Browsing(self.renderer, tools_over(self.tools.client))

    @asynccontextmanager
    async def opened(self, source: HtmlSource, **limits: Any) -> AsyncIterator[Any]:
        bounds = Limits.model_validate({"bytes_per_page": 2_000_000} | limits)
        budget = RunBudget(bounds, self.tools.hosts.clock() + 60)
        pages = PageFetcher(self.tools, Politeness(delay=0, retries=0), budget)
        async with self.renderer.pages_of(source, pages) as fetches:
            yield fetches

    async def page(self, source: HtmlSource, **limits: Any) -> RenderedPage:
        async with self.opened(source, **limits) as fetches:
            page = await fetches.fetch(PageRequest(source.start_urls[0]))
            assert isinstance(page, RenderedPage)
            return page

    async def lost(self, source: HtmlSource, **limits: Any) -> str:
        with pytest.raises(PageLost) as failure:
            await self.page(source, **limits)
        return failure.value.code


def tools_over(client: OutboundClient) -> FetchTools:
    slots = InProcessHostBudget(8)
    return FetchTools(client, HostTools(slots, RobotsBook(client, slots), 0.01), ReadingProcesses(ReadingLimits()))


@asynccontextmanager
async def browsing(*sites: SampleSite, **changed: Any) -> AsyncIterator[Browsing]:
    policy = OutboundPolicy(allow=[site.address for site in sites], user_agent="Moisson/0.1 (+mailto:m@s.example)")
    async with outbound_client(policy) as client:
        renderer = open_renderer(policy, sandbox=os.geteuid() != 0, waits=QUICK, **changed)
        assert renderer.why_not is None
        try:
            yield Browsing(renderer, tools_over(client))
        finally:
            await renderer.close()


def titles(page: FetchedPage, source: HtmlSource) -> list[object]:
    read = compile_source(source).read_listing(page, PageRequest(page.address))
    return [item.values["titre"] for item in read.items if isinstance(item, FoundItem)]
