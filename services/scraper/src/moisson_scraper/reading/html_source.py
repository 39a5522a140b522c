"""A listing in HTML with its detail pages: compiled once, then pages to items.

Fields of the listing are read inside their item only, fields of the detail page in the detail page only.
"""

from moisson_scraper.fingerprint import fingerprint_of
from moisson_scraper.reading.addresses import LONGEST, page_address
from moisson_scraper.reading.html_cost import SelectorLoad
from moisson_scraper.reading.html_fields import CompiledField, ValueRoom, compile_field, link_of, read_fields
from moisson_scraper.reading.html_page import HtmlPage, parse_html
from moisson_scraper.reading.notice import Dropped, Notice
from moisson_scraper.reading.selectors import CompiledSelector, Node, Scope, SelectorFailed, compile_selector
from moisson_scraper.reading.source_reader import (
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
    TakesLong,
)
from moisson_shared.contracts.detail import HtmlDetail
from moisson_shared.contracts.paging import NextLink, PageNumber
from moisson_shared.contracts.sources import HtmlSource

ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


class HtmlReader:
    """`SourceReader` of an HTML source. Raises `SelectorRefused` when made from selectors that do not compile."""

    def __init__(self, source: HtmlSource, *, hurried: bool = False) -> None:
        self._source = source
        self._hurried = hurried
        self._item = compile_selector(source.item)
        self._fields = tuple(compile_field(name, field, Scope.ITEM) for name, field in source.fields.items())
        self._next: CompiledSelector | None = None
        if isinstance(source.paging, NextLink):
            self._next = compile_selector(source.paging.selector)
        self._link: CompiledField | None = None
        self._detail_fields: tuple[CompiledField, ...] = ()
        if isinstance(source.detail, HtmlDetail) and source.detail.link is not None:
            self._link = compile_field("detail", source.detail.link, Scope.ITEM)
            self._detail_fields = tuple(
                compile_field(name, field, Scope.PAGE) for name, field in source.detail.fields.items()
            )
        fields = (*self._fields, *self._detail_fields, *((self._link,) if self._link is not None else ()))
        selectors = [self._item, *(field.selector for field in fields), *((self._next,) if self._next else ())]
        self._load = SelectorLoad(len(selectors), sum(not selector.linear for selector in selectors))

    def first_pages(self) -> tuple[PageRequest, ...]:
        """The start pages; numbered pages follow the last of them."""
        return tuple(PageRequest(address, accept=ACCEPT) for address in self._source.start_urls)

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """The configured fields."""
        fields = self._fields if kind is PageKind.LISTING else self._detail_fields
        return tuple(field.name for field in fields)

    def takes_long(self, page: FetchedPage) -> bool:
        """Large pages, and those with many elements for such selectors."""
        return self._load.may_be_long(page.body)

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The items of one listing page."""
        html = self._parsed(page)
        notices = list(html.notices)
        items: list[FoundItem | Notice] = []
        try:
            nodes = self._item.select(html.root)
        except SelectorFailed as error:
            nodes = []
            notices.append(Notice("selector-failed", f"The item: {error}"[:300], page.address))
        room = ValueRoom()
        for number, node in enumerate(nodes, 1):
            place = f"{page.address} item {number}"
            if isinstance(node, str):
                items.append(Dropped("item-not-an-element", "The item selector gives text, not elements.", place))
                continue
            items.extend(self._read_item(html, node, place, room))
        found = [item for item in items if isinstance(item, FoundItem)]
        fingerprint = b""
        if self._source.paging is not None and found:
            fingerprint = fingerprint_of([[item.values, item.url] for item in found])
        following, odd = self._following(html, request, len(found))
        return ListingRead(items, following, fingerprint, (*notices, *odd), html.encoding)

    def _read_item(self, html: HtmlPage, node: Node, place: str, room: ValueRoom) -> list[FoundItem | Notice]:
        values, notices = read_fields(self._fields, html, node, place, room)
        url = None
        if self._link is not None:
            url, odd = self._detail_address(html, node, place)
            notices += odd
            if any(isinstance(notice, Dropped) for notice in odd):
                return list(notices)
        detail = PageRequest(url, PageKind.DETAIL, accept=ACCEPT) if url is not None else None
        return [*notices, FoundItem(values, url, detail, place)]

    def _detail_address(self, html: HtmlPage, node: Node, place: str) -> tuple[str | None, list[Notice]]:
        link = self._link
        if link is None:
            return None, []
        try:
            written = _reference(html, link, node)
        except SelectorFailed as error:
            return None, [Notice("selector-failed", f"The detail link: {error}"[:300], place)]
        if written is None:
            message = "Items have no link to a detail page; they were kept with the values of the listing."
            return None, [Notice("item-without-detail", message, place)]
        address = page_address(written)
        if address is None and written.startswith(("http:", "https:")):
            message = (
                f"Items whose detail's address cannot be fetched (it has more than {LONGEST:,} characters, or makes no "
                "sense) were dropped; an earlier state of them stays."
            )
            return None, [Dropped("detail-address", message, place)]
        if address is None:
            message = "Links to details lead to no page (mailto:, javascript: or nonsense)."
            return None, [Notice("detail-not-a-page", message, place)]
        return address, []

    def _following(
        self, html: HtmlPage, request: PageRequest, items: int
    ) -> tuple[tuple[PageRequest, ...], tuple[Notice, ...]]:
        paging = self._source.paging
        if isinstance(paging, PageNumber):
            return self._next_number(paging, request, items), ()
        if self._next is None:
            return (), ()
        try:
            found = self._next.select(html.root)
        except SelectorFailed as error:
            return (), (Notice("selector-failed", f"The next link: {error}"[:300], request.address),)
        for part in found:
            reference = html.absolute(part) if isinstance(part, str) else link_of(html, part)
            address = page_address(reference)
            if address is not None:
                return (PageRequest(address, position=request.position + 1, accept=ACCEPT),), ()
        if found:
            message = "A next link leads to no page (javascript:, or no address at all); the listing ends there."
            return (), (Notice("next-not-a-page", message, request.address),)
        return (), ()

    def _next_number(self, paging: PageNumber, request: PageRequest, items: int) -> tuple[PageRequest, ...]:
        """The first number follows the last start page; after that, counting goes on while there are items."""
        if not request.numbered:
            if request.address != self._source.start_urls[-1]:
                return ()
            number = paging.first
        else:
            number = paging.first + paging.step * (request.position + 1)
        if (paging.last is not None and number > paging.last) or (request.numbered and not items):
            return ()
        position = request.position + 1 if request.numbered else 0
        address = paging.address.replace("{page}", str(number))
        return (PageRequest(address, position=position, numbered=True, accept=ACCEPT),)

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """The values of one detail page."""
        html = self._parsed(page)
        values, notices = read_fields(self._detail_fields, html, html.root, page.address, ValueRoom())
        return DetailRead(values, (*html.notices, *notices), html.encoding)

    def _parsed(self, page: FetchedPage) -> HtmlPage:
        html = parse_html(page, self._source.encoding)
        if self._hurried and self._load.is_long(page.body, html.root):
            raise TakesLong
        return html


def _reference(html: HtmlPage, link: CompiledField, node: Node) -> str | None:
    """Where the link of an item leads. A selected element stands for its address, unless an attribute is named."""
    for part in link.selector.select(node):
        if isinstance(part, str):
            return html.absolute(part)
        value = part.get(link.attribute) if link.attribute else None
        found = html.absolute(value) if value is not None else link_of(html, part)
        if found is not None:
            return found
    return None
