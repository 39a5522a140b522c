"""Typed rows of one group to one project with its places and the provenance of every value."""

from dataclasses import dataclass
from typing import Any

from moisson_normalizer.compile_recipe import CompiledRecipe
from moisson_normalizer.field_types import OTHER_IN_GROUP, REQUIRED_MISSING
from moisson_normalizer.identity import project_id
from moisson_normalizer.lineage import POINT, Lineage
from moisson_normalizer.made_models import made
from moisson_normalizer.raw_values import is_empty
from moisson_normalizer.rows import Refusal, RowReject
from moisson_normalizer.web_addresses import is_address
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.project import FieldValue, Place, Point, Project, Provenance

NOT_A_LINK = Refusal("not-a-web-address", "the address of the project's page is not one that can be opened")

Origin = tuple[str, int, tuple[str, ...], tuple[int, ...]]
"""What a `Provenance` says, as a plain value: most projects of a run are unchanged, and theirs is never shown."""
Origins = dict[str, list[Origin]]


@dataclass(slots=True)
class RowOutcome:
    """One record after the steps and the types. `raw` are its verbatim values."""

    key: str
    ordinal: int
    record_url: str | None
    url: Any
    raw: dict[str, Any]
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
    lineage = compiled.lineage
    provenance: Origins = {}
    fields = _merged_fields(compiled, rows, provenance) if len(rows) > 1 else rows[0].fields
    if len(rows) == 1:
        for name in fields:
            provenance[name] = [_origin(lineage[name], rows[0])]
    missing = [name for name in compiled.required if name not in fields]
    if missing:
        rows[0].rejects.extend(RowReject(None, name, None, REQUIRED_MISSING, whole=True) for name in missing)
        return None
    recipe = compiled.recipe
    places = _places(compiled, rows, provenance)
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
    return made(Project, values), provenance


def with_provenance(project: Project, origins: Origins) -> Project:
    """The project as it is kept and shown to those who may see where its values come from."""
    provenance = {
        name: tuple(
            made(Provenance, {"key": key, "ordinal": ordinal, "raw_fields": raw_fields, "steps": steps})
            for key, ordinal, raw_fields, steps in entries
        )
        for name, entries in origins.items()
    }
    return project.model_copy(update={"provenance": provenance})


def _merged_fields(compiled: CompiledRecipe, rows: list[RowOutcome], provenance: Origins) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = {}
    for typed in compiled.project_fields:
        name, line = typed.name, compiled.lineage[typed.name]
        for row in rows:
            value = row.fields.get(name)
            if value is None:
                continue
            before = fields.get(name)
            if before is None:
                fields[name] = value
                provenance[name] = [_origin(line, row)]
            elif value == before:
                continue
            elif isinstance(before, tuple) and isinstance(value, tuple):
                more = tuple(element for element in value if element not in before)
                if more:
                    fields[name] = before + more
                    provenance[name].append(_origin(line, row))
            else:
                row.rejects.append(RowReject(None, name, value, OTHER_IN_GROUP))
    return fields


def _places(compiled: CompiledRecipe, rows: list[RowOutcome], provenance: Origins) -> tuple[Place, ...]:
    """In row order; equal ones are one, and a row that says nothing of a place gives none."""
    places: list[Place] = []
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        if row.point is None and not row.place_fields:
            continue
        if len(rows) > 1:
            mark = (row.point, *row.place_fields.items())
            if mark in seen:
                continue
            seen.add(mark)
        point = None
        if row.point is not None:
            point = made(Point, {"latitude": row.point[0], "longitude": row.point[1]})
            provenance.setdefault(POINT, []).append(_origin(compiled.lineage[POINT], row))
        for name in row.place_fields:
            provenance.setdefault(name, []).append(_origin(compiled.lineage[name], row))
        places.append(made(Place, {"point": point, "fields": row.place_fields}))
    return tuple(places)


def _origin(line: Lineage, row: RowOutcome) -> Origin:
    raw = row.raw
    present = line.raw_fields
    if len(present) > 1:
        present = tuple(name for name in present if not is_empty(raw.get(name)))
    return row.key, row.ordinal, present, line.steps


def _address(rows: list[RowOutcome], column: str | None) -> str | None:
    """The first address that can be opened: of the recipe's field, else of the raw record."""
    for row in rows:
        if isinstance(row.url, str) and is_address(row.url.strip()):
            return row.url.strip()
        if column is not None and not is_empty(row.url):
            row.rejects.append(RowReject(None, column, row.url, NOT_A_LINK))
    return next((row.record_url for row in rows if row.record_url and is_address(row.record_url)), None)
