"""How a page can fail to be there, each with its reason. Not domain errors: they are counted on the run, not raised to
a caller."""

from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.source_reader import FetchedPage


class PageLost(Exception):
    """A page that was not got; `code` is a stable word, `message` a sentence without the address.

    `page` is what the site answered instead, where it answered; `retries` says how often it was asked for again.
    """

    def __init__(self, code: str, message: str, page: FetchedPage | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.page = page
        self.retries = 0

    def notice(self, sample: str) -> Notice:
        """As something to count."""
        return Notice(self.code, self.message, sample)


class PageFailed(PageLost):
    """It was asked for, and nothing usable came back."""


class EndOfListing(PageFailed):
    """A numbered page that does not exist: the listing has ended."""

    emptied = False
    """The page had items the last time that it was there, and was not missing the last time."""


class HostClosed(PageFailed):
    """Its host is not asked any more in this run: it said so, or does not answer."""


class OffLimits(PageLost):
    """robots.txt says no."""


class LimitMet(PageLost):
    """A limit of the run: this page and those after it are not reached."""


class RunStopping(LimitMet):
    """The run is to stop for now: pages that are being asked for are waited for, no further one is begun."""

    def __init__(self) -> None:
        super().__init__("run-stopping", "The run stops here for now.")
