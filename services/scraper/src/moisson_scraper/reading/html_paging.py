"""How a listing in HTML goes on from one page to the next. Pure."""

from typing import Any

from moisson_scraper.reading.accept_headers import HTML_ACCEPT, JSON_ACCEPT, PART_ACCEPT
from moisson_scraper.reading.addresses import page_address, stated_address
from moisson_scraper.reading.decoding import DecodedText
from moisson_scraper.reading.html_fields import link_of
from moisson_scraper.reading.html_page import HtmlPage, parse_html, parse_text
from moisson_scraper.reading.json_document import parse_json
from moisson_scraper.reading.json_paths import CompiledPath, PathFailed, compile_path
from moisson_scraper.reading.next_pages import NextPages, cannot_be_asked_for, without_unfetchable
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.page_piece import context_of
from moisson_scraper.reading.selectors import CompiledSelector, Node, SelectorFailed, compile_selector
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_scraper.reading.text_cleaning import clean_text
from moisson_shared.contracts.paging import HtmlPaging, LoadMore, NextLink, PageList, PageNumber
from moisson_shared.contracts.sources import HtmlSource

MOST_LISTED = 20_000
"""Pages that one page may name."""


class ListingPaging:
    """The paging of one source. Raises `SelectorRefused` and `PathRefused`."""

    def __init__(self, source: HtmlSource) -> None:
        self._paging: HtmlPaging | None = source.paging
        self._in_browser = source.rendering is not None
        self._starts = tuple(map(self._stated, source.start_urls))
        self._encoding = source.encoding
        self._selector: CompiledSelector | None = None
        self._html: CompiledPath | None = None
        self._next: CompiledPath | None = None
        if isinstance(source.paging, NextLink | PageList | LoadMore):
            self._selector = compile_selector(source.paging.selector)
        if isinstance(source.paging, LoadMore):
            self._html = compile_path(source.paging.html) if source.paging.html is not None else None
            self._next = compile_path(source.paging.next) if source.paging.next is not None else None

    def first_pages(self) -> tuple[PageRequest, ...]:
        """The start pages, and the first page by number: it is asked for whatever became of the last start page."""
        starts = tuple(PageRequest(address, accept=HTML_ACCEPT) for address in self._starts)
        return (*starts, *self._number(self._paging, 0)) if isinstance(self._paging, PageNumber) else starts

    @property
    def selectors(self) -> tuple[CompiledSelector, ...]:
        """Those that go through the elements of a page."""
        return (self._selector,) if self._selector is not None else ()

    def parse(self, page: FetchedPage, request: PageRequest) -> tuple[HtmlPage | None, str | None]:
        """The tree of a listing page or of a part that a button loads, and the next address that its JSON names.

        There is no tree where a part holds nothing: the listing ends there. Raises `Unreadable`.
        """
        if not isinstance(self._paging, LoadMore) or request.position == 0:
            return parse_html(page, self._encoding), None
        if self._html is not None:
            return self._parse_json(page, request, self._html)
        if b"<" not in page.body:
            return None, None
        return parse_html(page, self._encoding, request.context), None

    def _parse_json(
        self, page: FetchedPage, request: PageRequest, html: CompiledPath
    ) -> tuple[HtmlPage | None, str | None]:
        document = parse_json(page)
        try:
            found = html.all(document.value)
            following = self._next.first(document.value) if self._next is not None else None
        except PathFailed as error:
            raise Unreadable("path-failed", f"The part: {error}"[:300]) from error
        markup, _ = clean_text("".join(part for part in found if isinstance(part, str)))
        address = following if isinstance(following, str) and following.strip() else None
        if "<" not in markup:
            return None, address
        return parse_text(DecodedText(markup, "utf-8", document.notices), page.address, request.context), address

    def following(
        self, html: HtmlPage | None, request: PageRequest, nodes: list[Node], stated: str | None = None
    ) -> NextPages:
        """Where a page leads. `nodes` are its items, `stated` what `parse` gave with its tree."""
        match self._paging:
            case PageNumber() as paging:
                return NextPages(self._numbered(paging, request, len(nodes)))
            case NextLink() if html is not None:
                return self._linked(html, request)
            case PageList() if html is not None:
                return self._listed(html, request)
            case LoadMore() as paging if html is not None:
                return self._loaded(paging, html, request, nodes, stated)
            case _:
                return NextPages()

    def _numbered(self, paging: PageNumber, request: PageRequest, items: int) -> tuple[PageRequest, ...]:
        """The first number follows the last start page; after that, counting goes on while there are items."""
        if not request.numbered:
            return self._number(paging, 0) if request.address == self._starts[-1] else ()
        return self._number(paging, request.position + 1) if items else ()

    def _number(self, paging: PageNumber, position: int) -> tuple[PageRequest, ...]:
        """The page by number at a position, or the first one behind it that is no start page itself."""
        while True:
            number = paging.first + paging.step * position
            if paging.last is not None and number > paging.last:
                return ()
            address = self._stated(paging.at(number))
            if address not in self._starts:
                return (PageRequest(address, position=position, numbered=True, accept=HTML_ACCEPT),)
            position += 1

    def _stated(self, address: str) -> str:
        return stated_address(address, with_fragment=self._in_browser)

    def _linked(self, html: HtmlPage, request: PageRequest) -> NextPages:
        found, odd = self._selected(html, request)
        if odd:
            return NextPages((), odd, open_ended=True)
        written = [html.absolute(part) if isinstance(part, str) else link_of(html, part) for part in found]
        address = next(filter(None, map(page_address, written)), None)
        if address is None:
            return _nowhere(written, request)
        return NextPages((PageRequest(address, position=request.position + 1, accept=HTML_ACCEPT),))

    def _listed(self, html: HtmlPage, request: PageRequest) -> NextPages:
        found, odd = self._selected(html, request)
        if odd:
            return NextPages((), odd, open_ended=True)
        if len(found) > MOST_LISTED:
            message = f"The page list names more than {MOST_LISTED:,} pages: make its selector narrower."
            raise Unreadable("page-list-too-long", message)
        written = [html.absolute(part) if isinstance(part, str) else link_of(html, part) for part in found]
        addresses = dict.fromkeys(filter(None, map(page_address, written)))
        addresses.pop(page_address(request.address) or "", None)
        pages = tuple(
            PageRequest(address, position=request.position + 1, accept=HTML_ACCEPT, chained=False)
            for address in addresses
        )
        lost = len({address for address in written if cannot_be_asked_for(address)})
        return without_unfetchable(lost, request.address, pages) if lost else NextPages(pages)

    def _loaded(
        self, paging: LoadMore, html: HtmlPage, request: PageRequest, nodes: list[Node], stated: str | None
    ) -> NextPages:
        found, odd = self._selected(html, request)
        if odd and stated is None:
            return NextPages((), odd, open_ended=True)
        named = [stated] if stated is not None else [_attribute(part, paging.attribute) for part in found]
        written = [html.absolute(value) for value in named if value is not None and value.strip()]
        address = next(filter(None, map(page_address, written)), None)
        if address is None:
            return _nowhere(written, request)
        return NextPages((self._part(paging, address, html, request, nodes),))

    def _part(
        self, paging: LoadMore, address: str, html: HtmlPage, request: PageRequest, nodes: list[Node]
    ) -> PageRequest:
        context = context_of(html, nodes[0]) if nodes else request.context or context_of(html, None)
        return PageRequest(
            address,
            position=request.position + 1,
            accept=JSON_ACCEPT if self._html is not None else PART_ACCEPT,
            headers=_asked_by_script(paging.attribute),
            context=context,
        )

    def _selected(self, html: HtmlPage, request: PageRequest) -> tuple[list[Any], tuple[Notice, ...]]:
        try:
            return (self._selector.select(html.root) if self._selector is not None else []), ()
        except SelectorFailed as error:
            return [], (Notice("selector-failed", f"The next page: {error}"[:300], request.address),)


def _attribute(part: Any, name: str) -> str | None:
    value: str | None = part if isinstance(part, str) else part.get(name.lower())
    return value


def _asked_by_script(attribute: str) -> tuple[tuple[str, str], ...]:
    """What scripts say of themselves; many sites give the mere part to those only. A plain link is nobody's script."""
    if attribute == "href":
        return ()
    if attribute.removeprefix("data-").startswith("hx-"):
        return (("hx-request", "true"),)
    return (("x-requested-with", "XMLHttpRequest"),)


def _nowhere(written: list[str | None], request: PageRequest) -> NextPages:
    """Next links of which none leads to a page; where there are none at all, the listing has ended."""
    if not written:
        return NextPages()
    if any(map(cannot_be_asked_for, written)):
        return without_unfetchable(1, request.address)
    message = "A next link leads to no page (javascript:, or no address at all); the listing ends there."
    return NextPages((), (Notice("next-not-a-page", message, request.address),))
