"""Selectors copied from a browser's inspector are told in the preview, where the page has no `tbody` of its own."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from moisson_scraper.previewing.unserved_tbody import unserved_tbody
from moisson_scraper.reading.source_reader import FetchedPage, PageKind, PageRequest
from moisson_shared.contracts.sources import Source
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, html

ADDRESS = "https://s.example/"
SOURCES: TypeAdapter[Source] = TypeAdapter(Source)
PLAIN = {"expression": "td"}
LIST: dict[str, Any] = {"kind": "html", "start_urls": [ADDRESS], "item": {"expression": "tr"}, "fields": {"f": PLAIN}}
BARE = "<table><tr><td><a href=x>x</a></table>"
XPATH = {"syntax": "xpath", "expression": "./tbody/tr/td"}


def pointers(source: dict[str, Any], body: str | bytes, request: PageRequest) -> list[str]:
    page = FetchedPage(ADDRESS, 200, "text/html", body.encode() if isinstance(body, str) else body)
    return [notice.sample for notice in unserved_tbody(SOURCES.validate_python(source), page, request)]


@pytest.mark.parametrize(
    ("source", "body", "told"),
    [
        (LIST, BARE, []),
        (LIST | {"item": {"expression": "table > tbody > tr"}}, BARE, ["/source/item"]),
        (LIST | {"item": {"expression": "table > tbody > tr"}}, BARE.replace("<tr>", "<TBODY\n><tr>"), []),
        (LIST | {"item": {"expression": "table TBODY tr"}}, BARE.encode("utf-16"), ["/source/item"]),
        (LIST | {"item": {"expression": "table tbody tr"}}, "<tbody>".encode("utf-16"), []),
        (LIST | {"fields": {"f": XPATH, "g": PLAIN}}, BARE, ["/source/fields/f"]),
        (LIST | {"item": {"expression": ".tbody #tbody [class='tbody'] my-tbody tbody-x"}}, BARE, []),
        (
            LIST | {"paging": {"kind": "next_link", "selector": {"expression": "tbody a"}}},
            BARE,
            ["/source/paging/selector"],
        ),
        (
            LIST | {"detail": {"link": {"expression": "tbody a"}, "fields": {"t": {"expression": "tbody h1"}}}},
            BARE,
            ["/source/detail/link"],
        ),
        ({"kind": "json", "url": ADDRESS, "fields": {"tbody": "$.tbody"}}, "{}", []),
    ],
)
def test_on_a_listing(source: dict[str, Any], body: str | bytes, told: list[str]) -> None:
    assert pointers(source, body, PageRequest(ADDRESS)) == told


@pytest.mark.parametrize(
    ("level", "told"), [(0, ["/source/detail/fields/t", "/source/detail/detail/link"]), (1, []), (2, [])]
)
def test_on_a_detail(level: int, told: list[str]) -> None:
    behind = {"link": {"expression": "tbody a"}, "fields": {"u": PLAIN}}
    detail = {"link": {"expression": "a"}, "fields": {"t": {"expression": "tbody h1"}}, "detail": behind}
    assert pointers(LIST | {"detail": detail}, BARE, PageRequest(ADDRESS, PageKind.DETAIL, level)) == told


async def test_a_preview_says_so(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/projets"] = html("<table><tr class=card><td>A</table>")
    spider = html_spider(site)
    spider["source"]["item"] = {"expression": "table > tbody > tr"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        answer = await scraper.send("POST", "/v1/spiders/essor-projets/preview", scraper.people.member)
        warnings = {reason["code"]: reason["samples"] for reason in answer.json()["warnings"]}
        assert warnings["tbody-not-served"] == ["/source/item"]
