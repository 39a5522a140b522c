"""The fields of an HTML source: what each selector gives in a page or an item, verbatim."""

from dataclasses import dataclass
from typing import Any

from moisson_scraper.reading.element_address import written_address
from moisson_scraper.reading.html_page import HtmlPage, inner_html
from moisson_scraper.reading.json_paths import CompiledPath
from moisson_scraper.reading.lined_text import lined_text
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.selectors import CompiledSelector, Node, Scope, SelectorFailed, compile_selector
from moisson_scraper.reading.structured_fields import StructuredField, StructuredLook, compile_structured
from moisson_scraper.reading.value_pattern import ValuePattern
from moisson_scraper.reading.value_room import ValueRoom
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.selecting import HtmlField, HtmlFields, Take


@dataclass(frozen=True, slots=True)
class CompiledField:
    """A field ready to be read."""

    name: str
    selector: CompiledSelector
    take: Take
    attribute: str
    many: bool
    pattern: ValuePattern | None = None

    def values(self, page: HtmlPage, node: Node, room: ValueRoom) -> list[str]:
        """Every value in document order. Raises `SelectorFailed`, and `Unreadable` when there is no room for them."""
        found = []
        for part in self.selector.select(node):
            value = self._value(page, part, room)
            if value is not None:
                room.take(len(value))
                if self.pattern is not None:
                    value = self.pattern.of(value)
            if value is not None:
                found.append(value)
                if not self.many:
                    break
        return found

    def _value(self, page: HtmlPage, part: Any, room: ValueRoom) -> str | None:
        if isinstance(part, str):
            return page.absolute(part) if self.take is Take.LINK else part
        match self.take:
            case Take.TEXT:
                return lined_text(part, room)
            case Take.HTML:
                return inner_html(part)
            case Take.ATTRIBUTE:
                value: str | None = part.get(self.attribute)
                return value
            case Take.LINK:
                return link_of(page, part)

    def reference(self, page: HtmlPage, node: Node) -> str | None:
        """Where the field leads as a link, made absolute: of what is selected, the first that leads into the web, else
        the first that leads anywhere (a card may begin with a button whose link is `javascript:`).

        An element stands for its address, unless an attribute is named. Raises `SelectorFailed`.
        """
        elsewhere: str | None = None
        for part in self.selector.select(node):
            written = part if isinstance(part, str) else part.get(self.attribute) if self.attribute else None
            if written is None and not isinstance(part, str):
                written = link_of(page, part)
            if written is not None and self.pattern is not None:
                written = self.pattern.of(written)
            found = page.absolute(written) if written is not None else None
            if found is not None and found.startswith(("http:", "https:")):
                return found
            elsewhere = elsewhere or found
        return elsewhere


AnyField = CompiledField | StructuredField


def link_of(page: HtmlPage, element: Node) -> str | None:
    """The address an element leads to or shows, made absolute; see `written_address`."""
    written = written_address(element)
    return page.absolute(written) if written is not None else None


def compile_field(name: str, field: HtmlField, scope: Scope) -> CompiledField:
    """A field that selects elements. Raises `SelectorRefused` and `PatternRefused`."""
    selector = compile_selector(field, scope)
    pattern = ValuePattern(field.pattern) if field.pattern is not None else None
    # Names of attributes are in lower case in the tree, whatever the page has (HTML standard, 13.2.5.33).
    return CompiledField(name, selector, field.take, (field.attribute or "").lower(), field.many, pattern)


def compile_fields(fields: HtmlFields, scope: Scope) -> tuple[AnyField, ...]:
    """All fields, ready to be read. Raises `SelectorRefused`, `PathRefused` and `PatternRefused`."""
    return tuple(
        compile_structured(name, field) if field.syntax.structured else compile_field(name, field, scope)
        for name, field in fields.items()
    )


def selectors_of(fields: tuple[AnyField, ...]) -> tuple[CompiledSelector | CompiledPath, ...]:
    """Those of all fields; they know whether their time surely grows with the page only."""
    return tuple(field.selector if isinstance(field, CompiledField) else field.path for field in fields)


def read_fields(
    fields: tuple[AnyField, ...], page: HtmlPage, node: Node, place: str, room: ValueRoom
) -> tuple[JsonObject, list[Notice]]:
    """The values of all fields. A field that finds nothing is not among them. Raises `Unreadable` for want of room."""
    values: JsonObject = {}
    notices: list[Notice] = []
    look = StructuredLook(page, node, place, room)
    for field in fields:
        if isinstance(field, StructuredField):
            found = field.values(look)
        else:
            try:
                found = field.values(page, node, room)
            except SelectorFailed as error:
                notices.append(Notice("selector-failed", f"The field {field.name!r}: {error}"[:300], place))
                continue
        if found:
            values[field.name] = found if field.many else found[0]
    return values, [*notices, *look.notices]
