"""Records to projects: rows run through the compiled steps, are typed by the schema, and grouped.

A pure function of recipe and records; where records come from and where projects go is the caller's business.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from moisson_normalizer.build_project import RowOutcome, build_project
from moisson_normalizer.compile_recipe import CompiledRecipe
from moisson_normalizer.field_types import take_values
from moisson_normalizer.identity import group_key, json_digest
from moisson_normalizer.raw_values import as_text, is_empty
from moisson_normalizer.row_shapes import Origins
from moisson_normalizer.rows import RawRow, Row, RowReject
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.normalisation import Reject
from moisson_shared.contracts.project import Project

_LONGEST_SHOWN = 200


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
    """Without the warnings among what is listed."""
    projects: int = 0
    places: int = 0
    unused_fields: Counter[str] = field(default_factory=Counter)


class RecipeApplication:
    """One recipe over the records of one source, in their order. Add records, then finish."""

    def __init__(self, compiled: CompiledRecipe, level: AccessLevel) -> None:
        self.tally = Tally()
        self._compiled = compiled
        self._level = level
        self._groups: dict[str, list[RowOutcome]] = {}

    def add(self, records: Iterable[RawRow]) -> Iterator[Outcome]:
        """What is settled by these records already: without grouping all of them."""
        compiled, tally = self._compiled, self.tally
        group_by, shapes = compiled.recipe.group_by, compiled.shapes
        for record in records:
            tally.records += 1
            unused = shapes.unused(record.values)
            if unused:
                tally.unused_fields.update(unused)
            outcome = run_row(compiled, record)
            if not group_by:
                key = record.key if not record.ordinal else group_key((record.key, str(record.ordinal)))
                yield self._settle(key, [outcome])
                continue
            grouped = key_of_group(record.values, group_by)
            if grouped is None:
                yield self._settle(group_key(("", record.key, str(record.ordinal))), [outcome])
            else:
                self._groups.setdefault(grouped, []).append(outcome)

    def finish(self) -> Iterator[Outcome]:
        """The groups, in the order of their first records."""
        for key in list(self._groups):
            yield self._settle(key, self._groups.pop(key))

    def _settle(self, key: str, rows: list[RowOutcome]) -> Outcome:
        tally = self.tally
        built = build_project(self._compiled, key, rows, self._level)
        rejects: list[Reject] = []
        for row in rows:
            if row.rejects:
                lost = sum(not reject.warning for reject in row.rejects)
                tally.records_with_rejects += lost > 0
                tally.rejects += lost
                rejects.extend(shown(self._compiled.recipe.id, row.record, reject) for reject in row.rejects)
        records = tuple([row.record for row in rows])
        if built is None:
            tally.records_refused += len(rows)
            return Outcome(None, (), tuple(rejects), records)
        project, origins = built
        tally.projects += 1
        for place in project.places:
            tally.places += place.point is not None
        return Outcome(project, origins, tuple(rejects), records)


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
    of_project, of_place = compiled.shapes.wanted(tuple(values))
    fields = take_values(of_project, values, rejects)
    place_fields = take_values(of_place, values, rejects)
    url = values.get(compiled.recipe.url) if compiled.recipe.url else None
    return RowOutcome(record, url, fields, row.point, place_fields, rejects)


def key_of_group(values: dict[str, Any], columns: tuple[str, ...]) -> str | None:
    """The group key of a raw record; None where all its fields are empty."""
    parts = [values.get(column) for column in columns]
    if all(is_empty(part) for part in parts):
        return None
    texts = [as_text(part) if not is_empty(part) else "" for part in parts]
    return group_key(
        [json_digest(part) if text is None else text.strip() for part, text in zip(parts, texts, strict=True)]
    )


def shown(recipe: str, record: RawRow, reject: RowReject) -> Reject:
    """A reject as it is kept and shown."""
    value = as_text(reject.value)
    if value is None:
        value = "" if reject.value is None else repr(reject.value)
    return Reject(
        recipe=recipe,
        key=record.key,
        ordinal=record.ordinal,
        step=reject.step,
        field=reject.field,
        value=value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 1] + "…",
        code=reject.refusal.code,
        message=reject.refusal.message,
        whole=reject.whole,
        warning=reject.warning,
    )
