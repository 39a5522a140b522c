"""A table as a file: CSV, TSV or XLSX, told apart by the file itself where the partner does not say."""

from moisson_scraper.reading.csv_rows import csv_rows, find_delimiter
from moisson_scraper.reading.decoding import decode_file
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.source_reader import DetailRead, FetchedPage, ListingRead, PageKind, PageRequest
from moisson_scraper.reading.table_rows import items_of
from moisson_scraper.reading.xlsx_rows import xlsx_rows
from moisson_shared.contracts.sources import FileSource

_ZIP = b"PK\x03\x04"
_MARKUP = ("<!doctype html", "<html", "<?xml")


class TableReader:
    """`SourceReader` of a file."""

    def __init__(self, source: FileSource) -> None:
        self._source = source

    def first_pages(self) -> tuple[PageRequest, ...]:
        """The file."""
        return (PageRequest(self._source.url or ""),)

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """The header names the fields."""
        return ()

    def takes_long(self, page: FetchedPage) -> bool:
        """Archives: a small one may hold a hundred times as much, and their XML more than that as objects."""
        return self._source.format == "xlsx" or page.body.startswith(_ZIP)

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The rows, one by one while they are asked for; a header or a row that cannot be read raises then."""
        if not page.body.strip():
            raise Unreadable("empty-body", "The file is empty.")
        source = self._source
        if source.format == "xlsx" or (source.format is None and page.body.startswith(_ZIP)):
            return ListingRead(items_of(xlsx_rows(page.body, source.sheet), source.header_row, page.address))
        if page.body.startswith(_ZIP):
            raise Unreadable("not-csv", "The file is not CSV but a zip archive, perhaps XLSX.")
        decoded = decode_file(page.body, page.content_type, page.address, source.encoding)
        if decoded.text.lstrip()[:20].lower().startswith(_MARKUP):
            raise Unreadable("not-csv", "The file is not CSV but a page of markup.")
        delimiter = source.delimiter or find_delimiter(decoded.text, source.header_row)
        items = items_of(csv_rows(decoded.text, delimiter), source.header_row, page.address)
        return ListingRead(items, notices=decoded.notices, encoding=decoded.encoding)

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """Rows have no details."""
        raise Unreadable("no-details", "A table has no detail pages.")
