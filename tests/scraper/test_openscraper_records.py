"""One raw record in OpenScraper's shape: which of its fields a caller sees, what they are called, where it leads."""

from datetime import UTC, datetime
from typing import Any

import pytest

from moisson_scraper.keeping.collections import KeptRecord
from moisson_scraper.openscraper.data_model import DataModel, OldField
from moisson_scraper.openscraper.data_page import DataPage, page_as_csv
from moisson_scraper.openscraper.scan_records import ScanBounds
from moisson_scraper.openscraper.shown_record import CSV_CORE, csv_row, field_key, shown_record
from moisson_scraper.openscraper.visible_fields import SpiderView
from moisson_shared.contracts.access import ANONYMOUS, AccessLevel
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Stored
from tests.scraper.running_scraper import json_spider

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def a_view(*model: OldField, **source: Any) -> SpiderView:
    """What the public sees of a spider whose partner brought this data model along."""
    spider = SpiderConfig(**json_spider("http://s.example/api", **source), version=1)
    return SpiderView(spider, Partner(id="essor", name="Essor"), DataModel(fields=model), ANONYMOUS)


def a_record(values: dict[str, Any], url: str | None = None) -> Stored[KeptRecord]:
    record = KeptRecord(
        spider_id="essor-api",
        partner="essor",
        key="1",
        url=url,
        values=values,
        content_hash="00",
        first_seen=NOON,
        last_seen=NOON,
        last_changed=NOON,
        run_id="r",
        seq=1,
        place="essor-api/1",
        alive="essor-api",
    )
    return Stored("essor-api/00/0", 1, record)


@pytest.mark.parametrize("name", ["secret", "secret (list)", "secret (list) (list)"])
def test_the_listings_half_of_a_field_is_as_closed_as_the_field(name: str) -> None:
    closed = OldField(name="secret", level=AccessLevel.PRIVATE)
    assert not a_view(closed).shows(name)
    assert not a_view(closed, OldField(name="secret (list)")).shows(name)
    assert a_view().shows(name)


LINK = "http://s.example/projets/1"


@pytest.mark.parametrize(
    ("values", "url", "shown"),
    [
        ({"link_data": LINK}, None, {"link_data": LINK}),
        ({"link_data": LINK}, "http://s.example/x", {"link_data": "http://s.example/x", "link_data (field)": [LINK]}),
        ({"link_data": [LINK]}, None, {"link_data": None, "link_data (field)": [LINK]}),
        ({"link_data": ""}, None, {"link_data": None, "link_data (field)": [""]}),
        ({}, LINK, {"link_data": LINK}),
    ],
)
def test_the_link_that_an_imported_spider_keeps_as_a_field_stands_where_it_always_stood(
    values: dict[str, Any], url: str | None, shown: dict[str, Any]
) -> None:
    view, record = a_view(), a_record(values, url)
    told = shown_record(view, record)
    assert {name: value for name, value in told.items() if name.startswith("link_data")} == shown
    columns = page_as_csv(DataPage(0, [(view, record)]), [view], ScanBounds()).columns
    assert [field_key(name) for name in columns] == [name for name in shown if name != "link_data"]
    assert csv_row(view, record, columns)[4] == (shown["link_data"] or "")
    hidden = a_view(OldField(name="link_data", level=AccessLevel.PRIVATE))
    assert shown_record(hidden, record)["link_data"] == url


def test_no_two_fields_of_a_record_are_called_the_same() -> None:
    values = {"_id": 1, "_id (field)": 2, "_id (field) (field)": 3, "titre": 4, "titre (field)": 5, "spider_name": 6}
    told = shown_record(a_view(), a_record(values))
    assert {name: value[0] for name, value in told.items() if isinstance(value, list)} == {
        "_id (field)": 1,
        "_id (field) (field)": 2,
        "_id (field) (field) (field)": 3,
        "titre": 4,
        "titre (field)": 5,
        "spider_name (field)": 6,
    }
    columns = [*CSV_CORE, *map(field_key, values)]
    assert len(set(columns)) == len(columns)


def test_a_field_is_told_to_have_the_type_by_which_it_is_searched() -> None:
    view = a_view(fields={"titre": "$.t", "mots": "$.m", "prix": "$.p", "vide": "$.v"})
    page = DataPage(0, [(view, a_record({"titre": "Le Verger", "mots": ["eau"], "prix": 12}))])
    assert {name: told.type.value for name, told in page.fields([view]).items()} == {
        "titre": "text",
        "mots": "tags",
        "prix": "integer",
        "vide": "text",
    }
