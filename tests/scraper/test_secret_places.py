"""Where secrets stand in requests and in answers, as values."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.fetching.page_failure import PageFailed
from moisson_scraper.fetching.secret_filling import SecretFilling
from moisson_scraper.fetching.secret_masks import Masks, spellings
from moisson_scraper.fetching.secret_places import filled, names_in, parameters_in
from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_shared.contracts.paging import CursorParameter
from moisson_shared.contracts.sources import JsonSource
from moisson_shared.contracts.spider import SpiderDraft
from moisson_shared.contracts.spider_secret import MOST_ESCAPED
from tests.scraper.running_scraper import json_spider

SECRET = "s3cr&t/+='\"\\é".encode("ascii", "ignore").decode()
OWN = "https://api.example"
VALUES = {"key": SECRET}


class Recording:
    """A fetcher that remembers what it was asked, and answers with all of it."""

    def __init__(self, lost: str | None = None) -> None:
        self.asked: list[PageRequest] = []
        self._lost = lost

    async def fetch(self, request: PageRequest) -> FetchedPage:
        self.asked.append(request)
        if self._lost is not None:
            raise PageFailed("http-500", self._lost)
        headers = (("location", request.address), *request.headers)
        return FetchedPage(request.address, 200, "text/plain", request.body + request.address.encode(), headers)


def test_a_request_is_filled_in_query_headers_and_body() -> None:
    body = json.dumps({"token": "{secret:key}", "other": "{secret:none}"}).encode()
    for place in ("{secret:key}", "%7Bsecret:key%7D", "%7Bsecret%3Akey%7D", "%7bsecret%3akey%7d"):
        sent = filled(
            PageRequest(f"{OWN}/a?k={place}&n=1", body=body, headers=(("authorization", "Bearer {secret:key}"),)),
            VALUES,
            {("k", "key")},
        )
        assert sent.address == f"{OWN}/a?k=s3cr%26t%2F%2B%3D%27%22%5C&n=1"
        assert page_address(sent.address) == sent.address
        assert sent.headers == (("authorization", f"Bearer {SECRET}"),)
        assert json.loads(sent.body) == {"token": SECRET, "other": "{secret:none}"}
    in_path = PageRequest(f"{OWN}/{{secret:key}}/a")
    assert filled(in_path, VALUES) == in_path


@pytest.mark.parametrize(
    "query",
    [
        "to=https://evil.example/?k={secret:key}",
        "to=https://evil.example/%7Bsecret:key%7D",
        "cursor=%7Bsecret%3Akey%7D",
        "{secret:key}",
        "k=1&K=%7Bsecret:key%7D",
        "k={secret:other}",
    ],
)
async def test_an_address_of_an_answer_gets_no_secret_where_the_source_gives_none(query: str) -> None:
    pages = Recording()
    values = {**VALUES, "other": "0123456789"}
    request = PageRequest(f"{OWN}/out?{query}")
    await SecretFilling(pages, OWN, values, {"lost": "It is not there."}, {("k", "key")}).fetch(request)
    await SecretFilling(pages, OWN, {}, dict.fromkeys(values, "It is not there."), {("k", "key")}).fetch(request)
    assert pages.asked == [request, request]


@pytest.mark.parametrize(
    "spelling",
    [
        "s3cr&t/+='\"\\",
        "s3cr%26t%2F%2B%3D%27%22%5C",
        "s3cr%26t%2f%2b%3d%27%22%5c",
        "s3cr%26t/%2B%3D%27%22%5C",
        "s3cr&t/+='\\\"\\\\",
        "s3cr&t\\/+='\\\"\\\\",
        "s3cr&amp;t/+=&#x27;&quot;\\",
        "s3cr&amp;t/+=&#39;&quot;\\",
        "s3cr&amp;t\\/%2B=%27\\u0022&#x5C;",
        "s3cr%2526t%252F%252B%253D%2527%2522%255c",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_answers_are_brought_back_to_the_placeholder(spelling: str, encoding: str) -> None:
    page = FetchedPage(f"{OWN}?k={spelling}", 200, "", f"é {spelling}!".encode(encoding), (("link", spelling),))
    masked = Masks({SECRET: "{secret:key}"}).page(page)
    assert masked.body == "é {secret:key}!".encode(encoding)
    assert (masked.address, masked.headers) == (f"{OWN}?k={{secret:key}}", (("link", "{secret:key}"),))


CHARACTERS = st.characters(min_codepoint=32, max_codepoint=126)


@settings(max_examples=30, deadline=None)
@given(st.data(), st.text(CHARACTERS, min_size=8, max_size=40), st.text(max_size=20))
def test_however_a_secret_is_spelt_nothing_of_it_comes_back(data: st.DataObject, value: str, around: str) -> None:
    spelt = "".join(data.draw(st.sampled_from(spellings(character))) for character in value)
    masks = Masks({value: "\x00"})
    assert masks.text(f"[{spelt}]") == "[\x00]"
    back = f"{around}{spelt}{around}".encode("utf-8", "replace")
    masked = masks.page(FetchedPage(f"{OWN}?k={spelt}", 200, "", back))
    assert spelt.encode() not in masked.body
    assert masked.address == f"{OWN}?k=\x00"


@pytest.mark.parametrize("value", ["\\" * MOST_ESCAPED, "=/+ " * (MOST_ESCAPED // 4), "aB3-" * 1000])
def test_a_secret_of_the_worst_kind_is_found_in_a_long_answer(value: str) -> None:
    """Trying one way of spelling after the other would never end: 2^200 of them."""
    masks = Masks({value: "{secret:key}"})
    assert masks.text(value * 50 + "!").endswith("{secret:key}!")
    assert masks.text(value[:-1]) == value[:-1]


async def test_only_the_own_origin_is_sent_secrets() -> None:
    pages = Recording()
    headers = (("x-key", "{secret:key}"),)
    filling = SecretFilling(pages, OWN, VALUES, {"absent": "The secret 'absent' is not there."}, {("k", "key")})
    for address in (
        "https://api.example:8443/",
        "http://api.example/",
        "https://example/",
        "https://api.example.evil/",
    ):
        request = PageRequest(f"{address}?k={{secret:key}}", headers=headers)
        await filling.fetch(request)
        assert pages.asked[-1] == request
    back = await filling.fetch(PageRequest("HTTPS://Api.Example:443/?k={secret:key}", headers=headers))
    assert pages.asked[-1].headers == (("x-key", SECRET),)
    assert "s3cr" not in repr(back)
    with pytest.raises(PageFailed, match="'absent' is not there") as lost:
        await filling.fetch(PageRequest(OWN, headers=(("x-key", "{secret:absent}"),)))
    assert lost.value.code == "secret-missing"


async def test_a_failure_does_not_tell_the_secret() -> None:
    filling = SecretFilling(Recording(lost=f"Cannot fetch {SECRET}."), OWN, VALUES, {})
    with pytest.raises(PageFailed) as lost:
        await filling.fetch(PageRequest(OWN))
    assert (lost.value.message, str(lost.value)) == ("Cannot fetch {secret:key}.", "Cannot fetch {secret:key}.")


def test_the_names_that_a_source_wants() -> None:
    source = JsonSource.model_validate(
        {
            "url": OWN,
            "method": "POST",
            "query": {"a": "{secret:in-query}"},
            "headers": {"b": "Basic {secret:in-header}"},
            "body": {"c": ["{secret:in-body}"]},
            "detail": {"value": "$.id", "address": f"{OWN}/{{value}}?k={{secret:in-detail}}"},
        }
    )
    assert names_in(source) == {"in-query", "in-header", "in-body", "in-detail"}
    stated = {("a", "in-query"), ("k", "in-detail")}
    assert parameters_in(source) == stated
    with_cursor = source.model_copy(update={"paging": CursorParameter(path="$.next")})
    assert parameters_in(with_cursor) == stated | {("cursor", name) for name in names_in(source)}


@pytest.mark.parametrize(
    ("source", "pointer"),
    [
        ({"headers": {"X-Key": "{secret:Key}"}}, "/source/headers/X-Key"),
        ({"paging": {"kind": "page_number", "address": f"{OWN}/{{page}}?k={{secret:key}}"}}, "/source/paging/address"),
        ({"query": {"k": "{secret key}"}}, "/source/query/k"),
        ({"query": {"k": "{ secret:key }"}}, "/source/query/k"),
        ({"method": "POST", "body": {"k": "{secret:a_b}"}}, "/source/body"),
        ({"url": f"{OWN}/{{secret:key}}"}, "/source/url"),
        ({"detail": {"value": "$.id", "address": f"{OWN}/{{secret:key}}/{{value}}"}}, "/source/detail/address"),
        ({"headers": {"X-Key": "Bearer {secret:key}"}, "query": {"q": "{not a secret}"}}, None),
    ],
)
def test_places_that_would_not_be_filled_are_faults(source: dict[str, Any], pointer: str | None) -> None:
    spider = SpiderDraft.model_validate(json_spider(OWN, **source) if "url" not in source else json_spider(**source))
    assert [fault.pointer for fault in faults_in(spider)] == ([] if pointer is None else [pointer])
