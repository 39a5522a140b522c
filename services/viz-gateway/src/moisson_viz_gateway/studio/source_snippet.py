"""The piece of a page's source that a value was taken from. Pure.

The scraper says which element it is, and in which line its tag stands; the piece is cut out of the kept page around the
value itself, as far as it is found there as it was read.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from moisson_shared.contracts.spider_preview import ElementPlace
from moisson_viz_gateway.studio.document_text import value_offsets

BEFORE, AFTER = 60, 70
"""Characters of the source that are shown around the value."""
_REACH = 20_000
"""How far behind its tag a value is looked for: pages are long, and values many."""
_LONGEST = 120
_BLANKS = re.compile(r"\s+")
_STEP = re.compile(r"\[(?:'((?:[^'\\]|\\.)*)'|(\d+))\]")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of the source, its value between what stands before and after; `line` counts from 1."""

    line: int
    before: str
    found: str
    after: str


@dataclass(frozen=True, slots=True)
class SourceText:
    """The source of one page, with the places of its values where it is JSON."""

    text: str
    starts: tuple[int, ...]
    offsets: dict[str, int]


def source_text(text: str) -> SourceText:
    """A page's text, looked through once."""
    offsets = value_offsets(text) if text.lstrip()[:1] in {"{", "["} else {}
    starts = (0, *(place.end() for place in re.finditer("\n", text)))
    return SourceText(text, starts, offsets)


def snippet_of(source: SourceText, place: ElementPlace, value: str) -> Snippet | None:
    """The piece where the value stands; None where the place does not lead into this text."""
    start = _start(source, place)
    if start is None:
        return None
    text = source.text
    for spelling in _spellings(value):
        at = text.find(spelling, start, start + _REACH)
        if at >= 0:
            return _cut(source, at, at + len(spelling))
    return _cut(source, start, start)


def snippet_around(source: SourceText, value: str) -> Snippet | None:
    """The first piece where the value stands, wherever that is."""
    for spelling in _spellings(value):
        at = source.text.find(spelling)
        if at >= 0:
            return _cut(source, at, at + len(spelling))
    return None


def _start(source: SourceText, place: ElementPlace) -> int | None:
    if place.line is not None:
        return source.starts[place.line - 1] if 0 < place.line <= len(source.starts) else None
    if place.path.startswith("$"):
        return source.offsets.get(json_pointer_of(place.path))
    return None


def json_pointer_of(path: str) -> str:
    """A normalised path (RFC 9535, 2.7) as a JSON pointer (RFC 6901)."""
    steps = (_unescaped(name) if index == "" else index for name, index in _STEP.findall(path))
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _unescaped(name: str) -> str:
    return name.replace("\\'", "'").replace("\\\\", "\\")


def _spellings(value: str) -> Iterator[str]:
    """The value as a source may have it: as it is, its first line, escaped, the path of an address, its first words."""
    whole = value.strip().rstrip("…")
    first = whole.split("\n", 1)[0].strip()[:_LONGEST]
    if not first:
        return
    yield first
    yield html.escape(first, quote=False)
    parts = urlsplit(first) if first.startswith(("http://", "https://")) else None
    if parts is not None:
        if len(parts.path) > 1:
            yield parts.path + (f"?{parts.query}" if parts.query else "")
            yield parts.path.rsplit("/", 1)[-1] or parts.path
        return
    words = first.split()
    if len(words) > 3:
        yield " ".join(words[:3])
    if len(words) > 1:
        yield words[0]


def _cut(source: SourceText, start: int, end: int) -> Snippet:
    text = source.text
    before = text[max(0, start - BEFORE) : start]
    after = text[end : end + AFTER]
    line = bisect_right(source.starts, start)
    head = "…" if start > BEFORE else ""
    tail = "…" if end + AFTER < len(text) else ""
    return Snippet(line, head + _plain(before), _plain(text[start:end]), _plain(after) + tail)


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text)
