"""Partners and spiders as documents: versions, If-Match, lists; and the preview of a spider."""

from pathlib import Path

import pytest

from moisson_shared.contracts.spider_preview import SpiderPreview
from tests.scraper.running_scraper import file_spider, html_spider, json_spider, running_scraper
from tests.scraper.sample_site import SampleSite, answer, directory, html, json_answer


async def test_a_spider_keeps_all_its_versions(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        member = scraper.people.member
        saved = await scraper.save(html_spider(site), member)
        assert saved["version"] == 1
        path = "/v1/spiders/essor-projets"
        second = html_spider(site, name="Autre nom")
        for if_match, status in ((None, 428), ('"2"', 412), ('W/"1"', 412), ("x", 422), ('"1"', 200)):
            sent = {"If-Match": if_match} if if_match else {}
            answered = await scraper.send("PUT", path, member, json=second, headers=sent)
            assert answered.status_code == status, (if_match, answered.text)
            assert ("etag" in answered.headers) == (status == 200)
        assert (await scraper.send("GET", path, member)).headers["etag"] == '"2"'
        versions = await scraper.send("GET", f"{path}/versions?limit=1", member)
        assert [spider["name"] for spider in versions.json()["items"]] == ["Autre nom"]
        rest = await scraper.send("GET", f"{path}/versions", member, params={"after": versions.json()["next"]})
        assert [spider["name"] for spider in rest.json()["items"]] == ["Projets"]
        assert (await scraper.send("GET", f"{path}/versions/1", member)).json() == saved
        assert (await scraper.send("GET", f"{path}/versions/3", member)).status_code == 404
        again = await scraper.send("POST", "/v1/spiders", member, json=html_spider(site))
        assert again.status_code == 409
        assert again.json()["type"] == "/problems/already-exists"


async def test_a_partner_may_replace_its_card(tmp_path: Path) -> None:
    async with running_scraper(tmp_path) as scraper:
        card = {"id": "essor", "name": "Essor"}
        created = await scraper.send("POST", "/v1/partners", scraper.people.admin, json=card)
        assert created.status_code == 201
        assert created.headers["location"] == "/v1/partners/essor"
        path = "/v1/partners/essor"
        for if_match, status in ((None, 428), ('"7"', 412), (created.headers["etag"], 200)):
            sent = {"If-Match": if_match} if if_match else {}
            changed = await scraper.send(
                "PUT", path, scraper.people.member, json=card | {"licence": "ODbL"}, headers=sent
            )
            assert changed.status_code == status
        assert (await scraper.send("GET", path, scraper.people.normalizer)).json()["licence"] == "ODbL"
        assert (await scraper.send("POST", "/v1/partners", scraper.people.admin, json=card)).status_code == 409
        assert (await scraper.send("DELETE", path, scraper.people.admin)).status_code == 204
        assert (await scraper.send("GET", path, scraper.people.admin)).status_code == 404


async def test_a_switched_off_spider_does_not_run(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, enabled=False))
        answered = await scraper.send("POST", "/v1/spiders/essor-projets/runs", scraper.people.member)
        assert answered.status_code == 409
        assert "switched off" in answered.json()["detail"]


