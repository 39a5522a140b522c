"""The bounding box knows the antimeridian and its own edges."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from moisson_shared.contracts.project import Point
from moisson_shared.contracts.search import BoundingBox, SearchQuery

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


def a_box(west: float, south: float, east: float, north: float) -> BoundingBox:
    return BoundingBox(west=west, south=south, east=east, north=north)


@pytest.mark.parametrize(
    ("box", "point", "inside"),
    [
        (a_box(-5, 42, 8, 51), (48.85, 2.35), True),
        (a_box(-5, 42, 8, 51), (48.85, 9.0), False),
        (a_box(-5, 42, 8, 51), (52.0, 2.35), False),
        (a_box(2, 48, 2, 48), (48, 2), True),
        (a_box(-5, 42, 8, 51), (42, -5), True),
        (a_box(-5, 42, 8, 51), (51, 8), True),
        (a_box(170, -30, -170, 0), (-18, 178), True),
        (a_box(170, -30, -170, 0), (-18, -178), True),
        (a_box(170, -30, -170, 0), (-18, 0), False),
        (a_box(-180, -90, 180, 90), (90, 180), True),
    ],
)
def test_what_lies_in_a_box(box: BoundingBox, point: tuple[float, float], inside: bool) -> None:
    assert box.contains(Point(latitude=point[0], longitude=point[1])) is inside


@given(latitudes, longitudes, longitudes, longitudes)
def test_a_box_and_its_other_side_leave_nothing_out(lat: float, lon: float, west: float, east: float) -> None:
    assume(west != east)  # a box without width has no other side
    point = Point(latitude=lat, longitude=lon)
    assert a_box(west, -90, east, 90).contains(point) or a_box(east, -90, west, 90).contains(point)


def test_a_box_upside_down_is_refused() -> None:
    with pytest.raises(ValidationError, match="south is greater than north"):
        a_box(0, 10, 1, 5)


@pytest.mark.parametrize(
    "query",
    [{"size": 501}, {"size": -1}, {"text": "a" * 1001}, {"filters": {"Thème": ["a"]}}, {"filters": {"themes": []}}],
)
def test_refused_queries(query: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SearchQuery.model_validate(query)
