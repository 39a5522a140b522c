"""A run's pages through the browser: the crawl's fetcher for a source that asks for it.

One page of a run at a time, so that its bytes are its own. Between two parts of a listing the tab stays open, for as
long as one page may take; when it is gone (a slow crawl, another process, a crash), the part is reached again from the
start page by as many clicks.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar

from moisson_scraper.fetching.host_visits import Attempt, Refusal, at_once
from moisson_scraper.fetching.page_failure import HostClosed, PageFailed
from moisson_scraper.fetching.page_fetcher import PageFetcher, page_too_large
from moisson_scraper.fetching.politeness import ends_listing
from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.rendered_listing import RenderedPage, part_of
from moisson_scraper.reading.source_reader import FetchedPage, PageKind, PageRequest
from moisson_scraper.rendering.browser_paths import browser_path
from moisson_scraper.rendering.chromium import Chromium, Window
from moisson_scraper.rendering.page_questions import Document
from moisson_scraper.rendering.rendered_tab import Manner, RenderedTab, Waits, open_tab
from moisson_scraper.rendering.renderer_watch import watch_renderers
from moisson_scraper.rendering.tab_losses import TabLosses, has_come
from moisson_shared.contracts.sources import HtmlSource, Rendering

T = TypeVar("T")

_FATAL = frozenset({"address-refused", "bad-address", "page-too-large", "too-many-connections"})
_AGAIN = frozenset({"timeout", "browser-ended", "connection-failed"})
"""What may be the moment's fault."""
_SILENT = frozenset({"timeout", "connection-failed", "name-not-found"})
"""What says that a host does not answer, where no answer has come."""
_NOTHING = frozenset({204, 205})
"""Answers that have no content (RFC 9110, 15.3.5 and 15.3.6)."""
_DOCTYPE = "<!DOCTYPE html>\n"


