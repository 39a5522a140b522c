"""The fields of an HTML source: what each selector gives in a page or an item, verbatim."""

from dataclasses import dataclass
from typing import Any

from moisson_scraper.reading.html_page import HtmlPage, inner_html, text_of
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.selectors import CompiledSelector, Node, Scope, SelectorFailed, compile_selector
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.selecting import HtmlField, Take

_LINK_ATTRIBUTES = ("href", "src")

MOST_CHARACTERS = 50_000_000
"""Of all values of one page. Elements within each other each give the text of all that are within them."""


class ValueRoom:
    """The characters that the values of one page may still take."""

    __slots__ = ("_left",)

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._left = most

    def take(self, characters: int) -> None:
        """Takes some. Raises `Unreadable` when there are none left."""
        self._left -= characters
        if self._left < 0:
            message = f"Pages whose values come to more than {MOST_CHARACTERS:,} characters were given up."
            raise Unreadable("reading-too-large", message)


@dataclass(frozen=True, slots=True)
class CompiledField:
    """A field ready to be read."""

    name: str
    selector: CompiledSelector
    take: Take
    attribute: str
    many: bool

    def values(self, page: HtmlPage, node: Node, room: ValueRoom) -> list[str]:
        """Every value in document order. Raises `SelectorFailed`, and `Unreadable` when there is no room for them."""
        found = []
        for part in self.selector.select(node):
            value = self._value(page, part)
            if value is not None:
                found.append(value)
                room.take(len(value))
                if not self.many:
                    break
        return found

    def _value(self, page: HtmlPage, part: Any) -> str | None:
        if isinstance(part, str):
            return page.absolute(part) if self.take is Take.LINK else part
        match self.take:
            case Take.TEXT:
                return text_of(part)
            case Take.HTML:
                return inner_html(part)
            case Take.ATTRIBUTE:
                value: str | None = part.get(self.attribute)
                return value
            case Take.LINK:
                return link_of(page, part)


def link_of(page: HtmlPage, element: Node) -> str | None:
    """The address an element leads to, made absolute: its `href`, else its `src`."""
    for attribute in _LINK_ATTRIBUTES:
        value = element.get(attribute)
        if value is not None:
            return page.absolute(value)
    return None


def compile_field(name: str, field: HtmlField, scope: Scope) -> CompiledField:
    """The field, ready to be read. Raises `SelectorRefused`."""
    return CompiledField(name, compile_selector(field, scope), field.take, field.attribute or "", field.many)


def read_fields(
    fields: tuple[CompiledField, ...], page: HtmlPage, node: Node, place: str, room: ValueRoom
) -> tuple[JsonObject, list[Notice]]:
    """The values of all fields. A field that finds nothing is not among them. Raises `Unreadable` for want of room."""
    values: JsonObject = {}
    notices: list[Notice] = []
    for field in fields:
        try:
            found = field.values(page, node, room)
        except SelectorFailed as error:
            notices.append(Notice("selector-failed", f"The field {field.name!r}: {error}"[:300], place))
            continue
        if found:
            values[field.name] = found if field.many else found[0]
    return values, notices
