"""The mirror and the feed: paging, half pages, changed epochs, tombstones, notices, and the sweep."""

import asyncio
from pathlib import Path

from tests.normalizer.neighbours import Neighbours, served
from tests.normalizer.recipes import a_recipe, a_row
from tests.normalizer.running_normalizer import Normalizer, running_normalizer


async def test_a_feed_is_read_page_by_page_and_then_only_what_is_new(tmp_path: Path) -> None:
    async with running_normalizer(tmp_path, feed_page_size=3) as normalizer:
        feed = normalizer.neighbours.feed()
        feed.put(*(a_row(f"Projet {number}") for number in range(7)))
        await normalizer.create("recipes", a_recipe())

        assert (await normalizer.run()).recipes[0].raw_records == 7

        normalizer.neighbours.asked.clear()
        feed.put(a_row("Projet 7"))
        assert (await normalizer.run()).recipes[0].raw_records == 8
        assert normalizer.neighbours.asked == ["moulin?after=1.7"]


async def test_half_a_page_is_read_again(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(*(a_row(f"Projet {number}") for number in range(5)))
    normalizer.neighbours.cut_off = 2
    await normalizer.create("recipes", a_recipe())
    run = await normalizer.run()
    assert (run.recipes[0].raw_records, run.reasons) == (5, ())


async def test_a_feed_that_breaks_off_again_and_again_is_a_reason(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin"))
    normalizer.neighbours.cut_off = 1000
    await normalizer.create("recipes", a_recipe())
    run = await normalizer.run()
    assert [(reason.code, reason.samples) for reason in run.reasons] == [("feed-unavailable", ("moulin",))]
    normalizer.neighbours.cut_off = 0
    assert (await normalizer.run()).recipes[0].projects == 1


async def test_after_a_changed_epoch_the_feed_is_read_from_the_start(normalizer: Normalizer) -> None:
    feed = normalizer.neighbours.feed()
    feed.put(a_row("Projet 0"), a_row("Projet 1"), a_row("Projet 2"))
    await normalizer.create("recipes", a_recipe())
    await normalizer.run()
    await normalizer.publish(1)
    feed.epoch = 2
    del feed.records[1]

    run = await normalizer.run()

    assert (run.recipes[0].raw_records, run.recipes[0].gone, run.recipes[0].unchanged) == (2, 1, 2)
    await normalizer.publish(2, force=True)
    assert await normalizer.titles() == ["Projet 0", "Projet 2"]


async def test_a_page_of_large_records_is_mirrored_whole(normalizer: Normalizer) -> None:
    feed = normalizer.neighbours.feed()
    feed.put(*(a_row(f"Projet {number}", Texte="mot " * 1_000_000, Encore="x" * 4_000_000) for number in range(8)))
    await normalizer.create("recipes", a_recipe(ignore=["Encore"]))
    run = await normalizer.run()
    assert (run.error, run.reasons, run.recipes[0].raw_records) == (None, (), 8)
    assert {total["code"] for total in (await normalizer.get(f"/v1/runs/{run.id}/reject-totals"))["items"]} == {
        "too-long"
    }


async def test_before_the_scraper_was_ever_reached_a_run_fails_and_says_why(tmp_path: Path) -> None:
    async with served(Neighbours(down=True)) as neighbours, running_normalizer(tmp_path, neighbours) as normalizer:
        neighbours.feed().put(a_row("Le Moulin"))
        await normalizer.create("recipes", a_recipe())
        failed = await normalizer.run()
        assert failed.state == "failed"
        assert failed.error is not None
        assert "Nothing is known of the partners yet" in failed.error
        assert (await normalizer.get("/v1/corpora/cis/versions"))["items"] == []
        neighbours.down = False
        assert (await normalizer.run()).recipes[0].projects == 1


async def test_a_spider_that_is_gone_is_a_reason(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed()
    normalizer.neighbours.feeds.clear()
    await normalizer.create("recipes", a_recipe())
    run = await normalizer.run()
    assert [reason.code for reason in run.reasons] == ["no-such-spider"]


async def wait_for_version(normalizer: Normalizer, wanted: int) -> None:
    async with asyncio.timeout(20):
        while True:
            items = (await normalizer.get("/v1/corpora/cis/versions"))["items"]
            if items and items[0]["version"] >= wanted:
                return
            await asyncio.sleep(0.05)


async def test_a_notice_sets_off_a_run(normalizer: Normalizer) -> None:
    normalizer.neighbours.feed().put(a_row("Le Moulin"))
    await normalizer.create("recipes", a_recipe())
    scraper = normalizer.neighbours.token(aud="normalizer", scope="notices:write", partners=[])

    body = {"spider_id": "moulin", "run_id": "r1"}
    assert (await normalizer.client.post("/v1/notices", json=body, headers=scraper)).status_code == 202

    await wait_for_version(normalizer, 1)


async def test_without_any_notice_the_sweep_finds_what_is_new(tmp_path: Path) -> None:
    async with (
        served(Neighbours()) as neighbours,
        running_normalizer(tmp_path, neighbours, sweep_seconds=0.3) as normalizer,
    ):
        neighbours.feed().put(a_row("Le Moulin"))
        await normalizer.create("recipes", a_recipe())
        await wait_for_version(normalizer, 1)
        neighbours.feed().put(a_row("La Forge"))
        await wait_for_version(normalizer, 2)
        await asyncio.sleep(1)
        runs = (await normalizer.get("/v1/corpora/cis/runs"))["items"]
        assert len(runs) == 2, "a sweep that finds nothing new leaves no run behind"


async def test_an_index_that_was_lost_is_built_again(tmp_path: Path) -> None:
    async with served(Neighbours()) as neighbours:
        neighbours.feed().put(a_row("Le Moulin"))
        async with running_normalizer(tmp_path, neighbours) as normalizer:
            await normalizer.create("recipes", a_recipe())
            await normalizer.run()
            await normalizer.publish(1)
        folder = str(tmp_path / "another-index")
        async with running_normalizer(tmp_path, neighbours, search_url=f"tantivy://{folder}") as normalizer:
            run = await normalizer.run()
            assert run.version is not None
            assert (await normalizer.publish(run.version)).status_code == 200
            assert await normalizer.titles() == ["Le Moulin"]
