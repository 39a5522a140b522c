"""CSV and XLSX as pure functions: found out, kept verbatim, odd rows counted, hostile files refused."""

import datetime as dt
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.crawling.crawl import Crawl
from moisson_scraper.crawling.listing_place import ListingPlace
from moisson_scraper.crawling.run_ledger import RunLedger
from moisson_scraper.reading.csv_rows import find_delimiter
from moisson_scraper.reading.file_source import FileReader
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, ListingRead, PageRequest
from moisson_scraper.reading.table_rows import MOST_COLUMNS, Row, header_names, items_of
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.sources import FileSource
from tests.scraper.pages_at_hand import pages_at_hand
from tests.scraper.sample_files import URL
from tests.scraper.sample_files import read_file as read


@pytest.mark.parametrize(
    ("text", "values", "codes"),
    [
        ("a;b\n1;2\n", [{"a": "1", "b": "2"}], []),
        ("a,b\r\n1,2", [{"a": "1", "b": "2"}], []),
        ("a\tb\n1\t2\n", [{"a": "1", "b": "2"}], []),
        ("a|b\n1|2\n", [{"a": "1", "b": "2"}], []),
        ("a\n1\n2\n", [{"a": "1"}, {"a": "2"}], []),
        ("a\rb\r", [{"a": "b"}], []),
        ('a;b\n"1\n2";"x;""y"""\n', [{"a": "1\n2", "b": 'x;"y"'}], []),
        ("a;b\n 1 ; \n", [{"a": " 1 ", "b": " "}], []),
        ("a;b\n1,5;2,5\n", [{"a": "1,5", "b": "2,5"}], []),
        ('a, b, c\n1, "x, y", z\n', [{"a": "1", "b": "x, y", "c": "z"}], []),
        ('a;b\n1; dit "oui"\n2;"x"\n', [{"a": "1", "b": ' dit "oui"'}, {"a": "2", "b": "x"}], []),
        ("a;b\n1;\n", [{"a": "1", "b": ""}], []),
        ("a;b\n1\n", [{"a": "1"}], ["ragged-row"]),
        ("a;b\n1;2;3;;\n", [{"a": "1", "b": "2", "(column 3)": "3"}], ["ragged-row"]),
        ("a;b\n\n;\n1;2\n", [{"a": "1", "b": "2"}], ["blank-row"]),
        ("a;;a\n1;2;3\n", [{"a": "1", "(column 2)": "2", "a (2)": "3"}], ["header-renamed"]),
        ("Ville ;N° de  tél\nX;Y\n", [{"Ville ": "X", "N° de  tél": "Y"}], []),
        ("a;b\n", [], []),
        ("a;b;;\n1;2;;\n", [{"a": "1", "b": "2"}], ["ragged-row"]),
        ("a;b\n=1+1;@x\n", [{"a": "=1+1", "b": "@x"}], []),
        ("sep=|\na|b;c\n1|x;y\n2|z;y\n", [{"a": "1", "b;c": "x;y"}, {"a": "2", "b;c": "z;y"}], []),
        ('"sep=,"\r\na,b\r\n"1,5",2\r\n', [{"a": "1,5", "b": "2"}], []),
        ("SEP=;;\na;b\n1;2\n", [{"a": "1", "b": "2"}], []),
        ("sep=;\na\n1\n", [{"a": "1"}], []),
    ],
)
def test_csv(text: str, values: list[dict[str, str]], codes: list[str]) -> None:
    assert read(text.encode())[:2] == (values, codes)


@pytest.mark.parametrize(
    ("body", "source", "values"),
    [
        ("a;b\n1;2\n".encode("utf-8-sig"), {}, [{"a": "1", "b": "2"}]),
        ("\ufeffa;b\n1;2\n".encode("utf-8-sig"), {}, [{"a": "1", "b": "2"}]),
        ("\ufeffa;b\n1;é\n".encode("utf-32-be"), {}, [{"a": "1", "b": "é"}]),
        (b"sep=;\na;b\n1;2\n", {"header_row": 2}, [{"a": "1", "b": "2"}]),
        ("é;b\nà;2\n".encode("cp1252"), {"encoding": "windows-1252"}, [{"é": "à", "b": "2"}]),
        ("é;b\nà;2\n".encode("utf-16"), {}, [{"é": "à", "b": "2"}]),
        (b"a,b;c\n1,2;3\n", {"delimiter": ";"}, [{"a,b": "1,2", "c": "3"}]),
        (b"titre\n\na;b\n1;2\n", {"header_row": 3}, [{"a": "1", "b": "2"}]),
        (b"x" * 200_000 + b"\n1\n", {}, [{"x" * 200_000: "1"}]),
    ],
)
def test_csv_as_stated(body: bytes, source: dict[str, Any], values: list[dict[str, str]]) -> None:
    assert read(body, **source)[0] == values


