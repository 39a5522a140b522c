"""Bad input becomes a counted reason on the run, never a crash."""

import asyncio
import gzip
from pathlib import Path

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import codes, file_spider, html_spider, running_scraper, shown
from tests.scraper.sample_site import Answer, Asked, SampleSite, answer, directory, html, moved


async def cut_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n<p>")
    await writer.drain()


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (answer(b""), "empty-body"),
        (answer(b" \n\t "), "empty-body"),
        (answer(b"%PDF-1.7 \x00\xff", content_type="application/pdf"), "not-html"),
        (answer(b"%PDF-1.7 <x>"), "not-html"),
        (answer('{"a": 1}', content_type="application/json"), "not-html"),
        (answer("bonjour"), "not-html"),
        (html("no", status="404 Not Found"), "http-404"),
        (html("no", status="410 Gone"), "http-410"),
        (html("no", status="403 Forbidden"), "http-403"),
        (html("no", status="500 Internal Server Error"), "http-500"),
        (answer(b"", status="304 Not Modified"), "http-304"),
        (html("x" * 2_000_000), "page-too-large"),
        (html("no", status="302 Found", Location="mailto:x@y.example"), "bad-redirect"),
        (html("no", status="302 Found", Location="/projets"), "too-many-redirects"),
        (html("no", status="302 Found", Location="http://127.0.0.1:1/"), "address-refused"),
        (html("no", status="302 Found", Location="http://169.254.169.254/latest/"), "address-refused"),
        (cut_off, "connection-failed"),
        (b"nonsense\r\n\r\n", "bad-answer"),
        (answer(b"\x1f\x8bnot gzip", Content_Encoding="gzip"), "bad-answer"),
    ],
)
async def test_a_first_page_that_cannot_be_used_fails_the_run_with_its_reason(
    tmp_path: Path, site: SampleSite, page: Answer, code: str
) -> None:
    site.pages["/projets"] = lambda asked: page
    site.pages["/robots.txt"] = answer("", content_type="text/plain")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, limits={"bytes_per_page": 1_000_000}))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.FAILED, shown(run)
        assert code in codes(run), shown(run)
        assert run.error is not None
        assert run.counters.pages_failed == 1


async def test_an_address_that_must_not_be_fetched_is_never_asked(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    async with running_scraper(tmp_path) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.FAILED
        assert codes(run) == {"address-refused": 1}
        assert site.asked == []


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b"<p>" * 20_000)
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def headers_without_end(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (endless, "page-too-large"),
        (dripping, "timeout"),
        (headers_without_end, "bad-answer"),
        (html("x" * 20_000_000), "page-too-large"),
        (answer(gzip.compress(b"<p>" * 10_000_000), Content_Encoding="gzip"), "page-too-large"),
        (moved("/a"), "too-many-redirects"),
        (moved("file:///etc/passwd"), "bad-redirect"),
        (moved("http://[::ffff:169.254.169.254]/"), "address-refused"),
        (moved("http://2130706433/"), "address-refused"),
        (answer(b"<html>\xff\x00", content_type="application/pdf"), "not-html"),
    ],
)
async def test_a_hostile_detail_costs_its_item_and_nothing_else(
    tmp_path: Path, site: SampleSite, page: Answer, code: str
) -> None:
    site.pages |= directory(3)
    site.pages["/projets/2"] = lambda asked: page
    site.pages["/a"] = moved("/projets/2")
    limits = {"bytes_per_page": 10_000_000, "retries_in_all": 1}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, limits=limits, politeness={"delay": 0, "timeout": 2, "retries": 1}))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE, shown(run)
        assert codes(run) == {code: 1, f"detail-{code}": 1}, shown(run)
        assert not run.complete
        assert [record.values["titre"] for record in await scraper.records("essor-projets")] == ["Projet 1", "Projet 3"]


async def test_odd_characters_are_kept_replaced_and_counted(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(4)
    site.pages["/projets/1"] = answer(b"<h1>\xc3\xa9\x00\xff</h1>")
    site.pages["/projets/2"] = answer("<h1>été</h1>".encode("cp1252"))
    site.pages["/projets/3"] = answer(b"<h1>trois</h1>" + b"<div>" * 50_000)
    site.pages["/projets/4"] = answer("<h1>=cmd|' /C calc'!A0 {\"$ne\": 1} <b>&lt;script></h1>")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.complete
        assert codes(run) == {"invalid-bytes": 1, "nul-bytes": 1, "wrong-charset": 1, "nested-too-deeply": 1}
        assert [record.values["titre"] for record in await scraper.records("essor-projets")] == [
            "é\ufffd\ufffd",
            "été",
            "trois",
            "=cmd|' /C calc'!A0 {\"$ne\": 1} <script>",
        ]


@pytest.mark.parametrize(
    ("body", "source", "code"),
    [
        (b"<html>", {"kind": "json"}, "not-json"),
        (b"[" * 200_000, {"kind": "json"}, "not-json"),
        (b"", {"kind": "json"}, "empty-body"),
        (b"[]", {"kind": "json"}, "no-items-in-page"),
        (b"<!doctype html><p>", {"kind": "file"}, "not-csv"),
        (b"PK\x03\x04garbage", {"kind": "file"}, "not-xlsx"),
        (b"id;nom\n", {"kind": "file"}, None),
    ],
)
async def test_other_sources_fail_with_their_reason(
    tmp_path: Path, site: SampleSite, body: bytes, source: dict[str, str], code: str | None
) -> None:
    site.pages["/f"] = answer(body, content_type="")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider("", source={**source, "url": f"{site.url}/f"}))
        run = await scraper.crawl("essor-fichier")
        assert run.state is RunState.FAILED
        assert run.error is not None
        assert list(codes(run)) == ([code] if code else [])


async def test_a_calendar_without_end_meets_the_limit(tmp_path: Path, site: SampleSite) -> None:
    def month(asked: Asked) -> bytes:
        number = int(asked.target.partition("=")[2] or 1)
        return html(f'<li class="card">{number}</li><a rel="next" href="?m={number + 1}">suivant</a>')

    site.pages["/projets"] = month
    spider = html_spider(site, limits={"pages": 25}, identity={"kind": "content"})
    spider["source"] |= {"detail": None, "fields": {"jour": {"syntax": "xpath", "expression": "text()"}}}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE, shown(run)
        assert (run.counters.pages_fetched, run.counters.items, run.complete) == (25, 25, False)
        assert codes(run) == {"limit-pages": 1}
