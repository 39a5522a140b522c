"""Spiders that need a browser where there is none; and what of rendering needs none: parts, and selectors."""

from pathlib import Path
from typing import Any

import pytest

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.rendered_listing import RenderedPage, part_of
from moisson_scraper.reading.selectors import SelectorRefused
from moisson_scraper.reading.source_reader import FoundItem, ListingRead, PageRequest
from moisson_scraper.rendering.absence import why_not_rendered
from moisson_scraper.rendering.browser_paths import browser_path
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.selecting import Selector
from moisson_shared.contracts.sources import HtmlSource
from moisson_shared.contracts.spider import SpiderDraft
from tests.scraper.running_scraper import People, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, html

SOURCE: dict[str, Any] = {
    "kind": "html",
    "start_urls": ["http://s.example/"],
    "item": {"expression": "li"},
    "fields": {"titre": {"expression": "b"}},
    "rendering": {},
}
CLASS = "contains(concat(' ', normalize-space(@class), ' ')"


def rendered(site: SampleSite, **rendering: Any) -> dict[str, Any]:
    return html_spider(
        site,
        source=SOURCE | {"start_urls": [f"{site.url}/"], "rendering": rendering},
        identity={"kind": "content"},
    )


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"rendering": "off"}, "rendering is switched off"),
        ({"chromium": "/nowhere/chromium"}, "there is none at '/nowhere/chromium'"),
    ],
)
async def test_it_is_said_when_such_a_spider_is_saved_previewed_or_run(
    tmp_path: Path, site: SampleSite, settings: dict[str, Any], told: str
) -> None:
    site.pages["/"] = html("<li><b>x</b></li>")
    people = People()
    async with running_scraper(tmp_path, site, people=people) as scraper:
        await scraper.save(rendered(site))
    async with running_scraper(tmp_path, site, people=people, **settings) as scraper:
        for path in ("/v1/spiders", "/v1/spiders/preview"):
            answer = await scraper.send("POST", path, scraper.people.admin, json=rendered(site) | {"id": "another"})
            assert answer.status_code == 422
            (fault,) = answer.json()["faults"]
            assert fault["pointer"] == "/source/rendering"
            assert told in fault["message"]
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.FAILED
        assert "/source/rendering" in (run.error or "")
        assert told in (run.error or "")
        preview = (await scraper.send("POST", "/v1/spiders/essor-projets/preview", scraper.people.admin)).json()
        (warning,) = preview["warnings"]
        assert warning["code"] == "no-browser"
        assert told in warning["message"]
    assert site.asked == []


async def test_an_expected_browser_that_is_absent_is_told_by_readyz(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site, rendering="on", chromium="/nowhere") as scraper:
        assert (await scraper.client.get("/readyz")).json() == {"status": "degraded", "degraded": ["browser"]}
    async with running_scraper(tmp_path, site, rendering="off") as scraper:
        assert (await scraper.client.get("/readyz")).json()["status"] == "ready"


def test_what_to_do_is_said() -> None:
    assert "MOISSON_SCRAPER_RENDERING" in (why_not_rendered("off", "") or "")
    assert "MOISSON_SCRAPER_CHROMIUM" in (why_not_rendered("auto", "/nowhere") or "")


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"rendering": {"wait_for": {"expression": "li["}}}, "/source/rendering/wait_for/expression"),
        ({"rendering": {"click_next": {"expression": "a::text"}}}, "/source/rendering/click_next/expression"),
        (
            {"rendering": {"click_next": {"syntax": "xpath", "expression": "//a/@href"}}},
            "/source/rendering/click_next/expression",
        ),
        (
            {"rendering": {"wait_for": {"syntax": "xpath", "expression": "//a[has-class(@x)]"}}},
            "/source/rendering/wait_for/expression",
        ),
        (
            {"rendering": {"wait_for": {"syntax": "json-ld", "expression": "$"}}},
            "/source/rendering/wait_for/expression",
        ),
        (
            {
                "rendering": {"click_next": {"expression": "a"}},
                "paging": {"kind": "next_link", "selector": {"expression": "a"}},
            },
            "/source/rendering/click_next",
        ),
        ({"paging": {"kind": "load_more", "selector": {"expression": "a"}}}, "/source/rendering"),
    ],
)
def test_what_a_browser_cannot_do_is_a_fault(changed: dict[str, Any], pointer: str) -> None:
    spider = {"id": "s", "partner": "p", "name": "S", "source": SOURCE | changed, "identity": {"kind": "content"}}
    assert [fault.pointer for fault in faults_in(SpiderDraft.model_validate(spider))] == [pointer]


