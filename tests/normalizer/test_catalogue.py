"""Schemas, taxonomies, corpora and recipes over HTTP: versions, refusals with their places, and rights."""

from typing import Any

import httpx
import pytest

from moisson_normalizer.defaults import default_corpus, default_schema, default_taxonomies
from tests.normalizer.recipes import a_recipe, a_row
from tests.normalizer.running_normalizer import Normalizer


async def put(normalizer: Normalizer, path: str, document: Any, if_match: str | None) -> httpx.Response:
    headers = normalizer.steward | ({"If-Match": if_match} if if_match else {})
    return await normalizer.client.put(path, json=document, headers=headers)


def pointers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [fault["pointer"] for fault in answer.json()["faults"]]


async def test_a_new_installation_has_the_common_schema(normalizer: Normalizer) -> None:
    schema = await normalizer.get("/v1/schemas/cis")
    levels = {field["name"]: field["level"] for field in schema["fields"] if field["level"] != "opendata"}
    assert levels == {"email": "collective", "phone": "collective", "internal_id": "private"}
    taxonomy = await normalizer.get("/v1/taxonomies/cis-themes")
    assert [level["id"] for level in taxonomy["levels"]] == ["themes", "sub-themes"]
    assert (await normalizer.get("/v1/corpora"))["items"][0]["id"] == "cis"


async def test_documents_are_created_replaced_with_their_version_and_deleted(normalizer: Normalizer) -> None:
    created = await normalizer.create("recipes", a_recipe())
    assert (created.headers["ETag"], created.json()["version"]) == ('"1"', 1)
    changed = a_recipe(ignore=["Rien"])

    assert (await put(normalizer, "/v1/recipes/moulin", changed, None)).status_code == 428
    assert (await put(normalizer, "/v1/recipes/moulin", changed, '"7"')).status_code == 412
    replaced = await put(normalizer, "/v1/recipes/moulin", changed, '"1"')
    assert (replaced.status_code, replaced.headers["ETag"]) == (200, '"2"')

    versions = (await normalizer.get("/v1/recipes/moulin/versions"))["items"]
    assert [version["version"] for version in versions] == [2, 1]
    assert (await normalizer.get("/v1/recipes/moulin/versions/1"))["ignore"] == []
    assert (await normalizer.client.delete("/v1/recipes/moulin", headers=normalizer.steward)).status_code == 204
    assert (await normalizer.client.get("/v1/recipes/moulin", headers=normalizer.steward)).status_code == 404
    again = await normalizer.create("recipes", a_recipe())
    assert again.json()["version"] == 3


async def test_an_id_is_taken_once_and_never_changed(normalizer: Normalizer) -> None:
    await normalizer.create("recipes", a_recipe())
    twice = await normalizer.client.post("/v1/recipes", json=a_recipe(), headers=normalizer.steward)
    assert twice.status_code == 409
    assert pointers(await put(normalizer, "/v1/recipes/moulin", a_recipe(id="autre"), '"1"')) == ["/id"]


REFUSED_RECIPES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown step": ({"steps": [{"step": "magic"}]}, ["/steps/0"]),
    "unknown corpus": ({"corpus": "nulle-part"}, ["/corpus"]),
    "unknown key": ({"nom": "x"}, ["/nom"]),
    "title from nowhere": ({"steps": [{"step": "trim"}]}, ["/steps"]),
    "unknown schema field": (
        {
            "steps": [
                {"step": "rename", "columns": {"a": "title"}},
                {"step": "lookup", "columns": ["b"], "to": "thèmes"},
            ]
        },
        ["/steps/1/to"],
    ),
    "field that is no concept": (
        {"steps": [{"step": "rename", "columns": {"a": "title"}}, {"step": "lookup", "columns": ["b"], "to": "city"}]},
        ["/steps/1/to"],
    ),
    "unknown reference system": (
        {
            "steps": [
                {"step": "rename", "columns": {"a": "title"}},
                {"step": "coordinates", "x": "x", "y": "y", "crs": "EPSG:999999"},
            ]
        },
        ["/steps/1/crs"],
    ),
    "formats that are none": (
        {
            "steps": [
                {"step": "rename", "columns": {"a": "title"}},
                {"step": "date", "column": "d", "formats": ["iso", "%d/%m", "%Q"]},
            ]
        },
        ["/steps/1/formats/1", "/steps/1/formats/2"],
    ),
    "lookup by nothing": (
        {"steps": [{"step": "lookup", "columns": ["b"], "to": "themes", "by": []}]},
        ["/steps/0/by"],
    ),
    "values that the field cannot take": (
        {
            "steps": [
                {"step": "rename", "columns": {"a": "title"}},
                {"step": "constant", "to": "themes", "value": ["EMP", "NULLE-PART"]},
                {"step": "constant", "to": "award_year", "value": "l’an passé"},
                {"step": "terms", "to": "themes", "rules": [{"target": "EMP"}, {"target": "NULLE-PART"}]},
            ]
        },
        ["/steps/1/value", "/steps/2/value", "/steps/3/rules/1/target"],
    ),
    "terms that say nothing": (
        {
            "steps": [
                {"step": "rename", "columns": {"a": "title"}},
                {
                    "step": "terms",
                    "to": "tags",
                    "rules": [
                        {"columns": ["a"], "terms": ["emploi", " "], "target": "x"},
                        {"terms": ["emploi"], "target": "y"},
                    ],
                },
            ]
        },
        ["/steps/1/rules/0/terms/1", "/steps/1/rules/1/columns"],
    ),
    "level of an unknown field": ({"field_levels": {"nowhere": "private"}}, ["/field_levels/nowhere"]),
    "hidden title": ({"field_levels": {"title": "private"}}, ["/field_levels/title"]),
    "read and ignored": ({"ignore": ["Nom"]}, ["/ignore/0"]),
}


