"""One raw record in OpenScraper's shape: which of its fields a caller sees, what they are called, where it leads."""

from datetime import UTC, datetime
from typing import Any

import pytest

from moisson_scraper.keeping.collections import KeptRecord
from moisson_scraper.openscraper.data_model import DataModel, OldField
from moisson_scraper.openscraper.visible_fields import SpiderView
from moisson_shared.contracts.access import ANONYMOUS, AccessLevel
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Stored
from tests.scraper.running_scraper import json_spider

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def a_view(*fields: OldField) -> SpiderView:
    """What the public sees of a spider whose partner brought these fields along."""
    spider = SpiderConfig(**json_spider("http://s.example/api"), version=1)
    return SpiderView(spider, Partner(id="essor", name="Essor"), DataModel(fields=fields), ANONYMOUS)


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
