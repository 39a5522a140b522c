"""Listings of every kind of source to their end, over HTTP."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import codes, file_spider, html_spider, json_spider, running_scraper, shown
from tests.scraper.sample_site import Asked, SampleSite, answer, directory, html, json_answer, missing


@pytest.mark.parametrize(
    ("second", "complete"),
    [
        ('<a rel="next" href="?page=2">encore</a>', True),
        ('<a rel="next" href="/projets">début</a>', False),
        ('<a rel="next" href="/projets#haut">début</a>', False),
        ('<a rel="next" href="javascript:void(0)">rien</a>', True),
        ('<a rel="next">rien</a>', True),
    ],
)
async def test_a_listing_that_leads_back_ends(tmp_path: Path, site: SampleSite, second: str, complete: bool) -> None:
    site.pages |= directory(4, per_page=2)
    card = '<li class="card"><a href="/projets/3">3</a></li>'
    site.pages["/projets?page=2"] = html(f"<ul>{card}</ul>{second}")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE
        assert run.complete == complete
        assert run.counters.items == 3


async def test_a_listing_that_repeats_itself_under_new_addresses_ends(tmp_path: Path, site: SampleSite) -> None:
    def endless(asked: Asked) -> bytes:
        number = int(asked.target.partition("=")[2] or 1)
        return html(f'<li class="card"><a href="/p/1">x</a></li><a rel="next" href="/projets?n={number + 1}">+</a>')

    site.pages |= {"/projets": endless, "/p/1": html("<h1>Un</h1>")}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert codes(run) == {"paging-loop": 1}
        assert run.counters.items == 1
        assert run.counters.pages_fetched == 3


async def test_start_pages_may_share_items_and_pages(tmp_path: Path, site: SampleSite) -> None:
    def page(link: str, *numbers: int) -> bytes:
        cards = "".join(f'<li class="card"><a href="/p/{n}">Projet {n}</a></li>' for n in numbers)
        return html(f'<ul>{cards}</ul><a rel="next" href="{link}">+</a>')

    site.pages |= {f"/p/{n}": html(f"<h1>Projet {n}</h1>") for n in range(1, 5)}
    site.pages |= {"/eau": page("/eau?p=2", 1), "/eau?p=2": page("/terre", 2)}
    site.pages |= {"/terre": page("/terre?p=2", 3), "/terre?p=2": page("/terre?p=3", 1)}
    site.pages |= {"/terre?p=3": page("/eau?p=2", 4)}
    spider = html_spider(site)
    spider["source"]["start_urls"] = [f"{site.url}/eau", f"{site.url}/terre"]
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        assert codes(run) == {"listing-repeated": 1}
        assert (run.counters.items, run.counters.key_collisions, run.counters.pages_duplicate) == (4, 0, 2)


@pytest.mark.parametrize("beyond", ["404", "empty", "last again"])
async def test_numbered_pages_end(tmp_path: Path, site: SampleSite, beyond: str) -> None:
    pages = directory(5, per_page=2)
    site.pages |= pages
    if beyond == "404":
        site.pages["/projets?page=4"] = missing()
    if beyond == "empty":
        site.pages["/projets?page=4"] = html("<ul></ul>")
    if beyond == "last again":
        site.pages["/projets?page=4"] = site.pages["/projets?page=3"]
    spider = html_spider(site)
    spider["source"]["paging"] = {"kind": "page_number", "address": f"{site.url}/projets?page={{page}}"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        assert run.counters.items == 5
        assert site.targets().count("/projets?page=5") == 0


@pytest.mark.parametrize(("code", "complete"), [("rest_post_invalid_page_number", True), ("rest_invalid_param", False)])
async def test_an_api_of_wordpress_ends_with_its_own_word(
    tmp_path: Path, site: SampleSite, code: str, complete: bool
) -> None:
    def api(asked: Asked) -> bytes:
        page = int(dict(parse_qsl(asked.target.partition("?")[2]))["page"])
        if page > 2:
            body = json.dumps({"code": code, "message": "…", "data": {"status": 400}})
            return answer(body, "400 Bad Request", "application/json")
        return json_answer([{"id": 2 * page}, {"id": 2 * page + 1}])

    site.pages["/wp-json/wp/v2/projets"] = api
    paging = {"kind": "page", "size": 2, "size_parameter": "per_page"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/wp-json/wp/v2/projets", paging=paging))
        run = await scraper.crawl("essor-api")
        assert (run.complete, run.counters.items) == (complete, 4), shown(run)
        assert codes(run) == ({"listing-ended": 1} if complete else {"http-400": 1})


@pytest.mark.parametrize(
    ("total", "status", "complete"), [(25, 400, True), (25, 416, True), (25, 403, False), (50, 400, False)]
)
async def test_an_api_that_caps_pages_may_refuse_what_is_behind_the_last(
    tmp_path: Path, site: SampleSite, total: int, status: int, *, complete: bool
) -> None:
    """Behind a full page a refusal may be the limit of an API instead of the end of its list."""

    def api(asked: Asked) -> bytes:
        offset = int(dict(parse_qsl(asked.target.partition("?")[2]))["offset"])
        if offset >= total:
            return answer("{}", f"{status} No", "application/json")
        return json_answer([{"id": number} for number in range(offset, offset + 25)])

    site.pages["/api"] = api
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", paging={"kind": "offset", "size": 100}))
        run = await scraper.crawl("essor-api")
        assert (run.complete, run.counters.items) == (complete, total), shown(run)
        assert codes(run) == {"fewer-than-asked": 1, "listing-ended" if complete else f"http-{status}": 1}


async def test_a_start_page_is_read_once_however_it_is_spelled(tmp_path: Path, site: SampleSite) -> None:
    pages = '<a class="page" href="/">1</a><a class="page" href="/?p=2">2</a>'
    site.pages["/"] = html(f'<li class="card"><b class="town">Lyon</b></li>{pages}')
    site.pages["/?p=2"] = html(f'<li class="card"><b class="town">Brest</b></li>{pages}')
    source = {
        "kind": "html",
        "start_urls": [site.url, f"{site.url}/#projets", f"{site.url}/./"],
        "item": {"expression": ".card"},
        "fields": {"ville": {"expression": ".town"}},
        "paging": {"kind": "page_list", "selector": {"expression": "a.page"}},
    }
    identity = {"kind": "fields", "fields": ["ville"]}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, source=source, identity=identity))
        run = await scraper.crawl("essor-projets")
        assert (run.complete, run.counters.pages_fetched, run.counters.items) == (True, 2, 2), shown(run)
        assert [record.values for record in await scraper.records("essor-projets")] == [
            {"ville": "Lyon"},
            {"ville": "Brest"},
        ]


async def test_an_api_ends_with_no_content(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/api?page=1"] = json_answer([{"id": 1}])
    site.pages["/api"] = answer(status="204 No Content", content_type="")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", paging={"kind": "page"}))
        run = await scraper.crawl("essor-api")
        assert (run.complete, codes(run)) == (True, {"listing-ended": 1}), shown(run)
        assert [record.values for record in await scraper.records("essor-api")] == [{"id": 1}]


@pytest.mark.parametrize("last_start", ["gone", "as the first one"])
async def test_numbered_pages_are_asked_for_whatever_the_last_start_page_gives(
    tmp_path: Path, site: SampleSite, last_start: str
) -> None:
    site.pages |= directory(6, per_page=2)
    site.pages["/tous"] = missing() if last_start == "gone" else site.pages["/projets"]
    spider = html_spider(site)
    spider["source"]["start_urls"].append(f"{site.url}/tous")
    spider["source"]["paging"] = {"kind": "page_number", "address": f"{site.url}/projets?page={{page}}", "last": 3}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        run = await scraper.crawl("essor-projets")
        assert run.counters.items == 6, shown(run)
        assert run.complete == (last_start != "gone")
        assert codes(run) == ({"http-404": 1} if last_start == "gone" else {"listing-repeated": 1})


async def test_a_next_link_that_is_too_long_leaves_the_run_incomplete(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(4, per_page=2)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).counters.records_new == 4
        card = '<li class="card"><a href="/projets/1">1</a></li>'
        site.pages["/projets"] = html(f'<ul>{card}</ul><a rel="next" href="?page={"2" * 2100}">Suite</a>')
        for _ in range(2):  # the second run is spared the reading, and knows it all the same
            run = await scraper.crawl("essor-projets")
            assert codes(run) == {"next-address": 1}, shown(run)
            assert (run.complete, run.counters.items, run.counters.records_gone) == (False, 1, 0)


async def test_a_json_api_by_page_offset_and_cursor(tmp_path: Path, site: SampleSite) -> None:
    rows = [{"id": n, "nom": f"Projet {n}", "vide": None} for n in range(1, 8)]

    def api(asked: Asked) -> bytes:
        query = dict(parse_qsl(asked.target.partition("?")[2]))
        start = 3 * (int(query["p"]) - 1) if "p" in query else int(query.get("offset", query.get("cursor", 0)))
        following = start + 3 if start + 3 < len(rows) else None
        return json_answer({"data": rows[start : start + 3], "next": following})

    site.pages["/api"] = api
    pagings = [
        {"kind": "page", "parameter": "p"},
        {"kind": "page", "parameter": "p", "size": 3, "size_parameter": "n"},
        {"kind": "offset", "size": 3},
        {"kind": "cursor", "path": "$.next"},
    ]
    async with running_scraper(tmp_path, site) as scraper:
        for number, paging in enumerate(pagings):
            spider = json_spider(f"{site.url}/api", items="$.data[*]", paging=paging) | {"id": f"api-{number}"}
            await scraper.save(spider)
            run = await scraper.crawl(f"api-{number}")
            assert run.complete, shown(run)
            assert [record.values for record in await scraper.records(f"api-{number}")] == rows


@pytest.mark.parametrize("kind", ["html", "json"])
async def test_the_first_page_by_number_may_be_the_end(tmp_path: Path, site: SampleSite, kind: str) -> None:
    paging = {"kind": "page_number", "address": f"{site.url}/liste?p={{page}}"}
    if kind == "json":
        site.pages |= {"/liste": json_answer([{"id": 1}]), "/liste?p=2": json_answer([])}
        spider = json_spider(f"{site.url}/liste", paging=paging)
    else:
        site.pages |= directory(1) | {"/liste?p=2": html("<ul></ul>")}
        spider = html_spider(site)
        spider["source"]["paging"] = paging
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        run = await scraper.crawl(spider["id"])
        assert (codes(run), run.complete, run.counters.items) == ({}, True, 1), shown(run)


@pytest.mark.parametrize("start", ["?p=1", "?theme=vide"])
async def test_numbers_behind_the_address_of_an_api(tmp_path: Path, site: SampleSite, start: str) -> None:
    for number in (1, 2, 3):
        site.pages[f"/api?p={number}"] = json_answer([{"id": number}])
    site.pages["/api"] = json_answer([])
    paging = {"kind": "page_number", "address": f"{site.url}/api?p={{page}}", "first": 1}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api{start}", paging=paging))
        run = await scraper.crawl("essor-api")
        assert run.complete, shown(run)
        assert [record.values["id"] for record in await scraper.records("essor-api")] == [1, 2, 3]
        assert len(site.targets()) == len(set(site.targets()))


async def test_a_json_detail(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/api"] = json_answer([{"id": "a/é", "n": 1}, {"id": "b", "n": 2}, {"n": 3}])
    site.pages["/api/a%2F%C3%A9"] = json_answer({"id": "a/é", "nom": "A", "mots": ["x", "y"]})
    site.pages["/api/b"] = json_answer({"id": "b", "nom": "B"})
    detail = {"address": f"{site.url}/api/{{value}}", "value": "$.id", "fields": {"nom": "$.nom", "mots": "$.mots[*]"}}
    fields = {"id": "$.id", "n": "$.n"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", fields=fields, detail=detail))
        run = await scraper.crawl("essor-api")
        assert [record.values for record in await scraper.records("essor-api")] == [
            {"id": "a/é", "n": 1, "nom": "A", "mots": ["x", "y"]},
            {"id": "b", "n": 2, "nom": "B"},
        ]
        assert codes(run) == {"item-without-detail": 1, "item-without-key": 1}


async def test_a_file_with_several_rows_per_key(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/f.csv"] = answer("id;ville\n1;Lyon\n1;Brest\n2;Corte\n;\n3;Nice;trop\n", content_type="text/csv")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        run = await scraper.crawl("essor-fichier")
        assert run.complete
        assert codes(run) == {"blank-row": 1, "key-collision": 1, "ragged-row": 1}
        (shared,) = [reason for reason in run.reasons if reason.code == "key-collision"]
        assert shared.samples == ("1 (page 1 item 1, page 1 item 2)",)
        assert [(r.key, r.ordinal, r.values) for r in await scraper.records("essor-fichier")] == [
            ("1", 0, {"id": "1", "ville": "Lyon"}),
            ("1", 1, {"id": "1", "ville": "Brest"}),
            ("2", 0, {"id": "2", "ville": "Corte"}),
            ("3", 0, {"id": "3", "ville": "Nice", "(column 3)": "trop"}),
        ]


async def test_a_large_file_is_written_in_batches(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/f.csv"] = answer("id,nom\n" + "".join(f"{n},Nom {n}\n" for n in range(3000)))
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        run = await scraper.crawl("essor-fichier")
        assert run.counters.records_new == 3000, shown(run)
        page, end = await scraper.feed("essor-fichier", limit=1000)
        assert len(page) == 1000
        assert end.more
        rest, end = await scraper.feed("essor-fichier", after=end.cursor)
        assert [record.seq for record in page + rest] == list(range(1, 3001))
        assert not end.more


async def test_a_detail_that_cannot_be_addressed_leaves_the_run_incomplete(tmp_path: Path, site: SampleSite) -> None:
    def page(first: str) -> bytes:
        return html(
            "".join(f'<li class="card"><a href="{link}">x</a></li>' for link in (first, "/p/2", "mailto:a@b.c"))
        )

    site.pages |= {"/p/1": html("<h1>Un</h1>"), "/p/2": html("<h1>Deux</h1>"), "/projets": page("/p/1")}
    spider = html_spider(site, identity={"kind": "content"})
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        assert (await scraper.crawl("essor-projets")).counters.records_new == 3
        site.pages["/projets"] = page("/p/" + "x" * 2100)
        run = await scraper.crawl("essor-projets")
        assert codes(run) == {"detail-address": 1, "detail-not-a-page": 1}
        assert not run.complete
        assert (run.counters.records_dropped, run.counters.records_unchanged, run.counters.records_gone) == (1, 2, 0)
