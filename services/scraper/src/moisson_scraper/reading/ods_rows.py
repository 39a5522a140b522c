"""Rows of an OpenDocument spreadsheet (OpenDocument 1.3, part 3, 9), read while it is unpacked.

A sheet is told in runs: one row or cell that stands for a million empty ones is usual, and one that stands for a
million full ones is a trap.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.table_rows import MOST_COLUMNS, Cell, Row
from moisson_scraper.reading.xml_events import Event, Kind, xml_events
from moisson_scraper.reading.zip_archive import members_of

MOST_REPEATED = 100_000
"""Rows of one file that are told as repetitions of another one."""
_MOST_BLANK_TOLD = 1000
_MOST_STYLES = 1000
"""That hide sheets, in one file."""
_CONTENT = "content.xml"
_WHOLE = re.compile(r"-?\d{1,300}")
_TIME = re.compile(r"PT(\d{1,2})H(\d{1,2})M(\d{1,2})(?:[.,](\d{1,9}))?S")
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, KeyError, ValueError)


def ods_rows(body: bytes, sheet: str | None) -> Iterator[Row | Notice]:
    """The rows of the named sheet, else of the first that has any; hidden ones, which often hold the choices of cells,
    come behind all others. Raises `Unreadable`."""
    if _CONTENT not in members_of(body, "not-ods", "ODS"):
        raise Unreadable("not-ods", "The file cannot be read as ODS: it has no content.")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            given = False
            for hidden in (False, True):
                with archive.open(_CONTENT) as content:
                    for entry in _chosen(xml_events(content.read, "not-ods"), sheet, hidden=hidden):
                        given = True
                        yield entry
                if given or sheet is not None:
                    return
    except _BROKEN as error:
        raise Unreadable("not-ods", f"The file cannot be read as ODS: {type(error).__name__}.") from error


def _chosen(events: Iterator[Event], sheet: str | None, *, hidden: bool) -> Iterator[Row | Notice]:
    """The rows of the first sheet that has any; of hidden ones if asked for, or if the sheet is named."""
    names: list[str] = []
    unseen: set[str] = set()
    style = ""
    for event in events:
        if event.kind is not Kind.START:
            continue
        if event.name == "style:style":
            style = event.attributes.get("style:name", "")
        elif event.name == "style:table-properties":
            if event.attributes.get("table:display") == "false" and len(unseen) < _MOST_STYLES:
                unseen.add(style)
        elif event.name == "table:table":
            name = event.attributes.get("table:name", "")
            names.append(name)
            given = False
            shown = hidden or event.attributes.get("table:style-name") not in unseen
            if sheet == name or (sheet is None and shown):
                for entry in _Sheet(events).rows():
                    given = True
                    yield entry
            if given or sheet == name:
                return
    if sheet is not None or not names:
        told = ", ".join(names) or "none"
        raise Unreadable("no-such-sheet", f"There is no sheet {sheet!r}; there are {told}."[:300])


class _Sheet:
    """One sheet while it is read: from after its start to its end."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._number = 0
        self._blank = 0
        self._repeated = 0

    def rows(self) -> Iterator[Row | Notice]:
        for event in self._events:
            if event.kind is Kind.END and event.name == "table:table":
                return
            if event.kind is Kind.START and event.name == "table:table-row":
                times = _times(event.attributes.get("table:number-rows-repeated"))
                cells, left_out = self._cells()
                yield from self._told(cells, times, left_out)

    def _told(self, cells: list[Cell], times: int, left_out: int) -> Iterator[Row | Notice]:
        """Blank rows are told once a row with something in it follows; those at the end of a sheet are nothing."""
        if not cells:
            self._blank += times
            return
        if self._blank:
            for number in range(self._number + 1, self._number + 1 + min(self._blank, _MOST_BLANK_TOLD)):
                yield Row(number, [])
            self._number += self._blank
            self._blank = 0
        told = min(times, 1 + MOST_REPEATED - self._repeated)
        self._repeated += told - 1
        for number in range(self._number + 1, self._number + 1 + told):
            yield Row(number, list(cells), cut=True)
        self._number += times
        if left_out:
            message = f"Cells after the {MOST_COLUMNS:,}th of their row were left out."
            yield Notice("cells-left-out", message, f"row {self._number}", left_out * told)
        if times > told:
            message = f"Repetitions of rows after the {MOST_REPEATED:,}th were left out."
            yield Notice("rows-left-out", message, f"row {self._number}", times - told)

    def _cells(self) -> tuple[list[Cell], int]:
        """The cells of a row to its last full one, and how many full ones came after the last column that is read."""
        cells: list[Cell] = []
        blank = left_out = 0
        for event in self._events:
            if event.kind is Kind.END and event.name == "table:table-row":
                break
            if event.kind is not Kind.START or event.name not in {"table:table-cell", "table:covered-table-cell"}:
                continue
            times = _times(event.attributes.get("table:number-columns-repeated"))
            value = _value(event.attributes, self._text(event.name))
            if value is None or value == "":
                blank += times
                continue
            room = max(0, MOST_COLUMNS - len(cells))
            cells.extend([None] * min(blank, room))
            room = max(0, room - blank)
            cells.extend([value] * min(times, room))
            left_out += times - min(times, room)
            blank = 0
        while cells and cells[-1] is None:
            cells.pop()
        return cells, left_out

    def _text(self, cell: str) -> str:
        """The paragraphs of a cell, a line each. What is annotated to it is not in it, nor are tables inside."""
        parts: list[str] = []
        depth = aside = inside = 0
        for event in self._events:
            if event.kind is Kind.TEXT:
                if inside and not aside:
                    parts.append(event.name)
            elif event.kind is Kind.END:
                if event.name == cell and depth == 0:
                    break
                depth -= 1
                if aside:
                    aside -= 1
                elif inside:
                    inside -= 1
            else:
                depth += 1
                if aside or event.name in {"office:annotation", "table:table"}:
                    aside += 1
                elif inside:
                    inside += 1
                    parts.append(_blank_of(event))
                elif event.name in {"text:p", "text:h"}:
                    parts.append("\n")
                    inside = 1
        return "".join(parts)[1:]


