"""Fields that look into the structured data of a page: a path over what its JSON-LD, microdata or OpenGraph says."""

from dataclasses import dataclass
from typing import Any

from moisson_scraper.fingerprint import canonical_json
from moisson_scraper.reading.html_page import HtmlPage
from moisson_scraper.reading.json_paths import CompiledPath, PathFailed, compile_path
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.selectors import Node
from moisson_scraper.reading.standing_data import StandingData
from moisson_scraper.reading.structured_data import read_standing
from moisson_scraper.reading.text_cleaning import TooDeep, clean_value
from moisson_scraper.reading.value_pattern import ValuePattern
from moisson_scraper.reading.value_room import ValueRoom
from moisson_shared.contracts.selecting import HtmlField, Syntax, Take


class StructuredLook:
    """The structured data of one page or item, read once for all its fields."""

    __slots__ = ("_known", "_node", "notices", "page", "place", "room")

    def __init__(self, page: HtmlPage, node: Node, place: str, room: ValueRoom) -> None:
        self.page = page
        self.room = room
        self.place = place
        self.notices: list[Notice] = []
        self._node = None if node is page.root else node
        self._known: dict[Syntax, StandingData] = {}

    def standing(self, syntax: Syntax) -> StandingData:
        """What is said in one syntax, and by which elements; see `Syntax` for the shapes."""
        if syntax not in self._known:
            self._known[syntax] = read_standing(self.page, syntax, self._node, self.notices)
        return self._known[syntax]


@dataclass(frozen=True, slots=True)
class StructuredField:
    """A field ready to be read. Values that are not text are kept as JSON."""

    name: str
    syntax: Syntax
    path: CompiledPath
    take: Take
    many: bool
    pattern: ValuePattern | None = None

    def values(self, look: StructuredLook) -> list[Any]:
        """Every value in the order of the path. Raises `Unreadable` when there is no room for them."""
        found: list[Any] = []
        try:
            for value in self.path.all(look.standing(self.syntax).data):
                taken = self.taken(look, value)
                if taken is not None:
                    found.append(taken)
                    if not self.many:
                        break
        except PathFailed as error:
            look.notices.append(Notice("path-failed", f"The field {self.name!r}: {error}"[:300], look.place))
        except TooDeep:
            message = "Values of structured data that are nested too deeply were left out."
            look.notices.append(Notice("value-too-deep", message, look.place))
        return found

    def taken(self, look: StructuredLook, value: Any) -> Any:
        """What is kept of a value; None where that is nothing. Raises `TooDeep`, and `Unreadable` for want of room."""
        if value is None:
            return None
        taken, _ = clean_value(value)
        look.room.take(len(taken) if isinstance(taken, str) else len(canonical_json(taken)))
        if self.take is Take.LINK:
            taken = look.page.absolute(taken) if isinstance(taken, str) else None
        if self.pattern is None or taken is None:
            return taken
        return self.pattern.of(taken if isinstance(taken, str) else canonical_json(taken).decode())


def compile_structured(name: str, field: HtmlField) -> StructuredField:
    """The field, ready to be read. Raises `PathRefused` and `PatternRefused`."""
    pattern = ValuePattern(field.pattern) if field.pattern is not None else None
    return StructuredField(name, field.syntax, compile_path(field.expression), field.take, field.many, pattern)
