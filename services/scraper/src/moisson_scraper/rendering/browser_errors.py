"""What a browser says when it cannot show a page, as reasons. Its words are all that there is to tell them apart."""

from moisson_scraper.fetching.page_failure import PageFailed

_CRASHED = "The page made the browser's process for it crash, or took too much memory."
_SAID = (
    ("Download is starting", "not-a-page", "The address gives a file to download, not a page."),
    ("ERR_CERT", "bad-certificate", "TLS could not be agreed on."),
    ("ERR_SSL", "bad-certificate", "TLS could not be agreed on."),
    ("ERR_TOO_MANY_REDIRECTS", "too-many-redirects", "Pages lead on more often than a browser follows."),
    ("ERR_UNSAFE_REDIRECT", "bad-redirect", "Pages lead on to something that is no page."),
    ("ERR_INVALID_RESPONSE", "bad-answer", "The answer is not HTTP as it should be."),
    ("ERR_EMPTY_RESPONSE", "connection-failed", "The site hung up without an answer."),
    ("ERR_CONNECTION", "connection-failed", "The connection broke."),
    ("crashed", "page-crashed", _CRASHED),
)


def failure_told_by(said: str) -> PageFailed:
    """The reason for which a page was not shown."""
    for mark, code, message in _SAID:
        if mark in said:
            return PageFailed(code, message)
    first = " ".join((said.strip().splitlines() or [""])[0].split()).partition(" at http")[0][:200]
    return PageFailed("browser-failed", f"The browser could not show the page ({first}).")


def page_crashed() -> PageFailed:
    """The process that showed the page has ended."""
    return PageFailed("page-crashed", _CRASHED)
