"""Every way for a listing to go on, and for a page to be asked for, over HTTP to the records."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import codes, html_spider, json_spider, running_scraper, shown
from tests.scraper.sample_site import Asked, SampleSite, answer, html, json_answer, sample_site

NAMES = [f"Projet {number}" for number in range(1, 8)]


def cards(names: list[str]) -> str:
    return "".join(f'<li class="card"><h2>{name}</h2><a href="p/{name[-1]}">+</a></li>' for name in names)


def listing_spider(site: SampleSite, **source: Any) -> dict[str, Any]:
    """Listing fields only, so that the pages are what is looked at."""
    given = {
        "kind": "html",
        "start_urls": [f"{site.url}/projets"],
        "item": {"expression": "ul.liste > li.card"},
        "fields": {"nom": {"expression": "h2"}, "lien": {"expression": "a", "take": "link"}},
    }
    return html_spider(site, source=given | source, identity={"kind": "fields", "fields": ["nom"]})


async def test_a_list_of_pages_is_read_once_each_in_order(tmp_path: Path, site: SampleSite) -> None:
    pager = '<nav><a href="/projets?page=1">1</a><a href="?page=2">2</a><a href="?page=3">3</a></nav>'
    wider = '<nav><a href="?page=1">1</a><a href="?page=3">3</a><a href="?page=4">4</a></nav>'
    pages = {"": (NAMES[:2], pager), "?page=1": (NAMES[:2], pager), "?page=2": (NAMES[2:4], wider)}
    pages |= {"?page=3": (NAMES[4:6], wider), "?page=4": (NAMES[6:], wider)}
    for query, (names, nav) in pages.items():
        site.pages[f"/projets{query}"] = html(f'<ul class="liste">{cards(names)}</ul>{nav}')
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(listing_spider(site, paging={"kind": "page_list", "selector": {"expression": "nav a"}}))
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        assert [target for target in site.targets() if target != "/robots.txt"] == [
            f"/projets{query}" for query in pages
        ]
        assert [record.values["nom"] for record in await scraper.records("essor-projets")] == NAMES


@pytest.mark.parametrize("kind", ["html", "json"])
async def test_a_button_loads_part_after_part(tmp_path: Path, site: SampleSite, kind: str) -> None:
    def part(asked: Asked) -> bytes:
        start = int(parse_qs(asked.target.partition("?")[2])["de"][0])
        names, after = NAMES[start : start + 3], start + 3
        button = f'<button class="plus" data-url="parts?de={after}">+</button>' if after < len(NAMES) else ""
        if kind == "html":
            return answer(cards(names) + button)
        return json_answer({"html": cards(names), "suite": f"parts?de={after}" if button else None})

    start = f'<ul class="liste">{cards(NAMES[:3])}</ul><button class="plus" data-url="parts?de=3">+</button>'
    site.pages |= {"/projets": html(f'<base href="/annuaire/">{start}'), "/annuaire/parts": part}
    paging = {"kind": "load_more", "selector": {"expression": "button.plus"}, "attribute": "data-url"}
    if kind == "json":
        paging |= {"html": "$.html", "next": "$.suite"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(listing_spider(site, paging=paging))
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        records = await scraper.records("essor-projets")
        assert [record.values["nom"] for record in records] == NAMES
        assert [record.values["lien"] for record in records] == [f"{site.url}/annuaire/p/{name[-1]}" for name in NAMES]
        asked = [asked for asked in site.asked if asked.path == "/annuaire/parts"]
        assert [request.target for request in asked] == ["/annuaire/parts?de=3", "/annuaire/parts?de=6"]
        assert {request.header("x-requested-with") for request in asked} == {"XMLHttpRequest"}


@pytest.mark.parametrize("place", ["body", "query"])
async def test_a_post_pages_in_its_body_or_its_address(tmp_path: Path, site: SampleSite, place: str) -> None:
    def api(asked: Asked) -> bytes:
        body = json.loads(asked.body)
        assert body["q"] == "énergie"
        query = parse_qs(asked.target.partition("?")[2])
        page = int(body["page"] if place == "body" else query["page"][0])
        return json_answer({"d": [{"id": name} for name in NAMES[3 * (page - 1) : 3 * page]]})

    site.pages["/api"] = api
    paging = {"kind": "page", "place": place, "size": 3}
    async with running_scraper(tmp_path, site) as scraper:
        spider = json_spider(f"{site.url}/api", items="$.d[*]", method="POST", body={"q": "énergie"}, paging=paging)
        await scraper.save(spider)
        run = await scraper.crawl("essor-api")
        assert run.complete, shown(run)
        assert [record.values["id"] for record in await scraper.records("essor-api")] == NAMES
        calls = [asked for asked in site.asked if asked.path == "/api"]
        assert [(call.method, call.header("content-type")) for call in calls] == [("POST", "application/json")] * 3


@pytest.mark.parametrize("kind", ["link_header", "next_address"])
async def test_an_answer_names_the_next_page(tmp_path: Path, site: SampleSite, kind: str) -> None:
    def api(asked: Asked) -> bytes:
        page = int(parse_qs(asked.target.partition("?")[2]).get("p", ["1"])[0])
        following = f"api?p={page + 1}" if 3 * page < len(NAMES) else None
        body = json.dumps({"d": [{"id": name} for name in NAMES[3 * (page - 1) : 3 * page]], "next": following})
        link = f'<api?p=1>; rel="first", <{following}>; rel="next"' if following else '<api?p=1>; rel="first"'
        return answer(body, content_type="application/json", Link=link)

    site.pages["/api"] = api
    paging = {"kind": kind} | ({"path": "$.next"} if kind == "next_address" else {})
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", items="$.d[*]", paging=paging, headers={"X-Key": "x"}))
        run = await scraper.crawl("essor-api")
        assert run.complete, shown(run)
        assert [record.values["id"] for record in await scraper.records("essor-api")] == NAMES


async def test_headers_stay_with_their_origin(tmp_path: Path, site: SampleSite) -> None:
    async with sample_site() as other, running_scraper(tmp_path, site, other) as scraper:
        other.pages["/b"] = json_answer([{"id": 2}])
        site.pages["/api"] = answer(json.dumps([{"id": 1}]), content_type="application/json", Link="</moved>; rel=next")
        site.pages["/moved"] = answer(b"", "302 Found", Location=f"{other.url}/b")
        await scraper.save(json_spider(f"{site.url}/api", paging={"kind": "link_header"}, headers={"X-Key": "k"}))
        run = await scraper.crawl("essor-api")
        assert run.state is RunState.DONE, shown(run)
        assert [asked.header("x-key") for asked in site.asked if asked.path != "/robots.txt"] == ["k", "k"]
        assert [asked.header("x-key") for asked in other.asked] == [None] * len(other.asked)
        assert len(await scraper.records("essor-api")) == 2


@pytest.mark.parametrize(
    ("status", "elsewhere", "asked_for", "code"),
    [
        ("302 Found", False, ("GET", b""), None),
        ("303 See Other", True, ("GET", b""), None),
        ("307 Temporary Redirect", False, ("POST", b'{"q":"x"}'), None),
        ("308 Permanent Redirect", True, None, "redirect-with-body"),
    ],
)
async def test_a_post_that_is_sent_on(
    tmp_path: Path,
    site: SampleSite,
    status: str,
    elsewhere: bool,
    asked_for: tuple[str, bytes] | None,
    code: str | None,
) -> None:
    async with sample_site() as other, running_scraper(tmp_path, site, other) as scraper:
        target = other if elsewhere else site
        target.pages["/b"] = json_answer([{"id": 1}])
        site.pages["/api"] = answer(b"", status, Location=f"{target.url}/b")
        await scraper.save(json_spider(f"{site.url}/api", method="POST", body={"q": "x"}))
        run = await scraper.crawl("essor-api")
        assert [(asked.method, asked.body) for asked in target.asked if asked.path == "/b"] == (
            [asked_for] if asked_for else []
        )
        assert codes(run) == ({code: 1} if code else {}), shown(run)
