"""The cells of a box miss no point of it, and those inside it hold no point outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_shared.contracts.project import Point
from moisson_shared.contracts.search import BoundingBox
from moisson_shared.querying.cells import MOST_CELLS, cell_tokens, cover

longitudes = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, -90.0, 0.0, 2.8125, 180.0]))
latitudes = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 0.0, 45.0, 90.0]))
points = st.builds(Point, latitude=latitudes, longitude=longitudes)


@st.composite
def boxes(draw: st.DrawFn) -> BoundingBox:
    """Also boxes across the antimeridian, single points and the whole world."""
    south, north = sorted((draw(latitudes), draw(latitudes)))
    return BoundingBox(west=draw(longitudes), south=south, east=draw(longitudes), north=north)


@given(boxes(), points)
def test_every_point_in_the_box_is_in_its_cells_and_inner_cells_hold_no_other(box: BoundingBox, point: Point) -> None:
    cells = cover(box)
    tokens = set(cell_tokens([point]))
    if tokens & set(cells.inside):
        assert box.contains(point)
    if box.contains(point):
        assert tokens & {*cells.inside, *cells.edge}
    assert len(cells.inside) + len(cells.edge) <= 2 * MOST_CELLS


@given(boxes())
def test_the_corners_of_a_box_are_covered(box: BoundingBox) -> None:
    cells = cover(box)
    covered = {*cells.inside, *cells.edge}
    for latitude in (box.south, box.north):
        for longitude in (box.west, box.east):
            assert covered & set(cell_tokens([Point(latitude=latitude, longitude=longitude)]))


def test_no_cell_lies_within_another() -> None:
    cells = cover(BoundingBox(west=-5.2, south=42.3, east=8.3, north=51.1))
    every = {*cells.inside, *cells.edge}
    assert not any(cell[:depth] in every for cell in every for depth in range(1, len(cell)))
    assert len(cells.inside) > len(cells.edge) // 4


@pytest.mark.parametrize("west", [180.0, -180.0])
def test_the_antimeridian_has_two_names(west: float) -> None:
    box = BoundingBox(west=170, south=-20, east=-170, north=-10)
    cells = cover(box)
    assert set(cell_tokens([Point(latitude=-15, longitude=west)])) & {*cells.inside, *cells.edge}
    assert box.contains(Point(latitude=-15, longitude=west))
