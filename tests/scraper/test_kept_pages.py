"""How long pages are kept, which ones are not, and that they come back as they were."""

from dataclasses import replace
from pathlib import Path

import yaml

from moisson_scraper.keeping.page_documents import KEPT_PAGES, PAGE_COLLECTIONS
from moisson_scraper.keeping.page_packing import MOST_BYTES, kept_headers, packed, unpacked_page
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.rendered_listing import RenderedPage
from moisson_scraper.reading.source_reader import FetchedPage, PageKind, PageRequest
from moisson_shared.adapters.open_backends import open_documents
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory, html
from tests.scraper.test_fixtures import SPIDER, approved, previewed, with_field

REQUEST = PageRequest(
    "http://a.test/p", PageKind.DETAIL, 1, accept="text/html", method="POST", body=b"{}", headers=(("x", "{secret:k}"),)
)
PLAIN = FetchedPage("http://a.test/q", 200, "text/html", b"\x00\xff\nbody\n", (("etag", '"1"'),))
RENDERED = RenderedPage(
    "http://a.test/q",
    200,
    "text/html",
    b"after",
    before="avant é".encode(),
    goes_on=True,
    notices=(Notice("request-address-refused", "Refused.", "http://b.test/", 2),),
)


def test_a_page_comes_back_as_it_was() -> None:
    for page in (PLAIN, RENDERED):
        content = packed(page, REQUEST)
        assert content is not None
        assert unpacked_page(content) == (page, REQUEST)


def test_cookies_and_what_is_too_large_are_not_kept() -> None:
    page = replace(PLAIN, headers=(("set-cookie", "session=1"), ("x", "y" * 5000), *(("n", "v"),) * 200))
    assert kept_headers(page)[0] == ("x", "y" * 2000)
    assert len(kept_headers(page)) == 100
    assert packed(replace(PLAIN, body=b"x" * (MOST_BYTES + 1)), REQUEST) is None
    assert packed(replace(RENDERED, before=b"x" * MOST_BYTES), REQUEST) is None


async def test_a_page_that_is_too_large_is_shown_and_not_kept(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/projets"] = html('<li class="card">x</li>' + " " * MOST_BYTES)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        preview = await previewed(scraper)
        assert (preview.items, preview.id, preview.pages[0].id) == (1, None, None)
        codes = {warning.code for warning in preview.warnings}
        assert "page-not-kept" in codes
        assert "places-left-out" not in codes  # it is looked through all the same


async def test_a_spider_keeps_its_last_previews(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/projets"] = html('<li class="card">x</li>')
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        pages = [(await previewed(scraper)).pages[0].id for _ in range(11)]
        there = [
            (await scraper.send("GET", f"{SPIDER}/pages/{page}", scraper.people.member)).status_code for page in pages
        ]
        assert there == [404, *(200,) * 10]


async def test_runs_keep_the_pages_of_the_last_few_and_a_deleted_spider_none(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    store = open_documents(f"sqlite://{tmp_path}/own.sqlite")
    async with running_scraper(tmp_path, site, documents=store) as scraper:
        await scraper.save(html_spider(site))
        await approved(scraper)
        others = await store.count(KEPT_PAGES)
        for number in range(5):
            site.pages["/projets"] = html(f'<li class="card"><a href="/projets/1">{number}</a></li>')
            site.pages["/projets/1"] = html(f"<h1>{number}</h1>")
            await scraper.crawl("essor-projets")
            assert await store.count(KEPT_PAGES) - others == min(2 * (number + 1), 4)
        deleted = await scraper.send("DELETE", SPIDER, scraper.people.member)
        assert deleted.status_code == 204
        assert [await store.count(collection) for collection in PAGE_COLLECTIONS] == [0, 0, 0, 0]


async def test_what_cannot_be_read_is_not_expected_and_imports_are_held_to_fixtures(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(3)
    spider = html_spider(site, identity={"kind": "content"})
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        fixture = await approved(scraper)
        without = {**spider, "source": {**spider["source"], "detail": None}}
        headers = {"If-Match": "*"}
        path = f"{SPIDER}?fixtures=replace"
        refused = await scraper.send("PUT", path, scraper.people.member, json=without, headers=headers)
        assert (refused.status_code, refused.json()["faults"][0]["pointer"]) == (422, "/source")
        file = yaml.safe_dump({**with_field(spider, "a"), "version": 1})
        headers = {"Content-Type": "application/yaml"}
        imported = await scraper.send(
            "POST", "/v1/spiders/import", scraper.people.member, content=file, headers=headers
        )
        told = imported.json()["spiders"][0]
        assert (told["outcome"], told["faults"][0]["pointer"]) == ("refused", "/source/fields/ville")
        kept = await scraper.send("GET", f"{SPIDER}/fixtures/{fixture.id}", scraper.people.member)
        assert kept.json() == fixture.model_dump(mode="json")
