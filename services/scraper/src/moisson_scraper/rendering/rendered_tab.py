"""One page in the browser: opened, waited for, scrolled, clicked on, and taken as it stands. Knows no time limit of its
own; whoever uses it gives it up after the spider's seconds, and closes it."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from moisson_scraper.fetching.host_visits import at_once
from moisson_scraper.fetching.page_failure import EndOfListing, PageFailed, PageLost
from moisson_scraper.fetching.page_fetcher import PageFetcher
from moisson_scraper.fetching.politeness import holds_host
from moisson_scraper.reading.addresses import page_address
from moisson_scraper.rendering.chromium import CLOSE_SECONDS, Window
from moisson_scraper.rendering.page_questions import Document, NoAnswer, PageQuestions, PageState
from moisson_scraper.rendering.redirect_stops import stop_at_redirects

if TYPE_CHECKING:
    from playwright.async_api import Page, Request, Response, Route

_UNSEEN = frozenset({"image", "media", "font"})
"""What is not fetched at all: nothing of it stands in the document."""
_DATA = frozenset({"xhr", "fetch"})
_LOOK_SECONDS = 0.1
_TIME_FOR_CHANGES = 0.7
"""The part of a page's seconds that may be spent on waiting for it to grow; the rest is for taking it."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds. `quiet`: for the network to fall silent where nothing is waited for. `growth`: for new items."""

    quiet: float = 3.0
    growth: float = 3.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How one tab is handled; selectors are XPath."""

    item: str
    seconds: float
    wait_for: str | None = None
    scrolls: int = 0
    click_next: str | None = None
    waits: Waits = Waits()


class RenderedTab:
    """A tab; make it with `open_tab`. Each navigation and each redirect of its main document takes a turn of the host,
    and robots.txt holds for its address; only for the first one of each part has the caller had the turn."""

    def __init__(self, window: Window, page: "Page", questions: PageQuestions, pages: PageFetcher, how: Manner) -> None:
        self._window = window
        self._page = page
        self._questions = questions
        self._pages = pages
        self._how = how
        self._turn_taken = False
        self._failed_data = 0
        self._began = 0.0
        self.asked = ""
        """The last address that the main document was asked for at."""
        self.answer: Response | None = None
        """What came from there; None where nothing has come yet."""
        self.refusal: Response | None = None
        """The last answer to this part, or to its data, by which the site asks to be left alone."""
        self.lost: PageLost | None = None
        """Why a navigation of the main document was not allowed."""
        self.waiting = False
        """Whether it is the spider's own condition that is waited for."""
        self.crashed = asyncio.Event()
        self.still_growing = False
        """Whether scrolling stopped though the page was growing, or could not get what it asked for."""

    async def open(self, address: str) -> "Response | None":
        """Asks for the page; its answer. Raises Playwright's errors."""
        self._begin()
        self.asked = address
        return await self._page.goto(address, wait_until="domcontentloaded")

    async def settle(self) -> None:
        """Waits for what the spider waits for, then scrolls. Raises `PageFailed`."""
        from playwright.async_api import TimeoutError as NotYet

        if self._how.wait_for is not None:
            self.waiting = True
            await self._page.locator(f"xpath={self._how.wait_for}").first.wait_for(state="attached")
            self.waiting = False
        else:
            with suppress(NotYet):
                await self._page.wait_for_load_state("networkidle", timeout=self._how.waits.quiet * 1000)
        await self._scroll()

    async def has_next(self) -> bool:
        """Whether there is something to click for another part, that can be seen and is not switched off."""
        if self._how.click_next is None:
            return False
        button = self._page.locator(f"xpath={self._how.click_next}").first
        if not await button.count() or not await button.is_visible() or not await button.is_enabled():
            return False
        return await button.get_attribute("aria-disabled") != "true"

    async def click_next(self) -> None:
        """Clicks, and waits for the items to change. Raises `EndOfListing` where they do not, `PageFailed` where they
        could not."""
        self._begin()
        before = await self._state()
        button = self._page.locator(f"xpath={self._how.click_next}").first
        if await self.has_next():
            # Not a press of the mouse: what lies over the button (a banner about cookies) does not matter then.
            await button.dispatch_event("click")
            if await self._changed(before, self._deadline()):
                await self._scroll()
                return
        if self.lost is not None:
            raise self.lost
        if self._failed_data:
            raise PageFailed("next-part-failed", "After a click on next the site failed to send the part.")
        raise EndOfListing(
            "listing-ended", "The listing ended: there was nothing more to click, or it changed nothing."
        )

    async def document(self, most_characters: int) -> Document:
        """The document as it stands."""
        while True:
            try:
                return await self._questions.document(most_characters)
            except NoAnswer:
                await asyncio.sleep(_LOOK_SECONDS)  # it is just being replaced

    async def close(self) -> None:
        """Closes it; where that fails, the browser is killed."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._page.close()
        except Exception:  # noqa: BLE001 - whatever Playwright says: what cannot be closed is ended
            self._window.engine.kill()

    # What the page does meanwhile.

    async def on_route(self, route: "Route", request: "Request") -> None:
        """Every request of the page passes here before it goes to the proxy."""
        from playwright.async_api import Error

        with suppress(Error):  # the page may be gone meanwhile
            if request.resource_type in _UNSEEN:
                await route.abort("blockedbyclient")
                return
            is_main = request.is_navigation_request() and request.frame == self._page.main_frame
            if is_main and not await self.may_go_to(request.url):
                await route.abort("blockedbyclient")
                return
            await route.continue_()

    async def may_go_to(self, url: str) -> bool:
        """Whether the main document may be asked for there, when it is its turn."""
        try:
            await self._navigating(url)
        except PageLost as lost:
            self.lost = lost
            return False
        return True

    async def _navigating(self, url: str) -> None:
        address = page_address(url)
        if address is None:
            raise PageFailed("bad-redirect", "Pages lead on to something that is no page.")
        self.asked = address
        self.answer = None
        if self._turn_taken:
            self._turn_taken = False
            await self._pages.visits.require_allowed(address)
            return
        await self._pages.visits.in_turn(address, at_once)

    def on_failed(self, request: "Request") -> None:
        """Something did not come."""
        if request.resource_type in _DATA and _same_site(request.url, self._page.url):
            self._failed_data += 1
        elif request.is_navigation_request():
            with suppress(Exception):  # the frame may be gone meanwhile
                self._failed_data += request.frame == self._page.main_frame

    def on_answer(self, response: "Response") -> None:
        """Something came, or an error in its place."""
        with suppress(Exception):  # the frame may be gone meanwhile
            leads_on = 300 <= response.status < 400 and "location" in response.headers
            if response.request.is_navigation_request() and response.frame == self._page.main_frame and not leads_on:
                self.answer = response
        if response.status >= 400:
            failed = self._failed_data
            self.on_failed(response.request)
            if self._failed_data > failed and holds_host(response.status):
                self.refusal = response

    # Growing.

    def _begin(self) -> None:
        self._began = time.monotonic()
        self._turn_taken = True
        self._failed_data = 0
        self.refusal = None
        self.lost = None
        self.still_growing = False

    def _deadline(self) -> float:
        return self._began + self._how.seconds * _TIME_FOR_CHANGES

    async def _state(self) -> PageState | None:
        with suppress(NoAnswer):
            return await self._questions.state()
        return None

    async def _changed(self, before: PageState | None, until: float) -> bool:
        """Waits until there are other items than before and two looks see the same ones, or until the time is over;
        whether there are other items."""
        changed = False
        last: PageState | None = None
        while time.monotonic() < until and self.lost is None:
            await asyncio.sleep(_LOOK_SECONDS)
            now = await self._state()
            changed = now is not None and now.items > 0 and not _same_items(now, before)
            if changed and now == last:
                break
            last = now
        return changed

    async def _scroll(self) -> None:
        for _ in range(self._how.scrolls):
            self._failed_data = 0
            before = await self._state()
            with suppress(NoAnswer):
                await self._questions.scroll_to_end()
            until = min(time.monotonic() + self._how.waits.growth, self._deadline())
            if not await self._changed(before, until):
                self.still_growing = bool(self._failed_data) or time.monotonic() >= self._deadline()
                return
        if self._how.scrolls:
            before = await self._state()
            with suppress(NoAnswer):
                await self._questions.scroll_to_end()
            until = min(time.monotonic() + self._how.waits.growth, self._deadline())
            self.still_growing = await self._changed(before, until)


async def open_tab(window: Window, pages: PageFetcher, how: Manner) -> RenderedTab:
    """A new tab, with nothing in it yet."""
    page = await window.new_page()
    page.set_default_timeout(how.seconds * 2000)  # whoever waits gives up earlier
    session = await window.context.new_cdp_session(page)
    tab = RenderedTab(window, page, PageQuestions(session, how.item), pages, how)
    await page.route("**/*", tab.on_route)
    await stop_at_redirects(session, tab.may_go_to)
    page.on("requestfailed", tab.on_failed)
    page.on("response", tab.on_answer)
    page.on("crash", lambda _: tab.crashed.set())
    return tab


def _same_items(now: PageState, before: PageState | None) -> bool:
    return before is not None and (now.items, now.texts) == (before.items, before.texts)


def _same_site(url: str, page: str) -> bool:
    """Whether data comes from where the page does, roughly: the last two labels of the host are the same."""
    first, second = (urlsplit(one).hostname or "" for one in (url, page))
    return first.split(".")[-2:] == second.split(".")[-2:]
