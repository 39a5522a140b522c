"""OpenScraper's spiders as spiders of this format: by tables, and through the door."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.openscraper.convert_spider import spider_id
from moisson_scraper.openscraper.data_model import read_data_model
from moisson_scraper.openscraper.findings import Findings
from moisson_scraper.openscraper.keep_data_models import MOST_KEPT
from moisson_scraper.openscraper.old_json_path import as_query
from moisson_scraper.openscraper.old_xpath import branches, inside_item
from moisson_scraper.reading.json_paths import compile_path
from moisson_shared.contracts.access import AccessLevel
from tests.scraper.old_spiders import DETAIL, MODEL, ROOT, an_old_api, an_old_spider, converted, source_of
from tests.scraper.running_scraper import running_scraper


def picked(source: dict[str, Any], path: str) -> Any:
    here: Any = source
    for step in path.split("/"):
        here = here[step]
    return here


@pytest.mark.parametrize(
    ("old", "path", "value"),
    [
        (an_old_spider({"titre": "//h2/text()"}), "fields/titre/expression", ".//h2/text()"),
        (an_old_spider({"titre": "//h2/text() | //h3"}), "fields/titre/expression", ".//h2/text() | .//h3"),
        (an_old_spider({"titre": "normalize-space(//h2)"}), "fields/titre/expression", "normalize-space(.//h2)"),
        (an_old_spider({"titre": ".//a[contains(., '//x')]"}), "fields/titre/expression", ".//a[contains(., '//x')]"),
        (an_old_spider({"titre": "./h2/@title"}), "fields/titre/attribute", "title"),
        (an_old_spider({"titre": "./h2/@title"}), "fields/titre/expression", "./h2"),
        (an_old_spider({"site": ".//a/@href"}), "fields/site/expression", ".//a"),
        (an_old_spider({"site": ".//a/@href"}), "fields/site/take", "link"),
        (an_old_spider({"site": ".//img/@src"}), "fields/site/expression", ".//img"),
        (an_old_spider({"site": ".//div/@data-url"}), "fields/site/expression", ".//div/@data-url"),
        (an_old_spider({"mots": "./ul/li/text()"}), "fields/mots/many", True),
        (an_old_spider({"titre": "./h2/text()"}), "fields/titre/many", False),
        (an_old_spider({"titre": "./div//text()"}), "fields/titre/many", True),
        (an_old_spider({"adresse": "./p/text()|./div/text()"}), "fields/adresse/many", True),
        (an_old_spider({"titre": ".//h2/text()"}, **DETAIL), "fields/titre/expression", ".//h2/text()"),
        (an_old_spider({"titre": "//h1/text()"}, **DETAIL), "detail/fields/titre/expression", "//h1/text()"),
        (an_old_spider({"titre": ".//h1/text()"}, **DETAIL), "detail/fields/titre/expression", ".//h1/text()"),
        (an_old_spider({"titre": ".//h1/text()"}, **DETAIL), "fields/titre (list)/expression", ".//h1/text()"),
        (an_old_spider({"titre": "//h1/text()"}, **DETAIL), "detail/link/expression", ".//h2/a"),
        (an_old_spider(next_page="//a[@rel='next']/@href"), "paging/selector/expression", "//a[@rel='next']"),
        (an_old_spider(parse_reactive=True, next_page="//a/@href"), "rendering/click_next/expression", "//a"),
        (an_old_spider(parse_reactive=True), "rendering/wait_for/expression", "//li[@class='projet']"),
        (an_old_spider(parse_reactive=True, scroll_down=True, settings={"scroll_loops": 7}), "rendering/scrolls", 7),
        (an_old_spider(parse_reactive=True, scroll_down=True), "rendering/scrolls", 3),
        (
            an_old_spider(parse_reactive=True, next_page="//a", settings={"LIMIT_PAGES": 9}),
            "rendering/most_clicks",
            8,
        ),
        (an_old_spider(page_needs_splash=True), "rendering/scrolls", 0),
        (an_old_spider({"le": ".//time/text()"}, parse_reactive=True), "fields/le/attribute", "datetime"),
        (an_old_spider({"le": ".//time/text()"}, parse_reactive=True), "fields/le/expression", ".//time"),
        (an_old_spider({"le": ".//time/text()"}), "fields/le/take", "text"),
        (an_old_spider({"le": ".//time"}, parse_reactive=True, **DETAIL), "fields/le (list)/take", "attribute"),
        (an_old_spider({"le": ".//time"}, parse_reactive=True, **DETAIL), "detail/fields/le/take", "text"),
        (an_old_api(), "items", "$.data.projets[*]"),
        (an_old_api(item_xpath=""), "items", "$[*]"),
        (an_old_api({"titre": "/a b/c"}), "fields/titre", '$["a b"].c'),
        (an_old_api(), "url", "http://tilleul.example/api?q=x&page=1"),
        (an_old_api(api_pagination_root=ROOT), "paging/parameter", "page"),
        (an_old_api(api_pagination_root=ROOT), "query", {"q": "x"}),
        (an_old_api(api_pagination_root=ROOT), "url", "http://tilleul.example/api"),
        (
            an_old_api(api_pagination_root="http://tilleul.example/api/page/"),
            "paging",
            {
                "kind": "page_number",
                "address": "http://tilleul.example/api/page/{page}",
                "first": 2,
                "step": 1,
                "last": None,
            },
        ),
        (
            an_old_api(api_pagination_root="http://else.example/api?page="),
            "paging/address",
            "http://else.example/api?page={page}",
        ),
        (
            an_old_api(api_pagination_root="http://tilleul.example/api/p"),
            "url",
            "http://tilleul.example/api?q=x&page=1",
        ),
        (
            an_old_api(start_urls=["http://t.example/a?x=1", "http://t.example/b?x=1"]),
            "further_urls",
            ["http://t.example/b?x=1"],
        ),
        (
            an_old_api(
                start_urls=["http://tilleul.example/api?q=x&page=1", "http://tilleul.example/api?q=y&page=1"],
                api_pagination_root=ROOT,
            ),
            "url",
            "http://tilleul.example/api?q=x&page=1",
        ),
        (an_old_api({"titre": "//h1"}, parse_follow=True, follow_xpath="/url"), "detail/value", "$.url"),
        (an_old_api({"titre": "//h1"}, parse_follow=True, follow_xpath="/url"), "detail/kind", "html"),
        (
            an_old_api(
                parse_follow=True, follow_is_api=True, follow_xpath="/id", api_follow_root="http://t.example/p/"
            ),
            "detail/address",
            "http://t.example/p/{value}",
        ),
        (an_old_api(parse_follow=True, follow_is_api=True, follow_xpath="/id"), "detail/fields/titre", "$.titre"),
        (an_old_api(parse_follow=True, follow_xpath="/url"), "fields/link_data", "$.url"),
        (
            an_old_spider({"titre": "./h2/a/text()", "mail": "/contact/mail"}, follow_is_api=True, **DETAIL),
            "detail/fields/mail",
            "$.contact.mail",
        ),
    ],
)
def test_what_an_old_setting_becomes(old: object, path: str, value: object) -> None:
    assert picked(source_of(old), path) == value


@pytest.mark.parametrize(
    ("old", "pointer", "words"),
    [
        (an_old_spider(item_xpath=""), "/scraper_config/item_xpath", "where an item is"),
        (an_old_spider({}), "/xpaths", "nothing is taken"),
        (an_old_spider(start_urls=[]), "/scraper_config/start_urls", "no start page"),
        (an_old_spider(start_urls=["http://t.example/?a=1", "2"]), "/scraper_config/start_urls/1", "at commas"),
        (an_old_spider(start_urls=7), "/scraper_config/start_urls", "list of texts"),
        (an_old_spider(parse_follow=True), "/scraper_config/follow_xpath", "where its link is"),
        (an_old_spider(parse_follow="perhaps"), "/scraper_config/parse_follow", "true or false"),
        (an_old_spider(settings={"LIMIT_PAGES": "many"}), "/scraper_settings/LIMIT_PAGES", "a number"),
        (an_old_spider({"titre": ".//h2[re:test(., 'x')]"}), "/xpaths/titre", "re:test"),
        (an_old_spider({"titre": "/html/body/h2"}), "/xpaths/titre", "begin with ./"),
        (an_old_spider({"titre": ".//h2["}), "/xpaths/titre", "not an XPath"),
        (an_old_spider(next_page="//a["), "/scraper_config/next_page", "not an XPath"),
        (an_old_api({"titre": "//h1"}), "/xpaths/titre", "is XPath"),
        (
            an_old_api(start_urls=["http://t.example/a", "http://else.example/b"]),
            "/scraper_config/start_urls",
            "another site",
        ),
        (an_old_api(api_pagination_root="/api/page/"), "/scraper_config/api_pagination_root", "http://"),
        (an_old_api(api_pagination_root="http://[::1/p"), "/scraper_config/api_pagination_root", "no address"),
        (
            an_old_api(parse_follow=True, follow_is_api=True, follow_xpath="/id", api_follow_root="http://[::1/p/"),
            "/scraper_config/api_follow_root",
            "no address",
        ),
        (
            an_old_api(parse_follow=True, follow_is_api=True, follow_xpath="/id", api_follow_root="/p/"),
            "/scraper_config/api_follow_root",
            "http://",
        ),
        ("no object", "", "an object"),
        ({"infos": [], "scraper_config": 3, "xpaths": ["x"]}, "/xpaths", "an object of selectors"),
        ({"xpaths": {"titre": 7}}, "/xpaths/titre", "a selector is a text"),
        (
            {"xpaths": {"titre": ".//a"}, "scraper_config_xpaths": {"f1": ".//b"}},
            "/scraper_config_xpaths/f1",
            "two sel",
        ),
    ],
)
def test_what_is_missing_is_said_with_its_place(old: object, pointer: str, words: str) -> None:
    made = converted(old)
    assert made.draft is None
    assert any(fault.pointer == f"/spiders/0{pointer}" and words in fault.message for fault in made.faults), made.faults


@pytest.mark.parametrize(
    ("old", "code", "pointer"),
    [
        (an_old_spider(settings={"ROBOTSTXT_OBEY": False}), "robots-obeyed", "/scraper_settings/ROBOTSTXT_OBEY"),
        (
            an_old_spider(settings={"RANDOMIZE_DOWNLOAD_DELAY": True}),
            "setting-dropped",
            "/scraper_settings/RANDOMIZE_DOWNLOAD_DELAY",
        ),
        (an_old_spider(settings={"USER_AGENT": "x"}), "setting-dropped", "/scraper_settings/USER_AGENT"),
        (an_old_spider(settings={"download_delay": 900}), "delay", "/scraper_settings/download_delay"),
        (an_old_spider(settings={"LIMIT": 5}), "limit-pages", "/scraper_settings/LIMIT"),
        (an_old_spider(settings={"LIMIT_ITEMS": 5}), "limit-items", "/scraper_settings/LIMIT_ITEMS"),
        (an_old_spider(settings={"DEPTH": 5}), "unknown-key", "/scraper_settings/DEPTH"),
        (an_old_spider(colour="red"), "unknown-key", "/scraper_config/colour"),
        (an_old_spider(item_list_xpath="//ul"), "never-used", "/scraper_config/item_list_xpath"),
        (an_old_spider(deploy_list=True), "never-used", "/scraper_config/deploy_list"),
        (an_old_spider(follow_xpath=".//a"), "follow-off", "/scraper_config/follow_xpath"),
        (an_old_spider(scroll_down=True), "scroll-dropped", "/scraper_config/scroll_down"),
        (an_old_spider(page_needs_splash=True), "splash", "/scraper_config/page_needs_splash"),
        (an_old_spider(api_follow_root="http://x.example/"), "root-dropped", "/scraper_config/api_follow_root"),
        (an_old_spider({"colour": ".//b"}), "field-unknown", "/xpaths/colour"),
        (an_old_spider({"titre": ".//b", "next_contrib_page": "x"}), "not-a-selector", "/xpaths/next_contrib_page"),
        (an_old_spider({"titre": "//h2"}), "kept-inside-item", "/xpaths/titre"),
        (an_old_spider({"titre": ".//h1"}, **DETAIL), "taken-in-both", "/xpaths/titre"),
        (an_old_spider({"titre": "./h2/a"}, **DETAIL), "detail-not-read", "/scraper_config/follow_xpath"),
        (an_old_spider(), "identity", "/scraper_config"),
        (
            an_old_spider(start_urls=["http://t.example/", "http://t.example/"]),
            "start-twice",
            "/scraper_config/start_urls/1",
        ),
        (an_old_api(), "one-page", "/scraper_config/api_pagination_root"),
        (an_old_api(api_pagination_root=ROOT), "paging-parameters", "/scraper_config/api_pagination_root"),
        (an_old_spider(parse_reactive=True, next_page="//a"), "most-clicks", "/scraper_config/next_page"),
        (an_old_api(next_page="/next"), "next-dropped", "/scraper_config/next_page"),
        (
            an_old_spider({"titre": ".//a/following-sibling::p/text()"}),
            "from-one-element",
            "/xpaths/titre",
        ),
    ],
)
def test_what_is_not_as_it_was_is_noted(old: object, code: str, pointer: str) -> None:
    made = converted(old)
    assert made.draft is not None, made.faults
    assert (code, f"/spiders/0{pointer}") in {(note.code, note.pointer) for note in made.notes}


def test_what_is_written_for_people_is_kept() -> None:
    for infos, notes in (
        ({"notes": "Brouillons exclus."}, "Brouillons exclus."),
        ({"notes": "Brouillons exclus.", "contact": "mia@t.example"}, "Brouillons exclus.\nContact: mia@t.example"),
        ({"notes": "."}, ""),
    ):
        draft = converted(an_old_spider() | {"infos": {"name": "Le Tilleul", **infos}}).draft
        assert draft is not None
        assert (draft.name, draft.notes) == ("Le Tilleul", notes)


def test_settings_of_both_versions() -> None:
    old = {"LIMIT_PAGES": 12, "LIMIT_ITEMS": 40, "RETRY_TIMES": 99, "download_delay": "0.25"}
    draft = converted(an_old_spider(settings=old)).draft
    assert draft is not None
    assert (draft.limits.pages, draft.limits.records) == (12, 40)
    assert (draft.politeness.retries, draft.politeness.delay, draft.politeness.obey_robots) == (10, 0.25, True)
    unlimited = converted(an_old_spider(settings={"LIMIT_PAGES": 0, "LIMIT_ITEMS": 0})).draft
    assert unlimited is not None
    assert unlimited.limits == type(unlimited.limits)()


@pytest.mark.parametrize("levels", [("opendata", "private"), ("private", "opendata")])
def test_of_two_fields_of_one_name_the_stricter_level_holds(levels: tuple[str, str]) -> None:
    findings = Findings()
    given_twice = [{"field_name": "mail", "field_open": level} for level in levels]
    (field,) = read_data_model(given_twice, ("datamodel",), findings).fields
    assert field.level is AccessLevel.PRIVATE
    assert [fault.pointer for fault in findings.faults] == ["/datamodel/1/field_name"]


def test_selectors_by_id_as_a_database_has_them() -> None:
    old = an_old_spider() | {"scraper_config_xpaths": {"f1": ".//h2", "f4": ".//i"}}
    del old["xpaths"]
    assert set(source_of(old)["fields"]) == {"titre", "mail"}


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs"))), max_size=4))
def test_a_path_of_keys_is_a_query_that_finds_them(keys: list[str]) -> None:
    names = [key.strip() for key in keys if key.strip() and "/" not in key]
    document: Any = "found"
    for name in reversed(names):
        document = {name: document}
    assert compile_path(as_query("/".join(["", *names]))).all(document) == ["found"]


@given(st.text("/.a|[]()'\"@x ", max_size=40))
def test_expressions_of_any_kind_are_taken_apart_and_begun_inside(expression: str) -> None:
    assert "|".join(branches(expression)).replace(" ", "") == expression.replace(" ", "")
    inside = inside_item(expression)
    assert inside_item(inside) == inside
    assert inside.replace(".", "") == expression.replace(".", "")


@given(st.text(max_size=200), st.lists(st.text(max_size=5), max_size=5))
def test_ids_are_slugs_and_never_given_twice(name: str, others: list[str]) -> None:
    taken: set[str] = set()
    for each in [name, name, name, *others]:
        made = spider_id("essor", each, taken)
        assert made not in taken
        assert len(made) <= 63
        taken.add(made)
        draft = converted(an_old_spider() | {"infos": {"name": each}}).draft
        assert draft is not None


async def test_an_export_is_imported_through_the_door(tmp_path: Path) -> None:
    async with running_scraper(tmp_path) as scraper:
        people, path = scraper.people, "/v1/partners/essor/imports/openscraper"
        card = {"id": "essor", "name": "Essor"}
        export = {"datamodel": MODEL, "spiders": [an_old_spider(), an_old_spider({}), an_old_spider()]}
        assert (await scraper.send("POST", path, people.admin, json=export)).status_code == 404
        await scraper.send("POST", "/v1/partners", people.admin, json=card)
        for who, status in ((people.stranger, 404), (people.reader, 403), ({}, 401), (people.steward, 403)):
            assert (await scraper.send("POST", path, who, json=export)).status_code == status
        looked = (await scraper.send("POST", path, people.member, json=export)).json()
        assert [spider["outcome"] for spider in looked["spiders"]] == ["sound", "faults", "sound"]
        assert looked["spiders"][1]["faults"][0]["pointer"] == "/spiders/1/xpaths"
        assert {note["pointer"] for note in looked["notes"]} == {"/datamodel/3/field_open", "/datamodel/4/field_open"}
        assert (await scraper.send("GET", "/v1/spiders", people.member)).json()["items"] == []

        saved = (await scraper.send("POST", f"{path}?save=true", people.member, json=export)).json()
        assert [spider["outcome"] for spider in saved["spiders"]] == ["created", "faults", "created"]
        ids = [spider["id"] for spider in (await scraper.send("GET", "/v1/spiders", people.member)).json()["items"]]
        assert ids == ["essor-le-tilleul", "essor-le-tilleul-2"]
        changed = {"spiders": [an_old_spider({"titre": ".//h3"})]}
        again = (await scraper.send("POST", f"{path}?save=true", people.member, json=changed)).json()
        assert (again["created"], again["spiders"][0]["outcome"]) == (0, "exists")
        kept = (await scraper.send("GET", "/v1/spiders/essor-le-tilleul", people.member)).json()
        assert kept["source"]["fields"]["titre"]["expression"] == ".//h2/text()"


async def test_what_is_kept_of_data_models_has_a_bound(tmp_path: Path) -> None:
    async with running_scraper(tmp_path) as scraper:
        path = "/v1/partners/essor/imports/openscraper?save=true"
        await scraper.send("POST", "/v1/partners", scraper.people.admin, json={"id": "essor", "name": "Essor"})

        async def bring(*names: str) -> httpx.Response:
            model = [{"field_name": name, "field_open": "opendata"} for name in names]
            return await scraper.send("POST", path, scraper.people.member, json={"datamodel": model, "spiders": []})

        long = (await bring("a" * 201)).json()
        assert [fault["pointer"] for fault in long["faults"]] == ["/datamodel/0/field_name"]
        for begin in range(0, MOST_KEPT, 1000):
            assert (await bring(*(f"f{number}" for number in range(begin, begin + 1000)))).status_code == 200
        assert (await bring("f0")).status_code == 200
        refused = await bring("one-more")
        assert (refused.status_code, refused.json()["faults"][0]["pointer"]) == (422, "/datamodel")


async def test_a_member_only_makes_imported_levels_stricter(tmp_path: Path) -> None:
    async with running_scraper(tmp_path) as scraper:
        path = "/v1/partners/essor/imports/openscraper?save=true"
        await scraper.send("POST", "/v1/partners", scraper.people.admin, json={"id": "essor", "name": "Essor"})
        loose = [{**field, "field_open": "opendata"} for field in MODEL]
        for model, who, codes in (
            (MODEL, scraper.people.member, {"field-level"}),
            (loose, scraper.people.member, {"level-kept"}),
            (loose, scraper.people.admin, set()),
            (loose, scraper.people.member, set()),
        ):
            answer = await scraper.send("POST", path, who, json={"datamodel": model, "spiders": []})
            assert {note["code"] for note in answer.json()["notes"]} == codes
