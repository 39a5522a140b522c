"""Whole runs over sitemaps, feeds, files and uploads, as a partner sees them."""

import gzip
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.upload import Upload
from tests.scraper.running_scraper import PARTNER, Scraper, codes, file_spider, html_spider, polite, running_scraper
from tests.scraper.sample_files import ods, ods_sheet
from tests.scraper.sample_site import SampleSite, answer, html

XML = "application/xml"


def a_spider(source: dict[str, Any], **changed: Any) -> dict[str, Any]:
    spider = {"id": "essor-autre", "partner": PARTNER, "name": "Autre", "source": source, "politeness": polite()}
    return spider | {"identity": {"kind": "url"}} | changed


def urlset(site: SampleSite, *paths: str, modified: str = "2018-03-01") -> str:
    urls = "".join(f"<url><loc>{site.url}{path}</loc><lastmod>{modified}</lastmod></url>" for path in paths)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


async def test_a_sitemap_is_followed_to_its_pages(tmp_path: Path, site: SampleSite) -> None:
    robots = f"User-agent: *\nDisallow: /p/secret\nSitemap: {site.url}/index.xml\n"
    site.pages["/robots.txt"] = answer(robots, content_type="text/plain")
    index = "".join(f"<sitemap><loc>{site.url}/{name}</loc></sitemap>" for name in ("a.xml.gz", "b.txt", "absent.xml"))
    site.pages["/index.xml"] = answer(f"<sitemapindex>{index}</sitemapindex>", content_type=XML)
    packed = gzip.compress(urlset(site, "/p/1", "/p/2", "/p/secret", "/contact").encode())
    site.pages["/a.xml.gz"] = answer(packed, content_type="application/gzip")
    site.pages["/b.txt"] = answer(f"{site.url}/p/3\n", content_type="text/plain")
    for number in (1, 2, 3):
        site.pages[f"/p/{number}"] = html(f'<h1>Projet {number}</h1><a href="/q/{number}">suite</a>')
        site.pages[f"/q/{number}"] = html(f"<p>Texte {number}</p>")
    source = {
        "kind": "sitemap",
        "start_urls": [f"{site.url}/robots.txt"],
        "include": ["/p/"],
        "keep": {"maj": "lastmod"},
        "fields": {"titre": {"expression": "h1"}},
        "detail": {"link": {"expression": "a"}, "fields": {"texte": {"expression": "p"}}},
    }
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(a_spider(source))
        preview = (await scraper.send("POST", "/v1/spiders/essor-autre/preview", scraper.people.member)).json()
        assert (preview["items"], preview["records"][0]["values"]["titre"]) == (3, "Projet 1")
        assert "no-items" not in [warning["code"] for warning in preview["warnings"]]
        run = await scraper.crawl("essor-autre")
        assert run.state is RunState.DONE
        assert not run.complete
        assert codes(run).items() >= {"http-404": 1, "robots": 1, "not-included": 1, "detail-robots": 1}.items()
        records = {record.url: record.values for record in await scraper.records("essor-autre")}
        assert records[f"{site.url}/p/1"] == {"maj": "2018-03-01", "titre": "Projet 1", "texte": "Texte 1"}
        assert records[f"{site.url}/p/3"] == {"titre": "Projet 3", "texte": "Texte 3"}
        assert len(records) == 3


