"""A file as a source: what it is is found out where its partner does not say, and its records come one by one."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import assert_never

from moisson_scraper.reading.addresses import stated_address
from moisson_scraper.reading.csv_rows import csv_rows, find_delimiter
from moisson_scraper.reading.decoding import DecodedText, decode_file, decode_xml
from moisson_scraper.reading.file_format import (
    ARCHIVES,
    archive_format,
    refuse_json,
    refuse_other_paths,
    refuse_others,
    refuse_page,
    text_format,
)
from moisson_scraper.reading.json_fields import MOST_LOOKS, read_values
from moisson_scraper.reading.json_paths import PathFailed, compile_path
from moisson_scraper.reading.json_records import feature_record, geojson_members, json_members, ndjson_members
from moisson_scraper.reading.markup_mending import mended_xml
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.ods_rows import ods_rows
from moisson_scraper.reading.source_reader import (
    LARGE_PAGE,
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
)
from moisson_scraper.reading.table_rows import Row, items_of
from moisson_scraper.reading.text_cleaning import TooDeep
from moisson_scraper.reading.unpacking import is_packed, unpacked
from moisson_scraper.reading.xlsx_rows import xlsx_rows
from moisson_scraper.reading.xml_paths import XmlPath
from moisson_scraper.reading.xml_records import find_record_path, xml_records
from moisson_scraper.reading.zip_archive import ZIP
from moisson_shared.contracts.sources import FileFormat, FileSource

_PROLOGUE = 4000
"""Characters in which a document names its type, if it does."""
_JSON = frozenset({"json", "geojson", "ndjson"})
_BEFORE_JSON = b"\xef\xbb\xbf\xff\xfe\x00\x1e \t\r\n"
"""Marks of an encoding, halves of wide characters, separators of records, blanks."""
UPLOADED = "upload:"
"""Stands for an address where the file is the one that was uploaded."""


class FileReader:
    """`SourceReader` of a file. Raises `PathRefused` and `XmlPathRefused` when made from paths that do not compile."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self._fields = {name: compile_path(path) for name, path in source.fields.items()}
        records = source.records
        self._xml_path = XmlPath(records) if records is not None and records.startswith("/") else None
        paths = list(self._fields.values())
        if records is not None and self._xml_path is None:
            paths.append(compile_path(records))
        self._linear = all(path.linear for path in paths)
        self._most_bytes = min(LARGE_PAGE, MOST_LOOKS // max(1, len(paths)))

    def first_pages(self) -> tuple[PageRequest, ...]:
        """The file."""
        url = self._source.url
        return (PageRequest(stated_address(url) if url is not None else UPLOADED),)

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """The configured fields; without any, the header or the records name them."""
        return tuple(self._fields) if kind is PageKind.LISTING else ()

    def takes_long(self, page: FetchedPage) -> bool:
        """Archives: a small one may hold a hundred times as much. Large files of JSON, whose objects take many times
        their bytes; and paths that could multiply what they find."""
        stated, body = self._source.format, page.body
        if stated in ARCHIVES or body.startswith(ZIP) or is_packed(body) or not self._linear:
            return True
        if len(body) < self._most_bytes:
            return False
        return stated in _JSON if stated is not None else body.lstrip(_BEFORE_JSON).startswith((b"{", b"["))

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The records, one by one while they are asked for; a header or a record that cannot be read raises then."""
        body = unpacked(page.body)
        if not body.strip():
            raise Unreadable("empty-body", "The file is empty.")
        source = self._source
        refuse_others(body)
        kind = archive_format(body, source.format)
        if kind is not None:
            refuse_other_paths(kind, source)
        match kind:
            case "xlsx":
                return ListingRead(self._records(xlsx_rows(body, source.sheet), page))
            case "ods":
                return ListingRead(self._records(ods_rows(body, source.sheet), page))
            case _:
                return self._read_text(body, page)

    def _read_text(self, body: bytes, page: FetchedPage) -> ListingRead:
        stated = self._source.format
        xml = stated == "xml" or (stated is None and body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"))
        decode = decode_xml if xml else decode_file
        decoded = decode(body, page.content_type, page.address, self._source.encoding)
        kind = stated or text_format(decoded.text, page.content_type, page.address)
        name = kind.upper() if stated is not None and kind != "tsv" else "CSV"
        refuse_page(decoded.text, f"not-{name.lower()}", name)
        refuse_other_paths(kind, self._source)
        items = self._items(kind, decoded, page)
        return ListingRead(items, notices=decoded.notices, encoding=decoded.encoding)

    def _items(self, kind: FileFormat, decoded: DecodedText, page: FetchedPage) -> Iterator[FoundItem | Notice]:
        text, place, records = decoded.text, page.address, self._source.records
        match kind:
            case "csv" | "tsv":
                return self._rows(text, page)
            case "json":
                return self._values(json_members(text, records, place), place)
            case "geojson":
                features = geojson_members(text, records, place)
                return self._values((_feature(feature, place) for feature in features), place)
            case "ndjson":
                lines = (_feature(value, place, lenient=True) for value in ndjson_members(text, place))
                return self._values(lines, place)
            case "xml":
                # What a document type may say of a name is not known here; without one there is nothing to know.
                text = text.lstrip()  # nothing may stand before the declaration, and blank lines often do
                mended, told = (text, ()) if "<!DOCTYPE" in text[:_PROLOGUE] else mended_xml(text, place)
                body = mended.encode()
                return chain(
                    told, self._values(xml_records(body, self._xml_path or find_record_path(body), place), place)
                )
            case "xlsx" | "ods":
                raise Unreadable(f"not-{kind}", f"The file is no {kind.upper()}: it is not even a zip archive.")
            case _:
                assert_never(kind)

    def _rows(self, text: str, page: FetchedPage) -> Iterator[FoundItem | Notice]:
        if text.lstrip()[:5].lower() == "<?xml":
            raise Unreadable("not-csv", "The file is not CSV but XML.")
        refuse_json(text)
        source = self._source
        delimiter = source.delimiter or (
            "\t" if source.format == "tsv" else find_delimiter(text, source.header_row or 1)
        )
        return self._records(csv_rows(text, delimiter), page)

    def _records(self, rows: Iterable[Row | Notice], page: FetchedPage) -> Iterator[FoundItem | Notice]:
        return items_of(rows, self._source.header_row, page.address, len(page.body))

    def _values(self, members: Iterable[object], place: str) -> Iterator[FoundItem | Notice]:
        number = 0
        for member in members:
            if isinstance(member, Notice) and not isinstance(member, Dropped):
                yield member
                continue
            number += 1
            if isinstance(member, Notice):
                yield member
                continue
            here = f"{place} item {number}"
            try:
                values, notices = read_values(member, self._fields, here)
            except TooDeep:
                yield Dropped("nested-too-deeply", "Items that are nested too deeply were dropped.", here)
            except PathFailed as error:
                yield Dropped("path-failed", str(error)[:300], here)
            else:
                yield from notices
                yield FoundItem(values, None, None, here)

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """Records have no details."""
        raise Unreadable("no-details", "A file has no detail pages.")


def _feature(member: object, place: str, *, lenient: bool = False) -> object:
    """The feature's record; of lines, those that are no features are records as they stand."""
    if isinstance(member, Notice):
        return member
    record = feature_record(member)
    if record is not None:
        return record
    return (
        member if lenient else Dropped("not-a-feature", "Members of the list that are no features were dropped.", place)
    )
