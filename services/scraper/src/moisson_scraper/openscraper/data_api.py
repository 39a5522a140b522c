"""OpenScraper's data API over the raw records: what each address answers, in the shapes that its readers know."""

import math
from collections.abc import Sequence

from moisson_scraper.keeping.collections import RAW_RECORDS
from moisson_scraper.openscraper.data_page import CsvExport, DataPage, all_as_csv, page_as_csv, read_page
from moisson_scraper.openscraper.data_query import DataQuery, read_flag, read_query, refused_parameters
from moisson_scraper.openscraper.find_views import find_views
from moisson_scraper.openscraper.scan_records import RecordScan, ScanBounds, ScanGate
from moisson_scraper.openscraper.shown_record import CORE_FIELDS, shown_record
from moisson_scraper.openscraper.tag_statistics import tag_statistics
from moisson_scraper.openscraper.visible_fields import FieldView, SpiderView
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.model import JsonObject
from moisson_shared.ports.documents import DocumentStore, Equal

Given = Sequence[tuple[str, str]]


class OpenScraperApi:
    """The use cases. Anybody may call; what a caller may not see is not counted either."""

    def __init__(self, store: DocumentStore, bounds: ScanBounds) -> None:
        self._store = store
        self._bounds = bounds
        self._gate = ScanGate(bounds.requests)

    async def data(self, caller: Caller, given: Given, uri: str) -> JsonObject | CsvExport:
        """`/api/data`: a page, or CSV where it is asked for. Raises `Invalid` and `TooManyRequests`."""
        query = read_query(given, visitor=caller.anonymous)
        with self._gate:
            views = await find_views(self._store, caller, query.spiders)
            scan = RecordScan(self._store, self._bounds)
            if query.everything:
                return await all_as_csv(self._store, views, query, scan)
            page = await read_page(self._store, views, query, scan)
        if query.csv:
            return page_as_csv(page, views, self._bounds)
        return _data_answer(caller, given, uri, query, page, views)

    async def infos(self, caller: Caller, given: Given) -> JsonObject:
        """`/api/infos`: the data model, the spiders, and how much there is."""
        flags = _flags(given, "only_dm_list", "only_spiders_list", "get_all_spiders")
        views = await find_views(self._store, caller)
        counts = await self._counts(views)
        told = [view for view in views if counts[view.spider.id] or flags["get_all_spiders"]]
        datamodel = {"datamodel": _datamodel(views)}
        spiders = {"spiders": {"spiders_dict": _spiders_dict(told), "spiders_list": _spiders_list(views, counts)}}
        if flags["only_dm_list"] or flags["only_spiders_list"]:
            only = (datamodel if flags["only_dm_list"] else {}) | (spiders if flags["only_spiders_list"] else {})
            return {"status": "ok", **only}
        simple = _simple_counts(views, counts)
        return {"status": "ok", **datamodel, **spiders, "counts": {"data_by_spiders": _with_data(counts), **simple}}

    async def stats(self, caller: Caller, given: Given) -> JsonObject:
        """`/api/stats`: counts by spider, and by tag."""
        flags = _flags(given, "only_counts_simple", "only_tags_stats", "only_spiders_stats")
        everything = not any(flags.values())
        views = await find_views(self._store, caller)
        counts = await self._counts(views)
        answer: JsonObject = {"status": "ok"}
        stats: JsonObject = {}
        if everything or flags["only_counts_simple"]:
            answer["counts_simple"] = _simple_counts(views, counts)
        if everything or flags["only_spiders_stats"]:
            stats["spiders_stats"] = _with_data(counts)
        if everything or flags["only_tags_stats"]:
            scan = RecordScan(self._store, self._bounds)
            with self._gate:
                stats["tags_stats"] = await tag_statistics(views, scan)
            answer["query_log"] = _scan_log(scan.read, scan.cut)
        return answer | ({"counts_stats": stats} if stats else {})

    async def _counts(self, views: Sequence[SpiderView]) -> dict[str, int]:
        return {
            view.spider.id: await self._store.count(RAW_RECORDS, (Equal("alive", view.spider.id),)) for view in views
        }


def _data_answer(
    caller: Caller, given: Given, uri: str, query: DataQuery, page: DataPage, views: Sequence[SpiderView]
) -> JsonObject:
    asked: dict[str, list[str]] = {}
    for name, value in given:
        asked.setdefault(name, []).append(value)
    return {
        "status": "ok",
        "query_log": {
            "_description": "synthesis of the query made by the user",
            "auth_level": caller.level.value,
            "query": asked,
            "uri": uri,
            "page_n": query.page,
            "page_n_max": math.ceil(page.total / query.per_page),
            "results_per_page": query.per_page,
            "count_results": len(page.records),
            "count_results_tot": page.total,
            **_scan_log(page.scanned, page.cut),
        },
        "fields_open_level": {
            "_description": "fields returned by the query with their level of opendata",
            "fields_returned": [_field(told) for told in page.fields(views).values()],
        },
        "spiders_dict": _spiders_dict(views),
        "query_results": [shown_record(view, stored) for view, stored in page.records],
    }


def _scan_log(scanned: int, cut: str | None) -> JsonObject:
    """Whether all records were looked at; if not, what is found and counted is of those that were."""
    return {"records_scanned": scanned, "complete": cut is None, "cut_by": cut}


def _field(told: FieldView) -> JsonObject:
    return {
        "field_id": told.name,
        "field_name": told.name,
        "field_open": told.level.value,
        "field_type": told.type.value,
    }


def _datamodel(views: Sequence[SpiderView]) -> JsonObject:
    fields: dict[str, FieldView] = {}
    for view in views:
        for told in view.named_fields():
            fields.setdefault(told.name, told)
    custom = {name: {**_field(told), "field_class": "custom"} for name, told in fields.items()}
    core = {
        name: {
            "field_id": name,
            "field_name": name,
            "field_open": "opendata",
            "field_type": kind,
            "field_class": "core",
        }
        for name, kind in CORE_FIELDS.items()
    }
    return {"data_model_custom_dict": custom, "data_model_core_dict": core}


def _spiders_dict(views: Sequence[SpiderView]) -> JsonObject:
    return {view.spider.id: {"name": view.spider.name, "partner": view.spider.partner} for view in views}


def _spiders_list(views: Sequence[SpiderView], counts: dict[str, int]) -> list[JsonObject]:
    return [
        {"id": view.spider.id, "name": view.spider.name, "fullname": view.spider.name}
        for view in views
        if counts[view.spider.id]
    ]


def _with_data(counts: dict[str, int]) -> dict[str, int]:
    return {spider: count for spider, count in counts.items() if count}


def _simple_counts(views: Sequence[SpiderView], counts: dict[str, int]) -> JsonObject:
    """`users` is null: accounts are kept elsewhere, and how many there are is nobody's business."""
    return {
        "datamodel_custom": len({told.name for view in views for told in view.named_fields()}),
        "spiders_tested": len(_with_data(counts)),
        "data": sum(counts.values()),
        "users": None,
    }


def _flags(given: Given, *names: str) -> dict[str, bool]:
    faults: list[Fault] = refused_parameters(given, names)
    flags = {name: read_flag(name, dict(given).get(name), faults) for name in names}
    if faults:
        raise Invalid("This cannot be answered; see the faults.", tuple(faults))
    return flags