@pytest.mark.parametrize(
    ("body", "source", "code"),
    [
        (b"", {}, "empty-body"),
        (b"\n\n", {}, "empty-body"),
        (b"\n;\n;;\n", {}, "no-header"),
        (b"\n;\na;b\n", {"header_row": 1}, "no-header"),
        (b"a;b\n", {"header_row": 5}, "no-header"),
        (b"<!DOCTYPE html><html>", {}, "not-csv"),
        (b"  <html><body>", {"format": "csv"}, "not-csv"),
        (b"PK\x03\x04x", {"format": "csv"}, "not-csv"),
        (b"PK\x03\x04x", {}, "not-xlsx"),
        (b"not a workbook", {"format": "xlsx"}, "not-xlsx"),
        (b";".join(b"c%d" % n for n in range(3000)), {}, "too-many-columns"),
        (b'a\n"' + b"x" * 4_000_100, {}, "not-csv"),
        (b"a;b\n" + b";" * 5_000_001, {}, "too-many-columns"),
        (b'a;b\n"\n"' + (b";" * 1_000_000 + b'"\n"') * 6, {}, "too-many-columns"),
    ],
)
def test_files_that_give_nothing(body: bytes, source: dict[str, Any], code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(body, **source)
    assert refusal.value.code == code


def test_nul_and_bad_bytes_are_counted() -> None:
    values, codes, _ = read(b"a;b\n\xc3\xa9\x00;\xff\n", "text/csv", encoding="utf-8")
    assert values == [{"a": "é\ufffd", "b": "\ufffd"}]
    assert codes == ["invalid-bytes", "nul-bytes"]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b;c\n1,5;2,5;3,5\n", ";"),
        ('nom,texte\nx,"a;b;c"\ny,d\n', ","),
        ("a\tb\nx, y\tz; w\n", "\t"),
        ("a;b\n" + "x, y, z;2\n" * 50, ";"),
        ("seul\nx\n", ";"),
    ],
)
def test_the_delimiter_is_found(text: str, delimiter: str) -> None:
    assert find_delimiter(text) == delimiter


ROWS = ["id;nom;ville", *(f"{number};Projet {number};Nîmes" for number in range(1, 40))]


@pytest.mark.parametrize(
    ("changed", "cells", "unclosed"),
    [
        ({10: '10;"Projet 10;Nîmes'}, {10: '"Projet 10'}, 1),
        ({10: '10;"Projet 10;Nîmes', 30: '30;"Projet 30;Nîmes'}, {10: '"Projet 10', 30: '"Projet 30'}, 2),
        ({39: '39;"Projet 39;Nîmes'}, {39: "Projet 39;Nîmes\n"}, 0),
        ({10: '10;5" de "tuyau;Nîmes'}, {10: '5" de "tuyau'}, 0),
        ({10: '10;"Projet" dix;Nîmes'}, {10: "Projet dix"}, 0),
        ({10: '10;"deux\n\nlignes";Nîmes'}, {10: "deux\n\nlignes"}, 0),
        ({10: '10;"deux\nlignes" ;Nîmes'}, {10: "deux\nlignes "}, 0),
        ({10: '10;"a\nb;c;d";Nîmes', 30: '30;"Projet 30;Nîmes'}, {10: "a\nb;c;d", 30: '"Projet 30'}, 1),
    ],
)
def test_a_quote_that_is_opened_for_nothing_takes_no_rows_with_it(
    changed: dict[int, str], cells: dict[int, str], unclosed: int
) -> None:
    rows = [changed.get(number, row) for number, row in enumerate(ROWS)]
    values, codes, _ = read("\n".join([*rows, ""]).encode(), format="csv", delimiter=";")
    assert [row["id"] for row in values] == [str(number) for number in range(1, 40)]
    assert {number: values[number - 1]["nom"] for number in cells} == cells
    assert codes.count("unclosed-quote") == unclosed


def test_so_many_quotes_that_are_opened_for_nothing_are_no_csv() -> None:
    with pytest.raises(Unreadable, match="never closed"):
        read(("a;b\n" + '1;"x\n2;y\n3;"z\n' * 500).encode())


