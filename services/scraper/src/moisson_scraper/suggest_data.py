"""Proposals from what is data already: JSON APIs, files, feeds, sitemaps. Each is read as a run would read it."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from moisson_scraper.reading.json_document import parse_json
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FetchedPage, PageKind, PageRequest
from moisson_scraper.running.seen_pages import ReadSample, SeenPages
from moisson_scraper.suggesting.confidence import LABELLED, draft_confidence
from moisson_scraper.suggesting.describe_json import JsonList, find_list, goes_on_in_variables, ways_on
from moisson_scraper.suggesting.describe_records import identity_of, suggested
from moisson_scraper.suggesting.evidence import evidence
from moisson_scraper.suggesting.proposal import Findings, Proposal
from moisson_scraper.suggesting.propose_html import propose_detail
from moisson_scraper.suggesting.vocabulary import is_item_word, words_of
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.paging import JsonPaging
from moisson_shared.contracts.selecting import HtmlField
from moisson_shared.contracts.sources import FeedSource, FileSource, JsonSource, SitemapSource
from moisson_shared.contracts.spider_suggestion import Evidence, SuggestedField

_LINK_KEYS = ("lien", "link", "url", "permalink", "href", "html_url", "page_url", "fiche", "web_url")
_MOST_WAYS = 4
_FEWEST_PAGES = 3
_LONGEST_FOLDER = 400
_TITLE = {"titre": HtmlField(expression="h1")}
_IN_VARIABLES = Notice(
    "paging-in-variables",
    "The list goes on behind a cursor that the variables of the GraphQL query take. No address can hold that: make it "
    "a POST with the query in its `body`, and paging by `cursor` with `place: body`, `parameter: /variables/after`.",
)
_NO_WAY_ON = Notice(
    "way-on-not-found",
    "The answer may not be all there is, but nothing that was tried brought further items: state the `paging` if the "
    "API has one.",
)


# JSON.


async def findings_in_json(page: FetchedPage, pages: SeenPages, address: str) -> Findings:
    """An API's list with its fields and the way on that works. Raises `Unreadable`."""
    document = await asyncio.to_thread(parse_json, page)
    found = find_list(document.value)
    if found is None:
        return Findings.of_nothing(
            Notice("json-without-list", "The answer is JSON, but there is no list of objects in it.")
        )
    source = _json_source(found, address)
    told: list[Evidence] = []
    linked = 'rel="next"' in (page.header("link") or "") or "rel=next" in (page.header("link") or "")
    confirmed = False
    ways = list(ways_on(found, address, linked))[:_MOST_WAYS]
    for way in ways:
        with_paging = _json_source(found, address, way.paging)
        if await pages.leads_on(with_paging, page):
            source, confirmed = with_paging, True
            told.append(way.why)
            break
    sample = await pages.read(source, page)
    identity, why = identity_of(sample.rows, _urls(sample))
    paths = {field.name: field.path for field in found.fields}
    fields = [
        suggested(name, "listing", path, sample.rows, LABELLED, "It is a key of the items.")
        for name, path in paths.items()
    ]
    confidence = draft_confidence(_worth(len(found.items)), confirmed=confirmed, fields=len(fields), titled=True)
    items = evidence("json-items", items=len(found.items), keys=len(fields), path=found.path)
    proposal = Proposal("json", source, identity, tuple(fields), confidence, (items, *told, why))
    if goes_on_in_variables(found, address):
        return Findings([proposal], notes=[_IN_VARIABLES])
    return Findings([proposal], notes=[_NO_WAY_ON] if ways and not confirmed else [])


def _json_source(found: JsonList, address: str, paging: JsonPaging | None = None) -> JsonSource:
    link = next((field.path for field in found.fields if _is_link(field.name, field.path, found)), None)
    fields = {field.name: field.path for field in found.fields}
    return JsonSource(url=address, items=found.path, fields=fields, paging=paging, link=link)


def _is_link(name: str, path: str, found: JsonList) -> bool:
    """Whether a key names the items' pages for people: other addresses in each."""
    if name.lower() not in _LINK_KEYS or path.count(".") != 1:
        return False
    values = [item.get(name) for item in found.items]
    links = [value for value in values if isinstance(value, str) and value.startswith(("http", "/"))]
    return len(links) == len(values) == len(set(links))


def _worth(items: int) -> float:
    return min(1.0, 0.6 + items / 50)


def _urls(sample: ReadSample) -> list[str | None]:
    return [item.url for item in sample.items]


# Files.


