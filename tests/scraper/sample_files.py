"""Files made for tests: spreadsheets as LibreOffice writes them, and whatever else takes a few lines to build."""

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from moisson_scraper.reading.file_source import FileReader
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageRequest
from moisson_shared.contracts.sources import FileSource

URL = "https://s.example/f"
MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def read_file(
    body: bytes, content_type: str = "", url: str = URL, **source: Any
) -> tuple[list[dict[str, Any]], list[str], str]:
    """Values of the items, codes of the notices, encoding."""
    reader = FileReader(FileSource.model_validate({"kind": "file", "url": url, **source}))
    done = reader.read_listing(FetchedPage(url, 200, content_type, body), PageRequest(url))
    entries = list(done.items)
    notices = [*done.notices, *(entry for entry in entries if isinstance(entry, Notice))]
    values = [entry.values for entry in entries if isinstance(entry, FoundItem)]
    return values, [notice.code for notice in notices], done.encoding


def as_json(value: object) -> bytes:
    """The value as it goes over the wire."""
    return json.dumps(value, ensure_ascii=False).encode()


def ods(*sheets: str, more: dict[str, bytes] | None = None) -> bytes:
    """A spreadsheet of sheets, each made by `ods_sheet` or written out."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES}><office:body>'
        f"<office:spreadsheet>{''.join(sheets)}</office:spreadsheet></office:body></office:document-content>"
    )
    return archive({"mimetype": MIMETYPE, "content.xml": content.encode(), **(more or {})})


def ods_sheet(rows: Iterable[Iterable[object]], name: str = "Feuille") -> str:
    """A sheet of texts, numbers, truth values and nothing."""
    written = "".join(f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows)
    return f"<table:table table:name={quoteattr(name)}>{written}</table:table>"


def ods_cell(value: object) -> str:
    match value:
        case None:
            return "<table:table-cell/>"
        case bool():
            said = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
        case int() | float():
            said = f'office:value-type="float" office:value="{value}"'
        case _:
            said = 'office:value-type="string"'
    return f"<table:table-cell {said}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def archive(members: dict[str, bytes]) -> bytes:
    """A zip archive; its `mimetype` first, and not packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()
