"""JSON APIs as pure functions: items, paging, values verbatim, documents that are none."""

import json
from typing import Any

import pytest

from moisson_scraper.reading.json_calls import with_query
from moisson_scraper.reading.json_source import JsonReader
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageRequest
from moisson_shared.contracts.sources import JsonSource

URL = "https://s.example/api"


def reader(**source: Any) -> JsonReader:
    return JsonReader(JsonSource.model_validate({"kind": "json", "url": URL, **source}))


def page(body: bytes | str) -> FetchedPage:
    return FetchedPage(URL, 200, "application/json", body.encode() if isinstance(body, str) else body)


def entries(made: JsonReader, body: bytes | str) -> list[FoundItem | Notice]:
    return list(made.read_listing(page(body), PageRequest(URL)).items)


def values(made: JsonReader, body: bytes | str) -> list[dict[str, Any]]:
    return [entry.values for entry in entries(made, body) if isinstance(entry, FoundItem)]


@pytest.mark.parametrize(
    ("source", "body", "expected"),
    [
        ({}, '[{"a": 1}, {"a": null}]', [{"a": 1}, {"a": None}]),
        ({}, '[1, "x", null, [2]]', [{"value": 1}, {"value": "x"}, {"value": None}, {"value": [2]}]),
        ({"items": "$.d.r[*]"}, '{"d": {"r": [{"a": {"b": [1]}}]}}', [{"a": {"b": [1]}}]),
        ({"items": "$.r[?@.ok == true]"}, '{"r": [{"ok": true}, {"ok": false}]}', [{"ok": True}]),
        ({"items": "$.absent[*]"}, "{}", []),
        ({"items": "$"}, '{"a": 1}', [{"a": 1}]),
        ({}, "[12345678901234567890123, 1e400, 0.1]", None),
        ({"fields": {"n": "$.a.b", "x": "$.x"}}, '[{"a": {"b": "v"}}]', [{"n": "v"}]),
        ({"fields": {"n": "$.t[*]"}}, '[{"t": ["u"]}, {"t": []}]', [{"n": ["u"]}, {}]),
        ({"fields": {"n": "$.t[0]"}}, '[{"t": ["u", "v"]}]', [{"n": "u"}]),
        ({"fields": {"n": "$..k"}}, '[{"k": 1, "z": {"k": 2}}]', [{"n": [1, 2]}]),
        ({"fields": {"n": "$['é à']"}}, '[{"é à": ""}]', [{"n": ""}]),
    ],
)
def test_items_and_values(source: dict[str, Any], body: str, expected: list[dict[str, Any]] | None) -> None:
    if expected is None:
        expected = [{"value": 12345678901234567890123}, {"value": "1e400"}, {"value": 0.1}]
    assert values(reader(**source), body) == expected


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty-body"),
        (b"  ", "empty-body"),
        (b"<html>", "not-json"),
        (b'{"a": 1', "not-json"),
        (b'{"a": NaN}', "not-json"),
        (b"[Infinity]", "not-json"),
        (b"[1] x", "not-json"),
        (b"[" * 100_000, "not-json"),
        (b"\xff\xfe\xfa", "not-json"),
        (b"9" * 5000, "not-json"),
    ],
)
def test_documents_that_are_none(body: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        entries(reader(), body)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("body", "expected", "code"),
    [
        (b'[{"a": "x\\u0000y"}]', {"a": "x\ufffdy"}, "unkeepable-characters"),
        (b'[{"a": "\\ud800"}]', {"a": "\ufffd"}, "unkeepable-characters"),
        (b'[{"a\\u0000": {"b": ["\\udfff"]}}]', {"a\ufffd": {"b": ["\ufffd"]}}, "unkeepable-characters"),
        (b'[{"a": "\\ud83d\\ude00"}]', {"a": "😀"}, None),
        (b'\xef\xbb\xbf[{"a": "\xc3\xa9"}]', {"a": "é"}, None),
        ('[{"a": "é"}]'.encode("utf-16"), {"a": "é"}, None),
    ],
)
def test_characters_that_no_store_keeps(body: bytes, expected: dict[str, Any], code: str | None) -> None:
    found = entries(reader(), body)
    assert [entry.values for entry in found if isinstance(entry, FoundItem)] == [expected]
    assert [entry.code for entry in found if isinstance(entry, Notice)] == ([code] if code else [])


def test_an_item_that_is_too_deep_is_dropped_and_the_others_stay() -> None:
    deep = "[" * 80 + "]" * 80
    found = entries(reader(), f'[{{"a": {deep}}}, {{"a": 1}}]')
    assert [type(entry) for entry in found] == [Dropped, FoundItem]


