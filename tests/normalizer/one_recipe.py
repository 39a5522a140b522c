"""Steps and recipes without a service: a row in, values and rejects out."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from moisson_normalizer.apply_recipe import Outcome, Tally, apply_recipe
from moisson_normalizer.compile_recipe import CompiledRecipe, compile_recipe
from moisson_normalizer.defaults import default_schema, default_taxonomies
from moisson_normalizer.rows import Row
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.recipe import RecipeDraft, Step
from moisson_shared.contracts.schema import Schema

STEP: TypeAdapter[Step] = TypeAdapter(Step)


@dataclass
class Record:
    """A raw record."""

    values: dict[str, Any]
    key: str = "k"
    ordinal: int = 0
    url: str | None = None


@dataclass
class Done:
    """A row after one step."""

    values: dict[str, Any]
    point: tuple[float, float] | None
    rejects: list[tuple[str, str]] = field(default_factory=list)
    """Field and code."""


def compiled(*steps: dict[str, Any], schema: Schema | None = None, **changes: Any) -> CompiledRecipe:
    """A recipe for the common schema; a last step gives it a title where none does."""
    made: dict[str, Any] = {"id": "r", "corpus": "cis", "source": "s", "partner": "p", "steps": list(steps)}
    recipe = RecipeDraft.model_validate(made | changes)
    return compile_recipe(recipe, schema or default_schema(), {each.id: each for each in default_taxonomies()})


def run_step(step: dict[str, Any], **values: Any) -> Done:
    """One step on one row, whatever stands in it."""
    recipe = compiled(step, {"step": "constant", "to": "title", "value": "T"})
    row = Row(dict(values))
    recipe.steps[0].run(row)
    rejects = [(reject.field, reject.refusal.code) for reject in row.rejects]
    return Done(row.values, row.point, rejects)


def normalised(recipe: CompiledRecipe, *records: Record) -> tuple[list[Outcome], Tally]:
    """The recipe on records."""
    return apply_recipe(recipe, records, AccessLevel.OPENDATA)
