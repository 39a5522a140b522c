"""Impossible spiders are refused when they are saved, with the place in the document."""

from pathlib import Path
from typing import Any

import pytest

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.keeping.collections import SPIDER_VERSIONS
from moisson_shared.adapters.sqlite_documents import SqliteDocuments
from moisson_shared.contracts.expectations import Expectations
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.selecting import Selector, Syntax
from moisson_shared.contracts.sources import HtmlSource
from moisson_shared.contracts.spider import SpiderConfig, SpiderDraft
from moisson_shared.ports.documents import Put
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite

HTML: dict[str, Any] = {
    "kind": "html",
    "start_urls": ["https://s.example/"],
    "item": {"expression": "li"},
    "fields": {"titre": {"expression": "h2"}},
}
JSON: dict[str, Any] = {"kind": "json", "url": "https://s.example/api"}
POST = JSON | {"method": "POST"}
IN_BODY = {"kind": "offset", "place": "body", "parameter": "/v/a"}
FILE: dict[str, Any] = {"kind": "file", "url": "https://s.example/f.csv"}
SITEMAP: dict[str, Any] = {
    "kind": "sitemap",
    "start_urls": ["https://s.example/sitemap.xml"],
    "fields": {"titre": {"expression": "h1"}},
}
FEED: dict[str, Any] = {"kind": "feed", "start_urls": ["https://s.example/feed"]}
BY_CONTENT = {"kind": "content"}
DETAIL = {"link": {"expression": "a"}, "fields": {"texte": {"expression": "p"}}}
X = {"syntax": "xpath"}


def draft(source: dict[str, Any], identity: dict[str, Any] | None = None) -> SpiderDraft:
    return SpiderDraft.model_validate(
        {"id": "s", "partner": "p", "name": "S", "source": source, "identity": identity or BY_CONTENT}
    )


