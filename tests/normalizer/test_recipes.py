"""Whole recipes: typing by the schema, grouping, places, provenance, unused fields, and laws."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_normalizer.build_project import with_provenance
from moisson_normalizer.identity import project_digests, project_id
from moisson_normalizer.raw_values import bare, collapsed, folded
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.made_models import maker
from moisson_shared.contracts.project import Project, Provenance
from moisson_shared.contracts.schema import Schema
from tests.normalizer.one_recipe import Record, compiled, normalised

TITLE = {"step": "rename", "columns": {"Nom": "title"}}


def project_of(recipe_steps: list[dict[str, Any]], **values: Any) -> tuple[Project | None, list[tuple[Any, ...]]]:
    outcomes, _ = normalised(compiled(TITLE, *recipe_steps), Record({"Nom": "N", **values}))
    rejects = [(reject.step, reject.field, reject.code) for reject in outcomes[0].rejects]
    return outcomes[0].project, rejects


KINDS = ["text", "keyword", "number", "integer", "date", "boolean", "url", "image", "email", "phone"]
TYPES = Schema.model_validate(
    {
        "id": "types",
        "labels": {"fr": "Types"},
        "title": "title",
        "fields": [
            {"name": "title", "type": "text", "labels": {"fr": "t"}, "required": True},
            *({"name": f"a_{kind}", "type": kind, "labels": {"fr": kind}} for kind in KINDS),
            {"name": "many", "type": "keyword", "labels": {"fr": "m"}, "many": True},
        ],
    }
)

TYPED: list[tuple[str, Any, Any]] = [
    ("a_text", " deux\nlignes ", "deux\nlignes"),
    ("a_text", 12, "12"),
    ("a_text", "x\x00\x07y", "xy"),
    ("a_text", {"a": 1}, "not-a-text"),
    ("a_text", "x" * 200_001, "too-long"),
    ("a_keyword", " deux \n mots ", "deux mots"),
    ("a_keyword", "x" * 1001, "too-long"),
    ("a_number", "12.5", 12.5),
    ("a_number", 12.5, 12.5),
    ("a_number", "12,5", "not-a-number"),
    ("a_number", True, "not-a-number"),
    ("a_integer", "12", 12),
    ("a_integer", 12.0, 12),
    ("a_integer", 12.5, "not-whole"),
    ("a_integer", 2**60, "number-too-large"),
    ("a_date", "2016-05", "2016-05"),
    ("a_date", 2016, "2016"),
    ("a_date", "2016-02-30", "not-a-date"),
    ("a_date", "17/05/2016", "not-a-date"),
    ("a_boolean", "Oui", True),
    ("a_boolean", "non", False),
    ("a_boolean", 1, True),
    ("a_boolean", False, False),
    ("a_boolean", "peut-être", "not-a-boolean"),
    ("a_url", "https://example.org", "https://example.org"),
    ("a_url", "javascript:alert(1)", "not-a-web-address"),
    ("a_image", "www.example.org/a.png", "not-a-web-address"),
    ("a_email", "a@example.org", "a@example.org"),
    ("a_email", "a@example", "not-an-email"),
    ("a_phone", "01 02 03 04 05", "01 02 03 04 05"),
    ("a_phone", "sur demande", "not-a-phone"),
    ("many", ["x", "", "y", "x"], ("x", "y")),
    ("many", "x", ("x",)),
]


@pytest.mark.parametrize(("name", "raw", "expected"), TYPED)
def test_values_get_the_type_of_their_field(name: str, raw: Any, expected: Any) -> None:
    outcomes, _ = normalised(compiled(TITLE, schema=TYPES), Record({"Nom": "N", name: raw}))
    project, rejects = outcomes[0].project, outcomes[0].rejects
    assert project is not None
    if rejects:
        assert [(each.step, each.field, each.code) for each in rejects] == [(None, name, expected)]
        assert name not in project.fields
    else:
        assert project.fields[name] == expected
        assert type(project.fields[name]) is type(expected)
    assert Project.model_validate(project.model_dump()) == project


def test_a_single_field_keeps_the_first_value_and_says_what_it_could_not_take() -> None:
    project, rejects = project_of(
        [{"step": "split", "column": "o", "to": "lead_organisation", "separator": ";"}], o="A;B"
    )
    assert project is not None
    assert project.fields["lead_organisation"] == "A"
    assert rejects == [(None, "lead_organisation", "more-than-one")]


def test_a_code_that_the_taxonomy_has_not_is_refused_by_the_schema() -> None:
    project, rejects = project_of([], themes=["EMP", "ZZZ"])
    assert project is not None
    assert project.fields["themes"] == ("EMP",)
    assert rejects == [(None, "themes", "unknown-concept")]


GROUPED = [
    {"Id": "1", "Nom": "Un", "Mot": "a", "Ville": "Brest", "lat": "48.4", "lon": "-4.5"},
    {"Id": "2", "Nom": "Deux", "Mot": "b", "Ville": "", "lat": "", "lon": ""},
    {"Id": "1", "Nom": "Un", "Mot": "c", "Ville": "Lyon", "lat": "45.7", "lon": "4.8"},
    {"Id": "1", "Nom": "", "Mot": "a", "Ville": "Brest", "lat": "48.4", "lon": "-4.5"},
    {"Id": "1", "Nom": "Autre", "Mot": "", "Ville": "Nice", "lat": "", "lon": ""},
]
GROUPING = compiled(
    TITLE,
    {"step": "rename", "columns": {"Mot": "tags", "Ville": "city"}},
    {"step": "coordinates", "x": "lon", "y": "lat"},
    group_by=["Id"],
)


def grouped_records() -> list[Record]:
    return [Record(dict(values), key=f"r{place}") for place, values in enumerate(GROUPED)]


def test_rows_of_a_group_make_one_project_with_many_places() -> None:
    outcomes, tally = normalised(GROUPING, *grouped_records())

    first, second = (outcome.project for outcome in outcomes)
    assert first is not None
    assert second is not None
    assert first.fields == {"title": "Un", "tags": ("a", "c")}
    assert [place.fields.get("city") for place in first.places] == ["Brest", "Lyon", "Nice"]
    assert [place.point is not None for place in first.places] == [True, True, False]
    assert second.places == ()
    assert [(each.key, each.field, each.code) for each in outcomes[0].rejects] == [("r4", "title", "differs-in-group")]
    assert (tally.records, tally.projects, tally.places) == (5, 2, 2)


def test_provenance_names_the_record_the_raw_fields_and_the_steps() -> None:
    outcomes, _ = normalised(GROUPING, *grouped_records())
    project = outcomes[0].project
    assert project is not None
    origins = {
        name: [(entry.key, entry.raw_fields, entry.steps) for entry in entries]
        for name, entries in with_provenance(project, outcomes[0].origins).provenance.items()
    }
    assert origins == {
        "title": [("r0", ("Nom",), (0,))],
        "tags": [("r0", ("Mot",), (1,)), ("r2", ("Mot",), (1,))],
        "city": [("r0", ("Ville",), (1,)), ("r2", ("Ville",), (1,)), ("r4", ("Ville",), (1,))],
        "point": [("r0", ("lon", "lat"), (2,)), ("r2", ("lon", "lat"), (2,))],
    }


def test_a_row_without_group_key_is_a_project_of_its_own() -> None:
    records = [Record({"Id": "", "Nom": "A"}, key="a"), Record({"Id": None, "Nom": "B"}, key="b")]
    outcomes, tally = normalised(GROUPING, *records)
    assert [outcome.project.fields["title"] for outcome in outcomes if outcome.project] == ["A", "B"]
    assert tally.rejects == 0


def test_a_record_without_a_required_field_is_refused_as_a_whole() -> None:
    outcomes, tally = normalised(compiled(TITLE), Record({"Nom": " "}), Record({"Nom": "x"}, key="k2"))
    assert outcomes[0].project is None
    assert [(each.field, each.code, each.whole) for each in outcomes[0].rejects] == [
        ("title", "required-missing", True)
    ]
    assert (tally.projects, tally.records_refused) == (1, 1)


def test_unused_raw_fields_are_counted_where_they_have_a_value() -> None:
    recipe = compiled({"step": "trim"}, TITLE, ignore=["Laissé"])
    records = [
        Record({"Nom": "A", "Oublié": "x", "Laissé": "y", "Vide": ""}),
        Record({"Nom": "B", "Oublié": "", "city": "Brest"}),
    ]
    assert dict(normalised(recipe, *records)[1].unused_fields) == {"Oublié": 1}


@pytest.mark.parametrize(
    ("column", "record_url", "expected", "rejects"),
    [
        ("https://a.fr/1", "https://b.fr/1", "https://a.fr/1", 0),
        ("", "https://b.fr/1", "https://b.fr/1", 0),
        ("javascript:alert(1)", "https://b.fr/1", "https://b.fr/1", 1),
        ("", "javascript:alert(1)", None, 0),
        ("", None, None, 0),
    ],
)
def test_the_address_of_a_project_can_be_opened(
    column: str, record_url: str | None, expected: str | None, rejects: int
) -> None:
    recipe = compiled(TITLE, url="Lien")
    outcomes, _ = normalised(recipe, Record({"Nom": "N", "Lien": column}, url=record_url))
    project = outcomes[0].project
    assert project is not None
    assert (project.url, len(outcomes[0].rejects)) == (expected, rejects)


def test_field_levels_keep_only_what_is_stricter_than_the_schema() -> None:
    levels = {"description": "private", "email": "opendata", "city": "commons"}
    outcomes, _ = normalised(compiled(TITLE, field_levels=levels), Record({"Nom": "N"}))
    assert outcomes[0].project is not None
    assert outcomes[0].project.field_levels == {"description": AccessLevel.PRIVATE, "city": AccessLevel.COMMONS}


texts = st.text(max_size=40)
row_values = st.fixed_dictionaries(
    {"Id": st.sampled_from(["1", "2", "3", ""]), "Nom": texts, "Mot": texts, "Ville": texts},
    optional={"lat": texts, "lon": texts, "themes": st.recursive(texts | st.none(), st.lists, max_leaves=4)},
)


@given(st.lists(row_values, max_size=12))
def test_nothing_is_lost_and_everything_passes_the_contract(rows: list[dict[str, Any]]) -> None:
    records = [Record(values, key=str(place)) for place, values in enumerate(rows)]
    outcomes, tally = normalised(GROUPING, *records)
    assert sum(len(outcome.records) for outcome in outcomes) == len(records) == tally.records
    for outcome in outcomes:
        if outcome.project is None:
            assert any(reject.whole for reject in outcome.rejects)
        else:
            project = with_provenance(outcome.project, outcome.origins)
            assert Project.model_validate_json(project.model_dump_json()) == project


@given(st.lists(row_values, max_size=10), st.randoms())
def test_a_project_does_not_depend_on_the_rows_of_others(rows: list[dict[str, Any]], chance: Any) -> None:
    records = [Record(values, key=str(place)) for place, values in enumerate(rows)]
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.values["Id"], []).append(record)
    keys = list(groups)
    chance.shuffle(keys)
    shuffled = [record for key in keys for record in groups[key]]

    def found(given_records: list[Record]) -> dict[str, Any]:
        outcomes, _ = normalised(GROUPING, *given_records)
        return {each.project.id: project_digests(each.project, each.origins) for each in outcomes if each.project}

    assert found(records) == found(shuffled) == found(records)


def test_models_made_without_checking_are_those_that_checking_makes() -> None:
    values = {"key": "k", "ordinal": 1, "raw_fields": ("a", "b"), "steps": (0, 2)}
    quick, careful = maker(Provenance)(dict(values)), Provenance.model_validate(values)
    assert (quick, quick.model_dump_json(), hash(quick)) == (careful, careful.model_dump_json(), hash(careful))
    assert quick.model_copy(update={"key": "x"}) == careful.model_copy(update={"key": "x"})


@given(texts)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert collapsed(collapsed(text)) == collapsed(text)
    assert folded(folded(text)) == folded(text)
    assert bare(bare(text)) == bare(text)


@given(texts, texts, texts, texts)
def test_ids_follow_from_source_and_key_alone(source: str, key: str, other: str, else_: str) -> None:
    same = (source, key) == (other, else_)
    assert (project_id(source, key) == project_id(other, else_)) or not same
    assert len(project_id(source, key)) == 32