def _blank_of(event: Event) -> str:
    match event.name:
        case "text:s":
            return " " * min(_times(event.attributes.get("text:c")), 1000)
        case "text:tab":
            return "\t"
        case "text:line-break":
            return "\n"
        case _:
            return ""


def _times(written: str | None) -> int:
    if written is None or not _WHOLE.fullmatch(written):
        return 1
    return max(1, int(written))


def _value(attributes: dict[str, str], text: str) -> Cell:
    """Numbers and truth values as they are, moments in ISO 8601, all else as the text that is shown."""
    kind = attributes.get("office:value-type") or attributes.get("calcext:value-type")
    match kind:
        case "float" | "currency" | "percentage":
            return _number(attributes.get("office:value"), text)
        case "boolean":
            written = attributes.get("office:boolean-value")
            return written == "true" if written in {"true", "false"} else text
        case "date":
            return attributes.get("office:date-value", text).removesuffix("T00:00:00")
        case "time":
            written = attributes.get("office:time-value", text)
            found = _TIME.fullmatch(written)
            if found is None or int(found[1]) > 23:
                return written
            parts = ":".join(f"{int(part):02d}" for part in found.groups()[:3])
            return parts if not (found[4] or "").strip("0") else f"{parts}.{found[4]}"
        case _:
            return attributes.get("office:string-value", text)


def _number(written: str | None, text: str) -> Cell:
    if written is None:
        return text
    if _WHOLE.fullmatch(written):
        return int(written)
    try:
        number = float(written)
    except ValueError:
        return text
    return number if abs(number) != float("inf") and number == number else written