@pytest.mark.parametrize(
    ("source", "identity", "pointer"),
    [
        (HTML | {"item": {"expression": "li["}}, None, "/source/item/expression"),
        (HTML | {"item": {"expression": "li::text"}}, None, "/source/item/expression"),
        (HTML | {"item": {"expression": "a::attr(href)"}}, None, "/source/item/expression"),
        (HTML | {"item": X | {"expression": "count(//li)"}}, None, "/source/item/expression"),
        (HTML | {"item": X | {"expression": "//li/a[1]/@href"}}, None, "/source/item/expression"),
        (HTML | {"item": X | {"expression": "//h2/text()[. != ''] | //h3/@id"}}, None, "/source/item/expression"),
        (HTML | {"fields": {"titre": {"expression": "a:foo"}}}, None, "/source/fields/titre/expression"),
        (HTML | {"fields": {"a/b": X | {"expression": "//h2"}}}, None, "/source/fields/a~1b/expression"),
        (HTML | {"fields": {"é": X | {"expression": "$v"}}}, None, "/source/fields/é/expression"),
        (HTML | {"start_urls": ["http://a:b@s.example/"]}, None, "/source/start_urls/0"),
        (HTML | {"start_urls": ["https://s.example/", "https://s.example/"]}, None, "/source/start_urls/1"),
        (
            HTML | {"paging": {"kind": "next_link", "selector": X | {"expression": "//a["}}},
            None,
            "/source/paging/selector/expression",
        ),
        (
            HTML | {"paging": {"kind": "page_number", "address": "http://{page}.example:x/"}},
            None,
            "/source/paging/address",
        ),
        (
            HTML | {"paging": {"kind": "page_number", "address": "http://s.example/liste#page={page}"}},
            None,
            "/source/paging/address",
        ),
        (
            HTML | {"paging": {"kind": "page_number", "address": "http://s.example/{page}", "last": 1}},
            None,
            "/source/paging/last",
        ),
        (HTML | {"detail": DETAIL | {"link": {"expression": "a["}}}, None, "/source/detail/link/expression"),
        (
            HTML | {"detail": DETAIL | {"fields": {"t": {"expression": "!"}}}},
            None,
            "/source/detail/fields/t/expression",
        ),
        (HTML | {"encoding": "klingon"}, None, "/source/encoding"),
        (HTML, {"kind": "url"}, "/identity/kind"),
        (HTML, {"kind": "fields", "fields": ["titre", "absent"]}, "/identity/fields/1"),
        (JSON | {"items": "data[*]"}, None, "/source/items"),
        (JSON | {"items": "$.data["}, None, "/source/items"),
        (JSON | {"items": "$[?match(@.a, '(a+')]"}, None, "/source/items"),
        (JSON | {"items": "$..a..b..c..d"}, None, "/source/items"),
        (JSON | {"fields": {"nom": "nom"}}, None, "/source/fields/nom"),
        (JSON | {"link": "x"}, None, "/source/link"),
        (JSON | {"paging": {"kind": "cursor", "path": "next"}}, None, "/source/paging/path"),
        (JSON | {"paging": {"kind": "page", "size_parameter": "n"}}, None, "/source/paging/size"),
        (JSON | {"paging": {"kind": "offset", "size_parameter": "offset"}}, None, "/source/paging/size_parameter"),
        (JSON | {"paging": {"kind": "page"}, "query": {"page": "1"}}, None, "/source/query/page"),
        (POST | {"paging": IN_BODY, "body": {"v": {"a": 1}}}, None, "/source/paging"),
        (POST | {"paging": IN_BODY, "body": {"v": []}}, None, "/source/paging"),
        (POST | {"paging": IN_BODY | {"parameter": "page"}, "body": {"page": 1}}, None, "/source/body/page"),
        (POST | {"paging": IN_BODY | {"parameter": "/~2"}}, None, "/source/paging"),
        (POST | {"paging": IN_BODY | {"parameter": "/a" * 11}}, None, "/source/paging"),
        (POST | {"paging": IN_BODY | {"size_parameter": "/v/a/b"}}, None, "/source/paging"),
        (POST | {"paging": IN_BODY | {"size_parameter": "/v"}}, None, "/source/paging"),
        (JSON | {"detail": {"address": "http://s.example/{value}", "value": "id"}}, None, "/source/detail/value"),
        (
            JSON | {"detail": {"address": "http://s.example/{value}", "value": "$.id", "fields": {"a": "$["}}},
            None,
            "/source/detail/fields/a",
        ),
        (JSON | {"detail": {"address": "http://[::1/{value}", "value": "$.id"}}, None, "/source/detail/address"),
        (JSON, {"kind": "url"}, "/identity/kind"),
        (JSON | {"fields": {"a": "$.a"}}, {"kind": "fields", "fields": ["b"]}, "/identity/fields/0"),
        (FILE | {"encoding": "base64"}, None, "/source/encoding"),
        (FILE | {"delimiter": '"'}, None, "/source/delimiter"),
        (FILE | {"delimiter": "\n"}, None, "/source/delimiter"),
        (FILE | {"format": "csv", "sheet": "A"}, None, "/source/sheet"),
        (FILE, {"kind": "url"}, "/identity/kind"),
        (FILE | {"url": "http://s.example:99999/"}, None, "/source/url"),
        (FILE | {"records": "projets"}, None, "/source/records"),
        (FILE | {"records": "$.["}, None, "/source/records"),
        (FILE | {"records": "/a[1]"}, None, "/source/records"),
        (FILE | {"format": "xml", "records": "$.a"}, None, "/source/records"),
        (FILE | {"format": "json", "records": "/a"}, None, "/source/records"),
        (FILE | {"format": "ndjson", "records": "$[*]"}, None, "/source/records"),
        (FILE | {"format": "csv", "records": "/a"}, None, "/source/records"),
        (FILE | {"format": "ods", "fields": {"a": "$.a"}}, None, "/source/fields"),
        (FILE | {"fields": {"a": "a"}}, None, "/source/fields/a"),
        (FILE | {"format": "json", "sheet": "A"}, None, "/source/sheet"),
        (FILE | {"format": "xml", "delimiter": ";"}, None, "/source/delimiter"),
        (FILE | {"format": "xlsx", "encoding": "utf-8"}, None, "/source/encoding"),
        (FILE | {"format": "xml", "header_row": 2}, None, "/source/header_row"),
        (SITEMAP | {"start_urls": ["http://a:b@s.example/"]}, None, "/source/start_urls/0"),
        (SITEMAP | {"include": ["/p/", "("]}, None, "/source/include/1"),
        (SITEMAP | {"exclude": ["(?=x)"]}, None, "/source/exclude/0"),
        (SITEMAP | {"fields": {"titre": {"expression": "h1["}}}, None, "/source/fields/titre/expression"),
        (SITEMAP | {"detail": DETAIL | {"link": {"expression": "a["}}}, None, "/source/detail/link/expression"),
        (SITEMAP | {"encoding": "klingon"}, None, "/source/encoding"),
        (SITEMAP, {"kind": "fields", "fields": ["absent"]}, "/identity/fields/0"),
        (FEED | {"start_urls": ["https://s.example/", "https://s.example/"]}, None, "/source/start_urls/1"),
        (FEED | {"detail": {"kind": "json", "value": "link"}}, None, "/source/detail/value"),
        (FEED, {"kind": "fields", "fields": ["guid"]}, "/identity/fields/0"),
    ],
)
def test_a_fault_says_where(source: dict[str, Any], identity: dict[str, Any] | None, pointer: str) -> None:
    assert [fault.pointer for fault in faults_in(draft(source, identity))] == [pointer]


