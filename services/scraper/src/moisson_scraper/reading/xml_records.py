"""Records of an XML document, one by one while it is read; memory grows with the largest record, not with the document.

What an element becomes (there is no standard for it; this is the usual way, and the same for all documents):

- an element with neither attributes nor elements inside is its text, as it stands;
- any other is an object: each attribute under `@name`, each element inside under its name, several of one name as a
  list in their order, and the text around them, where it is more than blanks, under `#text`;
- a record is an object always.

Prefixes of namespaces are left out, and the declarations of namespaces with them. An attribute whose name is taken
without its prefix keeps it.
"""

import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.text_cleaning import DEEPEST
from moisson_scraper.reading.xml_events import Event, Kind, local_name, xml_events
from moisson_scraper.reading.xml_paths import XmlPath
from moisson_shared.contracts.model import JsonObject

MOST_PARTS = 100_000
"""Elements, attributes and pieces of text in one record."""
_LOOKED_AT = 200_000
_DEEPEST_FOUND = 4


class _Element:
    """An element of a record while it is read."""

    __slots__ = ("inside", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.inside: JsonObject = {}
        self.text: list[str] = []
        for written, value in sorted(attributes.items(), key=lambda said: ":" in said[0]):
            if written != "xmlns" and not written.startswith("xmlns:"):
                local = f"@{local_name(written)}"
                self.inside[f"@{written}" if local in self.inside else local] = value

    def add(self, name: str, value: object) -> None:
        """A child. A list is made of the second of a name; a child is never a list itself."""
        known = self.inside.get(name)
        if known is None:
            self.inside[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            self.inside[name] = [known, value]

    def value(self, *, record: bool = False) -> object:
        text = "".join(self.text)
        if not self.inside and not record:
            return text
        if text.strip() or (record and text and not self.inside):
            self.inside["#text"] = text
        return self.inside


class _Builder:
    """Makes one record of its events. `close` is true with its last one."""

    def __init__(self, start: Event) -> None:
        self._open = [_Element(local_name(start.name), start.attributes)]
        self._parts = 1
        self.trouble: Dropped | None = None
        self._depth = 1

    def take(self, event: Event, place: str) -> bool:
        """Whether the record is complete now."""
        if event.kind is Kind.START:
            self._depth += 1
        elif event.kind is Kind.END:
            self._depth -= 1
        if self.trouble is None:
            self._count(event, place)
        if self.trouble is None:
            self._build(event)
        return self._depth == 0

    def _count(self, event: Event, place: str) -> None:
        self._parts += 1 + len(event.attributes)
        if self._parts > MOST_PARTS:
            message = f"Records of more than {MOST_PARTS:,} parts were dropped; is the path that of a single record?"
            self.trouble = Dropped("record-too-large", message, place)
        elif self._depth * 2 > DEEPEST:  # an element among several of its name is two levels of JSON
            self.trouble = Dropped("nested-too-deeply", "Items that are nested too deeply were dropped.", place)
        if self.trouble is not None:
            self._open.clear()

    def _build(self, event: Event) -> None:
        match event.kind:
            case Kind.START:
                self._open.append(_Element(local_name(event.name), event.attributes))
            case Kind.TEXT:
                self._open[-1].text.append(event.name)
            case Kind.END:
                if len(self._open) > 1:
                    done = self._open.pop()
                    self._open[-1].add(done.name, done.value())

    @property
    def record(self) -> JsonObject:
        """The whole; only once it is complete and without trouble."""
        self._open[0].value(record=True)
        return self._open[0].inside


def xml_records(body: bytes, path: XmlPath, place: str) -> Iterator[JsonObject | Notice]:
    """The records, and those that were dropped. A record inside a record is part of it. Raises `Unreadable`."""
    states = [XmlPath.START]
    builder: _Builder | None = None
    number = 0
    for event in xml_events(io.BytesIO(body).read):
        if builder is not None:
            if builder.take(event, f"{place} item {number}"):
                yield builder.trouble if builder.trouble is not None else builder.record
                builder = None
        elif event.kind is Kind.START:
            state = path.below(states[-1], local_name(event.name))
            if path.ends(state):
                number += 1
                builder = _Builder(event)
            else:
                states.append(state)
        elif event.kind is Kind.END:
            states.pop()
    if not number:
        message = f"{path.expression!r} finds no elements in the file."
        yield Notice("no-items-in-page", message, place)


def find_record_path(body: bytes) -> XmlPath:
    """The path of the elements that are repeated: nearest to the top, and of those the most frequent.

    Raises `Unreadable` where nothing is repeated at the beginning of the file.
    """
    names: list[str] = []
    counted: Counter[tuple[str, ...]] = Counter()
    for event in islice(xml_events(io.BytesIO(body).read), _LOOKED_AT):
        if event.kind is Kind.START:
            names.append(local_name(event.name))
            if len(names) <= _DEEPEST_FOUND:
                counted[tuple(names)] += 1
        elif event.kind is Kind.END:
            names.pop()
    repeated = [(-len(path), times, path) for path, times in counted.items() if times > 1]
    if not repeated:
        message = "No element is repeated in the file, so none can be told to be a record: say its path in `records`."
        raise Unreadable("records-not-found", message)
    return XmlPath("/" + "/".join(max(repeated)[2]))
