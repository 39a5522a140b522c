"""What is kept of a page is what was read of it: a run that goes on later asks for the same pages in the same way."""

import pytest

from moisson_scraper.keeping.kept_reading import detail_from, detail_text, listing_from, listing_text
from moisson_scraper.reading.notice import Dropped, Notice
from moisson_scraper.reading.source_reader import DetailRead, FoundItem, ListingRead, PageKind, PageRequest

ADDRESS = "https://s.example/é"
REQUESTS = [
    PageRequest(ADDRESS),
    PageRequest(ADDRESS, PageKind.DETAIL, 2, accept="application/json", modified="2026-01-02"),
    PageRequest(ADDRESS, position=3, numbered=True),
    PageRequest(ADDRESS, position=1, numbered=True, capped=50),
    PageRequest(ADDRESS, position=1, chained=False),
    PageRequest(ADDRESS, position=1, context='<html><base href="https://s.example/b/"><ul class="é">'),
    PageRequest(ADDRESS, method="POST", body='{"q":"é"}'.encode(), headers=(("x-key", "{secret:k}"), ("a", "b"))),
    PageRequest(ADDRESS, headers=(("hx-request", "true"),), chained=False, context="<html>"),
]


@pytest.mark.parametrize("request_for", REQUESTS, ids=range(len(REQUESTS)))
def test_requests_are_kept_whole(request_for: PageRequest) -> None:
    item = FoundItem({"a": 1}, ADDRESS, request_for, "item 1")
    read = ListingRead([item, Notice("n", "N", "s", 2), Dropped("d", "D")], (request_for,), b"\x01", encoding="utf-8")
    text = listing_text(read)
    assert text is not None
    assert listing_from(text) == read
    detail = DetailRead({"é": [1, 1.0, None]}, (Notice("n", "N"),), "utf-8", request_for)
    text = detail_text(detail)
    assert text is not None
    assert detail_from(text) == detail
