"""Why a page in a browser was lost: as the tab, the proxy in front of it, or the browser's own words tell."""

from urllib.parse import urlsplit

from moisson_scraper.fetching.page_failure import PageFailed, PageLost
from moisson_scraper.fetching.page_fetcher import address_refused, page_too_large
from moisson_scraper.rendering.browser_errors import failure_told_by, page_crashed
from moisson_scraper.rendering.chromium import Window
from moisson_scraper.rendering.rendered_tab import RenderedTab

_OF_THE_PROXY = frozenset({403, 502, 504})
"""What the proxy answers in a site's place."""


class TabLosses:
    """For pages that may take so many seconds and bytes."""

    def __init__(self, seconds: float, most_bytes: int) -> None:
        self._seconds = seconds
        self._most_bytes = most_bytes

    def why_ended(self, window: Window, tab: RenderedTab | None) -> PageLost:
        """Why a page is not there yet whose time is over, or that something else has ended."""
        seconds = self._seconds
        if window.session.exhausted.is_set():
            return page_too_large(self._most_bytes)
        if tab is not None and tab.crashed.is_set():
            return page_crashed()
        if tab is not None and tab.lost is not None:
            return tab.lost
        if tab is not None and tab.waiting:
            message = f"What the spider waits for did not appear within {seconds:g} seconds."
            return PageFailed("never-appeared", message)
        return PageFailed("timeout", f"The page was not there within {seconds:g} seconds.")

    def why_lost(self, window: Window, tab: RenderedTab) -> PageFailed | None:
        """Why the main document did not come, where it was the proxy that had to say no. Raises what cannot be tried
        again."""
        if tab.lost is not None:
            raise tab.lost
        if has_come(tab):
            return None  # it has come; what was lost is something else from there
        parts = urlsplit(tab.asked)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        reason = window.session.why_lost(parts.hostname or "", port)
        if reason is None:
            return None
        if reason == "address-refused":
            raise address_refused()
        if reason == "page-too-large" or window.session.exhausted.is_set():
            raise page_too_large(self._most_bytes)
        return PageFailed(reason, "The site could not be reached, or did not answer as it should.")

    def failure(self, window: Window, tab: RenderedTab | None, error: Exception) -> PageLost:
        """Why the browser gave up, whose own words say least."""
        if window.session.exhausted.is_set():
            return page_too_large(self._most_bytes)
        if tab is not None:
            if tab.crashed.is_set():
                return page_crashed()
            try:
                lost = self.why_lost(window, tab)
            except PageLost as why:
                return why
            if lost is not None:
                return lost
        if not window.there:
            return PageFailed("browser-ended", "The browser ended while it showed the page.")
        return failure_told_by(str(error))


def has_come(tab: RenderedTab) -> bool:
    """Whether the site has answered for the main document, and not the proxy."""
    return tab.answer is not None and tab.answer.status not in _OF_THE_PROXY
