"""XML as a row of events, read piece by piece: no tree is built, so memory does not grow with the document.

Expat does not reach out, and here it is not let declare entities either: no text can be made to grow, none is fetched.
Nor can elements: attributes that a document declares for all elements of a name are not given with each of them.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple, NoReturn
from xml.parsers import expat

from moisson_scraper.reading.notice import Unreadable

DEEPEST = 200
"""Levels of elements; a document with more is refused."""
PIECE = 65_536
_LARGEST_PIECE = 1_048_576
MOST_IN_A_TAG = 16_777_216
"""Bytes of one tag or comment."""
MOST_ATTRIBUTES = 5000
"""Of one tag, as in HTML."""
MOST_DECLARED = 100
"""Attributes that a document declares: expat goes through all of them at each element."""


class Kind(Enum):
    """What happened."""

    START = 1
    END = 2
    TEXT = 3


class Event(NamedTuple):
    """One thing that was met. `name` is the element's as it is written, prefix included; for text, the text."""

    kind: Kind
    name: str
    attributes: dict[str, str]


_NONE: dict[str, str] = {}


def local_name(name: str) -> str:
    """The name without its prefix."""
    return name.rpartition(":")[2]


class _Refused(Exception):
    """Raised inside the parser; `str()` is the sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def xml_events(read: Callable[[int], bytes], code: str = "not-xml") -> Iterator[Event]:
    """The events of a document in UTF-8, whatever its declaration says; text may come in several parts.

    `read` gives the next bytes, at most so many, as a file does. Raises `Unreadable`, with `code` for what is not
    well-formed; what came before has been given by then.
    """
    found: list[Event] = []
    parser = _parser(found)
    size, unfinished = PIECE, 0
    try:
        while piece := read(size):
            before = parser.CurrentByteIndex
            parser.Parse(piece, False)
            # Expat looks again at the whole of a tag that has not ended: in small pieces, a very large one would take
            # for ever; in large pieces, very many small ones would take much memory.
            stands_still = parser.CurrentByteIndex == before
            unfinished = unfinished + len(piece) if stands_still else 0
            _require_end(unfinished)
            size = min(size * 2, _LARGEST_PIECE) if stands_still else PIECE
            yield from found
            found.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        yield from found
        reason = expat.ErrorString(error.code) or "it makes no sense"
        raise Unreadable(code, f"The file is not XML from line {error.lineno} on: {reason}.") from error
    except _Refused as error:
        raise Unreadable(error.code, str(error)) from error
    yield from found


def _parser(found: list[Event]) -> expat.XMLParserType:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.specified_attributes = True
    depth = declared = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _Refused("nested-too-deeply", f"The file is nested more than {DEEPEST} levels deep.")
        if len(attributes) > MOST_ATTRIBUTES:
            message = f"The file has a tag of more than {MOST_ATTRIBUTES:,} attributes; it was not read."
            raise _Refused("too-many-attributes", message)
        found.append(Event(Kind.START, name, attributes))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        found.append(Event(Kind.END, name, _NONE))

    def text(data: str) -> None:
        found.append(Event(Kind.TEXT, data, _NONE))

    def declared_attribute(*_: object) -> None:
        nonlocal declared
        declared += 1
        if declared > MOST_DECLARED:
            message = f"The file declares more than {MOST_DECLARED} attributes of its own; it was not read."
            raise _Refused("xml-attributes", message)

    def unknown_entity(name: str, parameter: bool) -> None:
        if not parameter:
            found.append(Event(Kind.TEXT, f"&{name};", _NONE))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.AttlistDeclHandler = declared_attribute
    parser.EntityDeclHandler = _refuse_entities
    parser.SkippedEntityHandler = unknown_entity
    return parser


def _require_end(unfinished: int) -> None:
    if unfinished > MOST_IN_A_TAG:
        message = f"The file has a tag or comment of more than {MOST_IN_A_TAG:,} bytes; it was not read."
        raise _Refused("tag-too-large", message)


def _refuse_entities(*_: object) -> NoReturn:
    raise _Refused("xml-entities", "The file declares entities of its own, which could hide anything; it was not read.")
