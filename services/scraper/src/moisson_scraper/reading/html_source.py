"""A listing in HTML with its detail pages: compiled once, then pages to items.

Fields of the listing are read inside their item only, fields of the detail page in the detail page only.
"""

from moisson_scraper.fingerprint import fingerprint_of
from moisson_scraper.reading.detail_levels import DetailLevels
from moisson_scraper.reading.html_cost import SelectorLoad
from moisson_scraper.reading.html_fields import compile_fields, read_fields, selectors_of
from moisson_scraper.reading.html_page import HtmlPage
from moisson_scraper.reading.html_paging import ListingPaging
from moisson_scraper.reading.notice import Dropped, Notice
from moisson_scraper.reading.selectors import Node, Scope, SelectorFailed, compile_selector
from moisson_scraper.reading.shown_markup import missing_tbody, names_tbody
from moisson_scraper.reading.source_reader import (
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
    TakesLong,
)
from moisson_scraper.reading.value_room import ValueRoom
from moisson_shared.contracts.sources import HtmlSource


class HtmlReader:
    """`SourceReader` of an HTML source. Raises `SelectorRefused`, `PathRefused` and `PatternRefused` when made from
    expressions that do not compile."""

    def __init__(self, source: HtmlSource, *, hurried: bool = False) -> None:
        self._source = source
        self._item = compile_selector(source.item)
        self._fields = compile_fields(source.fields, Scope.ITEM)
        self._paging = ListingPaging(source)
        self._details = DetailLevels(source.detail, Scope.ITEM, source.encoding)
        selectors = (self._item, *selectors_of(self._fields), *self._paging.selectors, *self._details.selectors)
        self._load = SelectorLoad.of(selectors)
        self._hurry = self._load if hurried else None
        self._tbody = names_tbody((self._item, *selectors_of(self._fields), *self._paging.selectors))

    def first_pages(self) -> tuple[PageRequest, ...]:
        """The start pages; numbered pages follow the last of them."""
        return self._paging.first_pages()

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """The configured fields."""
        return tuple(field.name for field in self._fields) if kind is PageKind.LISTING else self._details.field_names

    def takes_long(self, page: FetchedPage) -> bool:
        """Large pages, and those with many elements for such selectors."""
        return self._load.may_be_long(page.body)

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The items of one listing page, or of a part of one that a button loads."""
        html, stated = self._paging.parse(page, request)
        if html is None:
            message = "A part that a button loads holds nothing; the listing ends there."
            return ListingRead([], notices=(Notice("part-empty", message, page.address),))
        if self._hurry is not None and self._hurry.is_long(page.body, html.root):
            raise TakesLong
        notices = list(html.notices)
        if self._tbody:
            notices.extend(missing_tbody(html.root, page.address))
        items: list[FoundItem | Notice] = []
        nodes: list[Node] = []
        room = ValueRoom()
        for number, node in enumerate(self._selected(html, page, notices), 1):
            place = f"{page.address} item {number}"
            if isinstance(node, str):
                items.append(Dropped("item-not-an-element", "The item selector gives text, not elements.", place))
                continue
            nodes.append(node)
            items.extend(self._read_item(html, node, place, room))
        fingerprint = b""
        if self._source.paging is not None and nodes:
            found = [[item.values, item.url] for item in items if isinstance(item, FoundItem)]
            fingerprint = fingerprint_of(found) if found else b""
        onward = self._paging.following(html, request, nodes, stated)
        told = (*notices, *onward.notices)
        return ListingRead(items, onward.pages, fingerprint, told, html.encoding, onward.open_ended)

    def _selected(self, html: HtmlPage, page: FetchedPage, notices: list[Notice]) -> list[Node]:
        try:
            return self._item.select(html.root)
        except SelectorFailed as error:
            notices.append(Notice("selector-failed", f"The item: {error}"[:300], page.address))
            return []

    def _read_item(self, html: HtmlPage, node: Node, place: str, room: ValueRoom) -> list[FoundItem | Notice]:
        values, notices = read_fields(self._fields, html, node, place, room)
        detail, odd = self._details.request_from_html(html, node, place)
        if any(isinstance(notice, Dropped) for notice in odd):
            return [*notices, *odd]
        url = detail.address if detail is not None else None
        return [*notices, *odd, FoundItem(values, url, detail, place)]

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """The values of a detail page, or of one behind it."""
        return self._details.read(page, request, self._hurry)
