"""The peer: the same mapping as a petl pipeline, without provenance or rejects.

`python -m bench.normalise.with_petl`
"""

import re
from datetime import datetime
from typing import Any

import petl

from bench.measuring import Stopwatch
from bench.normalise.rows import ROWS, THEMES, raw_rows

BLANKS = re.compile(r"\s+")


def trimmed(text: str) -> str:
    return BLANKS.sub(" ", text).strip()


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(";")]


def day(text: str) -> str:
    return datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007


def number(text: str) -> float:
    return float(text.replace(",", "."))


def mapped(rows: list[dict[str, str]]) -> Any:
    names = {
        "Nom du projet": "title",
        "Structure": "lead_organisation",
        "Présentation": "description",
        "Ville": "city",
        "Thématique": "themes",
        "Mots-clés": "tags",
        "Création": "created",
        "Code postal": "postcode",
        "Longitude": "longitude",
        "Latitude": "latitude",
    }
    return (
        petl.fromdicts(rows, header=list(names))
        .convertall(trimmed)
        .convertall(lambda text: None if text.lower() in {"nr", "null"} else text)
        .rename(names)
        .convert("themes", THEMES)
        .convert("tags", words)
        .convert("created", day)
        .convert("postcode", lambda text: text.zfill(5))
        .convert(("longitude", "latitude"), number)
    )


def main() -> None:
    rows = raw_rows()
    watch = Stopwatch()
    found = list(petl.dicts(mapped(rows)))
    watch.report(len(found))
    if len(found) != ROWS or found[0]["title"] != "Projet 0":
        raise SystemExit("the peer's mapping is broken")


if __name__ == "__main__":
    main()
