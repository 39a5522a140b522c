"""Runs that are archived, and runs that read an archive again."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from warcio.archiveiterator import ArchiveIterator

from moisson_scraper.archiving.archive_keeping import ArchiveKeeping, KeepingRules
from moisson_scraper.archiving.run_archive import PageArchive
from moisson_scraper.archiving.warc_file import whole_members
from moisson_scraper.keeping.archive_index import ARCHIVED_PAGES
from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_scraper.running.run_spider import utc_now
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.run import CrawlRun, RunState
from moisson_shared.ports.documents import Equal, Find
from tests.scraper.running_scraper import People, Scraper, codes, file_spider, html_spider, json_spider, running_scraper
from tests.scraper.sample_site import Asked, Page, SampleSite, answer, directory, html, json_answer
from tests.scraper.test_killed import a_process
from tests.scraper.test_run_control import post

SPIDER = "essor-projets"


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/*.warc.gz"))


def kinds_in(path: Path) -> Counter[str]:
    with path.open("rb") as file:
        return Counter(record.rec_type for record in ArchiveIterator(file))


def archived(site: SampleSite, **changed: Any) -> dict[str, Any]:
    return html_spider(site, archive=True, **changed)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def reread(scraper: Scraper, run: CrawlRun, **order: Any) -> CrawlRun:
    asked = await post(scraper, f"/v1/spiders/{SPIDER}/runs", json={"reread_of": run.id, **order})
    return await scraper.ended(asked["id"])


async def test_a_mended_selector_reads_the_archive_of_a_site_that_is_gone(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(25)
    site.pages["/projets/9"] = answer("gone", status="410 Gone")
    folder = tmp_path / "archive"
    async with running_scraper(tmp_path, site, archive_folder=str(folder), archive_file_bytes=3000) as scraper:
        spider = archived(site)
        spider["source"]["detail"]["fields"]["titre"] = {"expression": "h2"}  # wrong
        await scraper.save(spider)
        run = await scraper.crawl(SPIDER)
        assert (run.counters.records_new, run.counters.pages_failed) == (24, 1)
        files = files_of(folder)
        assert len(files) > 1, "it goes on in a new file at a size"
        assert {path.parent for path in files} == {folder / SPIDER / run.id}
        kinds = sum((kinds_in(path) for path in files), Counter[str]())
        assert kinds == {"warcinfo": len(files), "response": 28, "request": 28}
        site.pages.clear()
        site.asked.clear()
        spider["source"]["detail"]["fields"]["titre"] = {"expression": "h1"}
        await scraper.change(spider)
        again = await reread(scraper, run)
        assert site.asked == []
        assert (again.state, again.counters.pages_fetched) == (RunState.DONE, 27)
        assert (again.counters.records_changed, again.counters.records_gone) == (24, 0)
        assert codes(again)["http-410"] == 1
        records = await scraper.records(SPIDER)
        assert {record.last_seen for record in records} == {run.finished_at}, "nobody has looked at the site since"
        assert {record.values["titre"] for record in records} >= {"Projet 1", "Projet 25"}
        assert {record.run_id for record in records} == {again.id}
        # Behind a record stands the page that it was read from.
        record = next(record for record in records if record.values["titre"] == "Projet 7")
        path = f"/v1/spiders/{SPIDER}/raw-records/archive"
        place = (await scraper.send("GET", path, scraper.people.member, params={"key": record.key})).json()
        assert (place["run_id"], place["address"]) == (run.id, record.url)
        assert folder / place["file"] in files
        page = await scraper.send("GET", f"{path}/page", scraper.people.member, params={"key": record.key})
        assert "<h1>Projet 7</h1>" in page.text
        assert page.headers["content-type"] == "text/plain; charset=utf-8"
        assert page.headers["content-security-policy"].startswith("sandbox")
        for who, status in ((scraper.people.stranger, 404), (scraper.people.reader, 403)):
            assert (await scraper.send("GET", path, who, params={"key": record.key})).status_code == status
        missing = await scraper.send("GET", path, scraper.people.member, params={"key": "none"})
        assert missing.status_code == 404
        # The site comes back: what is known of it was left alone.
        site.pages |= directory(25)
        after = await scraper.crawl(SPIDER)
        assert (after.complete, after.counters.records_new, after.counters.records_unchanged) == (True, 1, 24)
        # Now records are younger than that archive; a trial may still read it.
        refused = await post(scraper, f"/v1/spiders/{SPIDER}/runs", 422, json={"reread_of": run.id})
        assert "a later run has written records" in refused["faults"][0]["message"]
        trial = await reread(scraper, run, trial_pages=10)
        assert (trial.state, trial.counters.records_held) == (RunState.DONE, 8)


async def test_what_was_off_limits_is_so_again_and_archives_count_as_kept(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(4) | {
        "/robots.txt": answer("User-agent: *\nDisallow: /projets/3", content_type="text/plain")
    }
    async with running_scraper(tmp_path, site, archive_folder=str(tmp_path / "archive")) as scraper:
        await scraper.save(archived(site))
        run = await scraper.crawl(SPIDER)
        assert (run.counters.pages_off_limits, run.counters.pages_failed) == (1, 0)
        again = await reread(scraper, run)
        assert (again.counters.pages_off_limits, again.counters.pages_failed) == (1, 0)
        assert (codes(again), again.complete) == (codes(run) | {"archive-incomplete": 1}, False)
        quota = (await scraper.send("GET", "/v1/partners/essor/quota", scraper.people.member)).json()
        assert quota["usage"]["documents"] == 3 + 5 + 5, "records, visits of pages, archived pages"


async def test_unchanged_pages_are_revisits_and_their_content_is_found_in_the_earlier_run(
    tmp_path: Path, site: SampleSite
) -> None:
    def with_etag(page: Page) -> Page:
        def given(asked: Asked) -> bytes:
            if asked.header("if-none-match") == '"v1"':
                return answer(b"", "304 Not Modified", ETag='"v1"')
            assert isinstance(page, bytes)
            head, _, body = page.partition(b"\r\n\r\n")
            return head + b'\r\nETag: "v1"\r\n\r\n' + body

        return given

    pages = directory(6)
    site.pages |= {path: with_etag(page) if path.endswith(("1", "2")) else page for path, page in pages.items()}
    folder = tmp_path / "archive"
    async with running_scraper(tmp_path, site, archive_folder=str(folder)) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl(SPIDER)  # without an archive: its pages cannot be called unchanged
        await scraper.change(archived(site))
        first = await scraper.crawl(SPIDER)
        assert first.counters.pages_fetched == 7
        site.pages["/projets/5"] = html("<h1>Autre</h1>")
        second = await scraper.crawl(SPIDER)
        assert (second.counters.pages_unchanged, second.counters.pages_fetched) == (6, 1)
        (file,) = (folder / SPIDER / second.id).iterdir()
        assert kinds_in(file) == {"warcinfo": 1, "revisit": 6, "response": 1, "request": 7}
        site.pages.clear()
        again = await reread(scraper, second)
        assert (again.complete, again.counters.records_unchanged) == (True, 6)
        assert {record.last_seen for record in await scraper.records(SPIDER)} == {second.finished_at}
        refused = await post(scraper, f"/v1/spiders/{SPIDER}/runs", 422, json={"reread_of": first.id})
        assert refused["faults"][0]["pointer"] == "/reread_of"


async def behind(scraper: Scraper, spider: str, key: str) -> httpx.Response:
    path = f"/v1/spiders/{spider}/raw-records/archive/page"
    return await scraper.send("GET", path, scraper.people.member, params={"key": key})


async def test_records_without_a_page_of_their_own_point_at_the_listing_or_the_file(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= {"/api?page=1": json_answer([{"id": 1}]), "/api?page=2": json_answer([{"id": 2}])}
    site.pages["/api"] = json_answer([])

    def by_post(asked: Asked) -> bytes:
        number = json.loads(asked.body)["page"]
        return json_answer([{"id": number}] if number < 3 else [])

    site.pages["/search"] = by_post
    posted: dict[str, Any] = {"method": "POST", "body": {}, "paging": {"kind": "page", "place": "body"}}
    async with running_scraper(tmp_path, site, archive_folder=str(tmp_path / "archive")) as scraper:
        api = json_spider(f"{site.url}/api", paging={"kind": "page"}) | {"archive": True}
        await scraper.save(api)
        await scraper.crawl("essor-api")
        for key in "12":
            page = await behind(scraper, "essor-api", key)
            assert page.json() == [{"id": int(key)}], "not the other page"
        await scraper.save(json_spider(f"{site.url}/search", **posted) | {"id": "essor-post", "archive": True})
        assert (await scraper.crawl("essor-post")).counters.items == 2
        assert (await behind(scraper, "essor-post", "1")).status_code == 404
        await scraper.save(file_spider("", archive=True, source={"kind": "file"}))
        upload = "/v1/spiders/essor-fichier/upload"
        await scraper.send("PUT", upload, scraper.people.member, content=b"id,nom\n1,Un\n", params={"name": "a.csv"})
        await scraper.crawl("essor-fichier")
        assert (await behind(scraper, "essor-fichier", "1")).text == "id,nom\n1,Un\n"


async def test_what_is_to_be_missed_twice_is_not_gone_because_an_archive_is_read_again(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(30)
    async with running_scraper(tmp_path, site, archive_folder=str(tmp_path / "archive")) as scraper:
        await scraper.save(archived(site))
        assert (await scraper.crawl(SPIDER)).complete
        whole = site.pages["/projets?page=2"]
        assert isinstance(whole, bytes)
        site.pages["/projets?page=2"] = whole.replace(b'rel="next"', b'rel="nxet"')
        run = await scraper.crawl(SPIDER)
        assert codes(run) == {"listing-cut-off": 1}
        again = await reread(scraper, run)
        assert (again.complete, again.counters.records_gone) == (False, 0)
        assert codes(again) == {"archive-incomplete": 1}


async def test_a_page_that_the_disk_has_spoilt_is_not_there(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    folder = tmp_path / "archive"
    async with running_scraper(tmp_path, site, archive_folder=str(folder)) as scraper:
        await scraper.save(archived(site))
        run = await scraper.crawl(SPIDER)
        key = f"{site.url}/projets/2"
        path = f"/v1/spiders/{SPIDER}/raw-records/archive"
        place = (await scraper.send("GET", path, scraper.people.member, params={"key": key})).json()
        (file,) = files_of(folder)
        content = bytearray(file.read_bytes())
        content[place["offset"] + place["length"] - 6] ^= 4
        file.write_bytes(content)
        assert (await behind(scraper, SPIDER, key)).status_code == 404
        again = await reread(scraper, run)
        assert (again.state, codes(again)["not-archived"], again.counters.records_unchanged) == (RunState.DONE, 1, 2)


@pytest.mark.timeout(120)
async def test_a_run_that_is_killed_goes_on_without_a_gap_in_its_archive(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(60)
    site.delay = 0.05
    folder = tmp_path / "archive"
    async with a_process(tmp_path, site, ARCHIVE_FOLDER=str(folder), SHARE_PAGES="true") as process:
        people = process.people
        await process.start()
        await process.save(archived(site))
        run_id = (await process.send("POST", f"/v1/spiders/{SPIDER}/runs")).json()["id"]
        await until(lambda: len(site.asked) >= 30)
    site.delay = 0
    (left,) = files_of(folder)
    whole = whole_members(left)
    with left.open("ab") as file:
        file.write(b"\x1f\x8b\x08\x00 a record that was never written to its end")
    async with running_scraper(tmp_path, site, people=people, archive_folder=str(folder), share_pages=True) as scraper:
        ended = await scraper.ended(run_id)
        assert (ended.complete, ended.counters.pages_found) == (True, 66)
        assert len(files_of(folder)) == 2, "another process writes its own file"
        await until(lambda: left.stat().st_size == whole)
        kinds = sum((kinds_in(path) for path in files_of(folder)), Counter[str]())
        assert kinds["response"] >= 66
        site.pages.clear()
        read = await reread(scraper, ended)
        assert (read.complete, read.counters.pages_fetched, read.counters.records_unchanged) == (True, 66, 60)


async def test_without_a_folder_nothing_is_archived_and_that_is_said(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    folder, people = tmp_path / "archive", People()
    async with running_scraper(tmp_path, site, people=people, archive_folder=str(folder)) as scraper:
        await scraper.save(archived(site))
    async with running_scraper(tmp_path, site, people=people) as scraper:
        refused = await scraper.send("POST", "/v1/spiders", scraper.people.admin, json=archived(site, id="essor-2"))
        assert refused.status_code == 422
        (fault,) = refused.json()["faults"]
        assert fault["pointer"] == "/archive"
        assert "MOISSON_SCRAPER_ARCHIVE_FOLDER" in fault["message"]
        run = await scraper.crawl(SPIDER)
        assert (run.state, run.code) == (RunState.FAILED, "configuration")
        assert "/archive" in (run.error or "")
        await scraper.change(html_spider(site))
        plain = await scraper.crawl(SPIDER)
        refused = await scraper.send(
            "POST", f"/v1/spiders/{SPIDER}/runs", scraper.people.member, json={"reread_of": plain.id}
        )
        assert "no archive of this run" in refused.json()["faults"][0]["message"]
        assert files_of(folder) == []


async def test_archives_go_with_their_spider_their_age_and_their_size(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    folder = tmp_path / "archive"
    other = folder / "projets" / ("a" * 24)
    other.mkdir(parents=True)
    (other / "notes.txt").write_text("not ours")
    store = open_documents(f"sqlite://{tmp_path}/scraper.sqlite")
    async with running_scraper(tmp_path, site, archive_folder=str(folder)) as scraper:
        await scraper.save(archived(site))
        first = await scraper.crawl(SPIDER)
        second = await scraper.crawl(SPIDER)  # points at what the first has
        await scraper.change(archived(site, politeness={"delay": 0, "timeout": 4}))
        await store.open(COLLECTIONS)

        async def look(days: int = 10, most: int = 10**9, later: int = 0) -> list[str]:
            rules = KeepingRules(days, most, error_days=10)
            await ArchiveKeeping(store, folder, rules, lambda: utc_now() + timedelta(days=later)).look()
            return sorted(path.parent.name for path in files_of(folder))

        assert await look() == sorted([first.id, second.id])
        size = sum(path.stat().st_size for path in (folder / SPIDER / second.id).iterdir())
        assert await look(most=size) == [second.id]
        assert await look(most=size) == [], "the first was too much, and the second had its pages there"
        third = await scraper.crawl(SPIDER)
        assert third.counters.pages_fetched == 4, "what is not in the archive any more is fetched again"
        assert await look(later=9) == [third.id]
        assert await look(later=11) == []
        fourth = await scraper.crawl(SPIDER)
        assert [path.parent.name for path in files_of(folder)] == [fourth.id]
        assert (await scraper.send("DELETE", f"/v1/spiders/{SPIDER}", scraper.people.member)).status_code == 204
        assert (await store.find(ARCHIVED_PAGES, Find((Equal("spider_id", SPIDER),)))).items == ()
        await until(lambda: files_of(folder) == [])
        assert (other / "notes.txt").exists()
    await store.close()


async def test_a_disk_that_is_full_loses_nothing(tmp_path: Path) -> None:
    store = open_documents(f"sqlite://{tmp_path}/scraper.sqlite")
    await store.open(COLLECTIONS)
    folder = tmp_path / "archive"
    folder.write_text("a file where a folder should be")
    archive = PageArchive(store, folder, "h" * 4, "Moisson/0.1", 10**6, utc_now)
    run = archive.opened("s", "f" * 24, 1)
    page = FetchedPage("https://s.example/", 200, "text/html", b"<p>")
    with pytest.raises(Unavailable, match="The archive cannot be written"):
        await run.add(PageRequest(page.address), page)
    folder.unlink()
    content = await run.add(PageRequest(page.address), page)
    await run.flush()
    await archive.closed("f" * 24)
    assert (folder / content.file).stat().st_size > content.offset + content.length
    await store.close()
