"""Publishing: checks, force, roll back, and letting old versions go."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.normalizer.recipes import a_recipe, a_row
from tests.normalizer.running_normalizer import Normalizer, running_normalizer


async def states(normalizer: Normalizer) -> dict[int, str]:
    items = (await normalizer.get("/v1/corpora/cis/versions"))["items"]
    return {item["version"]: item["state"] for item in items}


async def test_what_does_not_pass_is_refused_with_its_figures_unless_forced(normalizer: Normalizer) -> None:
    feed = normalizer.neighbours.feed()
    feed.put(*(a_row(f"Projet {number}") for number in range(4)))
    await normalizer.create("recipes", a_recipe())
    await normalizer.run()
    assert (await normalizer.publish(1)).status_code == 200
    for key in ("r0001", "r0002"):
        feed.change(key, None)
    feed.change("r0003", a_row("Projet 2", Année="jamais"))
    await normalizer.run()

    refused = await normalizer.publish(2)

    assert refused.status_code == 409
    assert "largest-loss (2 of 4 live projects would go (50%)" in refused.json()["detail"]
    assert "largest-reject-rate (1 of 2 records have rejects (50%)" in refused.json()["detail"]
    assert len(await normalizer.titles()) == 4
    assert (await normalizer.publish(2, force=True)).status_code == 200
    assert len(await normalizer.titles()) == 2


async def test_sources_that_were_not_harvested_whole_are_told_and_keep_nobody_from_publishing(
    normalizer: Normalizer,
) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin"))
    half = normalizer.neighbours.feed("tilleul")
    half.put(a_row("Le Tilleul"), spider_id="tilleul", partner="tilleul")
    half.complete = False
    normalizer.neighbours.feed("archipel")
    for name in ("moulin", "tilleul", "archipel"):
        await normalizer.create("recipes", a_recipe(id=name, source=name, partner=name))
    await normalizer.run()

    check = await sources_check(normalizer)

    assert (check["passed"], check["warning"], check["names"]) == (False, True, ["archipel", "tilleul"])
    assert check["figures"] == {"sources": 3, "missing": 2}
    assert check["message"] == "2 of 3 sources have no complete run or no records yet: archipel, tilleul"
    assert (await normalizer.publish(1)).status_code == 200

    half.complete = True
    normalizer.neighbours.feed("archipel").put(a_row("L’Archipel"), spider_id="archipel", partner="archipel")
    await normalizer.run()
    assert (await sources_check(normalizer))["passed"]


async def sources_check(normalizer: Normalizer) -> dict[str, Any]:
    """Of the newest version."""
    newest = (await normalizer.get("/v1/corpora/cis/versions"))["items"][0]
    found: dict[str, Any] = next(check for check in newest["checks"] if check["name"] == "sources")
    return found


async def test_rolling_back_is_publishing_an_earlier_version(normalizer: Normalizer) -> None:
    feed = normalizer.neighbours.feed()
    feed.put(a_row("Avant"))
    await normalizer.create("recipes", a_recipe())
    await normalizer.run()
    await normalizer.publish(1)
    feed.change("r0001", a_row("Après"))
    await normalizer.run()
    await normalizer.publish(2)
    assert await normalizer.titles() == ["Après"]

    assert (await normalizer.publish(1)).status_code == 200

    assert await normalizer.titles() == ["Avant"]
    assert await states(normalizer) == {2: "candidate", 1: "live"}


async def test_versions_that_are_not_there_are_404(normalizer: Normalizer) -> None:
    assert (await normalizer.publish(7)).status_code == 404
    assert (await normalizer.publish(1, "nulle-part")).status_code == 404
    answer = await normalizer.client.get("/v1/corpora/cis/projects/ffff?version=3", headers=normalizer.steward)
    assert answer.status_code == 404


async def test_old_versions_go_by_age_and_number_but_never_the_live_one(tmp_path: Path) -> None:
    async with running_normalizer(tmp_path, keep_versions=2, keep_version_hours=48) as normalizer:
        feed = normalizer.neighbours.feed()
        feed.put(a_row("Projet 0"), a_row("Projet sans histoire"))
        await normalizer.create("recipes", a_recipe())
        await normalizer.run()
        await normalizer.publish(1)
        kept = {hit.project.id for hit in (await normalizer.found()).hits}
        for number in range(1, 5):
            feed.change("r0001", a_row(f"Projet {number}"))
            await normalizer.run()
        assert sorted(await states(normalizer)) == [1, 2, 3, 4, 5]

        normalizer.clock.moved = timedelta(days=3)
        # Tokens are of the present; only the normalizer's own clock has moved.
        feed.change("r0001", a_row("Projet 5"))
        await normalizer.run()

        async with asyncio.timeout(10):
            # Old versions go when the run has ended.
            while True:
                if len(await states(normalizer)) == 3:
                    break
                await asyncio.sleep(0.05)
        assert await states(normalizer) == {6: "candidate", 5: "candidate", 1: "live"}
        for project_id in kept:
            project = await normalizer.get(f"/v1/corpora/cis/projects/{project_id}", version=6)
            assert project["provenance"]["title"][0]["raw_fields"] == ["Nom"]


async def test_a_project_is_shown_with_its_provenance(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin", lat="47.2", lon="-1.5"))
    await normalizer.create("recipes", a_recipe())
    await normalizer.run()
    await normalizer.publish(1)
    project_id = (await normalizer.found()).hits[0].project.id

    project = await normalizer.get(f"/v1/corpora/cis/projects/{project_id}")

    origin = {"key": "r0001", "ordinal": 0}
    assert project["provenance"]["title"] == [origin | {"raw_fields": ["Nom"], "steps": [0, 1]}]
    assert project["provenance"]["themes"] == [origin | {"raw_fields": ["Thème"], "steps": [0, 2]}]
    assert project["provenance"]["point"] == [origin | {"raw_fields": ["lon", "lat"], "steps": [0, 5]}]
    assert project["url"] == "https://moulin.example/projets/1"
