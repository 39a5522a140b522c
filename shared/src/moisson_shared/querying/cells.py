"""Places as tokens of a quadtree over longitude and latitude, and the cells that cover a box.

A token is the path from the whole world down, one digit per depth: `0312`. A place has one token per depth, so a cell
of any size finds its places by one term. Cells wholly inside the box need no further look; places of the cells on its
edge are checked exactly, each place by itself. It knows no engine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from moisson_shared.contracts.project import Point
from moisson_shared.contracts.search import BoundingBox

DEEPEST = 16
"""At this depth a cell is 600 m wide at the equator."""

MOST_CELLS = 400
"""About how many cells cover a box: more make the edge thinner, and so fewer places to check."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The cells inside a box, and those that its edge crosses."""

    inside: tuple[str, ...]
    edge: tuple[str, ...]


def cell_tokens(points: Iterable[Point]) -> tuple[str, ...]:
    """The tokens of all places at all depths, without repetitions."""
    return tuple({path[:depth]: None for path in map(_path, points) for depth in range(1, DEEPEST + 1)})


@lru_cache(maxsize=256)
def cover(box: BoundingBox, most_cells: int = MOST_CELLS) -> Cover:
    """Cells that hold every point of the box (edges, poles and the antimeridian included): at most some more than
    `most_cells`, none within another."""
    if box.west > box.east:
        halves = (
            cover(box.model_copy(update={"east": 180.0}), most_cells // 2),
            cover(box.model_copy(update={"west": -180.0}), most_cells // 2),
        )
        inside = tuple(dict.fromkeys((*halves[0].inside, *halves[1].inside)))
        edge = tuple(cell for cell in dict.fromkeys((*halves[0].edge, *halves[1].edge)) if cell not in inside)
        return Cover(inside, edge)
    inside_cells: list[str] = []
    edge_cells = [_Cell("", -180.0, -90.0, 360.0, 180.0)]
    for depth in range(DEEPEST):
        children = [child for cell in edge_cells for child in cell.quarters() if child.touches(box)]
        whole = [cell for cell in children if cell.inside(box)]
        crossed = [cell for cell in children if not cell.inside(box)]
        if depth and len(inside_cells) + len(children) > most_cells:
            break
        inside_cells += [cell.token for cell in whole]
        edge_cells = crossed
    return Cover(tuple(inside_cells), tuple(cell.token for cell in edge_cells))


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell holds its western and southern edges, and the world's eastern and northern ones."""

    token: str
    west: float
    south: float
    width: float
    height: float

    def quarters(self) -> tuple["_Cell", ...]:
        width, height = self.width / 2, self.height / 2
        return tuple(
            _Cell(
                f"{self.token}{digit}",
                self.west + (width if digit & 1 else 0),
                self.south + (height if digit & 2 else 0),
                width,
                height,
            )
            for digit in range(4)
        )

    def touches(self, box: BoundingBox) -> bool:
        return (
            self.west <= box.east
            and self.west + self.width >= box.west
            and self.south <= box.north
            and self.south + self.height >= box.south
        )

    def inside(self, box: BoundingBox) -> bool:
        return (
            self.west >= box.west
            and self.west + self.width <= box.east
            and self.south >= box.south
            and self.south + self.height <= box.north
        )


def _path(point: Point) -> str:
    """The deepest token of a point. Halving is exact in binary, so it meets the same edges as `_Cell.quarters`."""
    west, south, width, height = -180.0, -90.0, 360.0, 180.0
    digits = []
    for _ in range(DEEPEST):
        width, height = width / 2, height / 2
        east_half = point.longitude >= west + width
        north_half = point.latitude >= south + height
        west += width if east_half else 0
        south += height if north_half else 0
        digits.append("0123"[east_half + 2 * north_half])
    return "".join(digits)
