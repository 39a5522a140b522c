"""Typed rows of one group to one project with its places and the provenance of every value."""

from dataclasses import dataclass
from typing import Any

from moisson_normalizer.compile_recipe import CompiledRecipe
from moisson_normalizer.field_types import OTHER_IN_GROUP, REQUIRED_MISSING
from moisson_normalizer.identity import project_id
from moisson_normalizer.lineage import POINT
from moisson_normalizer.raw_values import is_empty
from moisson_normalizer.row_shapes import Origins
from moisson_normalizer.rows import RawRow, Refusal, RowReject
from moisson_normalizer.web_addresses import is_address
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.made_models import maker
from moisson_shared.contracts.project import FieldValue, Place, Point, Project, Provenance

NOT_A_LINK = Refusal("not-a-web-address", "the address of the project's page is not one that can be opened")

_project, _place, _point, _provenance = maker(Project), maker(Place), maker(Point), maker(Provenance)


@dataclass(slots=True)
class RowOutcome:
    """One record after the steps and the types."""

    record: RawRow
    url: Any
    fields: dict[str, FieldValue]
    point: tuple[float, float] | None
    place_fields: dict[str, FieldValue]
    rejects: list[RowReject]


def build_project(
    compiled: CompiledRecipe, key: str, rows: list[RowOutcome], level: AccessLevel
) -> tuple[Project, Origins] | None:
    """The project of these rows, or None (and a reject that says so) where a required field has no value.

    Values have passed the types of the schema, so the model is made without checking them once more. The provenance
    comes beside it; `with_provenance` puts the two together.
    """
    first = rows[0]
    if len(rows) == 1:
        fields = first.fields
        given = [[*fields]]
    else:
        given = [[] for _ in rows]
        fields = _merged_fields(compiled, rows, given)
    missing = [name for name in compiled.required if name not in fields]
    if missing:
        first.rejects.extend(RowReject(None, name, None, REQUIRED_MISSING, whole=True) for name in missing)
        return None
    places = _places(rows, given)
    recipe = compiled.recipe
    values = {
        "id": project_id(recipe.source, key),
        "corpus": recipe.corpus,
        "partner": recipe.partner,
        "source": recipe.source,
        "group_key": key,
        "url": _address(rows, recipe.url),
        "level": level,
        "fields": fields,
        "places": places,
        "field_levels": compiled.field_levels,
        "provenance": {},
    }
    origins = tuple(
        [
            (row.record.key, row.record.ordinal, compiled.shapes.lines(tuple(names), row.record.values))
            for row, names in zip(rows, given, strict=True)
            if names
        ]
    )
    return _project(values), origins


def with_provenance(project: Project, origins: Origins) -> Project:
    """The project as it is kept and shown to those who may see where its values come from."""
    provenance: dict[str, tuple[Provenance, ...]] = {}
    for key, ordinal, lines in origins:
        for name, (raw_fields, steps) in lines.items():
            entry = _provenance({"key": key, "ordinal": ordinal, "raw_fields": raw_fields, "steps": steps})
            provenance[name] = (*provenance.get(name, ()), entry)
    return project.model_copy(update={"provenance": provenance})


def _merged_fields(compiled: CompiledRecipe, rows: list[RowOutcome], given: list[list[str]]) -> dict[str, FieldValue]:
    """The fields of all rows; what each row gave is noted in `given`."""
    fields: dict[str, FieldValue] = {}
    for typed in compiled.project_fields:
        name = typed.name
        for row, names in zip(rows, given, strict=True):
            value = row.fields.get(name)
            if value is None:
                continue
            before = fields.get(name)
            if before is None:
                fields[name] = value
                names.append(name)
            elif value == before:
                continue
            elif isinstance(before, tuple) and isinstance(value, tuple):
                more = tuple(element for element in value if element not in before)
                if more:
                    fields[name] = before + more
                    names.append(name)
            else:
                row.rejects.append(RowReject(None, name, value, OTHER_IN_GROUP))
    return fields


def _places(rows: list[RowOutcome], given: list[list[str]]) -> tuple[Place, ...]:
    """In row order; equal ones are one, and a row that says nothing of a place gives none."""
    places: list[Place] = []
    seen: set[tuple[object, ...]] = set()
    for row, names in zip(rows, given, strict=True):
        if row.point is None and not row.place_fields:
            continue
        if len(rows) > 1:
            mark = (row.point, *row.place_fields.items())
            if mark in seen:
                continue
            seen.add(mark)
        point = None
        if row.point is not None:
            latitude, longitude = row.point
            point = _point({"latitude": latitude, "longitude": longitude})
            names.append(POINT)
        names.extend(row.place_fields)
        places.append(_place({"point": point, "fields": row.place_fields}))
    return tuple(places)


def _address(rows: list[RowOutcome], column: str | None) -> str | None:
    """The first address that can be opened: of the recipe's field, else of the raw record."""
    for row in rows:
        if isinstance(row.url, str) and is_address(row.url.strip()):
            return row.url.strip()
        if column is not None and not is_empty(row.url):
            row.rejects.append(RowReject(None, column, row.url, NOT_A_LINK))
    for row in rows:
        address = row.record.url
        if address and is_address(address):
            return address
    return None
