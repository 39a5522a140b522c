"""From the scraper's feed to what the public finds: runs, candidates, publishing by hand and by itself."""

from pathlib import Path

import pytest

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.normalisation import RunOutcome
from moisson_shared.contracts.run import RunState
from tests.normalizer.neighbours import Neighbours, served
from tests.normalizer.recipes import a_recipe, a_row
from tests.normalizer.running_normalizer import Normalizer, running_normalizer


async def test_a_run_builds_a_candidate_that_goes_live_when_published(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin"), a_row("La Forge", lat="47,2", lon="-1,55"))
    await normalizer.create("recipes", a_recipe())

    run = await normalizer.run()

    assert (run.state, run.outcome, run.version, run.published) == (RunState.DONE, RunOutcome.BUILT, 1, False)
    counters = run.recipes[0]
    assert (counters.raw_records, counters.projects, counters.places, counters.new, counters.rejects) == (2, 2, 1, 2, 0)
    assert await normalizer.reader.live("cis") is None

    published = await normalizer.publish(1)

    assert published.status_code == 200, published.text
    assert published.json()["state"] == "live"
    assert await normalizer.titles() == ["La Forge", "Le Moulin"]
    assert await normalizer.titles(filters={"themes": ("EMP",)}) == ["La Forge", "Le Moulin"]
    manifest = await normalizer.reader.live("cis")
    assert manifest is not None
    assert (manifest.projects, manifest.places, [card.id for card in manifest.partners]) == (2, 1, ["moulin"])


async def test_unchanged_input_changes_nothing_and_reads_nothing_again(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin", Année="deux mille"))
    await normalizer.create("recipes", a_recipe())
    first = await normalizer.run()
    normalizer.neighbours.asked.clear()

    second = await normalizer.run()

    assert (second.outcome, second.version) == (RunOutcome.UNCHANGED, first.version)
    assert second.recipes[0].reused
    assert second.recipes[0].unchanged == 1
    assert normalizer.neighbours.asked == ["moulin?after=1.1"]
    assert len((await normalizer.get("/v1/corpora/cis/versions"))["items"]) == 1
    rejects = (await normalizer.get(f"/v1/runs/{second.id}/rejects"))["items"]
    assert [reject["code"] for reject in rejects] == ["not-a-number"]


async def test_only_what_changed_is_counted_as_changed(normalizer: Normalizer) -> None:
    feed = normalizer.neighbours.feed()
    feed.put(*(a_row(f"Projet {number}") for number in range(20)))
    await normalizer.create("recipes", a_recipe())
    await normalizer.run()
    await normalizer.publish(1)
    feed.change("r0003", a_row("Projet renommé"))
    feed.change("r0004", None)
    feed.put(a_row("Projet neuf"))

    run = await normalizer.run()

    counters = run.recipes[0]
    assert (counters.new, counters.changed, counters.gone, counters.unchanged) == (1, 1, 1, 18)
    version = (await normalizer.get("/v1/corpora/cis/versions"))["items"][0]
    difference = version["difference"]
    assert (version["version"], version["state"]) == (2, "candidate")
    assert (difference["new"], difference["changed"], difference["gone"]) == (1, 1, 1)
    assert [sample["title"] for sample in difference["new_samples"]] == ["Projet neuf"]
    assert [sample["title"] for sample in difference["changed_samples"]] == ["Projet renommé"]
    assert [sample["title"] for sample in difference["gone_samples"]] == ["Projet 3"]
    assert (await normalizer.publish(2)).status_code == 200
    assert len(await normalizer.titles()) == 20
    assert "Projet renommé" in await normalizer.titles()


async def test_unchanged_recipes_are_taken_over_without_being_looked_at(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed("moulin").put(a_row("Le Moulin"))
    forge = normalizer.neighbours.feed("forge")
    forge.put(a_row("La Forge"), spider_id="forge", partner="forge")
    await normalizer.create("recipes", a_recipe())
    await normalizer.create("recipes", a_recipe(id="forge", source="forge", partner="forge"))
    await normalizer.run()
    forge.put(a_row("Le Four"), spider_id="forge", partner="forge")

    run = await normalizer.run()

    reused = {counters.recipe: counters.reused for counters in run.recipes}
    assert reused == {"forge": False, "moulin": True}
    assert (await normalizer.publish(2)).status_code == 200
    assert await normalizer.titles() == ["La Forge", "Le Four", "Le Moulin"]


async def test_a_changed_schema_builds_from_nothing_and_keeps_every_project(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed("moulin").put(a_row("Le Moulin"))
    await normalizer.create("recipes", a_recipe())
    await normalizer.run()
    schema = await normalizer.client.get("/v1/schemas/cis", headers=normalizer.steward)
    document = schema.json()
    document["labels"]["fr"] = "Un autre nom"
    headers = normalizer.steward | {"If-Match": schema.headers["ETag"]}
    assert (await normalizer.client.put("/v1/schemas/cis", json=document, headers=headers)).status_code == 200

    run = await normalizer.run()

    assert (run.outcome, run.version) == (RunOutcome.BUILT, 2)
    assert run.recipes[0].unchanged == 1
    await normalizer.publish(2)
    assert await normalizer.titles() == ["Le Moulin"]


async def test_deleting_a_recipe_removes_its_projects_at_the_next_run(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed("moulin").put(a_row("Le Moulin"))
    normalizer.neighbours.feed("forge").put(a_row("La Forge"), spider_id="forge", partner="forge")
    await normalizer.create("recipes", a_recipe())
    await normalizer.create("recipes", a_recipe(id="forge", source="forge", partner="forge"))
    await normalizer.run()
    assert (await normalizer.client.delete("/v1/recipes/forge", headers=normalizer.steward)).status_code == 204

    run = await normalizer.run()

    assert {counters.recipe: counters.gone for counters in run.recipes} == {"moulin": 0, "forge": 1}
    await normalizer.publish(2)
    assert await normalizer.titles() == ["Le Moulin"]


async def test_a_corpus_may_publish_by_itself_when_its_checks_pass(tmp_path: Path) -> None:
    async with running_normalizer(tmp_path, seeded_corpus_publishes=True) as normalizer:
        feed = normalizer.neighbours.feed()
        feed.put(*(a_row(f"Projet {number}") for number in range(10)))
        await normalizer.create("recipes", a_recipe())
        assert (await normalizer.run()).published
        for number in range(1, 6):
            feed.change(f"r{number:04}", None)

        run = await normalizer.run()

        assert not run.published
        assert [check.name for check in run.checks if not check.passed] == ["largest-loss"]
        assert len(await normalizer.titles()) == 10


async def test_an_empty_harvest_never_replaces_good_data(tmp_path: Path) -> None:
    async with running_normalizer(tmp_path, seeded_corpus_publishes=True) as normalizer:
        feed = normalizer.neighbours.feed()
        feed.put(a_row("Le Moulin"))
        await normalizer.create("recipes", a_recipe())
        await normalizer.run()
        feed.change("r0001", None)

        run = await normalizer.run()

        assert not run.published
        assert await normalizer.titles() == ["Le Moulin"]


async def test_a_scraper_that_is_down_is_said_and_earlier_records_hold(normalizer: Normalizer) -> None:
    feed = normalizer.neighbours.feed()
    feed.put(a_row("Le Moulin"))
    await normalizer.create("recipes", a_recipe())
    await normalizer.run()
    normalizer.neighbours.down = True
    ready = await normalizer.client.get("/readyz")
    assert (ready.status_code, "scraper" in ready.json()["degraded"]) == (200, True)

    run = await normalizer.run()

    assert run.outcome is RunOutcome.UNCHANGED
    assert {reason.code for reason in run.reasons} == {"feed-unavailable", "partners-unavailable"}
    normalizer.neighbours.down = False
    feed.put(a_row("La Forge"))
    assert (await normalizer.run()).recipes[0].new == 1


async def test_a_recipe_of_a_partner_nobody_knows_gives_no_projects_and_a_reason(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin"))
    await normalizer.create("recipes", a_recipe())
    normalizer.neighbours.partners.clear()

    run = await normalizer.run()

    assert [reason.code for reason in run.reasons] == ["partner-unknown"]
    assert run.recipes == ()


@pytest.mark.parametrize(
    ("level", "seen"),
    [(AccessLevel.OPENDATA, []), (AccessLevel.COMMONS, []), (AccessLevel.COLLECTIVE, ["Le Moulin"])],
)
async def test_projects_have_the_level_of_their_partner(tmp_path: Path, level: AccessLevel, seen: list[str]) -> None:
    async with served(Neighbours()) as neighbours:
        neighbours.feed(level=AccessLevel.COLLECTIVE).put(a_row("Le Moulin"))
        async with running_normalizer(tmp_path, neighbours) as normalizer:
            await normalizer.create("recipes", a_recipe())
            await normalizer.run()
            await normalizer.publish(1)

            assert await normalizer.titles(level=level) == seen


async def test_fields_that_are_not_open_are_found_by_nobody_below(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin", Courriel="secret@moulin.example"))
    await normalizer.create("recipes", a_recipe(field_levels={"description": "private"}))
    await normalizer.run()
    await normalizer.publish(1)

    for level, fields in (
        (AccessLevel.OPENDATA, set()),
        (AccessLevel.COLLECTIVE, {"email"}),
        (AccessLevel.PRIVATE, {"email", "description"}),
    ):
        hit = (await normalizer.found(level=level)).hits[0]
        assert {"email", "description"} & hit.project.fields.keys() == fields