@pytest.mark.parametrize("case", REFUSED_RECIPES)
async def test_recipes_that_cannot_work_are_refused_with_the_place(normalizer: Normalizer, case: str) -> None:
    changes, expected = REFUSED_RECIPES[case]
    answer = await normalizer.client.post("/v1/recipes", json=a_recipe(**changes), headers=normalizer.steward)
    assert pointers(answer)[: len(expected)] == expected


async def test_a_constant_that_a_later_step_reads_is_working_material(normalizer: Normalizer) -> None:
    steps = [
        {"step": "rename", "columns": {"Nom": "title"}},
        {"step": "constant", "to": "themes", "value": "un mot, pas un code"},
        {"step": "lookup", "columns": ["themes"], "to": "themes"},
    ]
    answer = await normalizer.client.post("/v1/recipes", json=a_recipe(steps=steps), headers=normalizer.steward)
    assert answer.status_code == 201, answer.text


async def test_two_recipes_of_a_corpus_never_read_one_source(normalizer: Normalizer) -> None:
    await normalizer.create("recipes", a_recipe())
    answer = await normalizer.client.post("/v1/recipes", json=a_recipe(id="autre"), headers=normalizer.steward)
    assert pointers(answer) == ["/source"]


async def test_a_recipe_never_reads_the_source_of_another_partner(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin"))
    await normalizer.create("recipes", a_recipe())
    await normalizer.run()
    recipe = a_recipe(partner="forge")
    assert pointers(await put(normalizer, "/v1/recipes/moulin", recipe, '"1"')) == ["/partner"]


async def test_a_cyclic_taxonomy_is_refused(normalizer: Normalizer) -> None:
    taxonomy = {
        "id": "rond",
        "labels": {"fr": "Rond"},
        "levels": [{"id": "a", "labels": {"fr": "A"}}],
        "concepts": [
            {"level": "a", "code": "1", "labels": {"fr": "Un"}, "broader": [{"level": "a", "code": "2"}]},
            {"level": "a", "code": "2", "labels": {"fr": "Deux"}, "broader": [{"level": "a", "code": "1"}]},
        ],
    }
    answer = await normalizer.client.post("/v1/taxonomies", json=taxonomy, headers=normalizer.steward)
    assert pointers(answer) == ["/concepts/0/broader"]
    assert "circle" in answer.text


async def test_a_schema_field_never_takes_a_parameter_of_the_search(normalizer: Normalizer) -> None:
    schema = default_schema().model_dump(mode="json")
    last = len(schema["fields"])
    schema["fields"].append({"name": "facet_size", "type": "keyword", "labels": {"fr": "Taille"}})
    assert pointers(await put(normalizer, "/v1/schemas/cis", schema, '"1"')) == [f"/fields/{last}/name"]


async def test_a_schema_change_that_breaks_a_recipe_names_it(normalizer: Normalizer) -> None:
    await normalizer.create("recipes", a_recipe())
    schema = default_schema().model_dump(mode="json")
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "themes"]
    answer = await put(normalizer, "/v1/schemas/cis", schema, '"1"')
    assert answer.status_code == 422
    assert "'moulin' would break at /steps/2/to" in answer.json()["faults"][0]["message"]


async def test_a_taxonomy_change_that_breaks_a_corpus_is_refused(normalizer: Normalizer) -> None:
    taxonomy = default_taxonomies()[0].model_dump(mode="json")
    taxonomy["levels"] = taxonomy["levels"][:1]
    taxonomy["concepts"] = [each for each in taxonomy["concepts"] if each["level"] == "themes"]
    answer = await put(normalizer, "/v1/taxonomies/cis-themes", taxonomy, '"1"')
    assert pointers(answer) == ["/levels"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"schema_id": "nulle-part"}, ["/schema_id"]),
        ({"taxonomies": ["cis-themes", "nulle-part"]}, ["/taxonomies/1"]),
        ({"taxonomies": []}, ["/taxonomies", "/taxonomies"]),
    ],
)
async def test_a_corpus_names_documents_that_are_there(
    normalizer: Normalizer, changes: dict[str, Any], expected: list[str]
) -> None:
    corpus = default_corpus().model_dump(mode="json") | {"id": "autre"} | changes
    answer = await normalizer.client.post("/v1/corpora", json=corpus, headers=normalizer.steward)
    assert pointers(answer) == expected


async def test_a_corpus_that_the_public_reads_is_not_deleted(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin"))
    await normalizer.create("recipes", a_recipe())
    await normalizer.run()
    await normalizer.publish(1)
    await normalizer.client.delete("/v1/recipes/moulin", headers=normalizer.steward)
    answer = await normalizer.client.delete("/v1/corpora/cis", headers=normalizer.steward)
    assert answer.status_code == 409
    assert "live version 1" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/schemas/cis", "/v1/taxonomies/cis-themes", "/v1/corpora/cis"])
async def test_what_is_in_use_is_not_deleted(normalizer: Normalizer, path: str) -> None:
    await normalizer.create("recipes", a_recipe())
    answer = await normalizer.client.delete(path, headers=normalizer.steward)
    assert answer.status_code == 409
    assert "in use" in answer.json()["detail"]
