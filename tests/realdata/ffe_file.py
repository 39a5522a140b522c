"""The FFE file counted by hand: what any right answer must agree with. It knows no code of Moisson."""

import csv
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

EMPTY = {"", "nr", "null", "default"}
THEMES = "Tag CIS - Niveau - 1 - Thématiques"
SUB_THEMES = "Tag CIS - Niveau 2 - Sous-thématiques"


def real_data() -> Path:
    """The folder of the real files; a test fails here, with what to do, where it is missing."""
    folder = Path(os.environ.get("MOISSON_REALDATA", Path(__file__).parents[2] / "../shared/realdata")).resolve()
    assert (folder / "cis" / "projets-ffe.csv").is_file(), (
        f"There are no real files in {folder}: put them there, or set MOISSON_REALDATA to the folder that has cis/ "
        "and mednum/."
    )
    return folder


@dataclass
class FileProject:
    """One project of the file: all its rows together."""

    title: str
    themes: set[str] = field(default_factory=set)
    sub_themes: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    departments: set[str] = field(default_factory=set)
    years: set[str] = field(default_factory=set)
    points: list[tuple[float, float]] = field(default_factory=list)
    """Latitude, longitude; one per row that has them."""

    def within(self, west: float, south: float, east: float, north: float) -> bool:
        """Whether one of its places, whole, lies in the box."""
        return any(south <= latitude <= north and west <= longitude <= east for latitude, longitude in self.points)


def read_ffe_file(folder: Path) -> dict[str, FileProject]:
    """The projects by the partner's own identifier."""
    with (folder / "cis" / "themes.csv").open(encoding="utf-8-sig", newline="") as file:
        taxonomy = list(csv.DictReader(file))
    theme_codes = {_bare(row["Thématiques"]): row["Thématiques CODE"] for row in taxonomy}
    sub_theme_codes = {_bare(row["Sous-thématiques"]): row["Sous-thématiques - CODE"] for row in taxonomy}
    projects: dict[str, FileProject] = {}
    with (folder / "cis" / "projets-ffe.csv").open(encoding="utf-8-sig", newline="") as file:
        for raw in csv.DictReader(file):
            row = {" ".join(name.split()): _value(value) for name, value in raw.items()}
            project = projects.setdefault(row["ID interne sourceur"], FileProject(row["Nom du projet"]))
            project.themes |= _codes(row, THEMES, 3, theme_codes)
            project.sub_themes |= _codes(row, SUB_THEMES, 6, sub_theme_codes)
            project.regions |= {row["Région"]} - {""}
            project.departments |= {row["Département"]} - {""}
            project.years |= {row["Lauréats"]} - {""}
            if row["lat"] and row["long"]:
                project.points.append((float(row["lat"]), float(row["long"])))
    return projects


def count_contradictions(folder: Path) -> int:
    """Cells whose label is that of another theme than the code beside it."""
    with (folder / "cis" / "themes.csv").open(encoding="utf-8-sig", newline="") as file:
        taxonomy = list(csv.DictReader(file))
    theme_codes = {_bare(row["Thématiques"]): row["Thématiques CODE"] for row in taxonomy}
    sub_theme_codes = {_bare(row["Sous-thématiques"]): row["Sous-thématiques - CODE"] for row in taxonomy}
    found = 0
    with (folder / "cis" / "projets-ffe.csv").open(encoding="utf-8-sig", newline="") as file:
        for raw in csv.DictReader(file):
            row = {" ".join(name.split()): _value(value) for name, value in raw.items()}
            for columns, count, by_label in ((THEMES, 3, theme_codes), (SUB_THEMES, 6, sub_theme_codes)):
                for place in range(1, count + 1):
                    code, label = row[f"{columns} {place} CODE"], _bare(row[f"{columns} {place}"])
                    found += bool(code) and by_label.get(label, code) != code
    return found


def counts(projects: dict[str, FileProject], attribute: str) -> dict[str, int]:
    """How many projects have each value."""
    return dict(Counter(value for project in projects.values() for value in getattr(project, attribute)))


def _codes(row: dict[str, str], columns: str, count: int, by_label: dict[str, str]) -> set[str]:
    """The code of each position, by its label where the code is missing."""
    found = set()
    for place in range(1, count + 1):
        code, label = row[f"{columns} {place} CODE"], row[f"{columns} {place}"]
        if code or label:
            found.add(code or by_label[_bare(label)])
    return found


def _value(text: str) -> str:
    text = text.strip()
    return "" if text.casefold() in EMPTY else text


def _bare(label: str) -> str:
    return "".join(character for character in label.casefold().replace("’", "'") if character.isalnum())
