"""WARC files: what is written is read back by others' eyes, and what a kill leaves is whole records."""

import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from moisson_scraper.archiving.warc_file import WarcFile, mend, read_member, whole_members
from moisson_scraper.archiving.warc_records import (
    NOT_MODIFIED,
    SAME_BYTES,
    NoSuchRecord,
    page_from,
    page_records,
    payload_digest,
    revisit_record,
    warcinfo,
)
from moisson_scraper.keeping.archive_index import ArchivedContent
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest

NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, UTC)
URL = "https://essor.example/projets?page=2"
HEADERS = (("content-type", "text/html; charset=utf-8"), ("content-encoding", "gzip"), ("content-length", "12"))
PAGE = FetchedPage(URL, 200, HEADERS[0][1], "<h1>Été</h1>".encode(), (*HEADERS, ("etag", '"a"')))
REQUEST = PageRequest(URL, method="POST", body=b'{"q":1}', headers=(("x-key", "{secret:clef}"),))
EARLIER = ArchivedContent(
    run_id="r1",
    file="s/r1/h-00001.warc.gz",
    offset=3,
    length=4,
    address=URL,
    fetched_at=NOW,
    digest=payload_digest(PAGE.body),
)


class _Options:
    verbose = False
    inputs: list[str] = []


def written(path: Path, *members: bytes) -> Path:
    path.write_bytes(b"".join(members))
    return path


def test_a_page_its_request_and_its_revisits_are_records_of_warc_1_1(tmp_path: Path) -> None:
    response, request, digest = page_records(REQUEST, PAGE, NOW)
    unmodified = FetchedPage(URL, 304, "", b"", (("etag", '"a"'),))
    path = written(
        tmp_path / "a.warc.gz",
        warcinfo("a.warc.gz", "Moisson/0.1", "r2"),
        response,
        request,
        revisit_record(REQUEST, unmodified, NOW, EARLIER),
        revisit_record(REQUEST, PAGE, NOW, EARLIER),
    )
    with path.open("rb") as file:
        records = [(record, record.raw_stream.read()) for record in ArchiveIterator(file)]
    kinds = [record.rec_type for record, _ in records]
    assert kinds == ["warcinfo", "response", "request", "revisit", "request", "revisit", "request"]
    assert {record.rec_headers.protocol for record, _ in records} == {"WARC/1.1"}
    info, shown = records[0][1].decode(), records[1][0]
    assert "isPartOf: run r2" in info
    assert "Not verbatim: content after transfer and content decoding" in info
    assert shown.rec_headers.get_header("WARC-Date") == "2026-03-01T12:30:15.250000Z"
    assert shown.rec_headers.get_header("WARC-Payload-Digest") == digest == EARLIER.digest
    assert shown.http_headers.get_header("x-archive-orig-content-encoding") == "gzip"
    assert shown.http_headers.get_header("content-length") == str(len(PAGE.body))
    asked, body = records[2]
    assert asked.http_headers.get_header("x-key") == "{secret:clef}"
    assert (asked.http_headers.to_str().splitlines()[0], body) == ("POST /projets?page=2 HTTP/1.1", b'{"q":1}')
    assert asked.rec_headers.get_header("WARC-Concurrent-To") == shown.rec_headers.get_header("WARC-Record-ID")
    profiles = [record.rec_headers.get_header("WARC-Profile") for record, _ in records if record.rec_type == "revisit"]
    assert profiles == [NOT_MODIFIED, SAME_BYTES]
    checker = Checker(_Options())
    checker.process_one(str(path))
    assert checker.exit_value == 0


def test_a_page_is_read_back_as_it_was() -> None:
    again = page_from(page_records(REQUEST, PAGE, NOW)[0])
    assert (again.address, again.status, again.content_type, again.body) == (URL, 200, PAGE.content_type, PAGE.body)
    assert again.header("etag") == '"a"'
    upload = FetchedPage("upload:liste.csv", 200, "text/csv", b"id;nom\n1;A\n")
    member, asked, _ = page_records(PageRequest("upload:"), upload, NOW)
    assert (page_from(member), asked) == (upload, b"")


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=3000), st.integers(200, 599), st.text("abc é\t", max_size=20))
def test_any_content_comes_back(body: bytes, status: int, value: str) -> None:
    page = FetchedPage(URL, status, "text/plain", body, (("content-type", "text/plain"), ("x-odd", value.strip())))
    again = page_from(page_records(PageRequest(URL), page, NOW)[0])
    assert (again.body, again.status) == (body, status)


@pytest.mark.parametrize("member", [b"", b"no gzip", warcinfo("a", "b", "c"), page_records(REQUEST, PAGE, NOW)[1]])
def test_what_is_no_page_is_said_to_be_none(member: bytes) -> None:
    with pytest.raises(NoSuchRecord):
        page_from(member)


def test_what_a_disk_has_spoilt_is_not_taken_for_the_page() -> None:
    member = page_records(REQUEST, PAGE, NOW)[0]
    spoilt = [member[:length] for length in range(len(member))]
    spoilt += [member[:at] + bytes([member[at] ^ 4]) + member[at + 1 :] for at in range(10, len(member))]
    found = [page for page in map(page_or_none, spoilt) if page is not None]
    assert {page.body for page in found} <= {PAGE.body}
    assert len(found) <= 1, "the last byte of the content has bits that mean nothing"


def page_or_none(member: bytes) -> FetchedPage | None:
    try:
        return page_from(member)
    except NoSuchRecord:
        return None


def test_what_a_kill_leaves_is_cut_to_whole_records_wherever_it_came(tmp_path: Path) -> None:
    members = [warcinfo("a", "b", "c"), *page_records(REQUEST, PAGE, NOW)[:2]]
    ends = [sum(map(len, members[:count])) for count in range(len(members) + 1)]
    content = b"".join(members)
    path = tmp_path / "h-00001.warc.gz"
    for length in (*range(0, len(content), 7), *ends):
        path.write_bytes(content[:length])
        whole = max(end for end in ends if end <= length)
        assert whole_members(path) == whole
        assert mend(tmp_path) == length - whole
        assert path.stat().st_size == whole
    path.write_bytes(content + bytes(500))  # blocks that were given to the file and never written
    assert mend(tmp_path) == 500
    assert page_from(read_member(path, ends[1], len(members[1]))).body == PAGE.body


def test_what_cannot_be_written_whole_is_not_written_at_all(tmp_path: Path) -> None:
    path = tmp_path / "h-00001.warc.gz"
    file = WarcFile.opened(path)
    assert file is not None
    file.append(b"x" * 1000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, hard))  # as a disk with room for 500 bytes more
    try:
        with pytest.raises(OSError, match="File too large"):
            file.append(b"y" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"x" * 1000
    file.append(b"z")
    assert path.read_bytes() == b"x" * 1000 + b"z"
    file.close()


def test_a_file_that_somebody_writes_to_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s" / "r" / "h-00001.warc.gz"
    file = WarcFile.opened(path)
    assert file is not None
    file.append(b"half a record")
    assert mend(path.parent) == 0
    assert WarcFile.opened(path) is None
    file.close()
    assert mend(path.parent) == len(b"half a record")
    assert [file.name for file in path.parent.iterdir()] == ["h-00001.warc.gz"]
