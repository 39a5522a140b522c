"""Recipes and rows for tests of the service."""

from typing import Any

from moisson_shared.contracts.model import JsonObject


def a_recipe(**changes: Any) -> JsonObject:
    """A recipe for the corpus `cis` that reads the spider `moulin`."""
    made: JsonObject = {
        "id": "moulin",
        "corpus": "cis",
        "source": "moulin",
        "partner": "moulin",
        "steps": [
            {"step": "trim"},
            {"step": "rename", "columns": {"Nom": "title", "Texte": "description", "Ville": "city"}},
            {"step": "lookup", "columns": ["Thème"], "to": "themes"},
            {"step": "number", "column": "Année", "to": "award_year", "integer": True},
            {"step": "email", "column": "Courriel", "to": "email"},
            {"step": "coordinates", "x": "lon", "y": "lat"},
        ],
    }
    return made | changes


def a_row(name: str, **changes: Any) -> JsonObject:
    """The raw values of one project."""
    return {"Nom": name, "Texte": f"Le projet {name}.", "Thème": "Emploi", "Ville": "Nantes", "Année": "2019"} | changes
