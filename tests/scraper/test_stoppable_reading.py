"""Reading in a process gives what reading here gives; and whatever a page does to it, the service goes on."""

import asyncio
import io
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from pydantic import TypeAdapter

from moisson_scraper.locating.page_places import detail_places, listing_places
from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.reading.places_said import MOST_PLACES, parsed_places
from moisson_scraper.reading.reading_answers import Nonsense, parsed_detail, parsed_entries, parsed_head
from moisson_scraper.reading.reading_process import ReadingLimits
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, ListingRead, PageKind, PageRequest
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
from moisson_shared.contracts.sources import Source

ADDRESS = "https://s.example/projets"
SOURCES: TypeAdapter[Source] = TypeAdapter(Source)
SLOW = {"item": {"expression": "b"}, "fields": {"t": {"expression": "b b b b b"}}}
NESTED = "<b>" * 240 + "x" + "</b>" * 240


def source_of(**given: Any) -> Source:
    kind = given.pop("kind", "html")
    where: dict[str, Any] = {"start_urls": [ADDRESS]} if kind == "html" else {"url": ADDRESS}
    return SOURCES.validate_python({"kind": kind, **where, **given})


def page_of(body: bytes | str, content_type: str = "text/html") -> FetchedPage:
    return FetchedPage(ADDRESS, 200, content_type, body if isinstance(body, bytes) else body.encode())


@pytest.fixture
async def processes() -> AsyncIterator[ReadingProcesses]:
    made = ReadingProcesses(ReadingLimits(seconds=0.6, memory_bytes=512 * 1024**2))
    yield made
    await made.close()
    assert made.pids == frozenset()


async def everything(reading: PageReading, page: FetchedPage, read: ListingRead) -> list[FoundItem | Notice]:
    found: list[FoundItem | Notice] = []
    async with aclosing(reading.entries(page, read)) as chunks:
        async for chunk in chunks:
            found += chunk
    return found


def workbook(rows: int) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["n", "nom", "vrai"])
    for n in range(rows):
        sheet.append([n, f"été {n}", True] if n % 7 else [])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


LONG = "x" * 400_000
CARDS = "".join(f'<li><a href="/p/{n}">É {n} \U0001f33b</a><i>=1+{n}</i><i>{{"$gt":""}}</i></li>' for n in range(2000))
JSON = (
    '{"next": "c/2", "items": [{"id": 12345678901234567890123, "x": 1.0, "e": 1e-7, "big": 1e999, "n": null,'
    ' "t": "\\ud83d\\u0000", "$gt": {"a.b": [true, [[]]]}, "": "é"}, 3], "pad": "' + LONG + '"}'
)


@pytest.mark.parametrize(
    ("source", "page"),
    [
        (
            {
                "item": {"expression": "li"},
                "fields": {"t": {"expression": "a"}, "i": {"expression": "i", "many": True}},
                "detail": {"link": {"expression": "a", "take": "link"}, "fields": {"h": {"expression": "h1"}}},
                "paging": {"kind": "next_link", "selector": {"expression": "a.next"}},
            },
            page_of(f"<ul>{CARDS}</ul><a class=next href='?page=2'>\x00</a>{LONG}"),
        ),
        (
            {"item": {"expression": "li::text"}, "fields": {"t": {"expression": "a"}}},
            page_of(f"<ul><li>un</ul>{LONG}"),
        ),
        (
            {"kind": "json", "items": "$.items[*]", "paging": {"kind": "cursor", "path": "$.next"}},
            page_of(JSON, "application/json"),
        ),
        ({"kind": "file"}, page_of(workbook(1200))),
    ],
)
async def test_a_process_gives_what_reading_here_gives(
    processes: ReadingProcesses, source: dict[str, Any], page: FetchedPage
) -> None:
    configured = source_of(**source)
    request = PageRequest(ADDRESS)
    here = compile_source(configured).read_listing(page, request)
    expected = list(here.items)
    reading = PageReading.of(configured, processes)
    there = await reading.read_listing(page, request)
    assert len(processes.pids) == 1
    assert await everything(reading, page, there) == expected
    assert expected
    assert (there.following, there.fingerprint) == (here.following, here.fingerprint)
    assert (there.notices, there.encoding) == (here.notices, here.encoding)


