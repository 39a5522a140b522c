"""The pages behind an item, one behind the other, compiled once for every kind of source. Pure.

Level 0 is found from an item, level 1 on the page of level 0, and so on; the position of a request is its level. Each
level is read in its own page only, and is HTML or JSON whatever the one before it was.
"""

from dataclasses import dataclass, replace

from moisson_scraper.reading.detail_place import CompiledPlace, Found
from moisson_scraper.reading.html_cost import SelectorLoad
from moisson_scraper.reading.html_fields import AnyField, compile_fields, read_fields, selectors_of
from moisson_scraper.reading.html_page import HtmlPage, parse_html
from moisson_scraper.reading.json_document import parse_json
from moisson_scraper.reading.json_fields import CompiledFields, read_values
from moisson_scraper.reading.json_fields import compile_fields as compile_paths
from moisson_scraper.reading.json_paths import CompiledPath, PathFailed
from moisson_scraper.reading.notice import Dropped, Unreadable
from moisson_scraper.reading.selectors import CompiledSelector, Node, Scope
from moisson_scraper.reading.shown_markup import missing_tbody, names_tbody
from moisson_scraper.reading.source_reader import DetailRead, FetchedPage, PageRequest, TakesLong
from moisson_scraper.reading.text_cleaning import TooDeep
from moisson_scraper.reading.value_room import ValueRoom
from moisson_shared.contracts.detail import Detail, HtmlDetail, levels_of


@dataclass(frozen=True, slots=True)
class _Html:
    """What is taken of a level in HTML."""

    fields: tuple[AnyField, ...]
    encoding: str | None
    tbody: bool
    """Whether a selector goes through one."""


def _html(fields: tuple[AnyField, ...], encoding: str | None) -> _Html:
    return _Html(fields, encoding, names_tbody(selectors_of(fields)))


class DetailLevels:
    """The pages behind the items of one source; none where `detail` is None.

    `scope` is where the first one's link is looked for, `encoding` that of HTML whose level states none. Raises
    `SelectorRefused`, `PathRefused` and `PatternRefused`.
    """

    def __init__(self, detail: Detail | None, scope: Scope = Scope.ITEM, encoding: str | None = None) -> None:
        levels = levels_of(detail)
        self._places = tuple(
            CompiledPlace(level, number, Scope.PAGE if number else scope) for number, level in enumerate(levels)
        )
        self._taken: tuple[_Html | CompiledFields, ...] = tuple(
            _html(compile_fields(level.fields, Scope.PAGE), level.encoding or encoding)
            if isinstance(level, HtmlDetail)
            else compile_paths(level.fields)
            for level in levels
        )

    def __bool__(self) -> bool:
        """Whether items have pages at all."""
        return bool(self._places)

    @property
    def field_names(self) -> tuple[str, ...]:
        """The configured fields of all levels; empty where a page names its own."""
        if any(isinstance(taken, dict) and not taken for taken in self._taken):
            return ()
        return tuple(
            name
            for taken in self._taken
            for name in ((field.name for field in taken.fields) if isinstance(taken, _Html) else taken)
        )

    @property
    def selectors(self) -> tuple[CompiledSelector | CompiledPath, ...]:
        """Every selector and path; they know whether their time surely grows with the page only."""
        links = tuple(place.link.selector for place in self._places if place.link is not None)
        values = tuple(place.value for place in self._places if place.value is not None)
        taken = (
            selectors_of(taken.fields) if isinstance(taken, _Html) else tuple(taken.values()) for taken in self._taken
        )
        return (*links, *values, *(selector for selectors in taken for selector in selectors))

    @property
    def linear(self) -> bool:
        """Whether the time of all of them surely grows with the page only."""
        return all(selector.linear for selector in self.selectors)

    def request_from_html(self, html: HtmlPage, node: Node, place: str = "") -> Found:
        """The page of an item that is an element of HTML."""
        return self._places[0].from_html(html, node, place) if self._places else (None, [])

    def request_from_json(self, value: object, base: str, place: str = "") -> Found:
        """The page of an item that is a JSON value; relative addresses are relative to `base`. Raises `PathFailed`."""
        return self._places[0].from_json(value, base, place) if self._places else (None, [])

    def read(self, page: FetchedPage, request: PageRequest, hurry: SelectorLoad | None = None) -> DetailRead:
        """The values of one page, and the page behind it. Raises `Unreadable`, also where that one's address cannot be
        fetched: the item is dropped then, and an earlier state of it stays.

        Given a load, it raises `TakesLong` for a page of HTML on which that takes long.
        """
        if not 0 <= request.position < len(self._taken):
            raise Unreadable("no-details", "The items of this source have no such page behind them.")
        taken = self._taken[request.position]
        behind = self._places[request.position + 1] if request.position + 1 < len(self._places) else None
        if isinstance(taken, _Html):
            return _read_html(taken, page, behind, hurry)
        return _read_json(taken, page, behind)


def _read_html(taken: _Html, page: FetchedPage, behind: CompiledPlace | None, hurry: SelectorLoad | None) -> DetailRead:
    html = parse_html(page, taken.encoding)
    if hurry is not None and hurry.is_long(page.body, html.root):
        raise TakesLong
    values, notices = read_fields(taken.fields, html, html.root, page.address, ValueRoom())
    if taken.tbody:
        notices.extend(missing_tbody(html.root, page.address))
    read = DetailRead(values, (*html.notices, *notices), html.encoding)
    return _leading_on(read, behind.from_html(html, html.root, page.address)) if behind is not None else read


def _read_json(taken: CompiledFields, page: FetchedPage, behind: CompiledPlace | None) -> DetailRead:
    document = parse_json(page)
    try:
        values, notices = read_values(document.value, taken, page.address)
        read = DetailRead(values, (*document.notices, *notices), document.encoding)
        if behind is None:
            return read
        return _leading_on(read, behind.from_json(document.value, page.address, page.address))
    except TooDeep as error:
        raise Unreadable("nested-too-deeply", "The detail is nested too deeply.") from error
    except PathFailed as error:
        raise Unreadable("path-failed", f"The detail: {error}"[:300]) from error


def _leading_on(read: DetailRead, found: Found) -> DetailRead:
    request, notices = found
    for notice in notices:
        if isinstance(notice, Dropped):
            raise Unreadable(notice.code, notice.message)
    return replace(read, detail=request, notices=(*read.notices, *notices))
