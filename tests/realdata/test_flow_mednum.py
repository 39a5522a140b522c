"""The three mednum files through the real services, over HTTP: one project per record, in a corpus of its own."""

from pathlib import Path

import httpx
import pytest

from moisson_shared.contracts.normalisation import VersionSummary
from tests.flow.public_dump import all_projects
from tests.flow.suite import Suite
from tests.realdata.mednum_file import SOURCES, TARGETS, FilePlace, counts, nameless_records, read_mednum_file
from tests.realdata.published_files import fetch, publish_mednum

pytestmark = [pytest.mark.realdata, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, list[FilePlace]]:
    return {source: read_mednum_file(folder, source) for source in SOURCES}


@pytest.fixture(scope="module", autouse=True)
def version(suite: Suite, files: str) -> VersionSummary:
    return publish_mednum(suite, files)


@pytest.mark.parametrize("source", SOURCES)
def test_each_record_is_one_project_with_its_place(
    expected: dict[str, list[FilePlace]], public: httpx.Client, source: str
) -> None:
    found = []
    for hit in all_projects(public, "mednum", source=source):
        (place,) = fetch(public, f"/mednum/projects/{hit['id']}")["places"]
        point = place.get("point") and (round(place["point"]["latitude"], 4), round(place["point"]["longitude"], 4))
        found.append((hit["title"], place["fields"].get("postcode"), point))
    assert sorted(found, key=str) == sorted(((p.title, p.postcode, p.point) for p in expected[source]), key=str)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("field", TARGETS.values())
def test_values_are_what_the_configuration_says(
    expected: dict[str, list[FilePlace]], public: httpx.Client, source: str, field: str
) -> None:
    page = fetch(public, "/mednum/projects", size=0, source=source, facets=field, facet_size=1000)
    wanted = counts(expected[source], field)
    found = {}
    for value in page["facets"][field]["values"]:
        if value["count"]:
            found[value["value"] if value["value"] in wanted else value["label"]] = value["count"]
    assert found == wanted


def test_few_records_have_rejects(folder: Path, version: VersionSummary) -> None:
    assert {c.source for c in version.recipes} == set(SOURCES)
    for counters in version.recipes:
        assert counters.records_with_rejects <= 0.02 * counters.raw_records, counters
        assert counters.records_refused == nameless_records(folder, counters.source)
        assert counters.unused_fields == {}
