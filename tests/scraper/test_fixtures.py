"""Previews with places, kept pages, fixtures, and their replay when a configuration changes."""

import asyncio
from pathlib import Path
from typing import Any

from moisson_scraper.fixtures.check_fixtures import MOST_FIXTURES
from moisson_scraper.routes.fixture_routes import PAGE_HEADERS
from moisson_shared.contracts.page_fixture import PageFixture, SpiderCheck
from moisson_shared.contracts.spider_preview import PreviewedValue, SpiderPreview
from tests.scraper.running_scraper import OTHER, Scraper, file_spider, html_spider, json_spider, running_scraper
from tests.scraper.sample_site import SampleSite, answer, directory, html, json_answer
from tests.scraper.test_tables import workbook

IMPORT = "/v1/spiders/import?overwrite=true&dry_run=true"
SPIDER = "/v1/spiders/essor-projets"


async def previewed(scraper: Scraper, spider: str = "essor-projets") -> SpiderPreview:
    made = await scraper.send("POST", f"/v1/spiders/{spider}/preview", scraper.people.member)
    assert made.status_code == 200, made.text
    return SpiderPreview.model_validate_json(made.content)


async def approved(scraper: Scraper, spider: str = "essor-projets", name: str = "page 1") -> PageFixture:
    preview = await previewed(scraper, spider)
    order = {"preview": preview.id, "name": name}
    made = await scraper.send("POST", f"/v1/spiders/{spider}/fixtures", scraper.people.member, json=order)
    assert made.status_code == 201, made.text
    return PageFixture.model_validate_json(made.content)


async def checked(scraper: Scraper, draft: dict[str, Any] | None = None) -> SpiderCheck:
    made = await scraper.send("POST", f"{SPIDER}/check", scraper.people.member, json=draft)
    assert made.status_code == 200, made.text
    return SpiderCheck.model_validate_json(made.content)


def with_field(spider: dict[str, Any], expression: str) -> dict[str, Any]:
    """Another selector for the town."""
    fields = {**spider["source"]["fields"], "ville": {"expression": expression}}
    return {**spider, "source": {**spider["source"], "fields": fields}}


def values_of(preview: SpiderPreview, name: str) -> tuple[PreviewedValue, ...]:
    return next(field.values for field in preview.fields if field.name == name)