def test_cells_beyond_the_last_column_are_kept_or_counted() -> None:
    values, codes, _ = read(b"a;b\n" + b";".join(b"%d" % n for n in range(1, 2004)) + b";;\n")
    assert len(values[0]) == MOST_COLUMNS
    assert values[0]["(column 2000)"] == "2000"
    assert codes == ["ragged-row", "cells-left-out"]
    values, codes, _ = read(workbook([["a"], list(range(1, 2004))]))
    assert (len(values[0]), codes) == (MOST_COLUMNS, ["ragged-row", "cells-left-out"])


def test_what_was_left_out_or_replaced_is_counted_truly() -> None:
    rows = [Row(1, ["a"], 1), Row(2, list(range(MOST_COLUMNS + 3)), 2), Row(3, ["x"])]
    notices = [entry for entry in items_of(rows, 1, URL) if isinstance(entry, Notice)]
    assert [(notice.code, notice.count) for notice in notices] == [
        ("unkeepable-characters", 1),
        ("unkeepable-characters", 2),
        ("ragged-row", 1),
        ("cells-left-out", 3),
    ]


def test_names_that_stand_in_every_record_come_to_no_more_than_there_is_room_for() -> None:
    header = ";".join(f"{number:04}{'x' * 2000}" for number in range(1000))
    with pytest.raises(Unreadable) as refusal:
        read(header.encode() + (b"\n1" + b";" * 999) * 300)
    assert refusal.value.code == "reading-too-large"


@given(st.lists(st.one_of(st.none(), st.text(max_size=6)), max_size=12))
def test_header_names_are_never_equal_nor_blank(cells: list[str | None]) -> None:
    names = header_names(list(cells))
    assert len(set(names)) == len(cells)
    assert all(name.strip() for name in names)


WORKBOOK_MOMENT = dt.datetime(2018, 3, 1, 12, 30, tzinfo=dt.UTC).replace(tzinfo=None)  # workbooks know no time zone


