"""The recipes of the real files against counts made from the files by other means."""

import csv
import re
from collections import Counter, defaultdict
from typing import Any

import pytest

from moisson_normalizer.compile_recipe import compile_recipe
from moisson_normalizer.defaults import default_schema, default_taxonomies
from moisson_normalizer.raw_values import folded
from moisson_shared.contracts.project import Project
from moisson_shared.contracts.recipe import RecipeDraft
from tests.realdata.real_recipes import (
    MEDNUM,
    applied,
    ffe_rows,
    mednum_configuration,
    mednum_model,
    mednum_rows,
    real_file,
    recipe_document,
)

pytestmark = pytest.mark.realdata

NOTHING = {"", "nr", "null", "default"}


def says(value: Any) -> str:
    """The words of a cell, or nothing."""
    text = " ".join(str(value if value is not None else "").split())
    return "" if text.lower() in NOTHING else text


def ffe_groups() -> dict[str, list[dict[str, str]]]:
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in ffe_rows():
        groups[row["ID CIS"]].append(row)
    return groups


def themes_of(row: dict[str, str], level: str) -> set[str]:
    """Codes of one row by brute force: the code where there is one, else the code of the label in the taxonomy."""
    columns = [name for name in row if name.startswith("Tag CIS") and "ASSEMBLAGE" not in name]
    mine = [name for name in columns if ("Sous-thématiques" in name) == (level == "sub")]
    codes = [name for name in mine if name.strip().endswith("CODE")]
    labels = [name for name in mine if name not in codes]
    known: dict[str, str] = {}
    with real_file("cis/themes.csv").open(encoding="utf-8-sig", newline="") as lines:
        for line in csv.DictReader(lines):
            pair = (
                ("Sous-thématiques", "Sous-thématiques - CODE")
                if level == "sub"
                else ("Thématiques", "Thématiques CODE")
            )
            known[line[pair[0]].strip()] = line[pair[1]].strip()
    return {
        row[code].strip() or known[row[label].strip()]
        for code, label in zip(codes, labels, strict=True)
        if row[code].strip() or row[label].strip()
    }


def test_the_ffe_file_gives_its_projects_and_places() -> None:
    done = applied("ffe")
    points = [place.point for project in done.projects for place in project.places if place.point is not None]
    assert (len(done.rows), len(done.projects)) == (303, 150)
    assert sum(any(place.point for place in project.places) for project in done.projects) == 141
    assert (len(points), done.tally.places) == (294, 294)
    assert len({(point.latitude, point.longitude) for point in points}) == 271


def test_every_ffe_column_is_used_or_ignored_on_purpose() -> None:
    done = applied("ffe")
    compiled = compile_recipe(done.recipe, default_schema(), {each.id: each for each in default_taxonomies()})
    assert set(done.rows[0]) <= compiled.known_columns
    assert set(compiled.raw_columns) - {"picture"} <= set(done.rows[0])
    assert done.tally.unused_fields == {}


@pytest.mark.parametrize(("field", "level"), [("themes", "top"), ("sub_themes", "sub")])
def test_ffe_themes_agree_with_a_count_of_the_file(field: str, level: str) -> None:
    expected = Counter(
        code for rows in ffe_groups().values() for code in set().union(*(themes_of(row, level) for row in rows))
    )
    found: Counter[Any] = Counter()
    for project in applied("ffe").projects:
        values = project.fields.get(field, ())
        assert isinstance(values, tuple)
        found.update(values)
    assert found == expected


