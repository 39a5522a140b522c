"""Pages as WARC 1.1 records (ISO 28500:2017) and back. Pure but for record ids, which are drawn by chance.

What stands in them is what came, with these exceptions, which every file's warcinfo record states: content is stored
after transfer and content decoding, and the headers that spoke of the coded form are kept under `x-archive-orig-…`;
header names are in lower case, header values percent-encoded where they are not ASCII, and reason phrases are ours;
requests show what the spider asked for; secrets stand as their places, `{secret:name}`, there and wherever an answer
repeats them; of redirects only the last answer is kept; a page that was opened in a browser is stored as the document
that the browser showed.
"""

import base64
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from moisson_scraper.keeping.archive_index import ArchivedContent
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest

NOT_VERBATIM = (
    "content after transfer and content decoding, the headers of the coded form as x-archive-orig-*; header names in "
    "lower case, values percent-encoded where not ASCII, reason phrases made up; requests as the spider states them, "
    "without the client's own headers; secrets as their places, in answers too; only the last answer of redirects; "
    "pages opened in a browser as the document that the browser showed"
)
_CODED = frozenset({"content-length", "content-encoding", "transfer-encoding"})
_PREFIX = "x-archive-orig-"
_PROFILES = "http://netpreserve.org/warc/1.1/revisit/"
SAME_BYTES = _PROFILES + "identical-payload-digest"
NOT_MODIFIED = _PROFILES + "server-not-modified"


class NoSuchRecord(Exception):
    """What stands there is not a record that can be read."""


def warcinfo(filename: str, software: str, run_id: str) -> bytes:
    """The first record of a file."""
    writer = _Writer()
    told = {
        "software": software,
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": f"run {run_id}",
        "description": f"Not verbatim: {NOT_VERBATIM}.",
    }
    writer.write(writer.warc.create_warcinfo_record(filename, told))
    return writer.taken()


def payload_digest(body: bytes) -> str:
    """As WARC-Payload-Digest has it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode("ascii")


def page_records(request: PageRequest, page: FetchedPage, at: datetime) -> tuple[bytes, bytes, str]:
    """The record of a page, that of the request for it, a gzip member each, and the digest of the page.

    An uploaded file has no request.
    """
    writer = _Writer()
    digest = payload_digest(page.body)
    shared = {"WARC-Date": _date(at), "WARC-Payload-Digest": digest}
    if not _is_web(page.address):
        record = writer.warc.create_warc_record(
            page.address,
            "resource",
            payload=io.BytesIO(page.body),
            length=len(page.body),
            warc_content_type=page.content_type or "application/octet-stream",
            warc_headers_dict=shared,
        )
        writer.write(record)
        return writer.taken(), b"", digest
    response = writer.warc.create_warc_record(
        page.address,
        "response",
        payload=io.BytesIO(page.body),
        length=len(page.body),
        http_headers=_status_and_headers(page, len(page.body)),
        warc_headers_dict=shared,
    )
    writer.write(response)
    kept = writer.taken()
    writer.write(_request_record(writer, request, page.address, at, response))
    return kept, writer.taken(), digest


def revisit_record(request: PageRequest, page: FetchedPage, at: datetime, earlier: ArchivedContent) -> bytes:
    """A page that is what it was, by the site's word (304) or by its bytes, and the request for it."""
    writer = _Writer()
    told = {
        "WARC-Date": _date(at),
        "WARC-Profile": NOT_MODIFIED if page.status == HTTPStatus.NOT_MODIFIED else SAME_BYTES,
        "WARC-Refers-To-Target-URI": earlier.address,
        "WARC-Refers-To-Date": _date(earlier.fetched_at),
        "WARC-Payload-Digest": earlier.digest,
    }
    address = page.address if _is_web(page.address) else earlier.address
    http = _status_and_headers(page, 0)
    record = writer.warc.create_warc_record(address, "revisit", http_headers=http, warc_headers_dict=told)
    writer.write(record)
    if _is_web(page.address):
        writer.write(_request_record(writer, request, page.address, at, record))
    return writer.taken()


def page_from(member: bytes) -> FetchedPage:
    """The page of a response or resource record. Raises `NoSuchRecord`."""
    try:
        # Whole, and with its checksum: a page of which a disk has lost something must not be taken for the page.
        content = gzip.decompress(member)
        for record in ArchiveIterator(io.BytesIO(content)):
            address = record.rec_headers.get_header("WARC-Target-URI")
            if record.rec_type == "resource":
                content_type = record.rec_headers.get_header("Content-Type") or ""
                return FetchedPage(address, HTTPStatus.OK, content_type, record.raw_stream.read())
            if record.rec_type == "response":
                headers = tuple(_headers_from(record.http_headers.headers))
                content_type = next((value for name, value in headers if name == "content-type"), "")
                status = int(record.http_headers.get_statuscode())
                return FetchedPage(address, status, content_type, record.raw_stream.read(), headers)
    except (ArchiveLoadFailed, ValueError, OSError, EOFError, zlib.error) as error:
        raise NoSuchRecord(str(error)) from error
    raise NoSuchRecord("neither a response nor a resource")


class _Writer:
    """One record at a time, in memory."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self.warc = WARCWriter(self._buffer, gzip=True, warc_version="WARC/1.1")

    def write(self, record: Any) -> None:
        self.warc.write_record(record)

    def taken(self) -> bytes:
        content = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return content


def _request_record(writer: _Writer, request: PageRequest, address: str, at: datetime, response: Any) -> Any:
    parts = urlsplit(address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [("host", parts.netloc), ("accept", request.accept), *request.headers]
    return writer.warc.create_warc_record(
        address,
        "request",
        payload=io.BytesIO(request.body),
        length=len(request.body),
        http_headers=StatusAndHeaders(f"{request.method} {target} HTTP/1.1", headers, is_http_request=True),
        warc_headers_dict={
            "WARC-Date": _date(at),
            "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
        },
    )


def _status_and_headers(page: FetchedPage, length: int) -> StatusAndHeaders:
    try:
        phrase = HTTPStatus(page.status).phrase
    except ValueError:
        phrase = "Unknown"
    headers = [(_PREFIX + name if name in _CODED else name, value) for name, value in page.headers]
    if page.content_type and page.header("content-type") is None:
        headers.append(("content-type", page.content_type))
    if page.status != HTTPStatus.NOT_MODIFIED:
        headers.append(("content-length", str(length)))
    return StatusAndHeaders(f"{page.status} {phrase}", headers, protocol="HTTP/1.1")


def _headers_from(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Without the length that was put in; what spoke of the coded form stays apart."""
    return ((name.lower(), value) for name, value in headers if name.lower() not in _CODED)


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
