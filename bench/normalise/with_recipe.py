"""Ours: a recipe, with provenance, rejects and typing by the schema. `python -m bench.normalise.with_recipe`"""

from dataclasses import dataclass
from typing import Any

from bench.measuring import Stopwatch
from bench.normalise.rows import ROWS, raw_rows
from moisson_normalizer.apply_recipe import apply_recipe
from moisson_normalizer.compile_recipe import compile_recipe
from moisson_normalizer.defaults import default_schema, default_taxonomies
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.recipe import RecipeDraft

RECIPE = {
    "id": "bench",
    "corpus": "cis",
    "source": "bench",
    "partner": "bench",
    "steps": [
        {"step": "trim"},
        {"step": "null_tokens", "tokens": ["NR", "null"]},
        {
            "step": "rename",
            "columns": {
                "Nom du projet": "title",
                "Structure": "lead_organisation",
                "Présentation": "description",
                "Ville": "city",
            },
        },
        {"step": "lookup", "columns": ["Thématique"], "to": "themes"},
        {"step": "split", "column": "Mots-clés", "to": "tags", "separator": ";"},
        {"step": "trim", "columns": ["tags"]},
        {"step": "date", "column": "Création", "to": "created", "formats": ["%d/%m/%Y"]},
        {"step": "pad", "column": "Code postal", "to": "postcode", "width": 5},
        {"step": "coordinates", "x": "Longitude", "y": "Latitude"},
    ],
}


@dataclass(frozen=True, slots=True)
class Record:
    """What a recipe may know of a raw record."""

    key: str
    values: dict[str, Any]
    ordinal: int = 0
    url: str | None = None


def main() -> None:
    records = [Record(str(number), values) for number, values in enumerate(raw_rows())]
    taxonomies = {taxonomy.id: taxonomy for taxonomy in default_taxonomies()}
    compiled = compile_recipe(RecipeDraft.model_validate(RECIPE), default_schema(), taxonomies)
    watch = Stopwatch()
    outcomes, tally = apply_recipe(compiled, records, AccessLevel.OPENDATA)
    watch.report(len(outcomes))
    if tally.projects != ROWS or tally.rejects:
        raise SystemExit(f"{tally.projects} projects and {tally.rejects} rejects from {ROWS} rows: a broken mapping")


if __name__ == "__main__":
    main()
