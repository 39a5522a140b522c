"""The feed: nothing is skipped or said twice, whatever is written meanwhile; cursors of another epoch are refused."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.feed_cursor import FeedCursor, read_cursor
from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.renew_epochs import renew_epochs
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import Invalid
from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import file_spider, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, answer, directory

T = TypeVar("T")


@given(epoch=st.from_regex(r"[0-9a-f]{1,16}", fullmatch=True), seq=st.integers(0, 10**15 - 1))
def test_a_cursor_comes_back_as_it_was(epoch: str, seq: int) -> None:
    cursor = FeedCursor(epoch, seq)
    assert read_cursor(cursor.written()) == cursor


@pytest.mark.parametrize(
    "text", ["x", "é", "abcd", "ZmYuLTE", "ZmYuMS4y", "Lg", "ZmY", "====", "Z" * 90, " ", "ZmYu2aE"]
)
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_cursor(text)


def rows(version: int, count: int) -> bytes:
    lines = "".join(f"{n},{n if n % 3 else n + version}\n" for n in range(count))
    return answer(f"id,valeur\n{lines}", content_type="text/csv")


async def test_a_reader_never_skips_while_runs_write(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        written = asyncio.Event()
        mirror: dict[str, tuple[int, object]] = {}
        seqs: list[int] = []

        async def read() -> None:
            after: str | None = None
            while True:
                last = written.is_set()
                records, end = await scraper.feed("essor-fichier", after=after, limit=97)
                for record in records:
                    assert record.key not in mirror or record.seq > mirror[record.key][0]
                    mirror[record.key] = (record.seq, record.values)
                    seqs.append(record.seq)
                after = end.cursor
                if last and not end.more:
                    return

        async def write() -> None:
            for version in range(4):
                site.pages["/f.csv"] = rows(version, 1200)
                await scraper.crawl("essor-fichier")
            written.set()

        await asyncio.gather(read(), write())
        assert seqs == sorted(set(seqs))
        records, _ = await scraper.feed("essor-fichier")
        assert mirror == {record.key: (record.seq, record.values) for record in records}


async def test_a_deleted_spider_tells_its_readers_and_its_id_goes_on(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        _, end = await scraper.feed("essor-projets")
        assert (await scraper.send("DELETE", "/v1/spiders/essor-projets", scraper.people.member)).status_code == 204
        assert (await scraper.send("GET", "/v1/spiders/essor-projets", scraper.people.member)).status_code == 404
        gone = await scraper.feed("essor-projets", after=end.cursor)
        while len(gone[0]) < 3:
            await asyncio.sleep(0.02)
            gone = await scraper.feed("essor-projets", after=end.cursor)
        assert [(record.seq, record.deleted) for record in gone[0]] == [(4, True), (5, True), (6, True)]
        versions = await scraper.send("GET", "/v1/spiders/essor-projets/versions", scraper.people.member)
        assert [spider["version"] for spider in versions.json()["items"]] == [1]

        stolen = html_spider(site, partner="tilleul")
        await scraper.send("POST", "/v1/partners", scraper.people.admin, json={"id": "tilleul", "name": "T"})
        answered = await scraper.send("POST", "/v1/spiders", scraper.people.stranger, json=stolen)
        assert answered.status_code == 409
        created = await scraper.send("POST", "/v1/spiders", scraper.people.member, json=html_spider(site))
        while created.status_code == 409:
            await asyncio.sleep(0.02)
            created = await scraper.send("POST", "/v1/spiders", scraper.people.member, json=html_spider(site))
        spider = await scraper.send("GET", "/v1/spiders/essor-projets", scraper.people.member)
        assert spider.json()["version"] == 2
        run = await scraper.crawl("essor-projets")
        assert run.counters.records_changed == 3
        back, _ = await scraper.feed("essor-projets", after=gone[1].cursor)
        assert [(record.seq, record.deleted) for record in back] == [(7, False), (8, False), (9, False)]


async def until(look: Callable[[], Awaitable[T]], is_so: Callable[[T], bool]) -> T:
    """What is seen once it is so."""
    async with asyncio.timeout(10):
        while True:
            seen = await look()
            if is_so(seen):
                return seen
            await asyncio.sleep(0.02)


def is_no_conflict(answered: httpx.Response) -> bool:
    return answered.status_code != 409


async def test_the_records_of_a_spider_are_deleted_without_it(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    path = "/v1/spiders/essor-projets/raw-records"
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        _, end = await scraper.feed("essor-projets")
        site.delay = 0.1
        run = await scraper.start("essor-projets")
        assert (await scraper.send("DELETE", path, scraper.people.member)).status_code == 409
        await scraper.ended(run.id)
        for _ in range(2):
            assert (await scraper.send("DELETE", path, scraper.people.member)).status_code == 204
        await until(lambda: scraper.records("essor-projets"), lambda left: not left)
        gone, told = await scraper.feed("essor-projets", after=end.cursor)
        assert ([record.deleted for record in gone], told.complete) == ([True] * 3, False)
        trail = (await scraper.send("GET", "/v1/audit?limit=1", scraper.people.member)).json()["items"][0]
        assert (trail["verb"], trail["kind"], trail["document"], trail["who"]) == (
            ("emptied", "records", "essor-projets", "mia")
        )
        runs = "/v1/spiders/essor-projets/runs"
        asked = await until(lambda: scraper.send("POST", runs, scraper.people.member), is_no_conflict)
        counters = (await scraper.ended(asked.json()["id"])).counters
        assert (counters.items, counters.pages_fetched, counters.pages_unchanged) == (3, 4, 0)
        assert len(await scraper.records("essor-projets")) == 3


@pytest.mark.parametrize("deleted", ["", "/raw-records"])
async def test_what_a_quarantined_run_holds_goes_with_the_records(
    tmp_path: Path, site: SampleSite, deleted: str
) -> None:
    site.pages |= directory(12)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        await scraper.change(html_spider(site, expectations={"least_records": 100}))
        held = await scraper.crawl("essor-projets")
        assert held.state is RunState.QUARANTINED
        member = scraper.people.member
        assert (await scraper.send("DELETE", f"/v1/spiders/essor-projets{deleted}", member)).status_code == 204
        accept = f"/v1/runs/{held.id}/accept"
        assert (await scraper.send("POST", accept, member)).status_code == 409
        items = f"/v1/runs/{held.id}/items"
        await until(lambda: scraper.send("GET", items, member), lambda answer: answer.json()["items"] == [])
        await until(lambda: scraper.records("essor-projets"), lambda records: records == [])
        assert (await scraper.send("POST", accept, member)).status_code == 409


async def test_a_file_that_has_not_changed_is_read_anew_once_its_records_are_gone(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages["/f.csv"] = answer("id,nom\n1,Un\n2,Deux\n", ETag='"1"')
    spider = file_spider(f"{site.url}/f.csv")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        assert (await scraper.crawl("essor-fichier")).counters.records_new == 2
        await scraper.send("DELETE", "/v1/spiders/essor-fichier", scraper.people.member)
        member = scraper.people.member
        await until(lambda: scraper.send("POST", "/v1/spiders", member, json=spider), is_no_conflict)
        run = await scraper.crawl("essor-fichier")
        assert (run.counters.items, run.counters.records_changed) == (2, 2)
        assert len(await scraper.records("essor-fichier")) == 2


async def test_after_a_restore_readers_are_told_to_start_over(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    path = "/v1/spiders/essor-projets/raw-records"
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        copy = sqlite3.connect(tmp_path / "copy.sqlite")
        source = sqlite3.connect(tmp_path / "scraper.sqlite")
        source.backup(copy)
        source.close()
        copy.close()
        site.pages |= directory(5)
        await scraper.crawl("essor-projets")
        _, ahead = await scraper.feed("essor-projets")
        people = scraper.people
    restored = f"sqlite://{tmp_path}/copy.sqlite"
    async with running_scraper(tmp_path, site, people=people, documents_url=restored) as scraper:
        answered = await scraper.send("GET", path, people.normalizer, params={"after": ahead.cursor})
        assert answered.status_code == 410
        assert answered.json()["type"] == "/problems/epoch-changed"
        _, level = await scraper.feed("essor-projets")
    documents = open_documents(restored)
    await documents.open(COLLECTIONS)
    assert await renew_epochs(documents) == 1
    await documents.close()
    async with running_scraper(tmp_path, site, people=people, documents_url=restored) as scraper:
        answered = await scraper.send("GET", path, people.normalizer, params={"after": level.cursor})
        assert answered.status_code == 410
        assert len((await scraper.feed("essor-projets"))[0]) == 3


@pytest.mark.parametrize("query", ["limit=0", "limit=5001", "limit=x", "after=nonsense"])
async def test_a_feed_asked_for_wrongly(tmp_path: Path, site: SampleSite, query: str) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        answered = await scraper.send("GET", f"/v1/spiders/essor-projets/raw-records?{query}", scraper.people.admin)
        assert answered.status_code == 422
