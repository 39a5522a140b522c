"""Pages behind an item, one behind the other, compiled once. The level of a page is the position of its request."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from moisson_scraper.reading.addresses import LONGEST, join_address, page_address
from moisson_scraper.reading.html_fields import CompiledField, ValueRoom, compile_field, link_of, read_fields
from moisson_scraper.reading.html_page import HtmlPage, parse_html
from moisson_scraper.reading.json_document import parse_json
from moisson_scraper.reading.json_paths import CompiledPath, PathFailed, compile_path
from moisson_scraper.reading.json_source import read_values
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.selectors import Node, Scope, SelectorFailed
from moisson_scraper.reading.source_reader import DetailRead, FetchedPage, PageKind, PageRequest
from moisson_scraper.reading.text_cleaning import TooDeep
from moisson_shared.contracts.detail import Detail, HtmlDetail, JsonDetail, levels_of

HTML_ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
JSON_ACCEPT = "application/json,*/*;q=0.1"
Asked = tuple[PageRequest | None, list[Notice]]
"""The page that was found, if there is one, and what is to be said of it."""


@dataclass(frozen=True, slots=True)
class _Level:
    """One page behind an item."""

    detail: HtmlDetail | JsonDetail
    link: CompiledField | None
    value: CompiledPath | None
    html_fields: tuple[CompiledField, ...]
    json_fields: dict[str, CompiledPath]

    def request(self, found: str, base: str, place: str, position: int) -> Asked:
        """The page at what was found: the address itself, or what fills the stated address."""
        if self.detail.address is not None:
            written: str | None = self.detail.address.replace("{value}", quote(found, safe="", errors="replace"))
        else:
            written = join_address(base, found)
        address = page_address(written)
        if address is not None:
            accept = HTML_ACCEPT if isinstance(self.detail, HtmlDetail) else JSON_ACCEPT
            return PageRequest(address, PageKind.DETAIL, position, accept=accept), []
        if written is not None and not written.startswith(("http:", "https:")):
            message = "Links to details lead to no page (mailto:, javascript: or nonsense)."
            return None, [Notice("detail-not-a-page", message, place)]
        message = (
            f"Items whose detail's address cannot be fetched (it has more than {LONGEST:,} characters, or makes no "
            "sense) were dropped; an earlier state of them stays."
        )
        return None, [Dropped("detail-address", message, place)]


class DetailLevels:
    """The pages behind the items of one source. Raises `SelectorRefused` and `PathRefused`."""

    def __init__(self, detail: Detail) -> None:
        levels = levels_of(detail)
        scopes = [Scope.ITEM, *(Scope.PAGE for _ in levels[1:])]
        self._levels = tuple(_compiled(level, scope) for level, scope in zip(levels, scopes, strict=True))

    @property
    def field_names(self) -> tuple[str, ...]:
        """The configured fields of all levels."""
        return tuple(name for level in self._levels for name in level.detail.fields)

    @property
    def linear(self) -> bool:
        """Whether the time of all selectors surely grows with the page only."""
        fields = [field for level in self._levels for field in (*level.html_fields, level.link) if field is not None]
        return all(field.selector.linear for field in fields)

    def request_from_html(self, html: HtmlPage, node: Node, place: str = "", level: int = 0) -> Asked:
        """The page that an item, or a page in front of it, links to."""
        chosen = self._levels[level]
        try:
            found = _reference(html, chosen.link, node) if chosen.link is not None else None
        except SelectorFailed as error:
            return None, [Notice("selector-failed", f"The detail link: {error}"[:300], place)]
        if found is None:
            return None, [_without(place)]
        return chosen.request(found, html.base, place, level)

    def request_from_json(self, value: Any, base: str, place: str = "", level: int = 0) -> Asked:
        """The page that a JSON value names. Raises `PathFailed`."""
        chosen = self._levels[level]
        found = chosen.value.first(value) if chosen.value is not None else None
        if isinstance(found, bool) or not isinstance(found, str | int | float) or found == "":
            return None, [_without(place)]
        return chosen.request(str(found), base, place, level)

    def read(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """The values of one page, and the page behind it. Raises `Unreadable`."""
        level = self._levels[request.position]
        behind = request.position + 1 if request.position + 1 < len(self._levels) else None
        if isinstance(level.detail, HtmlDetail):
            return self._read_html(level, level.detail, page, behind)
        return self._read_json(level, page, behind)

    def _read_html(self, level: _Level, detail: HtmlDetail, page: FetchedPage, behind: int | None) -> DetailRead:
        html = parse_html(page, detail.encoding)
        values, notices = read_fields(level.html_fields, html, html.root, page.address, ValueRoom())
        read = DetailRead(values, (*html.notices, *notices), html.encoding)
        if behind is None:
            return read
        return _leading_on(read, self.request_from_html(html, html.root, page.address, behind))

    def _read_json(self, level: _Level, page: FetchedPage, behind: int | None) -> DetailRead:
        document = parse_json(page)
        try:
            values, notices = read_values(document.value, level.json_fields, page.address)
            read = DetailRead(values, (*document.notices, *notices), document.encoding)
            if behind is None:
                return read
            return _leading_on(read, self.request_from_json(document.value, page.address, page.address, behind))
        except TooDeep as error:
            raise Unreadable("nested-too-deeply", "The detail is nested too deeply.") from error
        except PathFailed as error:
            raise Unreadable("path-failed", f"The detail: {error}"[:300]) from error


def _compiled(detail: HtmlDetail | JsonDetail, scope: Scope) -> _Level:
    link = compile_field("detail", detail.link, scope) if detail.link is not None else None
    value = compile_path(detail.value) if detail.value is not None else None
    if isinstance(detail, HtmlDetail):
        fields = tuple(compile_field(name, field, Scope.PAGE) for name, field in detail.fields.items())
        return _Level(detail, link, value, fields, {})
    return _Level(detail, link, value, (), {name: compile_path(path) for name, path in detail.fields.items()})


def _reference(html: HtmlPage, link: CompiledField, node: Node) -> str | None:
    """Where a link leads. A selected element stands for its address, unless an attribute is named."""
    for part in link.selector.select(node):
        if isinstance(part, str):
            return html.absolute(part)
        value = part.get(link.attribute) if link.attribute else None
        found = html.absolute(value) if value is not None else link_of(html, part)
        if found is not None:
            return found
    return None


def _leading_on(read: DetailRead, asked: Asked) -> DetailRead:
    request, notices = asked
    told = tuple(notice if not isinstance(notice, Dropped) else _plain(notice) for notice in notices)
    return replace(read, detail=request, notices=(*read.notices, *told))


def _plain(notice: Notice) -> Notice:
    """A page behind a page that cannot be had costs its own values, not the item."""
    message = "Pages behind a detail have an address that cannot be fetched; the item was kept without them."
    return Notice(notice.code, message, notice.sample)


def _without(place: str) -> Notice:
    message = "Items have no link to a detail page; they were kept with the values of the listing."
    return Notice("item-without-detail", message, place)
