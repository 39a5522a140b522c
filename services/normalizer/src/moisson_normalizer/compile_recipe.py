"""A recipe as data to one that runs: every step checked against the schema, the taxonomies and the outside world.

What is wrong is said all at once, with its place as a JSON pointer (`/steps/3/column`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moisson_normalizer.field_types import TypedField, typed_field
from moisson_normalizer.impossible_values import impossible_values
from moisson_normalizer.lineage import columns_read, trace_lineage
from moisson_normalizer.row_shapes import RowShapes
from moisson_normalizer.rows import CompiledStep
from moisson_normalizer.steps.cleaning import compile_null_tokens, compile_pad, compile_trim
from moisson_normalizer.steps.columns import (
    compile_coalesce,
    compile_collect,
    compile_constant,
    compile_join,
    compile_rename,
    compile_split,
)
from moisson_normalizer.steps.concepts import compile_lookup
from moisson_normalizer.steps.contacts import compile_email, compile_phone, compile_url
from moisson_normalizer.steps.coordinates import UnknownCrs, compile_coordinates
from moisson_normalizer.steps.dates import UnknownFormat, compile_date, format_pattern
from moisson_normalizer.steps.markup import compile_html_to_text
from moisson_normalizer.steps.numbers import compile_number
from moisson_normalizer.steps.terms import compile_terms
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.recipe import (
    Coalesce,
    Collect,
    Constant,
    Coordinates,
    HtmlToText,
    Join,
    Lookup,
    NullTokens,
    Pad,
    ParseDate,
    ParseEmail,
    ParseNumber,
    ParsePhone,
    ParseUrl,
    RecipeDraft,
    Rename,
    Split,
    Step,
    Terms,
    Trim,
)
from moisson_shared.contracts.schema import ConceptScheme, FieldType, Schema, Scope
from moisson_shared.contracts.taxonomy import Taxonomy

_PLAIN: dict[type, Callable[[Any, int], CompiledStep]] = {
    Rename: compile_rename,
    Constant: compile_constant,
    Split: compile_split,
    Join: compile_join,
    Coalesce: compile_coalesce,
    Collect: compile_collect,
    NullTokens: compile_null_tokens,
    Trim: compile_trim,
    HtmlToText: compile_html_to_text,
    ParseNumber: compile_number,
    Pad: compile_pad,
    ParseUrl: compile_url,
    ParseEmail: compile_email,
    ParsePhone: compile_phone,
    Terms: compile_terms,
}


@dataclass(frozen=True, slots=True)
class CompiledRecipe:
    """A recipe ready to run over any number of records. Holds no state of a run."""

    recipe: RecipeDraft
    title: str
    steps: tuple[CompiledStep, ...]
    project_fields: tuple[TypedField, ...]
    required: tuple[str, ...]
    field_levels: dict[str, AccessLevel]
    """Only what is more restrictive than the schema."""
    known_columns: frozenset[str]
    """Raw names that are read, ignored, or names of schema fields; any other is unused."""
    shapes: RowShapes
    raw_columns: tuple[str, ...]
    """Names that a step reads and no earlier step writes."""


def compile_recipe(recipe: RecipeDraft, schema: Schema, taxonomies: dict[str, Taxonomy]) -> CompiledRecipe:
    """Raises `Invalid` with every fault."""
    faults: list[Fault] = []
    steps: list[CompiledStep] = []
    for index, step in enumerate(recipe.steps):
        compiled = _compile_step(step, index, schema, taxonomies, faults)
        if compiled is not None:
            steps.append(compiled)
    typed: list[tuple[Scope, TypedField]] = []
    for place, field in enumerate(schema.fields):
        if field.scheme is not None and not _scheme_exists(field.scheme.taxonomy, field.scheme.level, taxonomies):
            faults.append(Fault(f"/schema/fields/{place}/scheme", f"the corpus has no {_named(field.scheme)}"))
        else:
            typed.append((field.scope, typed_field(field, taxonomies)))
    names = schema.by_name()
    faults.extend(
        Fault(f"/field_levels/{name}", f"the schema {schema.id!r} has no field {name!r}")
        for name in recipe.field_levels
        if name not in names
    )
    if schema.title in recipe.field_levels and recipe.field_levels[schema.title] is not AccessLevel.OPENDATA:
        faults.append(Fault(f"/field_levels/{schema.title}", "it heads every list: hide whole projects by `level`"))
    if not faults:
        faults.extend(impossible_values(recipe.steps, steps, {field.name: field for _, field in typed}))
    read, raw = columns_read(steps)
    faults.extend(_gaps(recipe, schema, steps, read) if not faults else ())
    if faults:
        raise Invalid(f"the recipe {recipe.id!r} cannot be used with the schema {schema.id!r}", tuple(faults))
    url = (recipe.url,) if recipe.url else ()
    known = read | frozenset(names) | {*recipe.group_by, *recipe.ignore, *url}
    project_fields = tuple(field for scope, field in typed if scope is Scope.PROJECT)
    shapes = RowShapes(
        project_fields=project_fields,
        place_fields=tuple(field for scope, field in typed if scope is Scope.PLACE),
        lineage=trace_lineage(steps, (*names, *url)),
        known_columns=known,
    )
    return CompiledRecipe(
        recipe=recipe,
        title=schema.title,
        steps=tuple(steps),
        project_fields=project_fields,
        required=tuple(field.name for field in schema.fields if field.required),
        field_levels={name: level for name, level in recipe.field_levels.items() if level > names[name].level},
        known_columns=known,
        shapes=shapes,
        raw_columns=raw,
    )


def _compile_step(
    step: Step, index: int, schema: Schema, taxonomies: dict[str, Taxonomy], faults: list[Fault]
) -> CompiledStep | None:
    plain = _PLAIN.get(type(step))
    if plain is not None:
        return plain(step, index)
    if isinstance(step, ParseDate):
        return _compile_date(step, index, faults)
    if isinstance(step, Coordinates):
        try:
            return compile_coordinates(step, index)
        except UnknownCrs as error:
            faults.append(Fault(f"/steps/{index}/crs", str(error)))
            return None
    if isinstance(step, Lookup):
        return _compile_lookup(step, index, schema, taxonomies, faults)
    raise TypeError(f"no way to compile {type(step).__name__}: the contract has a step that this module has not")


def _compile_date(step: ParseDate, index: int, faults: list[Fault]) -> CompiledStep | None:
    before = len(faults)
    for place, form in enumerate(step.formats):
        try:
            if form != "iso":
                format_pattern(form)
        except UnknownFormat as error:
            faults.append(Fault(f"/steps/{index}/formats/{place}", str(error)))
    return compile_date(step, index) if len(faults) == before else None


def _compile_lookup(
    step: Lookup, index: int, schema: Schema, taxonomies: dict[str, Taxonomy], faults: list[Fault]
) -> CompiledStep | None:
    field = schema.by_name().get(step.to)
    if field is None or field.type is not FieldType.CONCEPT or field.scheme is None:
        concepts = ", ".join(field.name for field in schema.fields if field.type is FieldType.CONCEPT) or "none"
        wrong = "has no such field" if field is None else f"has it as {field.type.value}, not as concept"
        faults.append(Fault(f"/steps/{index}/to", f"the schema {schema.id!r} {wrong}; its concept fields: {concepts}"))
        return None
    if not _scheme_exists(field.scheme.taxonomy, field.scheme.level, taxonomies):
        return None  # said once, at the schema field
    return compile_lookup(step, index, taxonomies[field.scheme.taxonomy], field.scheme)


def _scheme_exists(taxonomy: str, level: str, taxonomies: dict[str, Taxonomy]) -> bool:
    return taxonomy in taxonomies and any(known.id == level for known in taxonomies[taxonomy].levels)


def _named(scheme: ConceptScheme) -> str:
    return f"taxonomy {scheme.taxonomy!r} with a level {scheme.level!r}"


def _gaps(recipe: RecipeDraft, schema: Schema, steps: list[CompiledStep], read: frozenset[str]) -> list[Fault]:
    """Fields that can never get a value, and names that are both used and ignored."""
    faults: list[Fault] = []
    written = {name for step in steps for name in step.writes}
    for field in schema.fields:
        if field.required and field.name not in written and field.name not in read:
            message = f"no step reads or writes {field.name!r}, which the schema {schema.id!r} requires"
            faults.append(Fault("/steps", message))
    for place, column in enumerate(recipe.ignore):
        if column in read or column in recipe.group_by:
            faults.append(Fault(f"/ignore/{place}", f"{column!r} is read by the recipe, so it is not ignored"))
    return faults
