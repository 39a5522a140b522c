"""The recipes of the real files, applied to the files themselves, without a service."""

import csv
import json
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from moisson_normalizer.apply_recipe import Outcome, Tally, apply_recipe
from moisson_normalizer.compile_recipe import compile_recipe
from moisson_normalizer.defaults import default_schema, default_taxonomies
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.project import Project
from moisson_shared.contracts.recipe import RecipeDraft
from moisson_shared.contracts.schema import Schema
from moisson_shared.contracts.taxonomy import Taxonomy

RECIPES = Path(__file__).parent / "recipes"
MEDNUM = ("corse", "etapes-numerique", "maine-et-loire")


@dataclass
class Record:
    """A raw record as a spider would keep it."""

    values: dict[str, Any]
    key: str
    ordinal: int = 0
    url: str | None = None


@dataclass
class Applied:
    """One recipe on its whole file."""

    rows: list[dict[str, Any]]
    recipe: RecipeDraft
    outcomes: list[Outcome]
    tally: Tally
    projects: list[Project] = field(default_factory=list)


def real_file(name: str) -> Path:
    """A file of `MOISSON_REALDATA`; fails saying what to do where it is missing."""
    folder = Path(os.environ.get("MOISSON_REALDATA", Path(__file__).parents[3] / "shared" / "realdata"))
    path = folder / name
    assert path.is_file(), f"{path} is missing: set MOISSON_REALDATA to the folder with the real files"
    return path


def recipe_document(name: str) -> str:
    return (RECIPES / f"{name}.json").read_text(encoding="utf-8")


def mednum_model() -> tuple[Corpus, Schema, dict[str, Taxonomy]]:
    """The corpus of digital mediation places with its schema and taxonomies."""
    corpus = Corpus.model_validate_json(recipe_document("corpus-mednum"))
    schema = Schema.model_validate_json(recipe_document("schema-mednum"))
    taxonomies = [Taxonomy.model_validate_json(recipe_document(f"taxonomy-{id_}")) for id_ in corpus.taxonomies]
    return corpus, schema, {taxonomy.id: taxonomy for taxonomy in taxonomies}


def ffe_rows() -> list[dict[str, str]]:
    with real_file("cis/projets-ffe.csv").open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def mednum_rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(real_file(f"mednum/{name}.json").read_text(encoding="utf-8"))
    return rows


def mednum_configuration(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(real_file(f"mednum/{name}.config.json").read_text(encoding="utf-8"))
    return found


@cache
def applied(name: str) -> Applied:
    """The recipe `ffe`, or one of the mednum ones, on its file."""
    recipe = RecipeDraft.model_validate_json(recipe_document(name))
    if name == "ffe":
        rows: list[dict[str, Any]] = list(ffe_rows())
        schema, taxonomies = default_schema(), {each.id: each for each in default_taxonomies()}
    else:
        rows = mednum_rows(name)
        _, schema, taxonomies = mednum_model()
    records = [Record(values, str(place)) for place, values in enumerate(rows)]
    outcomes, tally = apply_recipe(compile_recipe(recipe, schema, taxonomies), records, AccessLevel.OPENDATA)
    return Applied(rows, recipe, outcomes, tally, [each.project for each in outcomes if each.project is not None])
