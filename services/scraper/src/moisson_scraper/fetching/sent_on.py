"""What is asked after a redirect (RFC 9110, 15.4), so that another site gets nothing that could be a secret. Pure."""

from dataclasses import replace

from moisson_scraper.fetching.page_failure import PageFailed
from moisson_scraper.reading.source_reader import PageRequest

VALIDATORS = frozenset({"if-none-match", "if-modified-since"})


def sent_on(request: PageRequest, status: int, *, elsewhere: bool) -> PageRequest:
    """The request again, for where an answer with `status` leads; `elsewhere` is another origin.

    Raises `PageFailed` where a body would have to go to another origin.
    """
    if elsewhere:
        request = replace(request, headers=tuple(pair for pair in request.headers if pair[0] in VALIDATORS))
    if request.method == "GET":
        return request
    if status in {301, 302, 303}:
        return replace(request, method="GET", body=b"")
    if elsewhere:
        message = "Pages that are asked for with a body lead on to another site; the body is not sent there."
        raise PageFailed("redirect-with-body", message)
    return request
