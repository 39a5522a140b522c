"""Redirects of a tab's main document, each judged before it is followed.

Playwright's routes see the first address of a chain only. Chromium says each one to whoever pauses its requests (Chrome
DevTools Protocol, domain Fetch), and waits for an answer.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import CDPSession


async def stop_at_redirects(session: "CDPSession", may_follow: Callable[[str], Awaitable[bool]]) -> None:
    """From now on redirects of the main document are followed where that is so."""
    from playwright.async_api import Error

    main = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]

    async def paused(event: dict[str, Any]) -> None:
        request = {"requestId": event["requestId"]}
        is_redirect = "redirectedRequestId" in event and event["frameId"] == main
        with suppress(Error):  # the page may be gone meanwhile
            if is_redirect and not await may_follow(event["request"]["url"]):
                await session.send("Fetch.failRequest", request | {"errorReason": "BlockedByClient"})
            else:
                await session.send("Fetch.continueRequest", request)

    session.on("Fetch.requestPaused", paused)
    await session.send("Fetch.enable", {"patterns": [{"resourceType": "Document"}]})