@pytest.mark.parametrize(
    ("paging", "addresses"),
    [
        (None, [URL]),
        ({"kind": "page"}, [f"{URL}?page=1", f"{URL}?page=2", f"{URL}?page=3"]),
        ({"kind": "page", "first": 0, "parameter": "p"}, [f"{URL}?p=0", f"{URL}?p=1", f"{URL}?p=2"]),
        ({"kind": "page", "size": 3, "size_parameter": "n"}, [f"{URL}?page=1&n=3"]),
        ({"kind": "page", "size": 2}, [f"{URL}?page=1", f"{URL}?page=2", f"{URL}?page=3"]),
        ({"kind": "offset", "size": 2}, [f"{URL}?offset={n}&limit=2" for n in (0, 2, 4)]),
        ({"kind": "offset", "size": 2, "size_parameter": None}, [f"{URL}?offset={n}" for n in (0, 2, 4)]),
        ({"kind": "cursor", "path": "$.next"}, [URL, f"{URL}?cursor=a+b%26", f"{URL}?cursor=7"]),
    ],
)
def test_paging(paging: dict[str, Any] | None, addresses: list[str]) -> None:
    made = reader(items="$.d[*]", paging=paging)
    answers = [
        {"d": [1, 2], "next": "a b&"},
        {"d": [3, 4], "next": 7},
        {"d": [], "next": None},
    ]
    (request,) = made.first_pages()
    asked = [request.address]
    for answer in answers:
        read = made.read_listing(page(json.dumps(answer)), request)
        if not read.following:
            break
        (request,) = read.following
        asked.append(request.address)
    assert asked == addresses


@pytest.mark.parametrize("cursor", ["", None, False, True, [], {}, [1]])
def test_a_cursor_that_is_none_ends_the_listing(cursor: Any) -> None:
    made = reader(items="$.d[*]", paging={"kind": "cursor", "path": "$.next"})
    assert made.read_listing(page(json.dumps({"d": [1], "next": cursor})), PageRequest(URL)).following == ()


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("a/b ?é", "https://s.example/d/a%2Fb%20%3F%C3%A9"),
        (12, "https://s.example/d/12"),
        ("..", "https://s.example/"),
        ("", None),
        (None, None),
        (True, None),
        ([1], None),
    ],
)
def test_the_detail_address(value: Any, detail: str | None) -> None:
    made = reader(detail={"address": "https://s.example/d/{value}", "value": "$.id"})
    (found,) = [entry for entry in entries(made, json.dumps([{"id": value}])) if isinstance(entry, FoundItem)]
    assert (found.detail.address if found.detail else None) == detail


def test_an_item_whose_detail_has_too_long_an_address_is_dropped() -> None:
    made = reader(detail={"address": "https://s.example/d/{value}", "value": "$.id"})
    dropped, kept = entries(made, json.dumps([{"id": "x" * 2100}, {"id": 1}]))
    assert isinstance(dropped, Dropped)
    assert dropped.code == "detail-address"
    assert isinstance(kept, FoundItem)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/p/1", "https://s.example/p/1"),
        ("HTTPS://O.example", "https://o.example/"),
        ("mailto:x", None),
        (3, None),
        ("/" + "x" * 2100, None),
        ("", None),
        (" ", None),
        (None, None),
    ],
)
def test_the_page_for_people(link: Any, url: str | None) -> None:
    *notices, found = entries(reader(link="$.u"), json.dumps([{"u": link}]))
    assert isinstance(found, FoundItem)
    assert found.url == url
    no_page = url is None and link not in {"", " ", None}
    assert [notice.code for notice in notices if isinstance(notice, Notice)] == (["link-not-a-page"] if no_page else [])


def test_a_query_is_replaced_not_doubled() -> None:
    assert (
        with_query(f"{URL}?page=9&a=1&a=2&b=", {}, {"page": "1", "é": "à b"})
        == f"{URL}?a=1&a=2&b=&page=1&%C3%A9=%C3%A0+b"
    )
    written = f"{URL}?ville=Orl%E9ans&ouvert&tri[]=a;b&p%61ge=9"
    assert with_query(written, {}, {"page": "1"}) == f"{URL}?ville=Orl%E9ans&ouvert&tri[]=a;b&page=1"


def test_details_without_fields_give_their_own_keys() -> None:
    made = reader(detail={"address": "https://s.example/{value}", "value": "$.id"})
    assert made.read_detail(page('{"a": [1], "b": "x"}'), PageRequest("https://s.example/1")).values == {
        "a": [1],
        "b": "x",
    }