async def test_a_detail_comes_back_whole(processes: ReadingProcesses) -> None:
    configured = source_of(kind="json", detail={"address": f"{ADDRESS}?{{value}}", "value": "$.id"})
    page = page_of(JSON, "application/json")
    request = PageRequest(ADDRESS, PageKind.DETAIL)
    expected = compile_source(configured).read_detail(page, request)
    assert await PageReading.of(configured, processes).read_detail(page, request) == expected
    assert len(processes.pids) == 1


async def test_ordinary_pages_need_no_process(processes: ReadingProcesses) -> None:
    reading = PageReading.of(source_of(**SLOW), processes)
    page = page_of("<p><b>un <b>deux</b></b></p>" * 300)
    assert len(await everything(reading, page, await reading.read_listing(page, PageRequest(ADDRESS)))) == 600
    assert processes.pids == frozenset()


async def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_is_read(processes: ReadingProcesses) -> None:
    reading = PageReading.of(source_of(**SLOW), processes)
    began = time.monotonic()
    with pytest.raises(Unreadable) as given_up:
        await reading.read_listing(page_of(NESTED * 20), PageRequest(ADDRESS))
    assert given_up.value.code == "reading-too-long"
    assert time.monotonic() - began < 10
    assert processes.pids == frozenset()
    page = page_of(NESTED.replace("<b>", "<i>").replace("</b>", "</i>") + "<b>oui</b>")
    assert len(await everything(reading, page, await reading.read_listing(page, PageRequest(ADDRESS)))) == 1
    assert len(processes.pids) == 1


async def test_a_path_that_multiplies_is_given_up(processes: ReadingProcesses) -> None:
    reading = PageReading.of(source_of(kind="json", items="$" + "[0,0]" * 40), processes)
    with pytest.raises(Unreadable) as given_up:
        await reading.read_listing(page_of("[" * 50 + "1" + "]" * 50, "application/json"), PageRequest(ADDRESS))
    assert given_up.value.code in {"reading-too-long", "reading-too-large"}


async def test_a_page_that_takes_too_much_memory_is_given_up() -> None:
    processes = ReadingProcesses(ReadingLimits(seconds=20, memory_bytes=300 * 1024**2))
    try:
        reading = PageReading.of(source_of(kind="json"), processes)
        with pytest.raises(Unreadable) as given_up:
            await reading.read_listing(page_of("[" + "{}," * 6_000_000 + "1]", "text/json"), PageRequest(ADDRESS))
        assert given_up.value.code == "reading-too-large"
    finally:
        await processes.close()


async def test_values_that_multiply_are_given_up_here_too(processes: ReadingProcesses) -> None:
    source = source_of(item={"expression": "b"}, fields={"t": {"expression": "b", "many": True}})
    with pytest.raises(Unreadable) as given_up:
        await PageReading.of(source, processes).read_listing(
            page_of("<b>" * 30 + "x" * 250_000 + "</b>" * 30), PageRequest(ADDRESS)
        )
    assert given_up.value.code == "reading-too-large"
    assert processes.pids == frozenset()


async def at_work(processes: ReadingProcesses) -> int:
    """The process that is there, once there is one."""
    async with asyncio.timeout(20):
        while True:
            for pid in processes.pids:
                return pid
            await asyncio.sleep(0.01)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while True:
            if not is_there(pid):
                return
            await asyncio.sleep(0.02)


async def test_a_process_that_dies_fails_its_page_only(processes: ReadingProcesses) -> None:
    source = source_of(**SLOW)
    reading = asyncio.create_task(
        PageReading.of(source, processes).read_listing(page_of(NESTED * 20), PageRequest(ADDRESS))
    )
    os.kill(await at_work(processes), signal.SIGSEGV)
    with pytest.raises(Unreadable) as failed:
        await reading
    assert failed.value.code == "reading-failed"


async def test_a_cancelled_reading_ends_its_process() -> None:
    processes = ReadingProcesses(ReadingLimits(seconds=60))
    try:
        reading = PageReading.of(source_of(**SLOW), processes)
        task = asyncio.create_task(reading.read_listing(page_of(NESTED * 20), PageRequest(ADDRESS)))
        pid = await at_work(processes)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        await gone(pid)
    finally:
        await processes.close()


async def test_a_table_that_is_left_ends_its_process(processes: ReadingProcesses) -> None:
    page = page_of(workbook(3000))
    reading = PageReading.of(source_of(kind="file"), processes)
    read = await reading.read_listing(page, PageRequest(ADDRESS))
    async with aclosing(reading.entries(page, read)) as chunks:
        first = await anext(chunks)
        assert len(first) == 500
        assert len(processes.pids) == 1
    assert processes.pids == frozenset()


