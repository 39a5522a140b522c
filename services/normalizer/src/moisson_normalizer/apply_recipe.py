"""Records to projects: rows run through the compiled steps, are typed by the schema, and grouped.

A pure function of recipe and records; where records come from and where projects go is the caller's business.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from moisson_normalizer.build_project import Origins, RowOutcome, build_project
from moisson_normalizer.compile_recipe import CompiledRecipe
from moisson_normalizer.field_types import take_value
from moisson_normalizer.identity import group_key, json_digest
from moisson_normalizer.raw_values import as_text, is_empty
from moisson_normalizer.rows import Row, RowReject
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.normalisation import Reject
from moisson_shared.contracts.project import Project

_LONGEST_SHOWN = 200


class RawRow(Protocol):
    """What of a raw record a recipe may know."""

    @property
    def key(self) -> str: ...
    @property
    def ordinal(self) -> int: ...
    @property
    def url(self) -> str | None: ...
    @property
    def values(self) -> dict[str, Any]: ...


class Outcome(NamedTuple):
    """What became of one group of records: a project and where its values come from, or None where it is refused."""

    project: Project | None
    origins: Origins
    rejects: tuple[Reject, ...]
    records: tuple[RawRow, ...]


@dataclass(slots=True)
class Tally:
    """What was counted over all records."""

    records: int = 0
    records_with_rejects: int = 0
    records_refused: int = 0
    rejects: int = 0
    projects: int = 0
    places: int = 0
    unused_fields: Counter[str] = field(default_factory=Counter)


class RecipeApplication:
    """One recipe over the records of one source, in their order. Add records, then finish."""

    def __init__(self, compiled: CompiledRecipe, level: AccessLevel) -> None:
        self.tally = Tally()
        self._compiled = compiled
        self._level = level
        self._groups: dict[str, list[tuple[RawRow, RowOutcome]]] = {}

    def add(self, records: Iterable[RawRow]) -> Iterator[Outcome]:
        """What is settled by these records already: without grouping all of them."""
        compiled, group_by = self._compiled, self._compiled.recipe.group_by
        for record in records:
            self.tally.records += 1
            self.tally.unused_fields.update(unused_fields(record.values, compiled.known_columns))
            if not group_by:
                outcome = run_row(compiled, record)
                key = record.key if not record.ordinal else group_key((record.key, str(record.ordinal)))
                yield self._settle(key, [(record, outcome)])
                continue
            grouped = key_of_group(record.values, group_by)
            if grouped is None:
                lone = group_key(("", record.key, str(record.ordinal)))
                yield self._settle(lone, [(record, run_row(compiled, record))])
            else:
                self._groups.setdefault(grouped, []).append((record, run_row(compiled, record)))

    def finish(self) -> Iterator[Outcome]:
        """The groups, in the order of their first records."""
        for key in list(self._groups):
            yield self._settle(key, self._groups.pop(key))

    def _settle(self, key: str, rows: list[tuple[RawRow, RowOutcome]]) -> Outcome:
        outcomes = [outcome for _, outcome in rows]
        built = build_project(self._compiled, key, outcomes, self._level)
        project, origins = built if built is not None else (None, {})
        recipe = self._compiled.recipe.id
        rejects: list[Reject] = []
        for outcome in outcomes:
            if outcome.rejects:
                self.tally.records_with_rejects += 1
                rejects.extend(shown(recipe, outcome.key, outcome.ordinal, reject) for reject in outcome.rejects)
        self.tally.rejects += len(rejects)
        if project is None:
            self.tally.records_refused += len(rows)
        else:
            self.tally.projects += 1
            self.tally.places += sum(place.point is not None for place in project.places)
        return Outcome(project, origins, tuple(rejects), tuple(record for record, _ in rows))


def apply_recipe(
    compiled: CompiledRecipe, records: Iterable[RawRow], level: AccessLevel
) -> tuple[list[Outcome], Tally]:
    """All records at once."""
    application = RecipeApplication(compiled, level)
    outcomes = [*application.add(records), *application.finish()]
    return outcomes, application.tally


def run_row(compiled: CompiledRecipe, record: RawRow) -> RowOutcome:
    """One record through the steps and the types of the schema."""
    row = Row(dict(record.values))
    for step in compiled.steps:
        step.run(row)
    return typed_row(compiled, record, row)


def typed_row(compiled: CompiledRecipe, record: RawRow, row: Row) -> RowOutcome:
    """What stands at the end under names of the schema."""
    values, rejects = row.values, row.rejects
    fields = {}
    for typed in compiled.project_fields:
        raw = values.get(typed.name)
        if raw is not None:
            value = take_value(typed, raw, rejects)
            if value is not None:
                fields[typed.name] = value
    place_fields = {}
    for typed in compiled.place_fields:
        raw = values.get(typed.name)
        if raw is not None:
            value = take_value(typed, raw, rejects)
            if value is not None:
                place_fields[typed.name] = value
    url = values.get(compiled.recipe.url) if compiled.recipe.url else None
    return RowOutcome(
        key=record.key,
        ordinal=record.ordinal,
        record_url=record.url,
        url=url,
        raw=record.values,
        fields=fields,
        point=row.point,
        place_fields=place_fields,
        rejects=rejects,
    )


def key_of_group(values: dict[str, Any], columns: tuple[str, ...]) -> str | None:
    """The group key of a raw record; None where all its fields are empty."""
    parts = [values.get(column) for column in columns]
    if all(is_empty(part) for part in parts):
        return None
    texts = [as_text(part) if not is_empty(part) else "" for part in parts]
    return group_key(
        [json_digest(part) if text is None else text.strip() for part, text in zip(parts, texts, strict=True)]
    )


def shown(recipe: str, key: str, ordinal: int, reject: RowReject) -> Reject:
    """A reject as it is kept and shown."""
    value = as_text(reject.value)
    if value is None:
        value = "" if reject.value is None else repr(reject.value)
    return Reject(
        recipe=recipe,
        key=key,
        ordinal=ordinal,
        step=reject.step,
        field=reject.field,
        value=value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 1] + "…",
        code=reject.refusal.code,
        message=reject.refusal.message,
        whole=reject.whole,
    )


def unused_fields(values: dict[str, Any], known: frozenset[str]) -> Iterator[str]:
    """Raw names with a value that the recipe neither reads nor ignores."""
    for name in values.keys() - known:
        if not is_empty(values[name]):
            yield name
