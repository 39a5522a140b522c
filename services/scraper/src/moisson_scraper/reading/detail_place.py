"""How the page behind an item, or behind another page, is found: by a link in HTML, or by a value in JSON. Pure."""

from typing import Any
from urllib.parse import quote

from moisson_scraper.reading.accept_headers import HTML_ACCEPT, JSON_ACCEPT
from moisson_scraper.reading.addresses import LONGEST, join_address, page_address
from moisson_scraper.reading.html_fields import CompiledField, compile_field
from moisson_scraper.reading.html_page import HtmlPage
from moisson_scraper.reading.json_paths import CompiledPath, compile_path
from moisson_scraper.reading.notice import Dropped, Notice
from moisson_scraper.reading.selectors import Node, Scope, SelectorFailed
from moisson_scraper.reading.source_reader import PageKind, PageRequest
from moisson_scraper.reading.value_room import ValueRoom
from moisson_shared.contracts.detail import DetailPlace, HtmlDetail

Found = tuple[PageRequest | None, list[Notice]]
"""The page that was found, if there is one, and what is to be said of it. With a `Dropped` the item gives no record."""

_WITHOUT = "Items have no link to a detail page; they were kept with the values of the listing."
_WITHOUT_VALUE = (
    "Items have no value to fill the detail's address with, or to be it; they were kept as the listing has them."
)
_WITHOUT_BEHIND = "Detail pages do not name the page behind them; their items were kept without its values."


class CompiledPlace:
    """Finds the pages of one level; level 0 is found from an item. Raises `SelectorRefused`, `PathRefused` and
    `PatternRefused`."""

    def __init__(self, detail: DetailPlace, level: int, scope: Scope) -> None:
        self.link: CompiledField | None = None
        if detail.link is not None:
            self.link = compile_field("detail", detail.link, scope)
        self.value: CompiledPath | None = compile_path(detail.value) if detail.value is not None else None
        self._address = detail.address
        self._level = level
        self._accept = HTML_ACCEPT if isinstance(detail, HtmlDetail) else JSON_ACCEPT

    def from_html(self, html: HtmlPage, node: Node, place: str) -> Found:
        """The page that an element of HTML leads to."""
        if self.link is None:
            return None, []
        try:
            written = self._filled_by(html, node) if self._address is not None else self.link.reference(html, node)
        except SelectorFailed as error:
            return None, [Notice("selector-failed", f"The detail link: {error}"[:300], place)]
        return self._request(written, place, _WITHOUT)

    def from_json(self, value: Any, base: str, place: str) -> Found:
        """The page that a JSON value names. Raises `PathFailed`."""
        found = self.value.first(value) if self.value is not None else None
        written: str | None = None
        if self._address is not None:
            if isinstance(found, str | int | float) and not isinstance(found, bool) and found != "":
                written = _fill(self._address, str(found))
        elif isinstance(found, str) and found.strip():
            written = join_address(base, found)
        return self._request(written, place, _WITHOUT_VALUE)

    def _filled_by(self, html: HtmlPage, node: Node) -> str | None:
        """The stated address with the first value that is not blank; blanks around it are markup's."""
        if self.link is None or self._address is None:
            return None
        value = next((text.strip() for text in self.link.values(html, node, ValueRoom()) if text.strip()), None)
        return _fill(self._address, value) if value is not None else None

    def _request(self, written: str | None, place: str, without: str) -> Found:
        if written is None:
            if self._level:
                return None, [Notice("no-page-behind", _WITHOUT_BEHIND, place)]
            return None, [Notice("item-without-detail", without, place)]
        address = page_address(written)
        if address is not None:
            return PageRequest(address, PageKind.DETAIL, self._level, accept=self._accept), []
        if written.startswith(("http:", "https:")):
            message = (
                f"Items whose detail's address cannot be fetched (it has more than {LONGEST:,} characters, or makes no "
                "sense) were dropped; an earlier state of them stays."
            )
            return None, [Dropped("detail-address", message, place)]
        message = "Links to details lead to no page (mailto:, javascript: or nonsense)."
        return None, [Notice("detail-not-a-page", message, place)]


def _fill(address: str, value: str) -> str:
    return address.replace("{value}", quote(value, safe="", errors="replace"))
