"""What a steward looks at while writing a recipe: the preview, and the rejects of a run."""

from typing import Any

from moisson_shared.contracts.model import JsonObject
from tests.normalizer.recipes import a_recipe, a_row
from tests.normalizer.running_normalizer import Normalizer


async def preview(normalizer: Normalizer, recipe: JsonObject, **window: int) -> Any:
    body = {"recipe": recipe, **window}
    answer = await normalizer.client.post("/v1/recipes/preview", json=body, headers=normalizer.steward)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_preview_shows_rows_outcome_rejects_and_what_nobody_read(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(
        a_row("  Le   Moulin ", Texte="Farine", Année="MMXIX", Humeur="bonne"), a_row("La Forge")
    )

    shown = await preview(normalizer, a_recipe(), limit=1)

    assert (shown["raw_records"], shown["groups"], len(shown["projects"])) == (2, 2, 1)
    assert shown["unused_fields"] == {"Humeur": 1}
    assert shown["absent_columns"] == ["Courriel", "lon", "lat"]
    project = shown["projects"][0]
    assert project["rows"][0]["values"]["Nom"] == "  Le   Moulin "
    assert project["project"]["fields"]["title"] == "Le Moulin"
    assert [(reject["step"], reject["field"], reject["value"]) for reject in project["rejects"]] == [
        (3, "Année", "MMXIX")
    ]
    trace = {step["step"]: step["wrote"] for step in project["trace"]}
    assert trace[0] == {"Nom": "Le Moulin"}
    assert trace[1]["title"] == "Le Moulin"
    assert trace[2] == {"themes": ["EMP"]}


async def test_a_preview_goes_on_from_an_offset_and_groups(normalizer: Normalizer) -> None:
    rows = [a_row(f"Projet {number % 3}", Ville=f"Ville {number}", Groupe=str(number % 3)) for number in range(7)]
    normalizer.neighbours.feed().put(*rows)

    shown = await preview(normalizer, a_recipe(group_by=["Groupe"]), offset=1, limit=1)

    assert (shown["groups"], shown["offset"]) == (3, 1)
    cities = [place["fields"]["city"] for place in shown["projects"][0]["project"]["places"]]
    assert cities == ["Ville 1", "Ville 4"]


async def test_a_refused_record_is_shown_without_a_project(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row(" "))
    project = (await preview(normalizer, a_recipe()))["projects"][0]
    assert project["project"] is None
    assert [(reject["code"], reject["whole"]) for reject in project["rejects"]] == [("required-missing", True)]


async def test_faults_of_a_draft_point_into_the_request(normalizer: Normalizer) -> None:
    recipe = a_recipe(steps=[{"step": "lookup", "columns": ["a"], "to": "nowhere"}])
    answer = await normalizer.client.post("/v1/recipes/preview", json={"recipe": recipe}, headers=normalizer.steward)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["pointer"] == "/recipe/steps/0/to"


async def test_what_is_wrong_with_a_draft_is_said_once(normalizer: Normalizer) -> None:
    body = {"recipe": a_recipe(steps=[{"step": "magic"}])}
    answer = await normalizer.client.post("/v1/recipes/preview", json=body, headers=normalizer.steward)
    assert [fault["pointer"] for fault in answer.json()["faults"]] == ["/recipe/steps/0"]


async def test_a_recipe_is_previewed_as_it_was_read(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin"))
    await normalizer.create("recipes", a_recipe())
    assert (await preview(normalizer, await normalizer.get("/v1/recipes/moulin")))["raw_records"] == 1


async def test_a_source_that_the_scraper_does_not_have_is_said(normalizer: Normalizer) -> None:
    answer = await normalizer.client.post(
        "/v1/recipes/preview", json={"recipe": a_recipe()}, headers=normalizer.steward
    )
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (422, "/recipe/source")


async def test_every_reject_is_kept_and_found_by_step_field_and_reason(normalizer: Normalizer) -> None:
    rows = [a_row(f"Projet {number}", Année="?", Thème="Inconnu" if number % 2 else "EMP") for number in range(30)]
    normalizer.neighbours.feed().put(*rows, a_row(""))
    await normalizer.create("recipes", a_recipe())
    run = await normalizer.run()

    async def count(**params: str | int) -> int:
        return len((await normalizer.get(f"/v1/runs/{run.id}/rejects", limit=200, **params))["items"])

    assert (await count(), await count(step=3), await count(step="schema"), await count(field="Thème")) == (
        46,
        30,
        1,
        15,
    )
    assert await count(code="unknown-concept", recipe="moulin") == 15
    assert run.recipes[0].rejects == 46
    first = await normalizer.get(f"/v1/runs/{run.id}/rejects", limit=40)
    rest = await normalizer.get(f"/v1/runs/{run.id}/rejects", limit=40, after=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (40, 6, None)
    totals = (await normalizer.get(f"/v1/runs/{run.id}/reject-totals"))["items"]
    assert [(total["step"], total["code"], total["count"]) for total in totals] == [
        (3, "not-a-number", 30),
        (2, "unknown-concept", 15),
        (None, "required-missing", 1),
    ]
    assert (run.recipes[0].records_with_rejects, run.recipes[0].records_refused) == (31, 1)


async def test_a_label_that_contradicts_its_code_is_listed_as_a_warning_and_counted_apart(
    normalizer: Normalizer,
) -> None:
    recipe = a_recipe(
        steps=[*a_recipe()["steps"], {"step": "lookup", "columns": ["C"], "fallback": ["L"], "to": "themes"}]
    )
    normalizer.neighbours.feed().put(a_row("Le Moulin", C="SAN", L="Emploi"), a_row("La Forge", C="EMP", L="Emploi"))
    await normalizer.create("recipes", recipe)
    run = await normalizer.run()

    counters = run.recipes[0]
    assert (counters.warnings, counters.rejects, counters.records_with_rejects, counters.projects) == (1, 0, 0, 2)
    listed = (await normalizer.get(f"/v1/runs/{run.id}/rejects"))["items"]
    assert [(r["field"], r["value"], r["code"], r["warning"]) for r in listed] == [
        ("L", "Emploi", "label-contradicts-code", True)
    ]
    totals = (await normalizer.get(f"/v1/runs/{run.id}/reject-totals"))["items"]
    assert [(total["code"], total["count"], total["warning"]) for total in totals] == [
        ("label-contradicts-code", 1, True)
    ]
    assert all(check.passed for check in run.checks if check.name == "largest-reject-rate")


async def test_a_step_that_is_no_number_is_refused(normalizer: Normalizer) -> None:
    answer = await normalizer.client.get("/v1/runs/x/rejects?step=last", headers=normalizer.steward)
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (422, "/query/step")
