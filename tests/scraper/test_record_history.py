"""The history of a record: each earlier state, with what was different after it, field by field."""

from pathlib import Path
from typing import Any

import pytest

from moisson_scraper.keeping.record_differences import differences
from moisson_shared.contracts.raw_record import RawRecord
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory, html

MOMENT = "2026-01-01T00:00:00Z"


def state(values: dict[str, Any], **changed: Any) -> RawRecord:
    known = {"spider_id": "s", "partner": "p", "key": "k", "content_hash": "h", "run_id": "r", "seq": 1}
    moments = dict.fromkeys(("first_seen", "last_seen", "last_changed"), MOMENT)
    return RawRecord.model_validate(known | moments | {"values": values} | changed)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": "x"}, {"a": "x"}, []),
        ({"a": "x"}, {"a": "y"}, [("/values/a", "changed", "x", "y")]),
        ({"a": "x"}, {"b": "x"}, [("/values/a", "removed", "x", None), ("/values/b", "added", None, "x")]),
        ({"a": None}, {}, [("/values/a", "removed", None, None)]),
        ({"a": 1}, {"a": True}, [("/values/a", "changed", 1, True)]),
        ({"a": 1}, {"a": 1.0}, [("/values/a", "changed", 1, 1.0)]),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, [("/values/a", "changed", ["x", "y"], ["y", "x"])]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}, []),
        ({"a/b~": "x"}, {"a/b~": ""}, [("/values/a~1b~0", "changed", "x", "")]),
    ],
)
def test_differences_are_told_by_field(before: dict[str, Any], after: dict[str, Any], changes: list[Any]) -> None:
    found = differences(state(before), state(after))
    assert [(one.pointer, one.kind, one.before, one.after) for one in found] == changes


def test_its_address_and_its_end_are_differences_too() -> None:
    found = differences(state({}, url="http://s.example/1"), state({}, deleted=True))
    assert [(one.pointer, one.before, one.after) for one in found] == [
        ("/url", "http://s.example/1", None),
        ("/deleted", False, True),
    ]


async def test_each_change_of_a_record_is_told_whatever_the_page_of_the_answer(
    tmp_path: Path, site: SampleSite
) -> None:
    path = "/v1/spiders/essor-projets/raw-records/history"
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        for projects, title in ((2, "Un"), (2, "Deux"), (1, ""), (2, "Deux")):
            site.pages |= directory(projects)
            site.pages["/projets/2"] = html(f"<h1>{title}</h1>")
            assert (await scraper.crawl("essor-projets")).complete
        wanted: dict[str, Any] = {"key": f"{site.url}/projets/2", "limit": 1}
        told: list[Any] = []
        while True:
            answered = (await scraper.send("GET", path, scraper.people.member, params=wanted)).json()
            told += [(item["values"]["titre"], item["deleted"], item["changes"]) for item in answered["items"]]
            if answered["next"] is None:
                break
            wanted["after"] = answered["next"]
        whole = (await scraper.send("GET", path, scraper.people.member, params={"key": wanted["key"]})).json()
        assert [item["changes"] for item in whole["items"]] == [changes for _, _, changes in told]
    back = {"pointer": "/deleted", "kind": "changed", "before": True, "after": False}
    gone = back | {"before": False, "after": True}
    renamed = {"pointer": "/values/titre", "kind": "changed", "before": "Un", "after": "Deux"}
    assert told == [("Deux", True, [back]), ("Deux", False, [gone]), ("Un", False, [renamed])]
