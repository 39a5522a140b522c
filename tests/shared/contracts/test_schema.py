"""A schema that contradicts itself is refused when it is loaded."""

from typing import Any

import pytest
from pydantic import ValidationError

from moisson_shared.contracts.schema import Schema

TITLE = {"name": "title", "type": "text", "labels": {"fr": "Titre"}, "required": True}
SCHEME = {"taxonomy": "cis", "level": "themes"}


def a_field(**overrides: Any) -> dict[str, Any]:
    return {"name": "city", "type": "keyword", "labels": {"fr": "Ville"}, **overrides}


def a_schema(*fields: dict[str, Any], title: str = "title") -> Schema:
    return Schema.model_validate({"id": "s", "labels": {"fr": "S"}, "fields": fields, "title": title})


def test_fields_keep_their_order() -> None:
    assert list(a_schema(TITLE, a_field(), a_field(name="area")).by_name()) == ["title", "city", "area"]


def test_a_facet_is_a_filter() -> None:
    field = a_schema(TITLE, a_field(facet=True)).by_name()["city"]
    assert field.filterable
    assert not a_schema(TITLE, a_field()).by_name()["city"].filterable


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (a_field(type="concept"), "names its scheme"),
        (a_field(scheme=SCHEME), "names its scheme"),
        (a_field(type="text", facet=True), "cannot be a facet"),
        (a_field(type="number", facet=True), "cannot be a facet"),
        (a_field(type="text", filter=True), "searched, not filtered"),
        (a_field(many=True, sort=True), "gives no order"),
        (a_field(scope="place", sort=True), "gives no order"),
        (a_field(scope="place", required=True), "cannot be required"),
        (a_field(name="title"), "'title' is there twice"),
        (a_field(name="bbox"), "a word of the API"),
        (a_field(name="q"), "a word of the API"),
        (a_field(name="City"), "String should match pattern"),
        (a_field(name="a.b"), "String should match pattern"),
        (a_field(search_weight=-1), "greater than or equal to 0"),
        (a_field(search_weight=float("nan")), "finite number"),
        (a_field(colour="red"), "Extra inputs"),
        (a_field(type="colour"), "Input should be"),
    ],
)
def test_refused_fields(field: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        a_schema(TITLE, field)


@pytest.mark.parametrize(
    ("title", "message"),
    [
        (TITLE | {"required": False}, "required, single text"),
        (TITLE | {"many": True}, "required, single text"),
        (TITLE | {"type": "date"}, "required, single text"),
        (TITLE | {"name": "heading"}, "required, single text"),
        (TITLE | {"level": "commons"}, "must be open"),
    ],
)
def test_refused_titles(title: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        a_schema(title)