async def test_runs_are_listed_newest_first(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(1)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        runs = [(await scraper.crawl("essor-projets")).id for _ in range(3)]
        path = "/v1/spiders/essor-projets/runs"
        first = (await scraper.send("GET", f"{path}?limit=2", scraper.people.member)).json()
        rest = (await scraper.send("GET", path, scraper.people.member, params={"after": first["next"]})).json()
        assert [run["id"] for run in first["items"] + rest["items"]] == runs[::-1]
        assert set(first["items"][0]) == set(rest["items"][0])
        assert "token" not in first["items"][0]


async def test_a_preview_shows_what_each_selector_gave_and_stores_nothing(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(30)
    site.pages["/projets/2"] = html("<h1>Deux</h1>")
    site.pages["/projets/3"] = html("gone", status="410 Gone")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        answered = await scraper.send("POST", "/v1/spiders/preview", scraper.people.member, json=html_spider(site))
        assert answered.status_code == 200, answered.text
        preview = SpiderPreview.model_validate_json(answered.content)
        assert preview.items == 10
        assert preview.next_address == f"{site.url}/projets?page=2"
        assert [page.kind for page in preview.pages] == ["listing", "detail", "detail"]
        assert [record.detail_read for record in preview.records[:4]] == [True, True, False, False]
        assert preview.records[1].values == {"ville": "Ville 2", "titre": "Deux"}
        assert preview.records[0].key == f"{site.url}/projets/1"
        fields = {(field.place, field.name): (field.filled, field.of) for field in preview.fields}
        assert fields == {
            ("listing", "ville"): (10, 10),
            ("detail", "titre"): (2, 2),
            ("detail", "porteur"): (1, 2),
            ("detail", "mots"): (1, 2),
            ("detail", "site"): (1, 2),
        }
        assert [warning.code for warning in preview.warnings] == ["http-410"]
        assert (await scraper.feed("essor-projets"))[0] == []
        saved = await scraper.send("POST", "/v1/spiders/essor-projets/preview", scraper.people.steward)
        assert saved.json()["items"] == 10


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (answer(b""), "empty-body"),
        (html("no", status="500 Oops"), "http-500"),
        (answer("{}", content_type="application/json"), "not-html"),
        (html("<p>rien</p>"), "no-items"),
        (html("no", status="302 Found", Location="http://10.0.0.1/"), "address-refused"),
    ],
)
async def test_a_preview_says_why_it_is_empty(tmp_path: Path, site: SampleSite, page: bytes, code: str) -> None:
    site.pages["/projets"] = page
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        answered = await scraper.send("POST", "/v1/spiders/essor-projets/preview", scraper.people.member)
        assert answered.status_code == 200
        preview = SpiderPreview.model_validate_json(answered.content)
        assert preview.items == 0
        assert [warning.code for warning in preview.warnings] == [code]


async def test_previews_of_a_file_and_an_api(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/f.csv"] = answer("id;nom\n" + "".join(f"{n};Nom {n}\n" for n in range(50)) + ";sans\n")
    site.pages["/api"] = json_answer([{"id": 1, "t": ["a", "b"]}, {"id": 2, "t": []}, {"t": None}])
    async with running_scraper(tmp_path, site) as scraper:
        member = scraper.people.member
        file = await scraper.send("POST", "/v1/spiders/preview", member, json=file_spider(f"{site.url}/f.csv"))
        preview = SpiderPreview.model_validate_json(file.content)
        assert (preview.items, len(preview.records), preview.pages[0].encoding) == (51, 20, "utf-8")
        assert [(field.name, field.filled) for field in preview.fields] == [("id", 20), ("nom", 20)]
        api = await scraper.send("POST", "/v1/spiders/preview", member, json=json_spider(f"{site.url}/api"))
        preview = SpiderPreview.model_validate_json(api.content)
        assert [(field.name, field.filled, field.samples) for field in preview.fields] == [
            ("id", 2, ("1", "2")),
            ("t", 1, ("a · b",)),
        ]
        assert [warning.code for warning in preview.warnings] == ["item-without-key"]


async def test_a_record_that_never_was_has_no_history(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        path = "/v1/spiders/essor-projets/raw-records/history"
        assert (await scraper.send("GET", path, scraper.people.member, params={"key": "x"})).status_code == 404
        assert (await scraper.send("GET", path, scraper.people.member)).status_code == 422


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/metrics", "/healthz", "/readyz"])
async def test_what_every_service_has(tmp_path: Path, path: str) -> None:
    async with running_scraper(tmp_path) as scraper:
        assert (await scraper.client.get(path)).status_code == 200