async def findings_in_file(page: FetchedPage, pages: SeenPages, address: str) -> Findings:
    """A table or a file of records, whatever its format. Raises `Unreadable`."""
    source = FileSource(url=address)
    sample = await pages.read(source, page)
    if not sample.items:
        return Findings.of_nothing(Notice("file-without-records", "The file has no records."))
    fields = _described(sample.rows, "It is a column or a key of the records.")
    identity, why = identity_of(sample.rows, [None])
    confidence = draft_confidence(_worth(len(sample.items)), confirmed=True, fields=len(fields), titled=True)
    told = evidence("file-records", records=len(sample.items), fields=len(fields))
    return Findings([Proposal("file", source, identity, fields, confidence, (told, why))])


def _described(rows: Sequence[JsonObject], why: str) -> tuple[SuggestedField, ...]:
    names = dict.fromkeys(name for row in rows for name in row)
    return tuple(suggested(name, "listing", name, rows, LABELLED, why) for name in list(names)[:200])


# Feeds.


async def findings_in_feed(page: FetchedPage, pages: SeenPages, address: str) -> Findings:
    """RSS or Atom: the entries as they are. Raises `Unreadable`."""
    source = FeedSource(start_urls=(address,))
    sample = await pages.read(source, page)
    if not sample.items:
        return Findings.of_nothing(Notice("feed-without-entries", "The feed has no entries now."))
    told = evidence("feed-entries", entries=len(sample.items))
    fields = _described(sample.rows, "Feeds have it.")
    identity, why = identity_of([{"id": row.get("id")} for row in sample.rows], _urls(sample))
    confidence = draft_confidence(0.8 * _worth(len(sample.items)), confirmed=True, fields=len(fields), titled=True)
    return Findings([Proposal("feed", source, identity, fields, confidence, (told, why))])


# Sitemaps.


async def findings_in_sitemap(page: FetchedPage, pages: SeenPages, address: str) -> Findings:
    """The pages of one kind that a sitemap lists, and what two of them have. Raises `Unreadable`."""
    source = SitemapSource(start_urls=(address,), fields=_TITLE)
    listed = await _listed(source, page, pages)
    kind = _likeliest_kind(listed)
    if kind is None:
        return Findings.of_nothing(Notice("sitemap-without-kind", "The sitemap lists no pages of one kind."))
    pattern, addresses = kind
    got = [await pages.tried(one, PageKind.DETAIL) for one in addresses[:2]]
    try:
        details = await asyncio.to_thread(propose_detail, [one for one in got if one is not None])
    except Unreadable:
        details = ()
    chosen = {one.name: one.field for one in details} or _TITLE
    source = SitemapSource(start_urls=(address,), include=(pattern,), fields=chosen)
    rows: list[JsonObject] = []
    for one in addresses[:2]:
        values = await pages.read_detail(source, PageRequest(one, PageKind.DETAIL)) if one in pages.known else None
        rows.extend([values] if values is not None else [])
    fields = tuple(suggested(d.name, "detail", d.field.expression, rows, d.evidence, d.why) for d in details)
    identity, why = identity_of([], list(addresses))
    told = evidence("sitemap-kind", pages=len(addresses), listed=len(listed), pattern=pattern)
    titled = any(field.name == "titre" for field in fields)
    confidence = draft_confidence(0.8 * _worth(len(addresses)), confirmed=True, fields=len(fields), titled=titled)
    return Findings([Proposal("sitemap", source, identity, fields, confidence, (told, why))])


async def _listed(source: SitemapSource, page: FetchedPage, pages: SeenPages) -> list[str]:
    """The pages of a sitemap; of an index, those of the sitemap that most likely lists things."""
    request = PageRequest(source.start_urls[0])
    for _ in range(3):
        sample = await pages.read(source, page, request)
        addresses = [item.url for item in sample.items if item.url is not None]
        if addresses or not sample.following:
            return addresses
        request = max(sample.following, key=lambda one: _says_items(one.address))
        fetched = await pages.tried(request.address)
        if fetched is None:
            return []
        page = fetched
    return []


def _says_items(address: str) -> int:
    words = [word for part in urlsplit(address).path.split("/") for word in words_of(part.partition(".")[0])]
    return sum(map(is_item_word, words)) - 2 * sum(
        word in {"category", "categorie", "tag", "author", "page"} for word in words
    )


def _likeliest_kind(addresses: Sequence[str]) -> tuple[str, list[str]] | None:
    """The folder with the most pages in it, one that is named for things before others."""
    folders: dict[str, list[str]] = {}
    for address in addresses:
        path = urlsplit(address).path.rstrip("/")
        folder, _, name = path.rpartition("/")
        if name:
            folders.setdefault(folder, []).append(address)
    counts = Counter(
        {folder: len(found) * (2 if _says_items(f"http://x{folder}") > 0 else 1) for folder, found in folders.items()}
    )
    for folder, _ in counts.most_common(1):
        if len(folders[folder]) >= _FEWEST_PAGES and len(folder) < _LONGEST_FOLDER:
            return f"^https?://[^/]+{re.escape(folder)}/[^/?]+/?$", folders[folder]
    return None