async def test_pages_that_the_sitemap_calls_unchanged_are_spared(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/sitemap.xml"] = answer(urlset(site, "/p/1"), content_type=XML)
    site.pages["/p/1"] = html("<h1>Un</h1>")
    source = {
        "kind": "sitemap",
        "start_urls": [f"{site.url}/sitemap.xml"],
        "fields": {"titre": {"expression": "h1"}},
    }
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(a_spider(source))
        first = await scraper.crawl("essor-autre")
        assert (first.complete, first.counters.records_new) == (True, 1)
        site.pages["/p/1"] = html("<h1>Deux</h1>")
        second = await scraper.crawl("essor-autre")
        assert (second.counters.pages_spared, second.counters.records_unchanged) == (1, 1)
        site.pages["/sitemap.xml"] = answer(urlset(site, "/p/1", modified="2018-03-02"), content_type=XML)
        third = await scraper.crawl("essor-autre")
        assert (third.counters.pages_spared, third.counters.records_changed) == (0, 1)
        assert [record.values for record in await scraper.records("essor-autre")] == [{"titre": "Deux"}]


async def test_a_page_that_is_changed_twice_a_day_is_read_twice(tmp_path: Path, site: SampleSite) -> None:
    """Its `lastmod` is that day's both times."""
    today = datetime.now(UTC).date().isoformat()
    site.pages["/sitemap.xml"] = answer(urlset(site, "/p/1", modified=today), content_type=XML)
    source = {"kind": "sitemap", "start_urls": [f"{site.url}/sitemap.xml"], "fields": {"titre": {"expression": "h1"}}}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(a_spider(source))
        for title in ("Un", "Deux"):
            site.pages["/p/1"] = html(f"<h1>{title}</h1>")
            run = await scraper.crawl("essor-autre")
            assert (run.complete, run.counters.pages_spared) == (True, 0)
            assert [record.values for record in await scraper.records("essor-autre")] == [{"titre": title}]


async def test_a_long_sitemap_that_is_unchanged_still_leads_to_its_pages(tmp_path: Path, site: SampleSite) -> None:
    filling = "".join(f"<url><loc>{site.url}/{number}/{'x' * 1900}</loc></url>" for number in range(700))
    body = f"<urlset><url><loc>{site.url}/p/1</loc></url>{filling}</urlset>"
    site.pages["/sitemap.xml"] = answer(body, content_type=XML)
    site.pages["/p/1"] = html("<h1>Un</h1>")
    source = {
        "kind": "sitemap",
        "start_urls": [f"{site.url}/sitemap.xml"],
        "exclude": ["xx$"],
        "fields": {"titre": {"expression": "h1"}},
    }
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(a_spider(source))
        assert (await scraper.crawl("essor-autre")).complete
        site.pages["/p/1"] = html("<h1>Deux</h1>")
        assert (await scraper.crawl("essor-autre")).counters.records_changed == 1


def rss(*entries: str, more: str = "") -> str:
    items = "".join(f"<item><link>{entry}</link><title>Titre de {entry}</title></item>" for entry in entries)
    return f'<rss><channel xmlns:atom="http://www.w3.org/2005/Atom">{more}{items}</channel></rss>'


async def test_a_feed_with_older_pages_and_details(tmp_path: Path, site: SampleSite) -> None:
    older = '<atom:link rel="next" href="/feed?2"/>'
    site.pages["/feed"] = answer(rss("/p/1", "/p/2", more=older), content_type="application/rss+xml")
    site.pages["/feed?2"] = answer(rss("/p/3"), content_type="application/rss+xml")
    for number in (1, 2, 3):
        site.pages[f"/p/{number}"] = html(f"<p>Texte {number}</p>")
    detail = {"kind": "html", "value": "$.link", "fields": {"texte": {"expression": "p"}}}
    source = {"kind": "feed", "start_urls": [f"{site.url}/feed"], "detail": detail}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(a_spider(source))
        run = await scraper.crawl("essor-autre")
        assert (run.state, run.counters.records_new) == (RunState.DONE, 3)
        first = {"link": f"{site.url}/p/1", "title": "Titre de /p/1", "texte": "Texte 1"}
        assert (await scraper.records("essor-autre"))[0].values == first
        # What has fallen off the end of a feed is not gone, in whichever process the feed is read.
        for body in (rss("/p/3").encode(), gzip.compress(rss("/p/2").encode())):
            site.pages["/feed"] = answer(body, content_type="application/rss+xml")
            run = await scraper.crawl("essor-autre")
            assert (run.complete, run.counters.records_gone) == (False, 0)
        assert len(await scraper.records("essor-autre")) == 3


async def test_a_file_of_xml_is_read_once_while_it_stays(tmp_path: Path, site: SampleSite) -> None:
    body = '<l><p id="1"><nom>A</nom></p><p id="2"><nom>B</nom></p></l>'
    site.pages["/f.xml"] = answer(body, content_type=XML)
    spider = file_spider(f"{site.url}/f.xml", identity={"kind": "fields", "fields": ["n"]})
    spider["source"] |= {"records": "/l/p", "fields": {"n": "$['@id']", "nom": "$.nom"}}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        assert (await scraper.crawl("essor-fichier")).counters.records_new == 2
        again = await scraper.crawl("essor-fichier")
        assert (again.complete, again.counters.pages_unchanged, again.counters.records_gone) == (True, 1, 0)
        assert [record.values for record in await scraper.records("essor-fichier")] == [
            {"n": "1", "nom": "A"},
            {"n": "2", "nom": "B"},
        ]


# Uploads.

UPLOADED: dict[str, Any] = {
    "id": "essor-fichier",
    "partner": PARTNER,
    "name": "Fichier",
    "source": {"kind": "file"},
    "identity": {"kind": "fields", "fields": ["id"]},
    "politeness": polite(),
}
PATH = "/v1/spiders/essor-fichier/upload"


async def put(scraper: Scraper, body: bytes, who: dict[str, str] | None = None, name: str = "f.csv") -> Any:
    sender = scraper.people.member if who is None else who
    return await scraper.send("PUT", PATH, sender, content=body, params={"name": name})


async def test_an_uploaded_file_is_previewed_run_and_replaced(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(UPLOADED)
        run = await scraper.crawl("essor-fichier")
        assert (run.state, codes(run)) == (RunState.FAILED, {"nothing-uploaded": 1})
        body = b"id;nom\n1;A\n2;B\n"
        answered = await put(scraper, body)
        assert answered.status_code == 200
        upload = Upload.model_validate_json(answered.content)
        assert (upload.name, upload.bytes, upload.uploaded_by) == ("f.csv", len(body), "mia")
        assert upload.sha256 == hashlib.sha256(body).hexdigest()
        assert (await scraper.send("GET", PATH, scraper.people.steward)).json() == answered.json()
        preview = (await scraper.send("POST", "/v1/spiders/essor-fichier/preview", scraper.people.member)).json()
        assert [record["values"] for record in preview["records"]] == [{"id": "1", "nom": "A"}, {"id": "2", "nom": "B"}]
        assert preview["pages"][0]["final_address"] == "upload:f.csv"
        run = await scraper.crawl("essor-fichier")
        assert (run.complete, run.counters.records_new) == (True, 2)
        run = await scraper.crawl("essor-fichier")
        assert (run.complete, run.counters.pages_unchanged, run.counters.records_gone) == (True, 1, 0)
        await put(scraper, ods(ods_sheet([["id", "nom"], ["1", "Z"]])), name="g.ods")
        run = await scraper.crawl("essor-fichier")
        assert (run.counters.records_changed, run.counters.records_gone) == (1, 1)


async def test_who_may_upload_what(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site, upload_max_bytes=12_000_000) as scraper:
        people = scraper.people
        await scraper.save(UPLOADED)
        await scraper.save(html_spider(site))
        assert (await scraper.send("GET", PATH, people.member)).status_code == 404
        for who, status in ((people.stranger, 404), (people.steward, 403), (people.reader, 403), ({}, 401)):
            assert (await put(scraper, b"id\n1\n", who)).status_code == status
        assert (await put(scraper, b"")).status_code == 422
        elsewhere = await scraper.send("PUT", "/v1/spiders/essor-projets/upload", people.member, content=b"x")
        assert (elsewhere.status_code, elsewhere.json()["faults"][0]["pointer"]) == (422, "/source")
        assert (await put(scraper, b"x" * 12_000_001)).status_code == 413
        large = b"id\n" + b"1" * 11_000_000
        assert (await put(scraper, large, people.admin)).json()["bytes"] == len(large)
        deleted = await scraper.send("DELETE", "/v1/spiders/essor-fichier", people.admin)
        assert deleted.status_code == 204
        assert (await scraper.send("GET", PATH, people.admin)).status_code == 404


async def test_a_draft_does_not_see_what_others_have_uploaded(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(UPLOADED)
        await put(scraper, b"id\n1\n")
        draft = UPLOADED | {"partner": "tilleul"}
        preview = await scraper.send("POST", "/v1/spiders/preview", scraper.people.stranger, json=draft)
        assert preview.json()["records"] == []
        assert [warning["code"] for warning in preview.json()["warnings"]] == ["nothing-uploaded"]
