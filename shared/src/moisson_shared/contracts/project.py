"""The normalised thing that the public searches."""

from typing import Annotated

from pydantic import Field

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.model import Contract, FieldName, Slug

Scalar = bool | int | float | str
FieldValue = Scalar | tuple[Scalar, ...]
"""One value, or for a field with `many` a tuple without repetitions. Absent is absent: never null, never blank."""


class Point(Contract):
    """WGS 84, in degrees."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class Place(Contract):
    """Somewhere the project is at work: a point, words about it, or both. Its fields stay together."""

    point: Point | None = None
    fields: dict[FieldName, FieldValue] = {}


class Provenance(Contract):
    """Where a value came from: the raw record, its raw fields, and the recipe steps it went through."""

    key: str
    ordinal: int = 0
    raw_fields: tuple[str, ...]
    steps: tuple[int, ...]
    """Positions in the recipe, from 0."""


class Project(Contract):
    """A project of a corpus. Its id follows from source and group key, so a rebuild gives the same one.

    `field_levels` holds only what is more restrictive than the schema. `provenance` is keyed by field name; a field
    of a place has one entry per place that has it, in the order of places.
    """

    id: str
    corpus: Slug
    partner: Slug
    source: Slug
    """The spider it came from."""
    group_key: str
    url: str | None = None
    level: AccessLevel = AccessLevel.OPENDATA
    fields: dict[FieldName, FieldValue]
    places: tuple[Place, ...] = ()
    field_levels: dict[FieldName, AccessLevel] = {}
    provenance: dict[FieldName, tuple[Provenance, ...]] = {}
