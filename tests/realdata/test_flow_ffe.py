"""The FFE file through the real services, over HTTP: what the public is told agrees with a count of the file by hand.

303 rows, 150 projects; several rows per project, one for each of its places.
"""

from html import unescape
from pathlib import Path

import httpx
import pytest

from moisson_shared.contracts.normalisation import VersionSummary
from tests.flow.public_dump import all_projects
from tests.flow.suite import Suite
from tests.realdata.ffe_file import FileProject, count_contradictions, counts, read_ffe_file
from tests.realdata.published_files import fetch, publish_ffe

pytestmark = [pytest.mark.realdata, pytest.mark.timeout(300)]
BOXES = {
    "Île-de-France": (1.4, 48.1, 3.6, 49.3),
    "Bretagne": (-5.2, 47.2, -1.0, 48.9),
    "south-east": (4.0, 43.0, 7.6, 45.0),
    "the whole world": (-180.0, -90.0, 180.0, 90.0),
    "an empty sea": (-20.0, 30.0, -15.0, 35.0),
}


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, FileProject]:
    return read_ffe_file(folder)


@pytest.fixture(scope="module", autouse=True)
def version(suite: Suite, files: str) -> VersionSummary:
    return publish_ffe(suite, files)


def test_there_are_as_many_projects_and_places_as_in_the_file(version: VersionSummary, public: httpx.Client) -> None:
    assert [(c.raw_records, c.projects, c.places, c.unused_fields) for c in version.recipes] == [(303, 150, 294, {})]
    assert fetch(public, "/cis/projects", size=0)["total"] == 150
    map_ = fetch(public, "/cis/map")
    coordinates = {tuple(feature["geometry"]["coordinates"]) for feature in map_["features"]}
    on_map = {feature["properties"]["id"] for feature in map_["features"]}
    assert (map_["places"], len(map_["features"]), len(coordinates), len(on_map)) == (294, 294, 271, 141)
    assert map_["projects"] == 141


def test_every_title_is_there_once_per_project(expected: dict[str, FileProject], public: httpx.Client) -> None:
    titles = sorted(" ".join(unescape(project.title).split()) for project in expected.values())
    assert sorted(hit["title"] for hit in all_projects(public, "cis")) == titles


@pytest.mark.parametrize(
    ("field", "attribute"),
    [
        ("themes", "themes"),
        ("sub_themes", "sub_themes"),
        ("region", "regions"),
        ("department", "departments"),
    ],
)
def test_facet_counts_are_those_of_the_file(
    expected: dict[str, FileProject], public: httpx.Client, field: str, attribute: str
) -> None:
    facet = fetch(public, "/cis/projects", size=0, facets=field, facet_size=1000)["facets"][field]
    assert {v["value"]: v["count"] for v in facet["values"] if v["count"]} == counts(expected, attribute)


def test_award_years_are_counted_and_words_are_not(
    expected: dict[str, FileProject], version: VersionSummary, public: httpx.Client
) -> None:
    years = {year: count for year, count in counts(expected, "years").items() if year.isdecimal()}
    facet = fetch(public, "/cis/projects", size=0, facets="award_year", facet_size=1000)["facets"]["award_year"]
    assert {v["value"]: v["count"] for v in facet["values"] if v["count"]} == years
    assert sum(c.rejects for c in version.recipes) > 0


def test_labels_that_contradict_their_codes_are_counted_and_cost_no_record(
    folder: Path, version: VersionSummary
) -> None:
    contradictions = count_contradictions(folder)
    assert contradictions > 0
    assert [c.warnings for c in version.recipes] == [contradictions]


def test_each_theme_and_region_filters_to_its_count(expected: dict[str, FileProject], public: httpx.Client) -> None:
    for field, attribute in (("themes", "themes"), ("region", "regions")):
        for value, count in counts(expected, attribute).items():
            assert fetch(public, "/cis/projects", size=0, **{field: value})["total"] == count, value


def test_a_theme_and_a_region_narrow_each_other(expected: dict[str, FileProject], public: httpx.Client) -> None:
    both = sum("SOL" in p.themes and "Ile-de-France" in p.regions for p in expected.values())
    assert both
    assert fetch(public, "/cis/projects", size=0, themes="SOL", region="Ile-de-France")["total"] == both


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_a_box_finds_the_projects_with_a_whole_place_in_it(
    expected: dict[str, FileProject], public: httpx.Client, box: tuple[float, float, float, float]
) -> None:
    bbox = ",".join(map(str, box))
    inside = [p for p in expected.values() if p.within(*box)]
    assert fetch(public, "/cis/projects", size=0, bbox=bbox)["total"] == len(inside)
    west, south, east, north = box
    points = [
        (longitude, latitude)
        for project in inside
        for latitude, longitude in project.points
        if south <= latitude <= north and west <= longitude <= east
    ]
    features = fetch(public, "/cis/map", bbox=bbox)["features"]
    assert sorted(tuple(f["geometry"]["coordinates"]) for f in features) == sorted(points)


def test_empty_words_are_empty(public: httpx.Client) -> None:
    for hit in all_projects(public, "cis"):
        shown = fetch(public, f"/cis/projects/{hit['id']}")
        values = [*shown["fields"].values(), *(v for place in shown["places"] for v in place["fields"].values())]
        flat = [str(v) for value in values for v in (value if isinstance(value, list) else [value])]
        assert [v for v in flat if v.strip().casefold() in {"", "nr", "null", "default"}] == []
