"""Where in a document something is wrong."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, model_validator

from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.faults import MOST_FAULTS, faults_of, invalid, json_pointer
from moisson_shared.contracts.model import Contract, FieldName, HttpAddress, Language, Slug
from moisson_shared.contracts.schema import Schema
from moisson_shared.contracts.taxonomy import Taxonomy


class Rename(Contract):
    step: Literal["rename"]
    to: str

    @model_validator(mode="after")
    def _not_reserved(self) -> "Rename":
        if self.to == "id":
            raise ValueError("id is reserved")
        return self


class Trim(Contract):
    step: Literal["trim"]
    fields: tuple[str, ...]


class Recipe(Contract):
    steps: tuple[Annotated[Rename | Trim, Field(discriminator="step")], ...]
    labels: dict[str, int] = {}


def found(document: object) -> set[str]:
    with pytest.raises(ValidationError) as refused:
        Recipe.model_validate(document)
    return {fault.pointer for fault in faults_of(refused.value, document)}


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({}, {"/steps"}),
        ([], {""}),
        ({"steps": [{"step": "rename"}]}, {"/steps/0/to"}),
        ({"steps": [{"step": "rename", "to": 3}]}, {"/steps/0/to"}),
        ({"steps": [{"step": "rename", "to": "id"}]}, {"/steps/0"}),
        ({"steps": [{"step": "unknown"}]}, {"/steps/0"}),
        ({"steps": [{"step": "trim", "fields": ["a", 5]}]}, {"/steps/0/fields/1"}),
        ({"steps": [], "extra": 1}, {"/extra"}),
        ({"steps": [], "labels": {"a/b~c": "x"}}, {"/labels/a~1b~0c"}),
    ],
)
def test_pointers_lead_to_what_the_reader_wrote(document: object, pointers: set[str]) -> None:
    assert found(document) == pointers


class Named(Contract):
    id: Slug = "a"
    field: FieldName = "a"
    language: Language = "fr"
    address: HttpAddress = "https://a.example"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"id": "Réseau Essor"}, "small letters without accents, digits, and single hyphens"),
        ({"field": "Sous-thèmes"}, "small letters without accents, digits and _"),
        ({"language": "français"}, "two letters"),
        ({"address": "tilleul.example/projets"}, "begins with http:// or https://"),
        ({"address": "https://tilleul.example/mes projets"}, "without blanks"),
        ({"address": "https://tilleul\x00.example/"}, "control characters"),
        ({"address": "https://tilleul.example/\x1bprojets"}, "control characters"),
    ],
)
def test_what_has_a_form_is_asked_for_in_words(given: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Named.model_validate(given)
    (fault,) = faults_of(refused.value, given)
    assert words in fault.message
    assert "pattern" not in fault.message


class Started(Contract):
    addresses: Annotated[tuple[HttpAddress, ...], Field(min_length=1)]


@pytest.mark.parametrize(
    ("given", "pointers"),
    [({"addresses": ["ftp://a.example"]}, ["/addresses/0"]), ({"addresses": []}, ["/addresses"])],
)
def test_a_list_is_called_too_short_only_where_it_was_given_so(given: object, pointers: list[str]) -> None:
    with pytest.raises(ValidationError) as refused:
        Started.model_validate(given)
    assert [fault.pointer for fault in faults_of(refused.value, given)] == pointers


NAME: dict[str, Any] = {"name": "name", "type": "text", "labels": {"fr": "Nom"}, "required": True}
CIRCLE: list[dict[str, Any]] = [
    {"level": "a", "code": "1", "labels": {"fr": "Un"}},
    {"level": "a", "code": "2", "labels": {"fr": "Deux"}, "broader": [{"level": "a", "code": "3"}]},
    {"level": "a", "code": "3", "labels": {"fr": "Trois"}, "broader": [{"level": "a", "code": "2"}]},
]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"concepts": CIRCLE}, "/concepts/1/broader"),
        ({"concepts": [CIRCLE[0], CIRCLE[0]]}, "/concepts/1/code"),
        ({"concepts": [{**CIRCLE[0], "level": "b"}]}, "/concepts/0/level"),
        ({"concepts": [{**CIRCLE[0], "broader": [{"level": "a", "code": "9"}]}]}, "/concepts/0/broader/0"),
        ({"levels": [{"id": "a", "labels": {"fr": "A"}}] * 2}, "/levels/1/id"),
    ],
)
def test_what_only_the_whole_shows_has_its_place_all_the_same(given: dict[str, Any], pointer: str) -> None:
    levels = [{"id": "a", "labels": {"fr": "A"}}]
    document = {"id": "t", "labels": {"fr": "T"}, "levels": levels, "concepts": [], **given}
    with pytest.raises(ValidationError) as refused:
        Taxonomy.model_validate(document)
    assert [fault.pointer for fault in faults_of(refused.value, document)] == [pointer]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"fields": [NAME, NAME]}, "/fields/1/name"),
        ({"fields": [NAME, {**NAME, "name": "all"}]}, "/fields/1/name"),
        ({"fields": [{**NAME, "required": False}]}, "/title"),
        ({"fields": [{**NAME, "level": "private"}]}, "/title"),
    ],
)
def test_a_schema_is_refused_with_the_place(given: dict[str, Any], pointer: str) -> None:
    document = {"id": "s", "labels": {"fr": "S"}, "title": "name", **given}
    with pytest.raises(ValidationError) as refused:
        Schema.model_validate(document)
    assert [fault.pointer for fault in faults_of(refused.value, document)] == [pointer]


def test_our_own_sentences_stand_alone() -> None:
    document = {"steps": [{"step": "rename", "to": "id"}]}
    with pytest.raises(ValidationError) as refused:
        Recipe.model_validate(document)
    error = invalid("The recipe cannot be saved.", refused.value, document)
    assert str(error) == "The recipe cannot be saved."
    assert error.faults == (Fault("/steps/0", "id is reserved"),)


def test_very_many_faults_are_counted() -> None:
    document = {"steps": [{"step": "rename"}] * (MOST_FAULTS + 50)}
    with pytest.raises(ValidationError) as refused:
        Recipe.model_validate(document)
    faults = faults_of(refused.value, document)
    assert len(faults) == MOST_FAULTS + 1
    assert faults[-1].message == "and 50 more faults"


def test_pointers_are_escaped() -> None:
    assert json_pointer(()) == ""
    assert json_pointer(("a/b", 0, "~")) == "/a~1b/0/~0"