async def test_partners_do_not_share_a_process_and_few_are_kept(processes: ReadingProcesses) -> None:
    page = page_of("<b>x</b>" + LONG)
    pids = []
    for name in ("a", "b", "c", "a"):
        reading = PageReading.of(source_of(item={"expression": "b"}, fields={name: {"expression": "i"}}), processes)
        for _ in range(2):
            await reading.read_listing(page, PageRequest(ADDRESS))
        pids.append(processes.pids)
    assert [len(each) for each in pids] == [1, 2, 2, 2]
    assert len(frozenset[int]().union(*pids)) == 4


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_process_knows_no_secret_of_the_service(
    processes: ReadingProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOISSON_SCRAPER_CLIENT_SECRET", "ouvre-toi")
    reading = PageReading.of(source_of(item={"expression": "b"}, fields={"a": {"expression": "i"}}), processes)
    await reading.read_listing(page_of("<b>x</b>" + LONG), PageRequest(ADDRESS))
    (pid,) = processes.pids
    assert b"ouvre-toi" not in environment_of(pid)


ORPHAN = """
import asyncio, sys
from tests.scraper.test_stoppable_reading import *

async def main():
    processes = ReadingProcesses(ReadingLimits(seconds=1))
    reading = PageReading.of(source_of(**SLOW), processes)
    task = asyncio.create_task(reading.read_listing(page_of(NESTED * int(sys.argv[1])), PageRequest(ADDRESS)))
    print(await at_work(processes), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("pages", [1, 20])
async def test_a_process_ends_when_its_parent_is_killed(pages: int) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ORPHAN, str(pages), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert is_there(pid)
    await asyncio.sleep(0.6)  # so that it has begun
    parent.kill()
    await parent.wait()
    await gone(pid)


async def test_places_found_in_a_process_are_those_that_are_found_here(processes: ReadingProcesses) -> None:
    detail = {"link": {"expression": "a"}, "fields": {"t": {"expression": "i", "many": True}}}
    source = source_of(item={"expression": "li"}, fields={"n": {"expression": "a"}}, detail=detail)
    page = page_of(f"<ul>{CARDS[:10_000]}</ul>")
    request = PageRequest(ADDRESS)
    reading = PageReading.of(source, processes)
    items = [FoundItem({}, None, None, f"{ADDRESS} item {number}") for number in (1, 7, 50, 2001)]
    found = await reading.places_elsewhere(page, request, items)
    assert found == listing_places(source, page, items, patient=True)
    assert [len(places) for places in found] == [1, 1, 1, 0]
    behind = PageRequest(ADDRESS, PageKind.DETAIL)
    (places,) = await reading.places_elsewhere(page, behind)
    assert len(places["t"]) == MOST_PLACES
    assert places["t"] == detail_places(source, page, behind, patient=True)["t"][:MOST_PLACES]


async def test_a_page_whose_places_take_too_long_is_given_up(processes: ReadingProcesses) -> None:
    source = source_of(**SLOW)
    page = page_of(NESTED * 40)
    with pytest.raises(Unreadable, match="more than 0"):
        await PageReading.of(source, processes).places_elsewhere(
            page, PageRequest(ADDRESS), [FoundItem({}, None, None, f"{ADDRESS} item {n}") for n in range(1, 1001)]
        )


ITEM = b'{"values":{},"url":null,"detail":null,"place":""}'


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[" * 5000,
        b"{}",
        b"[" + ITEM.replace(b"{}", b"3") + b"]",
        b"[" + ITEM.replace(b'"place":""', b'"place":"","__class__":"os"') + b"]",
        b'[{"code":"Not A Code","message":""}]',
        b'[{"code":"c","message":"","count":0}]',
        b'[{"code":"c","message":"' + b"x" * 3000 + b'"}]',
        b"\x80\x04\x95",
    ],
)
def test_an_answer_is_nothing_but_data(said: bytes) -> None:
    for parse in (parsed_head, parsed_detail, parsed_entries, parsed_places):
        with pytest.raises(Nonsense):
            parse(said)


def test_answers_that_are_in_order_are_taken() -> None:
    assert parsed_entries(b"[" + ITEM + b',{"code":"c","message":"m","dropped":true}]') == [
        FoundItem({}, None, None, ""),
        Dropped("c", "m"),
    ]
