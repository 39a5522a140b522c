"""Pages behind items, and pages behind those, of either kind, over HTTP to the records."""

from pathlib import Path
from typing import Any

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import codes, html_spider, json_spider, polite, running_scraper, shown
from tests.scraper.sample_site import SampleSite, html, json_answer

NUMBERS = (1, 2, 3)


def listing(site: SampleSite) -> None:
    cards = "".join(f'<li class="card" data-ref="k {n}"><a href="/p/{n}">Projet {n}</a></li>' for n in NUMBERS)
    site.pages["/projets"] = html(f"<ul>{cards}</ul>")


def spider(site: SampleSite, detail: dict[str, Any]) -> dict[str, Any]:
    source = html_spider(site)["source"] | {"fields": {"nom": {"expression": "a"}}, "paging": None, "detail": detail}
    return html_spider(site, source=source)


async def test_three_levels_behind_an_item(tmp_path: Path, site: SampleSite) -> None:
    listing(site)
    for n in NUMBERS:
        site.pages[f"/p/{n}"] = html(f'<h1>Titre {n}</h1><a class="porteur" href="/o/{n % 2}">Porteur</a>')
        site.pages[f"/api/o-{n % 2}"] = json_answer({"siege": f"Ville {n % 2}"})
        site.pages[f"/o/{n % 2}"] = html(f"<h1>Organisme {n % 2}</h1><p id=ref>o-{n % 2}</p>")
    third = {
        "kind": "json",
        "link": {"expression": "#ref"},
        "address": f"{site.url}/api/{{value}}",
        "fields": {"siège": "$.siege"},
    }
    second = {"link": {"expression": "a.porteur"}, "fields": {"organisme": {"expression": "h1"}}, "detail": third}
    detail = {"link": {"expression": "a"}, "fields": {"titre": {"expression": "h1"}}, "detail": second}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider(site, detail))
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        records = await scraper.records("essor-projets")
        assert [record.values for record in records] == [
            {"nom": f"Projet {n}", "titre": f"Titre {n}", "organisme": f"Organisme {n % 2}", "siège": f"Ville {n % 2}"}
            for n in NUMBERS
        ]
        assert [record.url for record in records] == [f"{site.url}/p/{n}" for n in NUMBERS]
        assert len(site.targets()) == len(set(site.targets()))


async def test_a_page_behind_that_is_lost_drops_its_item_only(tmp_path: Path, site: SampleSite) -> None:
    listing(site)
    for n in NUMBERS:
        site.pages[f"/p/{n}"] = html(f'<h1>Titre {n}</h1><a class="suite" href="/s/{n}">suite</a>')
        if n != 2:
            site.pages[f"/s/{n}"] = html(f"<b>Suite {n}</b>")
    behind = {"link": {"expression": "a.suite"}, "fields": {"suite": {"expression": "b"}}}
    detail = {"link": {"expression": "a"}, "fields": {"titre": {"expression": "h1"}}, "detail": behind}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider(site, detail))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE, shown(run)
        assert not run.complete
        assert [record.values["suite"] for record in await scraper.records("essor-projets")] == ["Suite 1", "Suite 3"]
        assert codes(run) == {"http-404": 1, "detail-http-404": 1}


async def test_a_json_list_with_html_details(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/api"] = json_answer({"d": [{"id": n, "page": f"projets/{n}"} for n in NUMBERS]})
    for n in NUMBERS:
        site.pages[f"/projets/{n}"] = html(f'<h1>Titre {n}</h1><img src="img/{n}.png">')
    fields = {"titre": {"expression": "h1"}, "image": {"expression": "img", "take": "link"}}
    detail = {"kind": "html", "value": "$.page", "fields": fields}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", items="$.d[*]", fields={"id": "$.id"}, detail=detail))
        run = await scraper.crawl("essor-api")
        assert run.complete, shown(run)
        records = await scraper.records("essor-api")
        assert [record.values for record in records] == [
            {"id": n, "titre": f"Titre {n}", "image": f"{site.url}/projets/img/{n}.png"} for n in NUMBERS
        ]
        assert [record.url for record in records] == [f"{site.url}/projets/{n}" for n in NUMBERS]


async def test_an_html_list_with_json_details(tmp_path: Path, site: SampleSite) -> None:
    listing(site)
    for n in NUMBERS:
        site.pages[f"/api/k%20{n}"] = json_answer({"titre": f"Titre {n}", "mots": ["eau", n]})
    link = {"syntax": "xpath", "expression": "@data-ref"}
    detail = {"kind": "json", "link": link, "address": f"{site.url}/api/{{value}}"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider(site, detail))
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        records = await scraper.records("essor-projets")
        assert [record.values for record in records] == [
            {"nom": f"Projet {n}", "titre": f"Titre {n}", "mots": ["eau", n]} for n in NUMBERS
        ]
        asked = next(asked for asked in site.asked if asked.path.startswith("/api/"))
        assert (asked.header("accept") or "").startswith("application/json")


async def test_a_run_goes_on_where_another_one_stopped_with_details_of_details(
    tmp_path: Path, site: SampleSite
) -> None:
    """A second run asks again with validators only, and what was kept of a page leads to the page behind it."""
    listing(site)
    for n in NUMBERS:
        site.pages[f"/p/{n}"] = html(f'<h1>Titre {n}</h1><a class="suite" href="/s/{n}">suite</a>', ETag=f'"{n}"')
        site.pages[f"/s/{n}"] = html(f"<b>Suite {n}</b>")
    behind = {"link": {"expression": "a.suite"}, "fields": {"suite": {"expression": "b"}}}
    detail = {"link": {"expression": "a"}, "fields": {"titre": {"expression": "h1"}}, "detail": behind}
    async with running_scraper(tmp_path, site) as scraper:
        given = spider(site, detail)
        given["politeness"] = polite(revisit_hours=1)
        await scraper.save(given)
        await scraper.crawl("essor-projets")
        before = len(site.asked)
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        assert run.counters.records_unchanged == len(NUMBERS)
        assert [asked.target for asked in site.asked[before:] if asked.path != "/robots.txt"] == ["/projets"]
