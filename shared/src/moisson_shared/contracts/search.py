"""One grammar for list, facets and map: in our nouns, never in an engine's language."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from moisson_shared.contracts.model import Contract, Count, FieldName
from moisson_shared.contracts.project import Point, Project, Scalar


class BoundingBox(Contract):
    """WGS 84 degrees, edges included; `west > east` crosses the antimeridian (RFC 7946, 5.2)."""

    west: Annotated[float, Field(ge=-180, le=180)]
    south: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]

    @model_validator(mode="after")
    def _stands_upright(self) -> Self:
        if self.south > self.north:
            raise ValueError("south is greater than north")
        return self

    def contains(self, point: Point) -> bool:
        """Whether the point lies in the box or on its edge."""
        if not self.south <= point.latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= point.longitude <= self.east
        return point.longitude >= self.west or point.longitude <= self.east


class ValueRange(Contract):
    """Bounds of a number or a date, both included, at least one given. A date bound may be a year or a month."""

    least: Scalar | None = None
    most: Scalar | None = None


class SortKey(Contract):
    """A sortable field of the schema. Projects without it come last in either direction; ties go by id."""

    field: FieldName
    descending: bool = False


class FacetRequest(Contract):
    """The values of a field with their counts: most frequent first, ties by value.

    Who hands out up to 1,000 may ask for one more, to tell whether there are others.
    """

    field: FieldName
    size: Annotated[int, Field(ge=1, le=1001)] = 50


class SearchQuery(Contract):
    """What is looked for. Values of one filter are alternatives (OR), filters and text narrow each other (AND).

    `filters` names fields of the schema, or `partner` and `source`. Without sort keys the order is by relevance
    where there is text, else by id. `after` continues a page: what `SearchPage.next` gave.
    """

    text: Annotated[str, Field(max_length=1000)] = ""
    filters: dict[FieldName, Annotated[tuple[str, ...], Field(min_length=1, max_length=500)]] = {}
    ranges: dict[FieldName, ValueRange] = {}
    bbox: BoundingBox | None = None
    sort: Annotated[tuple[SortKey, ...], Field(max_length=3)] = ()
    size: Annotated[int, Field(ge=0, le=500)] = 20
    after: tuple[Scalar | None, ...] | None = None
    facets: tuple[FacetRequest, ...] = ()
    highlight: bool = False


class Highlight(Contract):
    """A passage of a field; `marks` are the half-open ranges of found words in it, in characters."""

    text: str
    marks: tuple[tuple[int, int], ...]


class Hit(Contract):
    """A project as the caller may see it, and why it was found."""

    project: Project
    score: float | None = None
    highlights: dict[FieldName, tuple[Highlight, ...]] = {}


class FacetCount(Contract):
    """How many projects would be found with this value, the field's own selection set aside."""

    value: str
    count: Count


class SearchPage(Contract):
    """One page of hits, the exact total, facet counts, and where to go on."""

    total: Count
    hits: tuple[Hit, ...]
    facets: dict[FieldName, tuple[FacetCount, ...]] = {}
    next: tuple[Scalar | None, ...] | None = None


class MapPoint(Contract):
    """A place of a found project. With a bounding box only the places inside it are returned."""

    project_id: str
    title: str
    point: Point


class MapPage(Contract):
    """All places of the found projects, up to the limit; `truncated` says how many were left out."""

    projects: Count
    places: Count
    points: tuple[MapPoint, ...]
    truncated: Count = 0