class RenderedPages:
    """`Fetches` for one run. Close it at the end."""

    def __init__(
        self,
        chromium: Chromium,
        room: asyncio.Semaphore,
        source: HtmlSource,
        rendering: Rendering,
        pages: PageFetcher,
        waits: Waits,
    ) -> None:
        self._chromium = chromium
        self._room = room
        self._rendering = rendering
        self._pages = pages
        self._visits = pages.visits
        self._losses = TabLosses(rendering.seconds, pages.budget.limits.bytes_per_page)
        item = browser_path(source.item)
        click = browser_path(rendering.click_next) if rendering.click_next is not None else None
        wait = browser_path(rendering.wait_for) if rendering.wait_for is not None else None
        self._listing = Manner(item, rendering.seconds, wait, rendering.scrolls, click, waits)
        self._detail = Manner(item, rendering.seconds, waits=waits)
        self._window: Window | None = None
        self._one = asyncio.Lock()
        self._open: tuple[str, int, RenderedTab] | None = None
        self._fading: asyncio.Task[None] | None = None

    async def fetch(self, request: PageRequest) -> FetchedPage:
        """The page as a browser shows it. Raises `PageLost`."""
        if request.kind is PageKind.DETAIL and not self._rendering.details:
            return await self._pages.fetch(request)
        address, part = part_of(request.address)
        budget = self._pages.budget
        if part is None:
            message = "Listings went on after the last scroll that the spider and its seconds allow."
            raise PageFailed("limit-scrolls", message)
        if part > self._rendering.most_clicks + 1:
            message = f"Listings went on after {self._rendering.most_clicks:,} clicks, the limit of the spider."
            raise PageFailed("limit-clicks", message)
        budget.take_page(self._visits.clock())
        async with self._one, self._room:
            budget.require_time(self._visits.clock())
            if part > 1:
                return await self._part(address, part)
            page, _ = await self._visits.retried(address, lambda: self._first(address, request))
            return page

    async def close(self) -> None:
        """Closes what is open; safe to repeat."""
        async with self._one:
            await self._leave_tab()
            window, self._window = self._window, None
            if window is not None:
                await window.close()

    # A page from its address.

    async def _first(self, address: str, request: PageRequest) -> Attempt[RenderedPage]:
        await self._leave_tab()
        listing = request.kind is PageKind.LISTING
        # The moment is ours; the place is not held, or a page that leads on would wait for itself.
        await self._visits.in_turn(page_address(address) or address, at_once)
        window = await self._there()
        window.session.begin_page(self._pages.budget.limits.bytes_per_page)
        how = self._listing if listing else self._detail
        tab: RenderedTab | None = None
        began = self._visits.clock()
        try:
            tab = await self._within(window, None, open_tab(window, self._pages, how))
            attempt = await self._opened(window, tab, address, request)
        except BaseException as error:
            if tab is not None:
                await tab.close()
            if not isinstance(error, PageFailed) or error.code not in _AGAIN | _SILENT:
                raise
            again = error.code in _AGAIN
            if tab is not None and tab.asked and not has_come(tab) and error.code in _SILENT:
                return self._visits.unanswered(self._visits.visit(tab.asked), error, began, again=again)
            return Attempt(None, error, again=again)
        finally:
            self._pages.budget.bytes += window.session.bytes
        if attempt.got is not None and attempt.got.goes_on:
            self._keep_tab(window, address, 1, tab)
        else:
            await tab.close()
        return attempt

    async def _opened(
        self, window: Window, tab: RenderedTab, address: str, request: PageRequest
    ) -> Attempt[RenderedPage]:
        from playwright.async_api import Error

        async def opening() -> Attempt[RenderedPage]:
            began = self._visits.clock()
            response = None
            try:
                response = await tab.open(address)
            except Error:
                if tab.answer is None or (tab.answer.status < 400 and tab.answer.status not in _NOTHING):
                    raise  # else it is one that a browser has nothing to show of
            lost = self._losses.why_lost(window, tab)
            if lost is not None and lost.code in _SILENT:
                return self._visits.unanswered(self._visits.visit(tab.asked), lost, began, again=True)
            if lost is not None:
                return Attempt(None, lost, again=lost.code not in _FATAL)
            refused = await self._refused(tab, request, began)
            if refused is not None:
                return refused
            if response is None:
                raise PageFailed("bad-answer", "The browser got no answer that is a page.")
            self._visits.answered(self._visits.visit(tab.asked), began, self._visits.clock() - began)
            try:
                await tab.settle()
            finally:
                await self._heed(tab, began)
            # Its scripts may have led on to another one.
            refused = await self._refused(tab, request, began)
            if refused is not None:
                return refused
            return Attempt(await self._taken(window, tab, response.status), None)

        return await self._within(window, tab, opening())

    async def _refused(self, tab: RenderedTab, request: PageRequest, began: float) -> Attempt[RenderedPage] | None:
        """What it comes to that the main document is an answer without a page; None where it is none."""
        if tab.answer is None or (200 <= tab.answer.status < 300 and tab.answer.status not in _NOTHING):
            return None
        answer, seconds = tab.answer, self._visits.clock() - began
        most = self._pages.budget.limits.bytes_per_page
        found = await tab.document(most)
        body = _body(found) if page_address(found.address) is not None else None  # else it is the browser's own
        page = FetchedPage(
            page_address(answer.url) or tab.asked,
            answer.status,
            f"{found.content_type}; charset=utf-8",
            body if body is not None and len(body) <= most else b"",
            tuple(answer.headers.items()),
        )
        refusal = Refusal(answer.status, page.header("retry-after"), page.body, seconds, page)
        ends = ends_listing(request, answer.status, page.body)
        return await self._visits.refused(self._visits.visit(page.address), refusal, began, ends=ends)

    async def _heed(self, tab: RenderedTab, began: float) -> None:
        """The next part, or data, that a site refuses to send to the page speaks for the site like a page."""
        answer = tab.refusal
        address = page_address(answer.url) if answer is not None else None
        if answer is not None and address is not None:
            page = FetchedPage(address, answer.status, "", b"", tuple(answer.headers.items()))
            refusal = Refusal(answer.status, page.header("retry-after"), b"", self._visits.clock() - began, page)
            with suppress(HostClosed):  # which the next page will hear
                await self._visits.refused(self._visits.visit(address), refusal, began, ends=False)

    async def _taken(self, window: Window, tab: RenderedTab, status: int, before: bytes = b"") -> RenderedPage:
        """The document in the tab as a page of the crawl."""
        most = self._pages.budget.limits.bytes_per_page
        found = await tab.document(most)
        if tab.lost is not None:
            raise tab.lost
        body = _body(found)
        if window.session.exhausted.is_set() or body is None or len(body) > most:
            raise page_too_large(most)
        address = page_address(found.address)
        if address is None:
            raise PageFailed("bad-redirect", "Pages lead on to something that is no page.")
        await self._visits.require_allowed(address)
        return RenderedPage(
            address,
            status,
            f"{found.content_type}; charset=utf-8",
            body,
            before=before,
            goes_on=await tab.has_next(),
            unread=tab.still_growing,
            notices=window.session.notices(address),
        )

    # A part, from the tab that stands open or from the beginning.

    async def _part(self, address: str, part: int) -> RenderedPage:
        if self._open is None or self._open[:2] != (address, part - 1):
            await self._visits.retried(address, lambda: self._first(address, PageRequest(address)))
            for number in range(2, part):
                await self._clicked(address, number)
        return await self._clicked(address, part)

    async def _clicked(self, address: str, part: int) -> RenderedPage:
        self._stay()
        if self._open is None or self._window is None or not self._window.there:
            raise PageFailed("next-part-gone", "The listing ended earlier than when it was read before.")
        window, tab = self._window, self._open[2]
        await self._visits.in_turn(page_address(address) or address, at_once)
        window.session.begin_page(self._pages.budget.limits.bytes_per_page)

        async def clicking() -> RenderedPage:
            began = self._visits.clock()
            before = _body(await tab.document(self._pages.budget.limits.bytes_per_page)) or b""
            try:
                await tab.click_next()
            finally:
                await self._heed(tab, began)
            return await self._taken(window, tab, 200, before)

        try:
            page = await self._within(window, tab, clicking())
        except BaseException:
            await self._leave_tab()
            raise
        finally:
            self._pages.budget.bytes += window.session.bytes
        if page.goes_on:
            self._keep_tab(window, address, part, tab)
        else:
            await self._leave_tab()
        return page

    # Time, and what ends it.

    async def _within(self, window: Window, tab: RenderedTab | None, work: Awaitable[T]) -> T:
        """The work's result within the spider's seconds. Raises `PageLost`."""
        from playwright.async_api import Error

        doing = asyncio.ensure_future(work)
        watching: list[asyncio.Task[Any]] = [
            asyncio.create_task(watch_renderers(window.engine.pid, self._chromium.rules.memory)),
            asyncio.create_task(window.session.exhausted.wait()),
        ]
        if tab is not None:
            watching.append(asyncio.create_task(tab.crashed.wait()))
        try:
            ends = {doing, *watching}
            await asyncio.wait(ends, timeout=self._rendering.seconds, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise self._losses.why_ended(window, tab)
            return doing.result()
        except Error as error:
            raise self._losses.failure(window, tab, error) from error
        finally:
            for task in (doing, *watching):
                task.cancel()
            await asyncio.gather(doing, *watching, return_exceptions=True)

    async def _there(self) -> Window:
        if self._window is not None and not self._window.there:
            window, self._window = self._window, None
            await window.close()
        if self._window is None:
            self._window = await self._chromium.window()
        return self._window

    # The tab between two parts.

    def _keep_tab(self, window: Window, address: str, part: int, tab: RenderedTab) -> None:
        self._open = (address, part, tab)
        self._fading = asyncio.create_task(self._fade(window, tab))

    def _stay(self) -> None:
        if self._fading is not None:
            self._fading.cancel()
            self._fading = None

    async def _fade(self, window: Window, tab: RenderedTab) -> None:
        """Until its time is over, or it takes too much memory: its scripts run on while nobody asks it for anything."""
        watching = asyncio.create_task(watch_renderers(window.engine.pid, self._chromium.rules.memory))
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rendering.seconds):
                    await tab.crashed.wait()
        finally:
            watching.cancel()
        async with self._one:
            self._fading = None
            await self._leave_tab()

    async def _leave_tab(self) -> None:
        self._stay()
        opened, self._open = self._open, None
        if opened is not None:
            await opened[2].close()


def _body(found: Document) -> bytes | None:
    """The document in UTF-8; lone halves of surrogate pairs, which a script can write, are replaced."""
    if found.markup is None:
        return None
    return (_DOCTYPE + found.markup).encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