@pytest.mark.parametrize(
    ("source", "identity"),
    [
        (HTML, None),
        (HTML | {"detail": DETAIL}, {"kind": "url"}),
        (HTML | {"detail": DETAIL}, {"kind": "fields", "fields": ["titre", "texte"]}),
        (HTML | {"encoding": "latin1"}, None),
        (HTML | {"item": {"expression": "ul.list > li:has(a)"}}, None),
        (JSON | {"link": "$.url"}, {"kind": "url"}),
        (JSON, {"kind": "fields", "fields": ["anything"]}),
        (JSON | {"items": "$.data[?@.ok == true]", "fields": {"n": "$['n m']"}}, None),
        (FILE, {"kind": "fields", "fields": ["N° fiche"]}),
        (FILE | {"delimiter": "\t"}, None),
        (FILE | {"url": None, "records": "//projet", "fields": {"n": "$['@id']"}}, None),
        (FILE | {"format": "geojson", "records": "$.a.features[*]"}, {"kind": "fields", "fields": ["nom"]}),
        (FILE | {"format": "ods", "sheet": "A", "header_row": 2}, None),
        (SITEMAP | {"keep": {"maj": "lastmod"}}, {"kind": "fields", "fields": ["titre", "maj"]}),
        (SITEMAP | {"include": ["/p/\\d+$"], "detail": DETAIL}, {"kind": "url"}),
        (FEED, {"kind": "fields", "fields": ["id"]}),
        (FEED | {"detail": {"kind": "html", "value": "$.link", "fields": {"t": {"expression": "p"}}}}, {"kind": "url"}),
    ],
)
def test_sound_spiders(source: dict[str, Any], identity: dict[str, Any] | None) -> None:
    assert faults_in(draft(source, identity)) == ()


def test_all_faults_are_told_at_once() -> None:
    broken = HTML | {"item": {"expression": "["}, "fields": {"a": {"expression": "["}}, "encoding": "x-none"}
    found = [fault.pointer for fault in faults_in(draft(broken, {"kind": "fields", "fields": ["b"]}))]
    assert found == [
        "/source/item/expression",
        "/source/fields/a/expression",
        "/source/encoding",
        "/identity/fields/0",
    ]


@pytest.mark.parametrize(("source", "pointers"), [(HTML, ["/expectations/fields/t~1x"]), (JSON, []), (FILE, [])])
def test_what_is_expected_of_a_field_that_there_is_not(source: dict[str, Any], pointers: list[str]) -> None:
    expectations = Expectations.model_validate({"fields": {"titre": {"fill": 0.5}, "t/x": {"shape": "date"}}})
    spider = draft(source, None).model_copy(update={"expectations": expectations})
    assert [fault.pointer for fault in faults_in(spider)] == pointers


def test_a_selector_that_could_freeze_the_service_is_told_with_its_place() -> None:
    costly = {"syntax": "xpath", "expression": "//p[count(//p[count(//p[. = 'x']) > 1]) > 1]"}
    (fault,) = faults_in(draft(HTML | {"item": costly}, None))
    assert fault.pointer == "/source/item/expression"
    assert "begin there with .//" in fault.message


async def test_a_spider_saved_before_a_rule_was_made_fails_with_a_word(tmp_path: Path, site: SampleSite) -> None:
    store = SqliteDocuments(tmp_path / "scraper.sqlite")
    async with running_scraper(tmp_path, site, documents=store) as scraper:
        saved = SpiderConfig.model_validate(await scraper.save(html_spider(site)))
        assert isinstance(saved.source, HtmlSource)
        costly = Selector(syntax=Syntax.XPATH, expression="//p[//p]")
        source = saved.source.model_copy(update={"item": costly})
        await store.apply([Put(SPIDER_VERSIONS, saved.model_copy(update={"source": source}))])
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.FAILED
        assert run.error is not None
        assert "/source/item/expression" in run.error


async def test_refused_when_saved_replaced_and_previewed(tmp_path: Path, site: SampleSite) -> None:
    broken = html_spider(site)
    broken["source"]["fields"]["ville"] = {"expression": "["}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        any_version = {"If-Match": "*"}
        for method, path in (
            ("POST", "/v1/spiders"),
            ("PUT", "/v1/spiders/essor-projets"),
            ("POST", "/v1/spiders/preview"),
        ):
            answer = await scraper.send(method, path, scraper.people.member, json=broken, headers=any_version)
            assert answer.status_code == 422, answer.text
            assert [fault["pointer"] for fault in answer.json()["faults"]] == ["/source/fields/ville/expression"]
        endless = html_spider(site)
        endless["source"]["paging"] = {"kind": "page_number", "address": f"{site.url}/projets"}
        answer = await scraper.send("POST", "/v1/spiders", scraper.people.member, json=endless)
        assert answer.status_code == 422
        assert "{page}" in answer.text
        assert answer.json()["faults"][0]["pointer"].startswith("/source/paging")
        homeless = html_spider(site, partner="absent", id="x")
        answer = await scraper.send("POST", "/v1/spiders", scraper.people.admin, json=homeless)
        assert answer.json()["faults"] == [{"pointer": "/partner", "message": "no such partner"}]
        for change, pointer in (({"id": "x"}, "/id"), ({"partner": "tilleul"}, "/partner")):
            changed = html_spider(site, **change)
            path = "/v1/spiders/essor-projets"
            answer = await scraper.send("PUT", path, scraper.people.admin, json=changed, headers=any_version)
            assert answer.json()["faults"][0]["pointer"] == pointer