def test_a_theme_is_found_by_its_label_where_the_code_is_missing() -> None:
    code, label = "Tag CIS - Niveau - 1 - Thématiques 1 CODE ", "Tag CIS - Niveau - 1 - Thématiques 1"
    rows = [row for row in ffe_rows() if row[label].strip() and not row[code].strip()]
    assert rows
    titles = {says(row["Nom du projet "]) for row in rows}
    found = [project for project in applied("ffe").projects if project.fields["title"] in titles]
    assert [project.fields["themes"] for project in found] == [("SAN", "COM")]


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Région ", "region"),
        ("Département", "department"),
        ("Code postal ", "postcode"),
        ("Département_code", "department_code"),
    ],
)
def test_ffe_places_agree_with_a_count_of_the_file(column: str, field: str) -> None:
    expected = Counter(
        value for rows in ffe_groups().values() for value in {says(row[column]) for row in rows} if value
    )
    found = Counter(
        value
        for project in applied("ffe").projects
        for value in {place.fields[field] for place in project.places if field in place.fields}
    )
    assert found == expected


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Facebook", "facebook"),
        ("Twitter ", "twitter"),
        ("Email", "email"),
        ("ImagePath", "image"),
        ("Adresse ", "address"),
    ],
)
def test_empty_words_are_empty(column: str, field: str) -> None:
    expected = sum(any(says(row[column]) for row in rows) for rows in ffe_groups().values())
    found = sum(
        field in project.fields or any(field in place.fields for place in project.places)
        for project in applied("ffe").projects
    )
    assert found == expected


def test_each_ffe_reject_is_a_year_that_is_none() -> None:
    done = applied("ffe")
    rejects = [reject for outcome in done.outcomes for reject in outcome.rejects if not reject.warning]
    bad = [row["Lauréats "] for row in done.rows if says(row["Lauréats "]) and not row["Lauréats "].strip().isdigit()]
    assert sorted(reject.value for reject in rejects) == sorted(bad)
    assert {(reject.field, reject.code) for reject in rejects} == {("Lauréats ", "not-a-number")}
    warnings = {reject.code for outcome in done.outcomes for reject in outcome.rejects if reject.warning}
    assert warnings == {"label-contradicts-code"}


@pytest.mark.parametrize("name", MEDNUM)
def test_mednum_files_have_few_rejects_each_with_a_reason_that_holds(name: str) -> None:
    done = applied(name)
    rejects = [reject for outcome in done.outcomes for reject in outcome.rejects]
    assert len(rejects) <= 0.02 * len(done.rows)
    assert len(done.projects) == len(done.rows) - sum(reject.whole for reject in rejects)
    for reject in rejects:
        row = done.rows[int(reject.key)]
        if reject.code == "required-missing":
            assert not says(row[mednum_configuration(name)["nom"]["colonne"]])
        elif reject.code == "not-a-web-address":
            assert re.search(r"\s", row[reject.field].strip())
        else:
            assert reject.code == "not-a-number"
            with pytest.raises(ValueError, match="could not convert"):
                float(row[reject.field])


@pytest.mark.parametrize("name", MEDNUM)
def test_every_mednum_column_is_used_or_ignored_on_purpose(name: str) -> None:
    done = applied(name)
    assert done.tally.unused_fields == {}
    _, schema, taxonomies = mednum_model()
    compiled = compile_recipe(done.recipe, schema, taxonomies)
    assert {column for row in done.rows for column in row} <= compiled.known_columns
    assert not set(done.recipe.ignore) & set(_described_columns(mednum_configuration(name)))


def _described_columns(value: Any) -> list[str]:
    """Every column that a configuration names, wherever it stands."""
    if isinstance(value, dict):
        own = [value["colonne"]] if value.get("colonne") else list(value.get("colonnes", ()))
        inner = [value[key] for key in value if key not in {"colonne", "colonnes", "termes", "cible"}]
        return own + [column for each in inner for column in _described_columns(each)]
    if isinstance(value, list):
        return [column for each in value for column in _described_columns(each)]
    return []


CHOSEN = {
    "typologie": ("place_types", "mednum-place-types"),
    "services": ("services", "mednum-services"),
    "publics_specifiquement_adresses": ("audiences", "mednum-audiences"),
    "frais_a_charge": ("fees", "mednum-fees"),
    "modalites_accompagnement": ("support_modes", "mednum-support"),
}
PLAIN = {
    "nom": "title",
    "presentation_resume": "description",
    "adresse": "address",
    "complement_adresse": "address_extra",
    "commune": "city",
    "pivot": "siret",
    "id": "local_id",
}


def by_row(name: str) -> list[tuple[dict[str, Any], Project]]:
    done = applied(name)
    return [(done.rows[int(outcome.records[0].key)], outcome.project) for outcome in done.outcomes if outcome.project]