def workbook(
    rows: list[list[object]], title: str = "Feuille", hidden: bool = False, **more: list[list[object]]
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    sheet.sheet_state = "hidden" if hidden else "visible"
    for row in rows:
        sheet.append(row)
    for name, others in more.items():
        other = book.create_sheet(name)
        for row in others:
            other.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_keeps_numbers_and_writes_dates() -> None:
    body = workbook(
        [
            ["nom", "n", "x", "oui", "le", "à", "vide"],
            ["é", 29200, 2.5, True, dt.date(2018, 3, 1), WORKBOOK_MOMENT, None],
            [None, None, None, None, None, None, None],
            ["b", None, None, None, None, None, "x"],
        ]
    )
    values, codes, _ = read(body)
    assert values == [
        {"nom": "é", "n": 29200, "x": 2.5, "oui": True, "le": "2018-03-01", "à": "2018-03-01T12:30:00"},
        {"nom": "b", "vide": "x"},
    ]
    assert codes == ["blank-row"]


def test_hidden_sheets_of_a_workbook_come_last() -> None:
    lists: list[list[object]] = [["choix"], ["oui"]]
    body = workbook(lists, "Listes", hidden=True, Vide=[], Projets=[["a"], [1]])
    assert read(body)[0] == [{"a": 1}]
    assert read(body, sheet="Listes")[0] == read(workbook(lists, hidden=True, Vide=[]))[0] == [{"choix": "oui"}]


def test_a_workbook_writes_durations() -> None:
    lasting: list[object] = [
        dt.timedelta(hours=30),
        dt.timedelta(minutes=90, milliseconds=500),
        -dt.timedelta(seconds=1),
    ]
    values, codes, _ = read(workbook([["durée"], *([value] for value in lasting)]))
    assert [row["durée"] for row in values] == ["PT30H00M00S", "PT01H30M00.5S", "-PT00H00M01S"]
    assert codes == []


def test_sheets_are_chosen_by_name() -> None:
    body = workbook([["a"], [1]], Autre=[["b"], [2]])
    assert read(body)[0] == [{"a": 1}]
    assert read(body, sheet="Autre")[0] == [{"b": 2}]
    headed = workbook([["a", "b"], ["c", "d"], [1, 2]], Autre=[["x"], ["e"], [3]])
    assert read(headed, header_row=2)[0] == [{"c": 1, "d": 2}]
    assert read(headed, header_row=2, sheet="Autre")[0] == [{"e": 3}]
    with pytest.raises(Unreadable, match="Feuille, Autre"):
        read(body, sheet="Absente")


def changed(body: bytes, replaced: dict[str, bytes | None]) -> bytes:
    """The archive with other members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = replaced.get(name, old.read(name)) if name in replaced else old.read(name)
            if content is not None:
                new.writestr(name, content)
        for name in replaced.keys() - set(old.namelist()):
            new.writestr(name, replaced[name] or b"")
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "source", "long"),
    [
        (b"a;b\n1;2\n", {}, False),
        (b"a;b\n1;2\n", {"format": "csv"}, False),
        (b"PK\x03\x04...", {}, True),
        (b"before the archive", {"format": "xlsx"}, True),
    ],
)
def test_archives_take_long(body: bytes, source: dict[str, Any], long: bool) -> None:
    made = FileReader(FileSource.model_validate({"kind": "file", "url": URL, **source}))
    assert made.takes_long(FetchedPage(URL, 200, "", body)) == long


async def test_one_may_stop_waiting_for_what_comes_after_very_many_blank_rows() -> None:
    reader = FileReader(FileSource.model_validate({"kind": "file", "url": URL}))
    page = FetchedPage(URL, 200, "", b"a;b\n" + b";\n" * 250_000 + b"1;2\n")
    reading = PageReading(reader)
    read = await reading.read_listing(page, reader.first_pages()[0])
    chunks = [chunk async for chunk in reading.entries(page, read)]
    told = [[entry.count if isinstance(entry, Notice) else entry.values for entry in chunk] for chunk in chunks]
    assert told == [[100_000], [100_000], [50_000, {"a": "1", "b": "2"}]]


class OneFile:
    """A fetcher of one file, and a taker of its items."""

    def __init__(self, body: bytes) -> None:
        self.page = FetchedPage(URL, 200, "", body)
        self.seen = 0

    async def fetch(self, request: PageRequest) -> FetchedPage:
        return self.page

    async def add(self, values: JsonObject, url: str | None, place: str, listed: ListingPlace) -> None:
        self.seen += 1

    async def flush(self) -> None:
        return


class Watched(FileReader):
    """Says in which threads it was at work."""

    def __init__(self, source: FileSource) -> None:
        super().__init__(source)
        self.threads: set[int] = set()

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        read = super().read_listing(page, request)
        return replace(read, items=self._watched(read))

    def _watched(self, read: ListingRead) -> Iterator[FoundItem | Notice]:
        for entry in read.items:
            self.threads.add(threading.get_ident())
            yield entry


async def test_a_small_workbook_is_not_read_on_the_event_loop() -> None:
    for body, on_the_loop in ((workbook([["a"], [1]]), False), (b"a\n1\n", True)):
        reader = Watched(FileSource(url=URL))
        site = OneFile(body)
        pages = pages_at_hand(reader, site)
        await Crawl(pages.starts, pages, site, RunLedger(), most_items=10).run()
        assert site.seen == 1
        assert (threading.get_ident() in reader.threads) == on_the_loop


SHEET = "xl/worksheets/sheet1.xml"
GAP = (
    b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>%s</sheetData></worksheet>"
    % (b"<row r='1'><c t='inlineStr'><is><t>a</t></is></c></row><row r='999999999999'><c><v>1</v></c></row>")
)
BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (98 + n, *[97 + n] * 8) for n in range(10))
    + b"]><worksheet><sheetData><row><c t='inlineStr'><is><t>&k;</t></is></c></row></sheetData></worksheet>"
)


@pytest.mark.parametrize(
    ("replaced", "codes"),
    [
        ({SHEET: b"<worksheet><sheetData><row>"}, {"not-xlsx"}),
        ({SHEET: b"\x00\xff"}, {"not-xlsx"}),
        ({SHEET: None}, {"not-xlsx", "no-such-sheet"}),
        ({"xl/workbook.xml": b""}, {"not-xlsx"}),
        ({"[Content_Types].xml": b"<x/>"}, {"not-xlsx", "no-such-sheet"}),
        ({SHEET: BILLION}, {"not-xlsx", "no-header"}),
        ({SHEET: GAP}, {"too-many-rows"}),
        ({"xl/bomb.xml": b"0" * 30_000_000}, {"archive-too-large"}),
        ({f"m{n}": b"" for n in range(2500)}, {"archive-too-large"}),
    ],
)
def test_a_broken_or_hostile_workbook_is_refused(replaced: dict[str, bytes | None], codes: set[str]) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(changed(workbook([["a"], [1]]), replaced))
    assert refusal.value.code in codes


def test_a_workbook_that_lies_about_its_size_is_read_as_it_is() -> None:
    body = workbook([["a", "b"], [1, 2]])
    sheet = zipfile.ZipFile(io.BytesIO(body)).read(SHEET).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert read(changed(body, {SHEET: sheet}))[0] == [{"a": 1, "b": 2}]
