"""The values of an HTML page's fields with their elements: the same that its reader gives, found again to be shown.

Only pages that are read at once are looked through; `TakesLong` is raised for others, as their selectors cannot be
stopped here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from moisson_scraper.locating.element_paths import element_of, place_of
from moisson_scraper.locating.page_fields import PageFields
from moisson_scraper.locating.structured_places import structured_places
from moisson_scraper.reading.css_selectors import css_to_xpath
from moisson_scraper.reading.html_cost import SelectorLoad
from moisson_scraper.reading.html_fields import CompiledField, compile_field
from moisson_scraper.reading.html_page import HtmlPage, parse_html
from moisson_scraper.reading.json_paths import CompiledPath
from moisson_scraper.reading.selectors import (
    CompiledSelector,
    Node,
    Scope,
    SelectorFailed,
    compile_selector,
)
from moisson_scraper.reading.source_reader import FetchedPage, TakesLong
from moisson_scraper.reading.structured_fields import compile_structured
from moisson_scraper.reading.value_room import ValueRoom
from moisson_shared.contracts.selecting import HtmlField, Syntax, Take
from moisson_shared.contracts.spider_preview import ElementPlace


@dataclass(frozen=True, slots=True)
class Located:
    """One value, the element it was taken of or stands in, and its place."""

    value: str
    element: Node
    place: ElementPlace


class _OnePart(CompiledSelector):
    """Selects what was selected before."""

    __slots__ = ("_part",)

    def __init__(self, part: Any) -> None:
        super().__init__("", None, linear=True)
        self._part = part

    def select(self, node: Node) -> list[Any]:
        return [self._part]


class FieldFinder:
    """A field that gives its values with their elements. Raises `SelectorRefused` when made."""

    def __init__(self, name: str, field: HtmlField, scope: Scope) -> None:
        self.field = compile_field(name, field, scope)
        expression = css_to_xpath(field.expression) if field.syntax is Syntax.CSS else field.expression
        # Unlike in reading, a text knows here what element it is of.
        self._run = etree.XPath(expression, smart_strings=True, regexp=False)

    def located(self, page: HtmlPage, node: Node) -> Iterator[Located]:
        """Every value in document order; the first one only of a field that has one."""
        try:
            found = self._run(node)
        except (etree.XPathError, ValueError, TypeError):
            return
        parts = found if isinstance(found, list) else self.field.selector.select(node)
        for part in parts:
            for value in self._values(page, node, part):
                yield Located(value, element_of(part, node), place_of(part, node))
                if not self.field.many:
                    return

    def _values(self, page: HtmlPage, node: Node, part: Any) -> list[str]:
        plain = str(part) if isinstance(part, str) else part
        one: CompiledField = replace(self.field, selector=_OnePart(plain))
        try:
            return one.values(page, node, ValueRoom())
        except SelectorFailed:
            return []


class HtmlFinder:
    """The fields of one kind of page. Raises `SelectorRefused` when made from selectors that do not compile."""

    def __init__(self, fields: PageFields) -> None:
        listing = fields.item is not None
        scope = Scope.ITEM if listing else Scope.PAGE
        self._encoding = fields.encoding
        self._item = compile_selector(fields.item) if fields.item is not None else None
        self.finders = {
            name: FieldFinder(name, field, scope)
            for name, field in (fields.html or {}).items()
            if not field.syntax.structured
        }
        """Those of elements."""
        self._structured = {
            name: compile_structured(name, field)
            for name, field in (fields.html or {}).items()
            if field.syntax.structured
        }
        self.link = FieldFinder("detail", fields.link, scope) if fields.link is not None else None
        self.next: FieldFinder | None = None
        """The link to the next page, looked for in the whole page."""
        if fields.next is not None:
            following = HtmlField(syntax=fields.next.syntax, expression=fields.next.expression, take=Take.LINK)
            self.next = FieldFinder("next", following, Scope.PAGE)
        selectors: list[CompiledSelector | CompiledPath] = [
            *(finder.field.selector for finder in self.finders.values()),
            *(field.path for field in self._structured.values()),
        ]
        if self.link is not None:
            selectors.append(self.link.field.selector)
        if self.next is not None:
            selectors.append(self.next.field.selector)
        if self._item is not None:
            selectors.append(self._item)
        self._load = SelectorLoad.of(selectors)

    def parsed(self, page: FetchedPage, *, patient: bool = False) -> HtmlPage:
        """The page as a tree. Raises `Unreadable`, and `TakesLong` unless one is patient."""
        if not patient and self._load.may_be_long(page.body):
            raise TakesLong
        html = parse_html(page, self._encoding)
        if not patient and self._load.is_long(page.body, html.root):
            raise TakesLong
        return html

    def scopes(self, html: HtmlPage) -> list[Node]:
        """The items of a listing in their order, texts among them too; of a detail, the page itself."""
        if self._item is None:
            return [html.root]
        try:
            return self._item.select(html.root)
        except SelectorFailed:
            return []

    def located(self, html: HtmlPage, scope: Node) -> dict[str, list[Located]]:
        """The values of all fields of elements in one item or page; a field that finds nothing is not among them."""
        found = {name: list(finder.located(html, scope)) for name, finder in self.finders.items()}
        return {name: values for name, values in found.items() if values}

    def places(self, html: HtmlPage, scope: Node) -> dict[str, list[ElementPlace]]:
        """The places of the values of all fields in one item or page, those of structured data among them."""
        plain = {name: [one.place for one in found] for name, found in self.located(html, scope).items()}
        return plain | structured_places(self._structured, html, scope)
