"""What is taken where, of any kind of source: the fields of a listing's items and of each level of details. Pure."""

from dataclasses import dataclass, field
from typing import assert_never

from moisson_shared.contracts.detail import HtmlDetail, JsonDetail, levels_of
from moisson_shared.contracts.paging import NextLink
from moisson_shared.contracts.selecting import HtmlField, HtmlFields, JsonFields, JsonPath, Selector
from moisson_shared.contracts.sources import FeedSource, FileSource, HtmlSource, JsonSource, SitemapSource, Source


@dataclass(frozen=True, slots=True)
class PageFields:
    """The fields of one page. A listing has an item, a detail has none; `html` is None for pages of JSON."""

    pointer: tuple[str, ...]
    """Of what holds `fields`, in the spider."""
    html: HtmlFields | None = None
    json: JsonFields = field(default_factory=dict)
    item: Selector | None = None
    items: JsonPath | None = None
    link: HtmlField | None = None
    """The link to the page behind an item, or behind this page."""
    value: JsonPath | None = None
    """The same of JSON: what names that page."""
    address: JsonPath | None = None
    """Of the items of an API: their page for people."""
    next: Selector | None = None
    """Of a listing in HTML: the link to its next page."""
    encoding: str | None = None


def listing_fields(source: Source) -> PageFields | None:
    """Of the items of a listing; None where the listing is neither HTML nor a JSON API."""
    match source:
        case HtmlSource():
            link = source.detail.link if source.detail is not None else None
            following = source.paging.selector if isinstance(source.paging, NextLink) else None
            return PageFields(
                ("source",), source.fields, item=source.item, link=link, next=following, encoding=source.encoding
            )
        case JsonSource():
            value = source.detail.value if source.detail is not None else None
            return PageFields(("source",), json=source.fields, items=source.items, value=value, address=source.link)
        case FileSource() | FeedSource() | SitemapSource():
            return None
        case _:
            assert_never(source)


def detail_fields(source: Source) -> tuple[PageFields, ...]:
    """Of the pages behind an item, the nearest first. A sitemap's own pages are the first of them."""
    if isinstance(source, FileSource):
        return ()
    own: tuple[PageFields, ...] = ()
    if isinstance(source, SitemapSource):
        link = source.detail.link if source.detail is not None else None
        own = (PageFields(("source",), source.fields, link=link, encoding=source.encoding),)
    below: list[PageFields] = []
    pointer: tuple[str, ...] = ("source",)
    for level in levels_of(source.detail):
        pointer = (*pointer, "detail")
        below.append(_of_level(level, pointer))
    return (*own, *below)


def _of_level(level: HtmlDetail | JsonDetail, pointer: tuple[str, ...]) -> PageFields:
    behind = level.detail
    link, value = (behind.link, behind.value) if behind is not None else (None, None)
    if isinstance(level, HtmlDetail):
        return PageFields(pointer, level.fields, link=link, encoding=level.encoding)
    return PageFields(pointer, json=level.fields, value=value)


def field_pointer(source: Source, name: str) -> tuple[str, ...]:
    """Where the spider says how a field is read; `("source",)` where the pages themselves name it."""
    listing = listing_fields(source)
    for page in (*((listing,) if listing is not None else ()), *detail_fields(source)):
        if name in (page.html or {}) or name in page.json:
            return (*page.pointer, "fields", name)
    return ("source",)
