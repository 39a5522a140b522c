"""Paging, details, patterns, calls and structured data that could not work are refused with their place."""

from typing import Any

import pytest

from moisson_scraper.check_configuration import faults_in
from tests.scraper.test_configuration import DETAIL, HTML, JSON, draft

PAGES = {"kind": "page_list", "selector": {"expression": "nav a"}}
MORE = {"kind": "load_more", "selector": {"expression": ".more"}, "attribute": "data-url"}
POST = JSON | {"method": "POST", "body": {"q": "x"}}
LD = {"syntax": "json-ld", "expression": "$[0].name"}
BEHIND = {"link": {"expression": "a"}, "fields": {"suite": {"expression": "p"}}}
JSON_DETAIL = {"kind": "json", "link": {"expression": "a"}, "fields": {"n": "$.n"}}
HTML_DETAIL = {"kind": "html", "value": "$.url", "fields": {"t": {"expression": "h1"}}}


NUMBERED = {"kind": "page_number", "address": "http://s.example/p/{page}"}


def field(**given: Any) -> dict[str, Any]:
    return HTML | {"fields": {"titre": {"expression": "h2"} | given}}


@pytest.mark.parametrize(
    ("source", "pointer", "told"),
    [
        (HTML | {"paging": PAGES | {"selector": {"expression": "a["}}}, "/source/paging/selector/expression", "CSS"),
        (HTML | {"paging": PAGES | {"selector": LD}}, "/source/paging/selector/syntax", "css or xpath"),
        (HTML | {"paging": MORE | {"selector": {"expression": "["}}}, "/source/paging/selector/expression", "CSS"),
        (HTML | {"paging": MORE | {"html": "html"}}, "/source/paging/html", "RFC 9535"),
        (HTML | {"paging": MORE | {"html": "$.h", "next": "$["}}, "/source/paging/next", "RFC 9535"),
        (HTML | {"item": LD}, "/source/item/syntax", "css or xpath"),
        (field(pattern="("), "/source/fields/titre/pattern", "missing )"),
        (field(pattern="a(?=b)"), "/source/fields/titre/pattern", "RE2"),
        (field(syntax="json-ld", expression="name"), "/source/fields/titre/expression", "RFC 9535"),
        (field(syntax="opengraph", expression="$[?match(@.a, '(')]"), "/source/fields/titre/expression", "RFC 9535"),
        (field(syntax="microdata", expression="$..a..b..c..d"), "/source/fields/titre/expression", "all levels"),
        (field(syntax="xpath", expression=".//a[ends-with(@href, 'f')]"), "/source/fields/titre/expression", "instead"),
        (field(syntax="xpath", expression=".//a[re:test(., 'f')]"), "/source/fields/titre/expression", "a pattern"),
        (HTML | {"detail": DETAIL | {"link": {"expression": "a", "pattern": "["}}}, "/source/detail/link/pattern", "]"),
        (HTML | {"detail": DETAIL | {"link": LD}}, "/source/detail/link/syntax", "css or xpath"),
        (HTML | {"detail": DETAIL | {"encoding": "klingon"}}, "/source/detail/encoding", "encoding"),
        (HTML | {"detail": DETAIL | {"address": "http://a:b@s.example/{value}"}}, "/source/detail/address", "http"),
        (HTML | {"detail": JSON_DETAIL | {"fields": {"n": "n"}}}, "/source/detail/fields/n", "RFC 9535"),
        (
            HTML | {"detail": DETAIL | {"detail": BEHIND | {"link": {"expression": "["}}}},
            "/source/detail/detail/link/expression",
            "CSS",
        ),
        (
            HTML | {"detail": DETAIL | {"detail": BEHIND | {"fields": {"suite": {"expression": "p", "pattern": "("}}}}},
            "/source/detail/detail/fields/suite/pattern",
            "RE2",
        ),
        (
            HTML | {"detail": JSON_DETAIL | {"detail": HTML_DETAIL | {"value": "url"}}},
            "/source/detail/detail/value",
            "RFC 9535",
        ),
        (JSON | {"detail": HTML_DETAIL | {"value": "url"}}, "/source/detail/value", "RFC 9535"),
        (
            JSON | {"detail": HTML_DETAIL | {"fields": {"t": {"expression": "h1["}}}},
            "/source/detail/fields/t/expression",
            "CSS",
        ),
        (JSON | {"paging": {"kind": "next_address", "path": "next"}}, "/source/paging/path", "RFC 9535"),
        (JSON | {"paging": NUMBERED | {"address": "http://s.example/#{page}"}}, "/source/paging/address", "same one"),
        (JSON | {"further_urls": ["http://o.example/api"]}, "/source/further_urls/0", "another site"),
        (JSON | {"further_urls": [JSON["url"]]}, "/source/further_urls/0", "twice"),
        (JSON | {"further_urls": [f"{JSON['url']}?k={{secret:k}}"]}, "/source/further_urls/0", "under `query`"),
        (JSON | {"paging": NUMBERED | {"last": 1}}, "/source/paging/last", "before the first"),
        (POST | {"paging": {"kind": "page", "parameter": "q", "place": "body"}}, "/source/body/q", "out of the body"),
        (
            POST | {"paging": {"kind": "offset", "size_parameter": "q", "place": "body"}},
            "/source/body/q",
            "out of the body",
        ),
        (JSON | {"query": {"limit": "5"}, "paging": {"kind": "offset"}}, "/source/query/limit", "out of the query"),
        (JSON | {"headers": {"X Key": "a"}}, "/source/headers/X Key", "no name of a header"),
        (JSON | {"headers": {"Host": "a"}}, "/source/headers/Host", "itself"),
        (JSON | {"headers": {"User-Agent": "Mozilla"}}, "/source/headers/User-Agent", "itself"),
        (JSON | {"headers": {"If-None-Match": '"1"'}}, "/source/headers/If-None-Match", "itself"),
        (JSON | {"headers": {"X-Key": "é"}}, "/source/headers/X-Key", "ASCII"),
        (JSON | {"headers": {"X-Key": "a\r\nHost: b"}}, "/source/headers/X-Key", "ASCII"),
        (JSON | {"headers": {"X-Key": "a", "x-key": "b"}}, "/source/headers/x-key", "twice"),
    ],
)
def test_a_fault_says_where_and_what(source: dict[str, Any], pointer: str, told: str) -> None:
    (fault,) = faults_in(draft(source))
    assert fault.pointer == pointer
    assert told in fault.message


@pytest.mark.parametrize(
    "source",
    [
        HTML | {"paging": PAGES},
        HTML | {"paging": MORE | {"html": "$.html", "next": "$.next"}},
        HTML | {"paging": MORE | {"selector": {"expression": ".more::attr(data-url)"}}},
        field(pattern=r"(\d{5})"),
        field(**LD),
        HTML | {"detail": DETAIL | {"detail": BEHIND}},
        HTML | {"detail": JSON_DETAIL | {"address": "https://a.example/{value}", "detail": HTML_DETAIL}},
        JSON | {"detail": HTML_DETAIL},
        POST | {"paging": {"kind": "page", "place": "body"}, "headers": {"Authorization": "Bearer {secret:key}"}},
        POST | {"paging": {"kind": "cursor", "path": "$.next", "place": "body"}},
        JSON | {"paging": {"kind": "link_header"}, "headers": {"Content-Type": "application/vnd.api+json"}},
        JSON | {"paging": {"kind": "next_address", "path": "$.links.next"}},
    ],
)
def test_sound_sources(source: dict[str, Any]) -> None:
    assert faults_in(draft(source)) == ()
