"""What imported spiders read: as many pages as OpenScraper did, and the texts that it kept."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageRequest
from moisson_shared.contracts.sources import HtmlSource
from tests.scraper.old_spiders import DETAIL, ROOT, an_old_api, an_old_spider, converted, source_of


@pytest.mark.parametrize("old", [an_old_spider, an_old_api])
def test_the_limit_of_pages_is_beside_the_start_pages_which_are_all_read(old: Callable[..., dict[str, Any]]) -> None:
    three = [f"http://tilleul.example/{number}" for number in range(3)]
    for limit, pages in ((1, 3), (5, 7), (1_000_000, 1_000_000)):
        draft = converted(old(start_urls=three, settings={"LIMIT_PAGES": limit})).draft
        assert draft is not None
        assert draft.limits.pages == pages


@pytest.mark.parametrize("config", [{}, DETAIL, {"parse_reactive": True}, {"parse_reactive": True, **DETAIL}])
def test_a_limit_of_one_page_is_no_paging(config: dict[str, Any]) -> None:
    made = converted(an_old_spider({"t": "//h1"}, next_page="//a/@href", settings={"LIMIT_PAGES": 1}, **config))
    assert made.draft is not None
    assert isinstance(made.draft.source, HtmlSource)
    assert made.draft.source.paging is None
    assert made.draft.source.rendering is None or made.draft.source.rendering.click_next is None
    assert ("one-page", "/spiders/0/scraper_config/next_page") in {(note.code, note.pointer) for note in made.notes}


def test_a_limit_of_one_page_of_an_api_is_no_paging() -> None:
    source = source_of(an_old_api(api_pagination_root=ROOT, settings={"LIMIT_PAGES": 1}))
    assert (source["url"], source["paging"]) == ("http://tilleul.example/api?q=x&page=1", None)


@pytest.mark.parametrize(
    ("html", "values"),
    [
        ("<h2>\n <b>1</b> Le Verger </h2><i title=''></i><i title='a'></i>", {"titre": "Le Verger", "mail": "a"}),
        ("<h2>-</h2><h2>, </h2><h2>- </h2><h2>&nbsp;</h2><h2>-5</h2>", {"titre": "-5"}),
        ("<h2> - a,\n b, </h2><h2>c</h2>", {"titre": "- a,\n b,"}),
        ("<h2> </h2><ul> <li> <b>x</b> eau </li><li>,</li>\n<li>é</li></ul>", {"mots": ["eau", "é"]}),
    ],
)
def test_pieces_of_text_that_openscraper_passed_over_are_passed_over(html: str, values: dict[str, Any]) -> None:
    old = an_old_spider({"titre": "./h2/text()", "mots": "./ul/li/text()", "mail": "./i/@title"})
    draft = converted(old).draft
    assert draft is not None
    page = FetchedPage("http://t.example/", 200, "text/html", f"<li class=projet>{html}</li>".encode(), ())
    read = compile_source(draft.source).read_listing(page, PageRequest("http://t.example/"))
    assert [item.values for item in read.items if isinstance(item, FoundItem)] == [values]
    assert ("blank-texts", "/spiders/0") in {(note.code, note.pointer) for note in converted(old).notes}


def test_a_parameter_that_an_address_has_twice_is_asked_for_twice() -> None:
    made = converted(an_old_api(start_urls=["http://tilleul.example/api?mot=a&mot=b&page=1"], api_pagination_root=ROOT))
    assert made.draft is not None
    (first,) = compile_source(made.draft.source).first_pages()
    assert parse_qsl(urlsplit(first.address).query) == [("mot", "a"), ("mot", "b"), ("page", "1")]
