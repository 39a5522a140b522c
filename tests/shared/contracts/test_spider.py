"""Configurations that contradict themselves are refused by their shape alone."""

from typing import Any

import pytest
from pydantic import ValidationError

from moisson_shared.contracts.spider import SpiderDraft

HTML = {
    "kind": "html",
    "start_urls": ["https://partner.example/projets"],
    "item": {"expression": "article"},
    "fields": {"titre": {"expression": "h2"}},
}
JSON = {"kind": "json", "url": "https://partner.example/api"}
CSV = {"kind": "file", "url": "https://partner.example/projets.csv"}


def a_spider(source: dict[str, Any], **overrides: Any) -> SpiderDraft:
    document = {"id": "essor", "partner": "essor", "name": "Essor", "source": source, "identity": {"kind": "url"}}
    return SpiderDraft.model_validate(document | overrides)


@pytest.mark.parametrize("source", [HTML, JSON, CSV], ids=["html", "json", "file"])
def test_the_least_that_is_needed(source: dict[str, Any]) -> None:
    spider = a_spider(source)
    assert spider.source.kind == source["kind"]
    assert SpiderDraft.model_validate_json(spider.model_dump_json()) == spider


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({}, "discriminator"),
        ({"kind": "ftp"}, "html"),
        (HTML | {"start_urls": []}, "at least 1 item"),
        (HTML | {"start_urls": ["file:///etc/passwd"]}, "String should match pattern"),
        (HTML | {"start_urls": ["https://"]}, "String should match pattern"),
        (HTML | {"fields": {}}, "at least one field"),
        (HTML | {"fields": {"a": {"expression": "h2", "take": "attribute"}}}, "name the attribute"),
        (HTML | {"fields": {"a": {"expression": "h2", "attribute": "id"}}}, "name the attribute"),
        (HTML | {"fields": {"a": {"expression": ""}}}, "at least 1 character"),
        (
            HTML | {"detail": {"link": {"expression": "a", "take": "link"}, "fields": {"titre": {"expression": "h1"}}}},
            "named in the listing and in the detail page: titre",
        ),
        (HTML | {"paging": {"kind": "page_number", "address": "https://partner.example/p"}}, "contain {page}"),
        (
            HTML | {"paging": {"kind": "page_number", "address": "https://partner.example/{page}", "step": 0}},
            "equal to 1",
        ),
        (JSON | {"paging": {"kind": "offset", "size": 0}}, "equal to 1"),
        (JSON | {"detail": {"address": "https://partner.example/x", "value": "$.id"}}, "contain {value}"),
        (
            JSON | {"fields": {"a": "$.a"}, "detail": {"value": "$.id", "fields": {"a": "$.a"}}},
            "named in the listing and in the detail page: a",
        ),
        (JSON | {"detail": {"link": {"expression": "a"}, "fields": {"b": {"expression": "b"}}}}, "found by `value`"),
        (HTML | {"detail": {"value": "$.id"}}, "found by `link`"),
        (JSON | {"detail": {"fields": {"b": "$.b"}}}, "say how the page is found"),
        (JSON | {"body": {"q": 1}}, "a GET has no body"),
        (CSV | {"delimiter": ";;"}, "at most 1 character"),
        (CSV | {"format": "docx"}, "'csv', 'tsv', 'xlsx'"),
        (CSV | {"header_row": 0}, "greater than or equal to 1"),
    ],
)
def test_refused_sources(source: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        a_spider(source)


@pytest.mark.parametrize(
    ("overrides", "place"),
    [
        ({"id": "Essor"}, ("id",)),
        ({"id": "a--b"}, ("id",)),
        ({"identity": {"kind": "fields", "fields": []}}, ("identity", "fields", "fields")),
        ({"politeness": {"delay": -1}}, ("politeness", "delay")),
        ({"politeness": {"delay": float("inf")}}, ("politeness", "delay")),
        ({"limits": {"pages": 0}}, ("limits", "pages")),
        ({"limits": {"page": 10}}, ("limits", "page")),
        ({"version": 3}, ("version",)),
    ],
)
def test_refused_values_say_where(overrides: dict[str, Any], place: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as refusal:
        a_spider(CSV, **overrides)
    assert refusal.value.errors()[0]["loc"] == place
