"""The mednum files read by their own configurations: what any right answer must agree with.

It knows no code of Moisson.
"""

import json
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyproj import Transformer

SOURCES = ("corse", "etapes-numerique", "maine-et-loire")
TARGETS = {
    "typologie": "place_types",
    "services": "services",
    "publics_specifiquement_adresses": "audiences",
    "frais_a_charge": "fees",
    "modalites_accompagnement": "support_modes",
}
"""Keys of a configuration that choose targets by terms, and the field of the schema that holds them."""
_LAMBERT = Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)


@dataclass(frozen=True)
class FilePlace:
    """One record as its configuration reads it."""

    title: str
    postcode: str | None
    point: tuple[float, float] | None
    """Latitude and longitude in degrees; None where the file has no number."""
    targets: dict[str, frozenset[str]]


def read_mednum_file(folder: Path, source: str) -> list[FilePlace]:
    """One place per record that has a name, in the file's order."""
    records = json.loads((folder / "mednum" / f"{source}.json").read_bytes())
    configuration = json.loads((folder / "mednum" / f"{source}.config.json").read_bytes())
    return [_place(record, configuration) for record in records if record[configuration["nom"]["colonne"]]]


def nameless_records(folder: Path, source: str) -> int:
    """How many records have nothing but their identifiers and a point."""
    return len(json.loads((folder / "mednum" / f"{source}.json").read_bytes())) - len(read_mednum_file(folder, source))


def counts(places: list[FilePlace], field: str) -> dict[str, int]:
    """How many places have each target."""
    return dict(Counter(target for place in places for target in place.targets[field]))


def _place(record: dict[str, Any], configuration: dict[str, Any]) -> FilePlace:
    def value(key: str) -> Any:
        return record.get(configuration[key]["colonne"])

    postcode = value("code_postal")
    return FilePlace(
        title=" ".join(str(value("nom")).split()),
        postcode=str(postcode).zfill(5) if postcode else None,
        point=_point(value("latitude"), value("longitude")),
        targets={field: _targets(record, configuration.get(key, [])) for key, field in TARGETS.items()},
    )


def _targets(record: dict[str, Any], rules: list[dict[str, Any]]) -> frozenset[str]:
    return frozenset(
        rule["cible"]
        for rule in rules
        if "termes" not in rule
        or any(_folded(term) in _folded(record.get(column)) for term in rule["termes"] for column in rule["colonnes"])
    )


def _point(latitude: Any, longitude: Any) -> tuple[float, float] | None:
    try:
        north, east = (float(str(value).replace(",", ".")) for value in (latitude, longitude))
    except ValueError:
        return None
    if north > 90:
        east, north = _LAMBERT.transform(east, north)
    return round(north, 4), round(east, 4)


def _folded(value: Any) -> str:
    text = unicodedata.normalize("NFKD", str(value or "").casefold().replace("’", "'"))
    return " ".join("".join(character for character in text if not unicodedata.combining(character)).split())
