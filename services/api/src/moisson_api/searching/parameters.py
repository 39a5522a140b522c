"""From the parameters of an address to a `SearchQuery`. Pure; knows the fields this caller may see, and no others.

Every parameter is understood or refused, with a JSON pointer such as `/query/themes`. A field above the caller's level
is not among `fields`, so it is refused in the words used for a field that does not exist.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from moisson_api.searching.query_string import pointer
from moisson_api.searching.values import (
    ends_before_it_begins,
    read_bound,
    read_box,
    read_filter_value,
    read_flag,
    read_integer,
)
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.schema import FieldType, SchemaField
from moisson_shared.contracts.search import BoundingBox, FacetRequest, SearchQuery, SortKey, ValueRange
from moisson_shared.querying.exact_values import RANGED

T = TypeVar("T")

LARGEST_PAGE = 100
USUAL_PAGE = 20
LARGEST_FACET = 1000
USUAL_FACET = 50
LONGEST_TEXT = 1000
MOST_SORT_KEYS = 3
MOST_VALUES = 100
"""Filter values in one query, all filters together."""
OWN_FILTERS = ("partner", "source")
"""What every project has beside the fields of its schema."""


class Answer(Enum):
    """What is asked for: a page of projects, the places of all that are found, or one document by its name."""

    PAGE = "page"
    MAP = "map"
    DOCUMENT = "document"


_DOCUMENT = frozenset({"lang"})
_MAP = _DOCUMENT | {"q", "bbox"}
_PAGE_ONLY = frozenset({"sort", "size", "cursor", "facets", "facet_size", "highlight"})
_SINGLES = {Answer.PAGE: _MAP | _PAGE_ONLY, Answer.MAP: _MAP, Answer.DOCUMENT: _DOCUMENT}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, before the cursor is opened: `query.after` is not set yet."""

    query: SearchQuery
    cursor: str | None
    language: str | None


@dataclass(slots=True)
class _Reading:
    """What has been understood so far, and what is wrong."""

    singles: dict[str, str] = field(default_factory=dict)
    facets: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    bounds: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, name: str, message: str) -> None:
        self.faults.append(Fault(pointer(name), message))

    def read(self, name: str, reader: Callable[[str], T], otherwise: T) -> T:
        """The single parameter `name` through `reader`, or `otherwise` where it is absent or wrong."""
        text = self.singles.get(name)
        if text is None:
            return otherwise
        try:
            return reader(text)
        except ValueError as fault:
            self.blame(name, str(fault))
            return otherwise


def read_search(
    pairs: tuple[tuple[str, str], ...], fields: Mapping[str, SchemaField], answer: Answer = Answer.PAGE
) -> Asked:
    """What these parameters ask for, or `Invalid` with everything that is wrong with them."""
    reading = _Reading()
    for name, value in pairs:
        _sort_in(reading, name, value, fields, answer)
    query = _query(reading, fields)
    if reading.faults:
        first = reading.faults[0]
        more = len(reading.faults) - 1
        raise Invalid(
            f"{first.pointer}: {first.message}" + (f" (and {more} more)" if more else ""), tuple(reading.faults)
        )
    return Asked(query=query, cursor=reading.singles.get("cursor"), language=reading.singles.get("lang"))


def _sort_in(reading: _Reading, name: str, value: str, fields: Mapping[str, SchemaField], answer: Answer) -> None:
    singles = _SINGLES[answer]
    if name == "facets" and name in singles:
        reading.facets.extend(value.split(","))
    elif name in singles:
        if name in reading.singles:
            reading.blame(name, "this parameter stands twice; give it once")
        reading.singles[name] = value
    elif answer is Answer.MAP and name in _PAGE_ONLY:
        reading.blame(name, "the map shows the places of all that is found; this parameter belongs to the list")
    elif answer is Answer.DOCUMENT:
        reading.blame(name, "unknown parameter; there is only lang here")
    elif (base := _base_of_bound(name, fields)) is not None:
        ends = reading.bounds.setdefault(base, {})
        end = name[-3:]
        if end in ends:
            reading.blame(name, "this parameter stands twice; give it once")
        ends[end] = value
    elif name in OWN_FILTERS or (name in fields and fields[name].filterable):
        _add_value(reading, name, value, fields)
    elif name in fields:
        reading.blame(name, f"{name} is shown, but it is not a filter")
    else:
        reading.blame(name, "unknown parameter" + _nearest(name, [*_filters(fields), *singles]))


def _base_of_bound(name: str, fields: Mapping[str, SchemaField]) -> str | None:
    base, dot, end = name.rpartition(".")
    known = fields.get(base) if dot and end in {"min", "max"} else None
    return base if known and known.filterable and known.type in RANGED else None


