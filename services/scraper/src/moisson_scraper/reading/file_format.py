"""Which format a file has: as is stated, else by its first bytes, the type it was sent with, its name, its content."""

import json
import re
from urllib.parse import urlsplit

from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.zip_archive import ZIP, is_opendocument, other_members
from moisson_shared.contracts.sources import FileFormat, FileSource

_TYPES: dict[str, FileFormat] = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "text/json": "json",
    "application/geo+json": "geojson",
    "application/vnd.geo+json": "geojson",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/json-seq": "ndjson",
    "application/json-lines": "ndjson",
}
_ENDINGS: dict[str, FileFormat] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".geojson": "geojson",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".geojsonl": "ndjson",
}
_PAGE = re.compile(
    r"(<\?xml[^>]{0,200}>)?\s*(<!--(?:(?!-->).){0,2000}-->\s*)?<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_COLLECTION = re.compile(r'"type"\s*:\s*"FeatureCollection"')
_BEGINNING = 4000
_LONGEST_LINE = 1_000_000
ARCHIVES = frozenset({"xlsx", "ods"})
TABLES = frozenset({"csv", "tsv", "xlsx", "ods"})
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls); save it as .xlsx or .ods",
    b"%PDF-": "a PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"Rar!": "an archive that is not read",
    b"7z\xbc\xaf": "an archive that is not read",
    b"PAR1": "a Parquet file, which is not read",
}


def archive_format(body: bytes, stated: FileFormat | None) -> FileFormat | None:
    """The format of a file in an archive, told by its bytes; None for other files. Raises `Unreadable` where an archive
    was said to be something else."""
    if stated in ARCHIVES:
        return stated
    if not body.startswith(ZIP):
        return None
    if stated is not None:
        shown = "CSV" if stated in {"csv", "tsv"} else stated.upper()
        message = f"The file is not {shown} but a zip archive, perhaps XLSX or ODS."
        raise Unreadable(f"not-{'csv' if stated == 'tsv' else stated}", message)
    if is_opendocument(body):
        return "ods"
    if (others := other_members(body)) is not None:
        message = f"The file is no workbook but a zip archive of {others}; it is to be unpacked first."
        raise Unreadable("unknown-format", message[:300])
    return "xlsx"


def refuse_others(body: bytes) -> None:
    """Raises `Unreadable` for what is plainly no file of records, and would else be read as a table of odd texts."""
    for beginning, name in _OTHERS.items():
        if body.startswith(beginning):
            raise Unreadable("unknown-format", f"The file is {name}.")


def refuse_other_paths(kind: FileFormat, source: FileSource) -> None:
    """Raises `Unreadable` where the paths of the source do not fit the format that was found."""
    shown = kind.upper()
    if source.records is not None:
        wanted = "xml" if source.records.startswith("/") else "json"
        if kind != wanted and not (wanted == "json" and kind == "geojson"):
            raise Unreadable(f"not-{wanted}", f"The file is {shown}, and `records` is a path in {wanted.upper()}.")
    if source.fields and kind in TABLES:
        raise Unreadable("not-records", f"The file is {shown}, a table: paths look into JSON and XML only.")


def text_format(text: str, content_type: str, address: str) -> FileFormat:
    """The format of a text of which none is stated: its content decides, and where two could be meant (a single line of
    JSON), the type and the name."""
    beginning = text[:_BEGINNING].lstrip()
    said = said_format(content_type, address)
    if beginning.startswith("<"):
        return "xml"
    if beginning.startswith(("{", "[")) and said not in {"csv", "tsv"}:
        return _json_format(text, beginning, said)
    return said if said in {"csv", "tsv"} else "csv"


def said_format(content_type: str, address: str) -> FileFormat | None:
    """What the type or else the name says, where it says anything."""
    kind = _TYPES.get(content_type.partition(";")[0].strip().lower())
    path = urlsplit(address).path.lower().removesuffix(".gz")
    ending = next((found for end, found in _ENDINGS.items() if path.endswith(end)), None)
    # A server that sends JSON seldom knows which: the name is the more exact word.
    return ending if kind is None or (kind == "json" and ending in {"geojson", "ndjson"}) else kind


def _json_format(text: str, beginning: str, said: FileFormat | None) -> FileFormat:
    if said in {"ndjson", "geojson"}:
        return said
    if _is_in_lines(text):
        return "ndjson"
    # The type may stand behind the features: an object's members have no order (RFC 8259, 4).
    collected = _COLLECTION.search(beginning) or (beginning.startswith("{") and _COLLECTION.search(text[-_BEGINNING:]))
    return "geojson" if collected else "json"


def _is_in_lines(text: str) -> bool:
    """Whether the first line is a whole value, and another one follows it."""
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    if not 0 < end - start < _LONGEST_LINE or text[end : end + _BEGINNING].strip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text[start:end])
    except (ValueError, RecursionError):
        return False
    return True


def refuse_json(text: str) -> None:
    """Raises `Unreadable` for JSON where a table was to be: an API's way to say that there is none. Its one line would
    be a header without rows."""
    if text.lstrip()[:1] not in {"{", "["} or len(text) > _LONGEST_LINE:
        return
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return
    raise Unreadable("not-csv", "The file is not CSV but JSON.")


def refuse_page(text: str, code: str, name: str) -> None:
    """Raises `Unreadable` for a page of HTML where a file was to be: a site's way to say that there is none."""
    if _PAGE.match(text[:_BEGINNING].lstrip()):
        raise Unreadable(code, f"The file is not {name} but a page of markup.")
