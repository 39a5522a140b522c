"""One page of raw records, or all of them as CSV: what `/api/data` answers."""

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from moisson_scraper.keeping.collections import RAW_RECORDS, KeptRecord
from moisson_scraper.openscraper.data_query import DataQuery
from moisson_scraper.openscraper.match_record import matches
from moisson_scraper.openscraper.scan_records import RecordScan, ScanBounds
from moisson_scraper.openscraper.shown_record import (
    CSV_CORE,
    csv_line,
    csv_row,
    field_key,
    link_and_fields,
    safe_cell,
)
from moisson_scraper.openscraper.visible_fields import FieldView, SpiderView
from moisson_shared.contracts.errors import TooLarge
from moisson_shared.ports.documents import DocumentStore, Equal, Stored

_AT_ONCE = 50

Found = tuple[SpiderView, Stored[KeptRecord]]


@dataclass
class DataPage:
    """The records of a page, and how many there are in all, as far as they were looked at."""

    room: int
    """For the values that it may still take, in bytes of their JSON, or nearly so."""
    records: list[Found] = field(default_factory=list)
    total: int = 0
    scanned: int = 0
    cut: str | None = None

    def add(self, found: Found) -> None:
        """One more record. Raises `TooLarge`."""
        self.room -= len(json.dumps(found[1].value.values, ensure_ascii=False))
        if self.room < 0:
            raise TooLarge("The records of this page are too large together: ask for fewer with results_per_page.")
        self.records.append(found)

    def fields(self, views: Sequence[SpiderView]) -> dict[str, FieldView]:
        """The fields that these records have, by their values, and those that spiders and data models name besides."""
        found: dict[str, FieldView] = {}
        for view, stored in self.records:
            for name, value in view.values(stored.value.values):
                if name not in found:
                    found[name] = view.told(name, value)
        for view in views:
            for told in view.named_fields():
                found.setdefault(told.name, told)
        return found


async def read_page(store: DocumentStore, views: Sequence[SpiderView], query: DataQuery, scan: RecordScan) -> DataPage:
    """The page that is asked for; `cut` says where a bound ended the look through the records."""
    page = DataPage(scan.bounds.page_bytes)
    if query.seed is not None:
        await _fill_shuffled(page, store, views, query, scan)
    elif query.items is not None or query.searches:
        await _fill(page, _asked_for(store, views, query, scan), query)
    else:
        await _fill_plainly(page, store, views, query, scan)
    page.scanned, page.cut = scan.read, scan.cut
    return page


async def _asked_for(
    store: DocumentStore, views: Sequence[SpiderView], query: DataQuery, scan: RecordScan
) -> AsyncGenerator[Found, None]:
    """By id where ids are given, else all that the scan comes by; those that are searched for."""
    found = scan.over(views) if query.items is None else _by_id(store, views, sorted(query.items))
    async with aclosing(found) as records:
        async for one in records:
            if not query.searches or matches(query, one[0], one[1].value.values):
                yield one


async def _by_id(store: DocumentStore, views: Sequence[SpiderView], keys: Sequence[str]) -> AsyncGenerator[Found, None]:
    """Those that are there and may be seen, in the order of the ids."""
    by_spider = {view.spider.id: view for view in views}
    for begin in range(0, len(keys), _AT_ONCE):
        part = keys[begin : begin + _AT_ONCE]
        there = await store.get_many(RAW_RECORDS, part)
        for key in part:
            if key in there and there[key].value.alive in by_spider:
                yield by_spider[there[key].value.spider_id], there[key]


async def _fill(page: DataPage, found: AsyncGenerator[Found, None], query: DataQuery) -> None:
    begin = (query.page - 1) * query.per_page
    async with aclosing(found) as records:
        async for one in records:
            if begin <= page.total < begin + query.per_page:
                page.add(one)
            page.total += 1


async def _fill_plainly(
    page: DataPage, store: DocumentStore, views: Sequence[SpiderView], query: DataQuery, scan: RecordScan
) -> None:
    """Without a search the store counts, and whole spiders are passed over."""
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
                    page.add(found)
                position += 1


async def _fill_shuffled(
    page: DataPage, store: DocumentStore, views: Sequence[SpiderView], query: DataQuery, scan: RecordScan
) -> None:
    """The order follows from seed and record id alone: the same on each page, and for each reader."""
    keys: list[tuple[bytes, str]] = []
    async with aclosing(_asked_for(store, views, query, scan)) as records:
        async for _, stored in records:
            shuffled = hashlib.blake2b(stored.key.encode(), key=_seed(query), digest_size=8).digest()
            keys.append((shuffled, stored.key))
    keys.sort()
    begin = (query.page - 1) * query.per_page
    async with aclosing(_by_id(store, views, [key for _, key in keys[begin : begin + query.per_page]])) as records:
        async for found in records:
            page.add(found)
    page.total = len(keys)


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
        for begin in range(0, len(self.keys), _AT_ONCE):
            records = _by_id(store, self.views, self.keys[begin : begin + _AT_ONCE])
            yield "".join([csv_line(csv_row(view, stored, self.columns)) async for view, stored in records])


async def all_as_csv(
    store: DocumentStore, views: Sequence[SpiderView], query: DataQuery, scan: RecordScan
) -> CsvExport:
    """Everything that is asked for."""
    columns: dict[str, None] = {}
    keys: list[str] = []
    async with aclosing(_asked_for(store, views, query, scan)) as records:
        async for view, stored in records:
            keys.append(stored.key)
            _add_columns(columns, view, stored, scan.bounds)
    return CsvExport(tuple(columns), tuple(keys), scan.cut, tuple(views))


def page_as_csv(page: DataPage, views: Sequence[SpiderView], bounds: ScanBounds) -> CsvExport:
    """One page."""
    columns: dict[str, None] = {}
    for view, stored in page.records:
        _add_columns(columns, view, stored, bounds)
    return CsvExport(tuple(columns), tuple(stored.key for _, stored in page.records), page.cut, tuple(views))


def _add_columns(columns: dict[str, None], view: SpiderView, stored: Stored[KeptRecord], bounds: ScanBounds) -> None:
    """Those of one record. Raises `TooLarge`."""
    columns |= dict.fromkeys(link_and_fields(view, stored.value)[1])
    if len(columns) > bounds.columns:
        message = (
            f"These records have more than {bounds.columns:,} fields, each a column: ask for fewer with spider_id."
        )
        raise TooLarge(message)
