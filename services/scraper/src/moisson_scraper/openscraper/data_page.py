"""One page of raw records, or all of them as CSV: what `/api/data` answers."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from moisson_scraper.keeping.collections import RAW_RECORDS, KeptRecord
from moisson_scraper.openscraper.data_query import DataQuery
from moisson_scraper.openscraper.match_record import matches
from moisson_scraper.openscraper.scan_records import RecordScan
from moisson_scraper.openscraper.shown_record import (
    CSV_CORE,
    csv_line,
    csv_row,
    field_key,
    link_and_fields,
    safe_cell,
)
from moisson_scraper.openscraper.visible_fields import FieldView, SpiderView
from moisson_shared.ports.documents import DocumentStore, Equal, Stored

_AT_ONCE = 500

Found = tuple[SpiderView, Stored[KeptRecord]]


@dataclass
class DataPage:
    """The records of a page, and how many there are in all, as far as they were looked at."""

    records: list[Found] = field(default_factory=list)
    total: int = 0
    scanned: int = 0
    cut: str | None = None

    def fields(self, views: Sequence[SpiderView]) -> dict[str, FieldView]:
        """The fields that spiders and data models name, and those that these records have besides."""
        found: dict[str, FieldView] = {}
        for view in views:
            for told in view.named_fields():
                found.setdefault(told.name, told)
        for view, stored in self.records:
            for name, value in view.values(stored.value.values):
                if name not in found:
                    found[name] = view.told(name, value)
        return found


async def read_page(store: DocumentStore, views: Sequence[SpiderView], query: DataQuery, scan: RecordScan) -> DataPage:
    """The page that is asked for; `cut` says where a bound ended the look through the records."""
    if query.items is not None:
        page = await _by_id(store, views, query)
    elif query.seed is not None:
        page = await _shuffled(store, views, query, scan)
    elif query.searches:
        page = await _searched(views, query, scan)
    else:
        page = await _plain(store, views, query, scan)
    page.scanned, page.cut = scan.read, scan.cut
    return page


async def _by_id(store: DocumentStore, views: Sequence[SpiderView], query: DataQuery) -> DataPage:
    by_spider = {view.spider.id: view for view in views}
    stored = await store.get_many(RAW_RECORDS, query.items or ())
    found = [
        (by_spider[one.value.alive], one)
        for one in (stored[key] for key in sorted(stored))
        if one.value.alive in by_spider
    ]
    return _window([one for one in found if _wanted(query, one)], query)


def _wanted(query: DataQuery, found: Found) -> bool:
    return not query.searches or matches(query, found[0], found[1].value.values)


def _window(found: list[Found], query: DataQuery) -> DataPage:
    begin = (query.page - 1) * query.per_page
    return DataPage(found[begin : begin + query.per_page], len(found))


async def _searched(views: Sequence[SpiderView], query: DataQuery, scan: RecordScan) -> DataPage:
    page = DataPage()
    begin = (query.page - 1) * query.per_page
    async for found in scan.over(views):
        if matches(query, found[0], found[1].value.values):
            if begin <= page.total < begin + query.per_page:
                page.records.append(found)
            page.total += 1
    return page


async def _plain(store: DocumentStore, views: Sequence[SpiderView], query: DataQuery, scan: RecordScan) -> DataPage:
    """Without a search the store counts, and whole spiders are passed over."""
    page = DataPage()
    begin = (query.page - 1) * query.per_page
    end = begin + query.per_page
    for view in views:
        here = await store.count(RAW_RECORDS, (Equal("alive", view.spider.id),))
        first = page.total
        page.total += here
        if page.total <= begin or first >= end:
            continue
        position = first
        async with aclosing(scan.over([view])) as records:
            async for found in records:
                if position >= end:
                    break
                if position >= begin:
                    page.records.append(found)
                position += 1
    return page


async def _shuffled(store: DocumentStore, views: Sequence[SpiderView], query: DataQuery, scan: RecordScan) -> DataPage:
    """The order follows from seed and record id alone: the same on each page, and for each reader."""
    keys: list[tuple[bytes, str]] = []
    async for view, stored in scan.over(views):
        if _wanted(query, (view, stored)):
            shuffled = hashlib.blake2b(stored.key.encode(), key=_seed(query), digest_size=8).digest()
            keys.append((shuffled, stored.key))
    keys.sort()
    begin = (query.page - 1) * query.per_page
    wanted = [key for _, key in keys[begin : begin + query.per_page]]
    by_spider = {view.spider.id: view for view in views}
    there = await store.get_many(RAW_RECORDS, wanted)
    records = [(by_spider[there[key].value.spider_id], there[key]) for key in wanted if key in there]
    return DataPage(records, len(keys))


def _seed(query: DataQuery) -> bytes:
    return hashlib.blake2b((query.seed or "").encode("utf-8", "replace"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class CsvExport:
    """All that was found: the names of its fields, and the ids of its records, in their order."""

    columns: tuple[str, ...]
    keys: tuple[str, ...]
    cut: str | None
    views: tuple[SpiderView, ...]

    async def lines(self, store: DocumentStore) -> AsyncIterator[str]:
        """The head and a line for each record that is still there; a field that came up meanwhile has no column."""
        yield csv_line(safe_cell(cell) for cell in (*CSV_CORE, *map(field_key, self.columns)))
        by_spider = {view.spider.id: view for view in self.views}
        for begin in range(0, len(self.keys), _AT_ONCE):
            part = self.keys[begin : begin + _AT_ONCE]
            there = await store.get_many(RAW_RECORDS, part)
            rows = (there[key] for key in part if key in there and there[key].value.alive in by_spider)
            yield "".join(csv_line(csv_row(by_spider[one.value.spider_id], one, self.columns)) for one in rows)


async def all_as_csv(views: Sequence[SpiderView], query: DataQuery, scan: RecordScan) -> CsvExport:
    """Everything that is asked for."""
    columns: dict[str, None] = {}
    keys: list[str] = []
    async for view, stored in scan.over(views):
        if _wanted(query, (view, stored)):
            keys.append(stored.key)
            columns |= dict.fromkeys(link_and_fields(view, stored.value)[1])
    return CsvExport(tuple(columns), tuple(keys), scan.cut, tuple(views))


def page_as_csv(page: DataPage, views: Sequence[SpiderView]) -> CsvExport:
    """One page."""
    columns = dict.fromkeys(name for view, stored in page.records for name in link_and_fields(view, stored.value)[1])
    return CsvExport(tuple(columns), tuple(stored.key for _, stored in page.records), page.cut, tuple(views))
