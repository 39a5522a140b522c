"""What is asked of a page from outside of its own scripts: in an isolated world, where nothing that a page redefined is
seen. Expressions of JavaScript as text, and their answers as values."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_MOST_ITEMS = 20_000
_MOST_CHARACTERS = 2000
_STATE = """(() => {
  const found = document.evaluate(%(item)s, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
  const many = Math.min(found.snapshotLength, %(most_items)d);
  let sum = 0;
  for (let n = 0; n < many; n++) {
    const text = found.snapshotItem(n).textContent.slice(0, %(most_characters)d);
    for (let at = 0; at < text.length; at++) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
  }
  return [found.snapshotLength, sum, document.documentElement.scrollHeight];
})()"""
_TO_THE_END = """(() => {
  const found = document.evaluate(%(item)s, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
  const last = found.snapshotLength && found.snapshotItem(found.snapshotLength - 1);
  if (last && last.scrollIntoView) last.scrollIntoView();
  const top = document.scrollingElement || document.documentElement;
  top.scrollTo(0, top.scrollHeight);
})()"""
_DOCUMENT = """(() => {
  const text = document.documentElement ? document.documentElement.outerHTML : "";
  const fits = text.length <= %(most)d;
  return [location.href, document.contentType, text.length, fits ? text : null];
})()"""


class NoAnswer(Exception):
    """The question could not be asked: the document went away meanwhile, or is none that answers."""


@dataclass(frozen=True, slots=True)
class PageState:
    """What tells whether a listing has changed: how many items, a sum over their texts, the height of the page."""

    items: int
    texts: int
    height: int


@dataclass(frozen=True, slots=True)
class Document:
    """The document as it stands; `markup` is None where it has more characters than wanted."""

    address: str
    content_type: str
    markup: str | None


class PageQuestions:
    """Asks one page."""

    def __init__(self, session: "CDPSession", item: str) -> None:
        self._session = session
        self._item = json.dumps(item)

    async def state(self) -> PageState:
        """Raises `NoAnswer`."""
        values = {"item": self._item, "most_items": _MOST_ITEMS, "most_characters": _MOST_CHARACTERS}
        items, texts, height = await self._ask(_STATE % values)
        return PageState(items, texts, height)

    async def scroll_to_end(self) -> None:
        """The last item, and the end of the page, come into view. Raises `NoAnswer`."""
        await self._ask(_TO_THE_END % {"item": self._item})

    async def document(self, most_characters: int) -> Document:
        """Raises `NoAnswer`."""
        address, kind, _, text = await self._ask(_DOCUMENT % {"most": most_characters})
        return Document(address, kind, text)

    async def _ask(self, expression: str) -> Any:
        from playwright.async_api import Error

        try:
            tree = await self._session.send("Page.getFrameTree")
            world = await self._session.send(
                "Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "moisson"}
            )
            answer = await self._session.send(
                "Runtime.evaluate",
                {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True},
            )
        except Error as error:
            raise NoAnswer(str(error)) from error
        if "exceptionDetails" in answer or answer["result"].get("value", ()) == ():
            if answer["result"].get("type") == "undefined" and "exceptionDetails" not in answer:
                return None
            raise NoAnswer(str(answer.get("exceptionDetails"))[:500])
        return answer["result"]["value"]