@pytest.mark.parametrize("name", MEDNUM)
def test_terms_choose_what_the_configuration_describes(name: str) -> None:
    configuration = mednum_configuration(name)
    _, _, taxonomies = mednum_model()
    for key, (field, taxonomy) in CHOSEN.items():
        labels = {code: concept.labels["fr"] for code, concept in taxonomies[taxonomy].of_level("values").items()}
        for row, project in by_row(name):
            expected = {
                rule["cible"]
                for rule in configuration.get(key, ())
                if not rule.get("termes")
                or any(
                    folded(term) in folded(str(row.get(column) or ""))
                    for column in rule["colonnes"]
                    for term in rule["termes"]
                )
            }
            codes = project.fields.get(field, ())
            assert isinstance(codes, tuple)
            assert {code if key == "typologie" else labels[str(code)] for code in codes} == expected


@pytest.mark.parametrize("name", MEDNUM)
def test_plain_columns_are_taken_as_they_are(name: str) -> None:
    configuration = mednum_configuration(name)
    for row, project in by_row(name):
        place = project.places[0].fields if project.places else {}
        for key, field in PLAIN.items():
            rule = configuration.get(key, {})
            columns = rule.get("joindre", {}).get("colonnes", [rule.get("colonne")])
            expected = " ".join(says(row.get(column)) for column in columns if column and says(row.get(column)))
            found = project.fields.get(field, place.get(field, ""))
            assert " ".join(str(found).split()) == expected


def test_postcodes_that_lost_a_digit_are_padded() -> None:
    for name, column in (("etapes-numerique", "Code postal"), ("maine-et-loire", "CP")):
        for row, project in by_row(name):
            expected = f"{row[column]:05}" if row[column] else None
            assert project.places[0].fields.get("postcode") == expected
    assert any(row["Code postal"] < 10_000 for row in mednum_rows("etapes-numerique"))


def test_projected_coordinates_fall_into_their_county() -> None:
    points = [place.point for _, project in by_row("maine-et-loire") for place in project.places]
    assert all(point is not None and 46.9 < point.latitude < 47.9 and -1.5 < point.longitude < 0.35 for point in points)


@pytest.mark.parametrize(("name", "x", "y"), [("corse", "long", "lat"), ("etapes-numerique", "longitude", "latitude")])
def test_coordinates_in_degrees_are_kept(name: str, x: str, y: str) -> None:
    for row, project in by_row(name):
        point = project.places[0].point if project.places else None
        if isinstance(row[y], float):
            assert point is not None
            assert (point.latitude, point.longitude) == (row[y], row[x])
        else:
            assert point is None


def test_dates_are_as_written_in_the_file() -> None:
    for row, project in by_row("maine-et-loire"):
        digits = re.sub(r"\D", "", row["DAT_MaJ"])
        expected = f"{digits[-4:]}-{digits[2:4]}-{digits[:2]}" if digits else None
        assert project.fields.get("updated_on") == expected


@pytest.mark.parametrize(("name", "column"), [("corse", "Adresse e-mail"), ("maine-et-loire", "MAIL_STRUC")])
def test_every_email_address_is_found_in_messy_text(name: str, column: str) -> None:
    for row, project in by_row(name):
        expected = [
            part
            for part in re.split(r"[\s/;,]+", str(row[column] or ""))
            if "@" in part and "." in part.partition("@")[2]
        ]
        found = project.fields.get("email", ())
        assert found == tuple(part.partition("%")[0] for part in expected)


@pytest.mark.parametrize("name", ["ffe", *MEDNUM])
def test_projects_pass_the_contract_and_are_the_same_again(name: str) -> None:
    applied.cache_clear()
    first = {project.id: project for project in applied(name).projects}
    applied.cache_clear()
    again = {project.id: project for project in applied(name).projects}
    assert first == again
    assert len(first) == len(applied(name).projects)
    assert all(Project.model_validate_json(project.model_dump_json()) == project for project in first.values())


def test_the_recipes_are_documents_that_the_service_accepts() -> None:
    corpus, schema, taxonomies = mednum_model()
    assert corpus.schema_id == schema.id
    for name in MEDNUM:
        compile_recipe(RecipeDraft.model_validate_json(recipe_document(name)), schema, taxonomies)
