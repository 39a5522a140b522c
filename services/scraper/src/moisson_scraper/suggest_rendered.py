"""Suggestions for a page whose items only a browser shows: opened in one where there is one, else what would help.

The draft asks for a browser then (`rendering`), and waits for the item that was found.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from moisson_scraper.fetching.page_failure import PageLost
from moisson_scraper.fetching.page_fetcher import PageFetcher
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import PageRequest
from moisson_scraper.rendering.renderer import Renderer
from moisson_scraper.running.seen_pages import SeenPages
from moisson_scraper.suggest_html import findings_in_html
from moisson_scraper.suggesting.proposal import Findings, Proposal
from moisson_shared.contracts.paging import LoadMore
from moisson_shared.contracts.selecting import HtmlField, Selector
from moisson_shared.contracts.sources import HtmlSource, Rendering


@asynccontextmanager
async def shown_by_browser(
    renderer: Renderer, fetcher: PageFetcher, found: Findings, pages: SeenPages, address: str
) -> AsyncIterator[SeenPages]:
    """The pages to go on with; what the browser shows at the address is added to what was found."""
    if renderer.why_not is not None:
        message = f"A browser might show a list that scripts make, but {renderer.why_not}."
        found.notes.append(Notice("browser-would-help", message))
        yield pages
        return
    async with renderer.pages_of(_whole_page(address), fetcher) as rendered:
        shown = SeenPages(rendered, pages.processes)
        try:
            given = await findings_in_html(await shown.fetch(PageRequest(address)), shown, address)
        except (PageLost, Unreadable) as error:
            found.notes.append(Notice("browser-failed", f"It was opened in a browser too: {error.message}"))
            yield pages
            return
        if not given.proposals:
            found.notes.append(Notice("nothing-in-browser", "A browser shows no list of things there either."))
            yield pages
            return
        found.proposals += map(_in_browser, given.proposals)
        found.notes[:] = given.notes
        message = "The page as it is served has no list; a browser shows one, so each run will open it in a browser."
        found.notes.append(Notice("list-in-browser", message))
        yield shown


def _whole_page(address: str) -> HtmlSource:
    """Any page: it is there when the network has fallen silent."""
    return HtmlSource(
        start_urls=(address,),
        item=Selector(expression="body"),
        fields={"page": HtmlField(expression="title")},
        rendering=Rendering(),
    )


def _in_browser(proposal: Proposal) -> Proposal:
    """The same source in a browser. What loads more is clicked there."""
    source = proposal.source
    if not isinstance(source, HtmlSource):
        return proposal
    click = source.paging.selector if isinstance(source.paging, LoadMore) else None
    rendering = Rendering(wait_for=source.item, click_next=click)
    paging = None if click is not None else source.paging
    return replace(proposal, source=source.model_copy(update={"rendering": rendering, "paging": paging}))
