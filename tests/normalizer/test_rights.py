"""Who may do what: stewards and admins write, partners read what is about their own sources, others nothing."""

from typing import Any

import pytest

from tests.normalizer.recipes import a_recipe, a_row
from tests.normalizer.running_normalizer import Normalizer

CALLS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/v1/schemas", None),
    ("GET", "/v1/recipes", None),
    ("GET", "/v1/recipes/moulin", None),
    ("GET", "/v1/recipes/moulin/versions", None),
    ("POST", "/v1/recipes", a_recipe(id="neuf")),
    ("PUT", "/v1/recipes/moulin", a_recipe()),
    ("DELETE", "/v1/recipes/moulin", None),
    ("POST", "/v1/recipes/preview", {"recipe": a_recipe()}),
    ("POST", "/v1/corpora/cis/runs", None),
    ("GET", "/v1/corpora/cis/runs", None),
    ("GET", "/v1/corpora/cis/versions", None),
    ("POST", "/v1/corpora/cis/publish", {"version": 1}),
    ("GET", "/v1/corpora/cis/projects/00", None),
    ("POST", "/v1/notices", {"spider_id": "moulin", "run_id": "r1"}),
]
WRITING = {("POST", "/v1/recipes"), ("PUT", "/v1/recipes/moulin"), ("DELETE", "/v1/recipes/moulin")} | {
    ("POST", "/v1/corpora/cis/runs"),
    ("POST", "/v1/corpora/cis/publish"),
    ("GET", "/v1/corpora/cis/versions"),
    ("POST", "/v1/notices"),
}


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
async def test_nobody_does_anything_without_a_token_or_with_a_bad_one(
    normalizer: Normalizer, method: str, path: str, body: dict[str, Any] | None
) -> None:
    await normalizer.create("recipes", a_recipe())
    bad = {"Authorization": "Bearer x.y.z"}
    foreign = normalizer.neighbours.token("admin", aud=["api"])
    expired = normalizer.neighbours.token("admin", exp=1)
    for headers in ({}, bad, foreign, expired):
        answer = await normalizer.client.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
@pytest.mark.parametrize("role", ["user", "contributor"])
async def test_others_have_no_right(
    normalizer: Normalizer, method: str, path: str, body: dict[str, Any] | None, role: str
) -> None:
    await normalizer.create("recipes", a_recipe())
    headers = normalizer.neighbours.token(role, partners=[])
    assert (await normalizer.client.request(method, path, json=body, headers=headers)).status_code == 403


@pytest.mark.parametrize(("method", "path"), sorted(WRITING))
async def test_partners_write_nothing(normalizer: Normalizer, method: str, path: str) -> None:
    await normalizer.create("recipes", a_recipe())
    body = next(body for verb, address, body in CALLS if (verb, address) == (method, path))
    headers = normalizer.neighbours.token("partner", partners=["moulin"])
    assert (await normalizer.client.request(method, path, json=body, headers=headers)).status_code == 403


async def test_a_partner_reads_its_own_things_and_others_look_absent(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed("moulin").put(a_row("Le Moulin", Année="?"))
    normalizer.neighbours.feed("forge").put(a_row("La Forge", Année="?"), spider_id="forge", partner="forge")
    await normalizer.create("recipes", a_recipe())
    await normalizer.create("recipes", a_recipe(id="forge", source="forge", partner="forge"))
    run = await normalizer.run()
    await normalizer.publish(1, force=True)
    ids = {hit.project.source: hit.project.id for hit in (await normalizer.found()).hits}
    mine = normalizer.neighbours.token("partner", partners=["forge"])

    async def status(path: str) -> int:
        return (await normalizer.client.get(path, headers=mine)).status_code

    listed = (await normalizer.client.get("/v1/recipes", headers=mine)).json()["items"]
    assert [recipe["id"] for recipe in listed] == ["forge"]
    assert [await status("/v1/recipes/forge"), await status("/v1/recipes/moulin")] == [200, 404]
    assert [await status("/v1/recipes/moulin/versions"), await status("/v1/recipes/moulin/versions/1")] == [404, 404]
    assert [await status(f"/v1/corpora/cis/projects/{ids[who]}") for who in ("forge", "moulin")] == [200, 404]
    seen = (await normalizer.client.get(f"/v1/runs/{run.id}", headers=mine)).json()
    assert [counters["recipe"] for counters in seen["recipes"]] == ["forge"]
    rejects = (await normalizer.client.get(f"/v1/runs/{run.id}/rejects", headers=mine)).json()["items"]
    assert [reject["recipe"] for reject in rejects] == ["forge"]
    totals = (await normalizer.client.get(f"/v1/runs/{run.id}/reject-totals", headers=mine)).json()["items"]
    assert [total["recipe"] for total in totals] == ["forge"]
    assert await status(f"/v1/runs/{run.id}/rejects?recipe=moulin") == 404


async def test_a_preview_never_shows_another_partners_records(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed("moulin").put(a_row("Le Moulin"))
    mine = normalizer.neighbours.token("partner", partners=["forge"])
    for recipe in (a_recipe(), a_recipe(partner="forge")):
        answer = await normalizer.client.post("/v1/recipes/preview", json={"recipe": recipe}, headers=mine)
        assert answer.status_code in {404, 422}
        assert "Le Moulin" not in answer.text


async def test_notices_need_their_scope(normalizer: Normalizer) -> None:
    body = {"spider_id": "moulin", "run_id": "r1"}
    scraper = normalizer.neighbours.token(aud="normalizer", scope="notices:write", partners=[])
    assert (await normalizer.client.post("/v1/notices", json=body, headers=scraper)).status_code == 202
    assert (await normalizer.client.post("/v1/notices", json=body, headers=normalizer.steward)).status_code == 403
