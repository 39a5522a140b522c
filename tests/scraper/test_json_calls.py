"""The calls to a JSON API as values: where they go, what they carry, and where an answer leads."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from moisson_scraper.reading.json_source import JsonReader
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageRequest
from moisson_shared.contracts.sources import JsonSource

URL = "https://s.example/api/projets"
SECRETS = {"X-Key": "{secret:api-key}"}


def reader(**source: Any) -> JsonReader:
    return JsonReader(JsonSource.model_validate({"kind": "json", "url": URL, "items": "$.d[*]", **source}))


def answer(value: object, **headers: str) -> FetchedPage:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    named = tuple((name, content) for name, content in headers.items())
    return FetchedPage(URL, 200, "application/json", body, named)


def chain(made: JsonReader, *answers: FetchedPage) -> list[PageRequest]:
    """The calls that are made when the API answers so."""
    request, *_ = made.first_pages()
    calls = [request]
    for page in answers:
        following = made.read_listing(page, request).following
        if not following:
            break
        (request,) = following
        calls.append(request)
    return calls


ANSWERS = [answer({"d": [1, 2], "c": "a&b", "n": "?p=2"}), answer({"d": [3, 4], "c": 7}), answer({"d": []})]


@pytest.mark.parametrize(
    ("paging", "bodies"),
    [
        (None, [{"q": "x"}]),
        ({"kind": "page", "place": "body"}, [{"q": "x", "page": 1}, {"q": "x", "page": 2}, {"q": "x", "page": 3}]),
        (
            {"kind": "page", "place": "body", "size_parameter": "n", "size": 2},
            [{"q": "x", "page": page, "n": 2} for page in (1, 2, 3)],
        ),
        (
            {"kind": "offset", "place": "body", "size": 2},
            [{"q": "x", "offset": offset, "limit": 2} for offset in (0, 2, 4)],
        ),
        ({"kind": "cursor", "place": "body", "path": "$.c"}, [{"q": "x"}, {"q": "x", "cursor": "a&b"}, None]),
        (
            {"kind": "offset", "place": "body", "parameter": "/v/from", "size_parameter": "/v/~1n~0", "size": 2},
            [{"q": "x", "v": {"from": offset, "/n~": 2}} for offset in (0, 2, 4)],
        ),
    ],
)
def test_paging_in_the_body_of_a_post(paging: dict[str, Any] | None, bodies: list[dict[str, Any] | None]) -> None:
    calls = chain(reader(method="POST", body={"q": "x"}, paging=paging), *ANSWERS)
    if bodies[-1] is None:
        bodies = [*bodies[:-1], {"q": "x", "cursor": 7}]
    assert [json.loads(call.body) for call in calls] == bodies
    assert {(call.method, call.address) for call in calls} == {("POST", URL)}
    assert len({call.identity for call in calls}) == len(calls)


def test_a_cursor_goes_among_the_variables_of_graphql() -> None:
    body = {"query": "query($after: String) { … }", "variables": {"first": 2}}
    paging = {"kind": "cursor", "place": "body", "parameter": "/variables/after", "path": "$.c"}
    calls = chain(reader(method="POST", body=body, paging=paging), *ANSWERS)
    variables = [json.loads(call.body)["variables"] for call in calls]
    assert variables == [{"first": 2}, {"first": 2, "after": "a&b"}, {"first": 2, "after": 7}]


@pytest.mark.parametrize(
    ("paging", "addresses"),
    [
        ({"kind": "page"}, [f"{URL}?page=1", f"{URL}?page=2", f"{URL}?page=3"]),
        ({"kind": "offset", "size": 2}, [f"{URL}?offset={n}&limit=2" for n in (0, 2, 4)]),
        ({"kind": "cursor", "path": "$.c"}, [URL, f"{URL}?cursor=a%26b", f"{URL}?cursor=7"]),
        ({"kind": "next_address", "path": "$.n"}, [URL, f"{URL}?p=2"]),
    ],
)
def test_paging_in_the_address_of_a_post(paging: dict[str, Any], addresses: list[str]) -> None:
    calls = chain(reader(method="POST", body={"q": "é"}, paging=paging), *ANSWERS)
    assert [call.address for call in calls] == addresses
    assert {(call.method, call.body) for call in calls} == {("POST", '{"q":"é"}'.encode())}


@pytest.mark.parametrize("number", ["1.10", "12345678901234567890.5", "1E3", "-0.0", "12345678901234567890", "1e400"])
def test_a_number_goes_back_in_the_address_as_it_was_written(number: str) -> None:
    given = f'{{"d": [1], "c": [{{"t": 2, "v": {number}}}]}}'.encode()
    for path in ("$.c[0].v", "$..v", "$.c[?@.t == 2].v"):
        calls = chain(reader(paging={"kind": "cursor", "path": path}), answer(given))
        assert calls[1].address == f"{URL}?cursor={number}"


@pytest.mark.parametrize(
    ("paging", "addresses"),
    [
        ({"address": f"{URL}/page/{{page}}"}, [f"{URL}?l=fr", f"{URL}/page/2?l=fr", f"{URL}/page/3?l=fr"]),
        (
            {"address": f"{URL}/p{{page}}.json", "first": 20, "step": 20, "last": 20},
            [f"{URL}?l=fr", f"{URL}/p20.json?l=fr"],
        ),
        (
            {"address": f"{URL}/{{page:2}}/p{{page:3}}.json", "first": 99},
            [f"{URL}?l=fr", f"{URL}/99/p099.json?l=fr", f"{URL}/100/p100.json?l=fr"],
        ),
        ({"address": "https://o.example/{page}"}, [f"{URL}?l=fr", "https://o.example/2", "https://o.example/3"]),
    ],
)
def test_numbers_in_the_address(paging: dict[str, Any], addresses: list[str]) -> None:
    given = {"query": {"l": "fr"}, "headers": SECRETS, "paging": {"kind": "page_number", **paging}}
    calls = chain(reader(**given), *ANSWERS)
    assert [call.address for call in calls] == addresses
    assert [call.numbered for call in calls] == [False, *(True for _ in addresses[1:])]
    for call in calls:
        own = call.address.startswith("https://s.example/")
        assert call.headers == ((("x-key", "{secret:api-key}"),) if own else ())


def test_each_address_is_read_to_its_end_in_the_same_way() -> None:
    given = {"url": f"{URL}?t=eau", "further_urls": [f"{URL}?t=terre"], "query": {"key": "{secret:k}"}}
    made = reader(**given, paging={"kind": "page"}, headers=SECRETS)
    ends = ("&key={secret:k}&page=1", "&key={secret:k}&page=2")
    for request, theme in zip(made.first_pages(), ("eau", "terre"), strict=True):
        (following,) = made.read_listing(ANSWERS[0], request).following
        assert [call.address for call in (request, following)] == [f"{URL}?t={theme}{end}" for end in ends]
        assert request.headers == following.headers == (("x-key", "{secret:api-key}"),)
    numbered = reader(**given, paging={"kind": "page_number", "address": f"{URL}/{{page}}"})
    eau, terre, second = numbered.first_pages()
    assert second.address == f"{URL}/2?key={{secret:k}}"
    assert numbered.read_listing(ANSWERS[0], eau).following == ()
    assert numbered.read_listing(ANSWERS[0], terre).following == (second,)  # previews show it


@pytest.mark.parametrize(
    ("starts", "numbers", "asked"),
    [
        (["/a", "/b"], {"first": 2, "last": 3}, ["/a", "/b", "/n/2"]),
        (["/n/1"], {"first": 1, "last": 3}, ["/n/1", "/n/2"]),
        (["/n/3", "/n/1"], {"first": 1, "step": 2, "last": 9}, ["/n/3", "/n/1", "/n/5"]),
        (["/n/1"], {"first": 1, "last": 1}, ["/n/1"]),
    ],
)
def test_pages_by_number_begin_with_the_first_that_is_no_start(
    starts: list[str], numbers: dict[str, Any], asked: list[str]
) -> None:
    url, *further = [f"{URL}{start}" for start in starts]
    paging = {"kind": "page_number", "address": f"{URL}/n/{{page}}", **numbers}
    made = reader(url=url, further_urls=further, query={"l": "fr"}, paging=paging)
    assert [call.address for call in made.first_pages()] == [f"{URL}{path}?l=fr" for path in asked]


@pytest.mark.parametrize(
    ("sizes", "offsets"),
    [
        ([50, 50, 50, 12], [0, 50, 100, 150]),
        ([50, 50, 0], [0, 50, 100]),
        ([25, 25, 24], [0, 25, 50]),
        ([10, 0], [0, 10]),
        ([49], [0]),
        ([0], [0]),
        ([100, 50], [0, 100]),
        ([100, 100, 5], [0, 100, 200]),
    ],
)
def test_an_api_that_gives_no_more_at_once_is_read_to_its_end(sizes: list[int], offsets: list[int]) -> None:
    given = [answer({"d": [{"n": n} for n in range(size)]}) for size in sizes]
    told = ["fewer-than-asked"] if len(sizes) > 1 and sizes[0] < 100 else []
    for kind, numbers in [("offset", offsets), ("page", range(1, len(offsets) + 1))]:
        made = reader(paging={"kind": kind, "size": 100})
        calls = chain(made, *given)
        assert [dict(parse_qsl(urlsplit(call.address).query))[kind] for call in calls] == [*map(str, numbers)]
        notices = made.read_listing(given[0], calls[0]).notices
        assert [notice.code for notice in notices if notice.code != "no-items-in-page"] == told


def test_headers_go_with_every_call_and_secrets_stay_places() -> None:
    made = reader(
        headers=SECRETS,
        query={"key": "{secret:other}", "q": "{a} é"},
        method="POST",
        body={"token": "{secret:third}"},
        paging={"kind": "cursor", "path": "$.c"},
    )
    calls = chain(made, *ANSWERS)
    start = f"{URL}?key={{secret:other}}&q=%7Ba%7D+%C3%A9"
    assert [call.address for call in calls] == [start, f"{start}&cursor=a%26b", f"{start}&cursor=7"]
    assert {call.headers for call in calls} == {(("x-key", "{secret:api-key}"),)}
    assert {call.body for call in calls} == {b'{"token":"{secret:third}"}'}


def test_an_answer_cannot_name_a_secret() -> None:
    made = reader(paging={"kind": "cursor", "path": "$.c"})
    assert chain(made, answer({"d": [1], "c": "{secret:api-key}"}))[1].address == f"{URL}?cursor=%7Bsecret%3Aapi-key%7D"
    made = reader(paging={"kind": "next_address", "path": "$.c"})
    assert chain(made, answer({"d": [1], "c": "?{secret:api-key}"}))[1].address == f"{URL}?%7Bsecret:api-key%7D"


@pytest.mark.parametrize(
    ("given", "following", "code"),
    [
        ("?p=2", f"{URL}?p=2", None),
        ("/api/x", "https://s.example/api/x", None),
        ("projets?p=2", f"{URL}?p=2", None),
        ("//s.example/x", "https://s.example/x", None),
        ("HTTPS://S.example:443/x#f", "https://s.example/x", None),
        ("https://s.example/é", "https://s.example/%C3%A9", None),
        (None, None, None),
        ("", None, None),
        (" ", None, None),
        (False, None, None),
        (3, "https://s.example/api/3", None),
        (True, None, "cursor-not-a-text"),
        ({}, None, "cursor-not-a-text"),
        (["?p=2"], None, "cursor-not-a-text"),
        ("mailto:a@b.c", None, "next-not-a-page"),
        ("http://[", None, "next-not-a-page"),
        ("?p=" + "2" * 3000, None, "next-address"),
    ],
)
def test_the_next_address(given: object, following: str | None, code: str | None) -> None:
    made = reader(paging={"kind": "next_address", "path": "$.n"}, headers=SECRETS)
    read = made.read_listing(answer({"d": [1], "n": given}), PageRequest(URL))
    assert [request.address for request in read.following] == ([following] if following else [])
    assert [notice.code for notice in read.notices] == ([code] if code else [])
    assert read.open_ended == (code is not None)


@pytest.mark.parametrize(
    ("link", "following"),
    [
        ('<?p=2>; rel="next", <?p=9>; rel="last"', f"{URL}?p=2"),
        ('</x?a=1,2>; title="a, b"; rel="prev next"', "https://s.example/x?a=1,2"),
        ('<?p=1>; rel="prev"', None),
        ("", None),
    ],
)
def test_the_next_page_by_the_link_header(link: str, following: str | None) -> None:
    read = reader(paging={"kind": "link_header"}).read_listing(answer({"d": [1]}, link=link), PageRequest(URL))
    assert [request.address for request in read.following] == ([following] if following else [])


@pytest.mark.parametrize("paging", [{"kind": "link_header"}, {"kind": "next_address", "path": "$.n"}])
def test_another_origin_gets_neither_headers_nor_body(paging: dict[str, Any]) -> None:
    made = reader(method="POST", body={"q": 1}, headers=SECRETS, paging=paging)
    (start,) = made.first_pages()
    for target, own in (("https://s.example/b", True), ("http://s.example/b", False), ("https://o.example/b", False)):
        page = answer({"d": [1], "n": target}, link=f"<{target}>; rel=next")
        (call,) = made.read_listing(page, start).following
        expected = ("POST", b'{"q":1}', (("x-key", "{secret:api-key}"),)) if own else ("GET", b"", ())
        assert (call.method, call.body, call.headers) == expected


@pytest.mark.parametrize("paging", [{"kind": "link_header"}, {"kind": "next_address", "path": "$.n"}])
@pytest.mark.parametrize(
    ("target", "following"),
    [
        ("?p=2", f"{URL}?p=2&key={{secret:api-key}}"),
        ("/b", "https://s.example/b?key={secret:api-key}"),
        ("?key=other&p=2", f"{URL}?key=other&p=2"),
        ("https://o.example/b", "https://o.example/b"),
    ],
)
def test_a_next_address_gets_the_secret_that_it_leaves_out(paging: dict[str, Any], target: str, following: str) -> None:
    made = reader(query={"key": "{secret:api-key}", "page": "1"}, paging=paging)
    calls = chain(made, answer({"d": [1], "n": target}, link=f"<{target}>; rel=next"))
    assert calls[1].address == following


@pytest.mark.parametrize(
    ("detail", "own"), [("https://s.example/d/{value}", True), ("https://o.example/d/{value}", False)]
)
def test_details_of_the_own_origin_get_the_headers(detail: str, own: bool) -> None:
    behind = {"value": "$.ref", "address": detail}
    made = reader(headers=SECRETS, detail={"value": "$.id", "address": detail, "detail": behind})
    (item,) = made.read_listing(answer({"d": [{"id": 1}]}), PageRequest(URL)).items
    assert isinstance(item, FoundItem)
    assert item.detail is not None
    further = made.read_detail(answer({"ref": 2}), item.detail).detail
    assert further is not None
    for request in (item.detail, further):
        assert request.headers == ((("x-key", "{secret:api-key}"),) if own else ())
        assert (request.method, request.body) == ("GET", b"")


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"d": [1]}',
        b')]}\'\n{"d": [1]}',
        b')]}\',\n{"d": [1]}',
        b'while(1);{"d": [1]}',
        b' for (;;); {"d": [1]}',
        b'{} && {"d": [1]}',
        b'rappel({"d": [1]});',
        b'/**/jQuery123_4.cb ({"d": [1]})\n',
        '{"d": [1]}'.encode("utf-16"),
    ],
)
def test_answers_in_a_wrapper(body: bytes) -> None:
    assert len(list(reader().read_listing(answer(body), PageRequest(URL)).items)) == 1


@pytest.mark.parametrize(
    "body", [b"rappel(", b"rappel([1]) + 1", b")]}'", b"alert(1)(2)", b"f(x)", b"while(1);;", b"<p>f({})</p>"]
)
def test_wrappers_without_json(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        reader().read_listing(answer(body), PageRequest(URL))