async def test_a_preview_says_where_each_value_stands(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(23)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        preview = await previewed(scraper)
        town = values_of(preview, "ville")[1]
        assert (town.page, town.record, town.text) == (0, 1, "Ville 2")
        assert town.place is not None
        assert (town.place.path, town.place.line) == ("/html/body/ul/li[2]/span", 1)
        words = values_of(preview, "mots")
        assert [(one.page, one.record, one.place.path if one.place else "") for one in words[2:4]] == [
            (1, 0, "/html/body/ul/li[3]"),
            (2, 1, "/html/body/ul/li[1]"),
        ]
        lead = values_of(preview, "porteur")[0]
        assert lead.place is not None
        assert lead.place.path == "/html/body/p/text()"
        assert preview.next_addresses == (f"{site.url}/projets?page=2",)
        assert preview.detail_addresses == tuple(f"{site.url}/projets/{n}" for n in range(1, 11))


async def test_places_in_json_and_in_tables(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/api"] = json_answer({"data": [{"id": 1, "où": {"ville": "Arles"}, "mots": ["a", "b"]}]})
    site.pages["/f.csv"] = answer("id,nom\n1,Un\n\n2,Deux\n", content_type="text/csv")
    fields = {"id": "$.id", "ville": "$['où'].ville", "mots": "$.mots[*]"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", items="$.data[*]", fields=fields))
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        api = await previewed(scraper, "essor-api")
        paths = {
            field.name: [value.place.path for value in field.values if value.place is not None] for field in api.fields
        }
        assert paths == {
            "id": ["$['data'][0]['id']"],
            "ville": ["$['data'][0]['où']['ville']"],
            "mots": ["$['data'][0]['mots'][0]", "$['data'][0]['mots'][1]"],
        }
        table = await previewed(scraper, "essor-fichier")
        places = [value.place for value in values_of(table, "nom")]
        assert [(place.row, place.column) for place in places if place is not None] == [(2, "nom"), (4, "nom")]


async def test_a_kept_page_is_text_and_nothing_in_it_runs(tmp_path: Path, site: SampleSite) -> None:
    hostile = '<ul><li class="card"><span class="town">É</span><script>steal()</script></li></ul>'
    site.pages["/projets"] = html(hostile, Set_Cookie="session=1", X_Powered_By="Spip")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        preview = await previewed(scraper)
        path = f"{SPIDER}/pages/{preview.pages[0].id}"
        page = await scraper.send("GET", path, scraper.people.steward)
        assert page.headers["content-type"] == "text/plain; charset=utf-8"
        assert page.text.count("<script>steal()</script>") == 1
        assert {name: page.headers[name] for name in PAGE_HEADERS} == PAGE_HEADERS
        assert "sandbox" in page.headers["content-security-policy"]
        for who, status in ((scraper.people.stranger, 404), (scraper.people.reader, 403), ({}, 401)):
            assert (await scraper.send("GET", path, who)).status_code == status
        fixture = await approved(scraper)
        assert dict(fixture.pages[0].headers)["x-powered-by"] == "Spip"
        assert "set-cookie" not in dict(fixture.pages[0].headers)


async def test_fixtures_are_approved_listed_and_dropped(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        fixture = await approved(scraper)
        assert [(page.kind, page.record) for page in fixture.pages] == [
            ("listing", None),
            *(("detail", number) for number in range(3)),
        ]
        assert fixture.expected.items == 3
        assert fixture.expected.records[0].values == {"ville": "Ville 1"}
        assert fixture.expected.records[0].detail is not None
        assert fixture.expected.records[0].detail["titre"] == "Projet 1"
        assert (fixture.approved_by, fixture.name) == ("mia", "page 1")
        listed = (await scraper.send("GET", f"{SPIDER}/fixtures", scraper.people.steward)).json()
        assert [one["id"] for one in listed["items"]] == [fixture.id]
        path = f"{SPIDER}/fixtures/{fixture.id}"
        assert (await scraper.send("GET", path, scraper.people.steward)).json() == fixture.model_dump(mode="json")
        assert (await scraper.send("DELETE", path, scraper.people.steward)).status_code == 403
        assert (await scraper.send("DELETE", path, scraper.people.member)).status_code == 204
        assert (await scraper.send("GET", path, scraper.people.member)).status_code == 404
        page = await scraper.send("GET", f"{SPIDER}/pages/{fixture.pages[0].id}", scraper.people.member)
        assert page.status_code == 404


async def test_previews_of_one_partner_leave_room_for_others(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(1)
    site.delay = 0.5
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.save(html_spider(site, id="tilleul-projets", partner=OTHER))
        people = scraper.people
        wanted = [("essor-projets", people.member)] * 3 + [("tilleul-projets", people.stranger)]
        made = [scraper.send("POST", f"/v1/spiders/{spider}/preview", who) for spider, who in wanted]
        *own, other = [answered.status_code for answered in await asyncio.gather(*made)]
        assert (sorted(own), other) == ([200, 200, 429], 200), "whichever of them came last"
        site.delay = 0
        await previewed(scraper)


async def test_what_cannot_be_approved(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    spider = html_spider(site)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        preview = await previewed(scraper)
        path = f"{SPIDER}/fixtures"
        unknown = await scraper.send("POST", path, scraper.people.member, json={"preview": "nothing"})
        assert (unknown.status_code, unknown.json()["faults"][0]["pointer"]) == (422, "/preview")
        await scraper.change(with_field(spider, "span"))
        changed = await scraper.send("POST", path, scraper.people.member, json={"preview": preview.id})
        assert changed.status_code == 409
        assert "another configuration" in changed.json()["detail"]


async def test_a_spider_has_no_more_fixtures_than_are_read_however_many_are_approved_at_once(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(1)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        order = {"preview": (await previewed(scraper)).id}

        async def approve() -> int:
            return (await scraper.send("POST", f"{SPIDER}/fixtures", scraper.people.member, json=order)).status_code

        for _ in range(MOST_FIXTURES - 1):
            assert await approve() == 201
        assert sorted(await asyncio.gather(*(approve() for _ in range(4)))) == [201, 409, 409, 409]
        assert len((await checked(scraper)).fixtures) == MOST_FIXTURES


async def test_a_change_that_reads_fixtures_otherwise_is_refused_warned_of_or_accepted(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(3)
    spider = html_spider(site)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        fixture = await approved(scraper)
        asked = len(site.asked)
        changed = with_field(spider, "a")
        headers = {"If-Match": "*"}
        refused = await scraper.send("PUT", SPIDER, scraper.people.member, json=changed, headers=headers)
        assert refused.status_code == 422
        faults = refused.json()["faults"]
        assert {fault["pointer"] for fault in faults} == {"/source/fields/ville"}
        assert faults[0]["message"] == (
            "fixture page 1: record 1: 'ville' is expected to be 'Ville 1', 'Projet 1' was found"
        )
        tried = await checked(scraper, changed)
        assert not tried.holds
        assert [(one.kind, one.record, one.expected, one.got) for one in tried.fixtures[0].differences] == [
            ("changed", number, f"Ville {number + 1}", f"Projet {number + 1}") for number in range(3)
        ]
        assert (await checked(scraper)).holds
        imported = await scraper.send("POST", IMPORT, scraper.people.member, json=changed)
        (told,) = imported.json()["spiders"]
        assert (told["outcome"], told["problem"]) == ("refused", "invalid")
        assert "?fixtures=warn" in told["message"]
        imported = await scraper.send("POST", f"{IMPORT}&fixtures=warn", scraper.people.member, json=changed)
        assert imported.json()["spiders"][0]["outcome"] == "replaced"
        warned = await scraper.send(
            "PUT", f"{SPIDER}?fixtures=warn", scraper.people.member, json=changed, headers=headers
        )
        assert (warned.status_code, warned.headers["Moisson-Fixture-Differences"]) == (200, "3")
        assert not (await checked(scraper)).holds
        afterwards = await scraper.send(
            "PUT", f"{SPIDER}?fixtures=replace", scraper.people.member, json=changed, headers=headers
        )
        assert (afterwards.status_code, afterwards.headers.get("Moisson-Fixture-Differences")) == (200, "3")
        assert (await checked(scraper)).holds, "what was warned of is accepted, though nothing of the source is changed"
        other = with_field(spider, ".nowhere")
        taken = await scraper.send(
            "PUT", f"{SPIDER}?fixtures=replace", scraper.people.member, json=other, headers=headers
        )
        assert taken.status_code == 200
        assert (await checked(scraper)).holds
        now = await scraper.send("GET", f"{SPIDER}/fixtures/{fixture.id}", scraper.people.member)
        assert now.json()["expected"]["records"][0]["values"] == {}
        assert len(site.asked) == asked, "a replay fetches nothing"


KINDS: list[tuple[dict[str, Any], set[str]]] = [
    ({"item": {"expression": "li.card:nth-child(2)"}}, {"items", "changed", "detail-address"}),
    ({"paging": None}, {"next-address"}),
    ({"start_urls": ["http://elsewhere.example/"], "paging": None}, set()),
    ({"detail": None}, {"detail-address", "unreadable"}),
    ({"fields": {}}, {"missing"}),
    ({"fields": {"ville": {"expression": ".town"}, "lien": {"expression": "a"}}}, {"extra"}),
]


async def test_each_kind_of_difference(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(12)
    spider = html_spider(site, identity={"kind": "content"})
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        await approved(scraper)
        for changed, kinds in KINDS:
            check = await checked(scraper, {**spider, "source": {**spider["source"], **changed}})
            assert {one.kind for one in check.fixtures[0].differences} == kinds, changed


def of_every_kind(site: SampleSite) -> dict[str, dict[str, Any]]:
    """Sources of one project each."""
    fields = {"titre": {"expression": "h1"}}
    site.pages |= directory(1)
    page = f"{site.url}/projets/1"
    index = f"<sitemapindex><sitemap><loc>{site.url}/pages.xml</loc></sitemap></sitemapindex>"
    site.pages |= {
        "/sitemap.xml": answer(index),
        "/pages.xml": answer(f"<urlset><url><loc>{page}</loc></url></urlset>"),
    }
    site.pages["/rss"] = answer(f"<rss><channel><item><title>Un</title><link>{page}</link></item></channel></rss>")
    site.pages["/f.xml"] = answer("<l><p><titre>Projet 1</titre></p></l>", content_type="application/xml")
    site.pages["/f.xlsx"] = answer(workbook([["titre"], ["Projet 1"]]), content_type="application/octet-stream")
    return {
        "sitemap": {"kind": "sitemap", "start_urls": [f"{site.url}/sitemap.xml"], "fields": fields},
        "feed": {
            "kind": "feed",
            "start_urls": [f"{site.url}/rss"],
            "detail": {"kind": "html", "value": "$.link", "fields": {"titre": {"expression": "h1"}}},
        },
        "xml": {"kind": "file", "url": f"{site.url}/f.xml", "records": "/l/p"},
        "xlsx": {"kind": "file", "url": f"{site.url}/f.xlsx"},
        "upload": {"kind": "file"},
    }


async def test_previews_of_every_kind_are_approved_and_hold(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        for kind, source in of_every_kind(site).items():
            await scraper.save(file_spider("", id=kind, source=source, identity={"kind": "content"}))
            if kind == "upload":
                path = f"/v1/spiders/{kind}/upload"
                await scraper.send("PUT", path, scraper.people.member, content=b"titre\nProjet 1\n")
            preview = await previewed(scraper, kind)
            (value,) = values_of(preview, "titre")
            assert (value.text, value.place is not None) == ("Projet 1", True), kind
            order = {"preview": preview.id, "name": kind}
            path = f"/v1/spiders/{kind}/fixtures"
            assert (await scraper.send("POST", path, scraper.people.member, json=order)).status_code == 201, kind
            made = await scraper.send("POST", f"/v1/spiders/{kind}/check", scraper.people.member)
            check = SpiderCheck.model_validate_json(made.content)
            assert (check.holds, [one.name for one in check.fixtures]) == (True, [kind])