def _add_value(reading: _Reading, name: str, value: str, fields: Mapping[str, SchemaField]) -> None:
    kind = FieldType.KEYWORD if name in OWN_FILTERS else fields[name].type
    try:
        read = read_filter_value(kind, value)
    except ValueError as fault:
        reading.blame(name, str(fault))
        return
    values = reading.values.setdefault(name, [])
    if read not in values:
        values.append(read)


def _query(reading: _Reading, fields: Mapping[str, SchemaField]) -> SearchQuery:
    if sum(map(len, reading.values.values())) > MOST_VALUES:
        reading.faults.append(Fault("/query", f"more than {MOST_VALUES} filter values; ask for fewer at once"))
    box: BoundingBox | None = reading.read("bbox", read_box, None)
    text = reading.read("q", _read_text, "")
    no_order: tuple[SortKey, ...] = ()
    sort = reading.read("sort", lambda text: _read_sort(text, fields), no_order)
    size = reading.read("size", _whole_number(0, LARGEST_PAGE), USUAL_PAGE)
    facet_size = reading.read("facet_size", _whole_number(1, LARGEST_FACET), USUAL_FACET)
    highlight = reading.read("highlight", read_flag, otherwise=False)
    reading.read("lang", _read_language, "")
    ranges = _ranges(reading, fields)
    facets = _facets(reading, fields)
    if reading.faults:
        return SearchQuery()
    return SearchQuery(
        text=text,
        filters={name: tuple(values) for name, values in reading.values.items()},
        ranges=ranges,
        bbox=box,
        sort=sort,
        size=size,
        facets=tuple(FacetRequest(field=name, size=facet_size) for name in facets),
        highlight=highlight,
    )


def _read_text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"the text has {len(text)} characters; the limit is {LONGEST_TEXT}")
    return text.strip()


def _read_language(text: str) -> str:
    if len(text) != 2 or not (text.isascii() and text.isalpha() and text.islower()):
        raise ValueError("write a language as two letters (ISO 639-1), such as fr")
    return text


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        message = f"write a whole number from {least} to {most}"
        try:
            number = read_integer(text)
        except ValueError:
            raise ValueError(message) from None
        if not least <= number <= most:
            raise ValueError(message)
        return number

    return read


def _read_sort(text: str, fields: Mapping[str, SchemaField]) -> tuple[SortKey, ...]:
    keys = [SortKey(field=_sort_field(part, fields), descending=part.startswith("-")) for part in text.split(",")]
    if len(keys) > MOST_SORT_KEYS:
        raise ValueError(f"sort by at most {MOST_SORT_KEYS} fields")
    if len({key.field for key in keys}) != len(keys):
        raise ValueError("a field stands twice; name each field once")
    return tuple(keys)


def _sort_field(part: str, fields: Mapping[str, SchemaField]) -> str:
    name = part.removeprefix("-")
    known = fields.get(name)
    if known is None:
        sortable = [other.name for other in fields.values() if other.sort]
        raise ValueError(f"unknown field {name[:80]!r}" + _nearest(name, sortable))
    if not known.sort:
        raise ValueError(f"{name} gives no order")
    return name


def _ranges(reading: _Reading, fields: Mapping[str, SchemaField]) -> dict[str, ValueRange]:
    ranges = {}
    for name, ends in reading.bounds.items():
        read = {}
        for end, text in ends.items():
            try:
                read[end] = read_bound(fields[name].type, text)
            except ValueError as fault:
                reading.blame(f"{name}.{end}", str(fault))
        asked = ValueRange(least=read.get("min"), most=read.get("max"))
        if ends_before_it_begins(asked):
            reading.blame(f"{name}.min", f"it is greater than {name}.max")
        ranges[name] = asked
    return ranges


def _facets(reading: _Reading, fields: Mapping[str, SchemaField]) -> list[str]:
    offered = ["partner", *(other.name for other in fields.values() if other.facet)]
    if reading.facets == ["all"]:
        return offered
    names: list[str] = []
    for name in reading.facets:
        if name in offered or name == "source":
            if name not in names:
                names.append(name)
        elif name in fields:
            reading.blame("facets", f"{name} is shown, but it is not a facet")
        else:
            reading.blame("facets", f"unknown facet {name[:80]!r}" + _nearest(name, offered))
    return names


def _filters(fields: Mapping[str, SchemaField]) -> list[str]:
    return [*OWN_FILTERS, *(other.name for other in fields.values() if other.filterable)]


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name[:80], sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
