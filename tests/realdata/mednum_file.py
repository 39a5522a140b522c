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
    latitude: float
    longitude: float
    targets: dict[str, frozenset[str]]


def read_mednum_file(folder: Path, source: str) -> list[FilePlace]:
    """One place per record, in the file's order."""
    records = json.loads((folder / "mednum" / f"{source}.json").read_bytes())
    configuration = json.loads((folder / "mednum" / f"{source}.config.json").read_bytes())
    return [_place(record, configuration) for record in records]


def counts(places: list[FilePlace], field: str) -> dict[str, int]:
    """How many places have each target."""
    return dict(Counter(target for place in places for target in place.targets[field]))


def _place(record: dict[str, Any], configuration: dict[str, Any]) -> FilePlace:
    def value(key: str) -> Any:
        return record.get(configuration[key]["colonne"])

    postcode = value("code_postal")
    latitude, longitude = _number(value("latitude")), _number(value("longitude"))
    if latitude > 90:
        longitude, latitude = _LAMBERT.transform(longitude, latitude)
    return FilePlace(
        title=" ".join(str(value("nom")).split()),
        postcode=str(postcode).zfill(5) if postcode else None,
        latitude=latitude,
        longitude=longitude,
        targets={field: _targets(record, configuration.get(key, [])) for key, field in TARGETS.items()},
    )


def _targets(record: dict[str, Any], rules: list[dict[str, Any]]) -> frozenset[str]:
    return frozenset(
        rule["cible"]
        for rule in rules
        if "termes" not in rule
        or any(_folded(term) in _folded(record.get(column)) for term in rule["termes"] for column in rule["colonnes"])
    )


def _number(value: Any) -> float:
    return float(str(value).replace(",", "."))


def _folded(value: Any) -> str:
    text = unicodedata.normalize("NFKD", str(value or "").casefold().replace("’", "'"))
    return " ".join("".join(character for character in text if not unicodedata.combining(character)).split())