@pytest.mark.parametrize(
    ("syntax", "expression", "path"),
    [
        ("css", "li", "descendant-or-self::li"),
        ("xpath", "//li[@id]", "//li[@id]"),
        (
            "xpath",
            "//li[has-class('a', \"b\")]",
            f"//li[({CLASS}, ' a ') and {CLASS}, \" b \"))]",
        ),
    ],
)
def test_selectors_in_the_words_of_a_browser(syntax: str, expression: str, path: str) -> None:
    assert browser_path(Selector.model_validate({"syntax": syntax, "expression": expression})) == path


def test_selectors_that_a_browser_does_not_know() -> None:
    for syntax, expression in (("css", "a::attr(href)"), ("xpath", "//a/text()"), ("json-ld", "$")):
        with pytest.raises(SelectorRefused):
            browser_path(Selector.model_validate({"syntax": syntax, "expression": expression}))


def read(body: str, before: str = "", part: str = "", *, goes_on: bool = False, unread: bool = False) -> ListingRead:
    """A part of a listing, read."""
    reader = compile_source(HtmlSource.model_validate(SOURCE))
    page = RenderedPage(
        "http://s.example/",
        200,
        "text/html; charset=utf-8",
        body.encode(),
        before=before.encode(),
        goes_on=goes_on,
        unread=unread,
    )
    return reader.read_listing(page, PageRequest(f"http://s.example/{part}"))


def names(found: ListingRead) -> list[object]:
    return [item.values["titre"] for item in found.items if isinstance(item, FoundItem)]


def listing(words: str) -> str:
    return "<ul>" + "".join(f"<li><b>{word}</b></li>" for word in words.split()) + "</ul>"


@pytest.mark.parametrize(
    ("before", "now", "taken"),
    [
        ("", "a b", "a b"),
        ("a b", "c d", "c d"),
        ("a b", "a b c d", "c d"),
        ("a b", "a b", ""),
        ("a a", "a a a", "a"),
        ("a b", "b c", "b c"),
        ("a b", "x a b c", "x a b c"),
        ("a b c", "a b", "a b"),
    ],
)
def test_items_that_only_still_stand_there_are_not_taken_again(before: str, now: str, taken: str) -> None:
    assert names(read(listing(now), listing(before) if before else "")) == taken.split()


def test_parts_follow_each_other_and_what_was_not_reached_follows_too() -> None:
    def leads(found: ListingRead) -> list[str]:
        return [request.address.removeprefix("http://s.example/") for request in found.following]

    assert leads(read(listing("a"))) == []
    assert leads(read(listing("a"), goes_on=True)) == ["#moisson:part-2"]
    assert leads(read(listing("a"), listing("b"), "#moisson:part-2", goes_on=True, unread=True)) == [
        "#moisson:part-3",
        "#moisson:rest",
    ]
    # A click that brought nothing new is the last one.
    assert leads(read(listing("a"), listing("a"), "#moisson:part-2", goes_on=True)) == []
    assert part_of("http://s.example/#moisson:part-12") == ("http://s.example/", 12)
    assert part_of("http://s.example/#moisson:rest") == ("http://s.example/", None)
    assert part_of("http://s.example/#/liste#moisson:part-2") == ("http://s.example/#/liste", 2)
    for own in ("http://s.example/#part-2", "http://s.example/#/liste"):
        assert part_of(own) == (own, 1)
    assert part_of("http://s.example/") == ("http://s.example/", 1)


def test_the_same_part_twice_is_known_by_its_items() -> None:
    first = read(listing("a b"), goes_on=True).fingerprint
    assert first
    assert read(listing("a b"), listing("x"), "#moisson:part-9", goes_on=True).fingerprint == first
    assert read(listing("a c"), listing("x"), "#moisson:part-9", goes_on=True).fingerprint != first
