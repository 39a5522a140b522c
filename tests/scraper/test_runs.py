"""Runs from the request to the feed, over HTTP, on sites that a test writes."""

from pathlib import Path

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import codes, html_spider, running_scraper, shown
from tests.scraper.sample_site import SampleSite, directory, html


async def test_a_directory_becomes_records(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(25)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE, shown(run)
        assert run.complete
        assert run.counters.pages_found == run.counters.pages_fetched == 28
        assert run.counters.items == run.counters.records_new == 25
        records = await scraper.records("essor-projets")
        assert [record.seq for record in records] == list(range(1, 26))
        first = records[0]
        assert first.url == first.key == f"{site.url}/projets/1"
        assert first.values == {
            "ville": "Ville 1",
            "titre": "Projet 1",
            "porteur": "Porté par l’association n°1",
            "mots": ["énergie", "quartier", "mot 1"],
            "site": f"{site.url}/contact/1",
        }
        assert first.first_seen == first.last_changed
        assert run.reasons == ()


async def test_a_second_run_over_an_unchanged_site_writes_no_record(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(12)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        before, end = await scraper.feed("essor-projets")
        run = await scraper.crawl("essor-projets")
        assert run.counters.records_unchanged == 12
        assert run.counters.records_new == run.counters.records_changed == run.counters.records_gone == 0
        assert (await scraper.feed("essor-projets", after=end.cursor))[0] == []
        after = await scraper.records("essor-projets")
        assert all(new.last_seen > old.last_seen for new, old in zip(after, before, strict=True))
        same = {"last_seen": before[0].last_seen}
        assert [r.model_copy(update=same) for r in after] == [r.model_copy(update=same) for r in before]


async def test_changed_gone_and_back_again(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(6)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        first, end = await scraper.feed("essor-projets")

        site.pages |= directory(5)
        site.pages["/projets/2"] = html("<h1>Projet deux</h1>")
        run = await scraper.crawl("essor-projets")
        assert (run.counters.records_changed, run.counters.records_gone) == (1, 1)
        assert run.counters.records_unchanged == 4
        news, end = await scraper.feed("essor-projets", after=end.cursor)
        changed, gone = news
        assert (changed.values["titre"], changed.seq, changed.first_seen) == ("Projet deux", 7, first[1].first_seen)
        assert (gone.deleted, gone.key, gone.values) == (True, first[5].key, first[5].values)

        site.pages |= directory(6)
        run = await scraper.crawl("essor-projets")
        assert (run.counters.records_changed, run.counters.records_new) == (2, 0)
        news, end = await scraper.feed("essor-projets", after=end.cursor)
        assert [record.deleted for record in news] == [False, False]
        assert news[1].first_seen == first[5].first_seen

        path = "/v1/spiders/essor-projets/raw-records/history"
        answered = await scraper.send("GET", path, scraper.people.steward, params={"key": first[5].key})
        states = answered.json()["items"]
        assert [(state["seq"], state["deleted"]) for state in states] == [(gone.seq, True), (6, False)]


async def test_an_incomplete_run_buries_nothing_and_notes_what_it_saw(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(6)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        before = {record.key: record for record in await scraper.records("essor-projets")}
        site.pages |= directory(4)
        site.pages["/projets/3"] = html("broken", status="500 Internal Server Error")
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE
        assert not run.complete
        assert codes(run) == {"http-500": 1, "detail-http-500": 1}
        assert run.counters.retries == 2
        assert (run.counters.records_unchanged, run.counters.records_dropped, run.counters.records_gone) == (3, 1, 0)
        after = {record.key: record for record in await scraper.records("essor-projets")}
        assert after.keys() == before.keys()
        seen_again = {key for key, record in after.items() if record.last_seen > before[key].last_seen}
        assert seen_again == {f"{site.url}/projets/{n}" for n in (1, 2, 4)}


@pytest.mark.parametrize("emptied", ["<p>rien</p>", "<ul></ul>"])
async def test_an_empty_listing_fails_and_replaces_nothing(tmp_path: Path, site: SampleSite, emptied: str) -> None:
    site.pages |= directory(5)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        site.pages["/projets"] = html(emptied)
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.FAILED
        assert run.error is not None
        assert "No items were found" in run.error
        assert len(await scraper.records("essor-projets")) == 5


async def test_a_page_that_has_lost_its_items_is_believed_the_second_time(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(4)
    card = '<li class="card"><a href="/projets/{}">x</a><b class="town">Lyon</b></li>'
    for number, path in enumerate(("/nord", "/sud"), 1):
        site.pages[path] = html(card.format(number))
    spider = html_spider(site)
    spider["source"] |= {"start_urls": [f"{site.url}/nord", f"{site.url}/sud"], "paging": None}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        assert codes(await scraper.crawl("essor-projets")) == {}
        site.pages["/sud"] = html("<p>Le site est en travaux.</p>")
        run = await scraper.crawl("essor-projets")
        assert codes(run) == {"listing-emptied": 1}
        assert run.reasons[0].samples == (f"{site.url}/sud",)
        assert (run.complete, run.counters.records_gone) == (False, 0)
        run = await scraper.crawl("essor-projets")
        assert codes(run) == {"start-without-items": 1}
        assert (run.complete, run.counters.records_gone) == (True, 1)


async def test_a_page_under_repair_in_the_middle_of_a_listing_costs_no_records(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(9, per_page=3)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).counters.records_new == 9
        whole, site.pages["/projets?page=3"] = site.pages["/projets?page=3"], html("<p>Le site est en travaux.</p>")
        run = await scraper.crawl("essor-projets")
        assert (codes(run), run.complete, run.counters.records_gone) == ({"listing-emptied": 1}, False, 0)
        site.pages["/projets?page=3"] = whole
        run = await scraper.crawl("essor-projets")
        assert (codes(run), run.complete, run.counters.items, run.counters.records_gone) == ({}, True, 9, 0)


async def test_a_run_can_be_cancelled_and_keeps_what_it_has(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(200, per_page=20)
    site.delay = 0.02
    async with running_scraper(tmp_path, site, requests_per_host=2) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start("essor-projets")
        while (await scraper.read_run(run.id)).counters.pages_fetched < 10:
            pass
        again = await scraper.send("POST", "/v1/spiders/essor-projets/runs", scraper.people.member)
        assert again.status_code == 409
        assert again.json()["type"] == "/problems/not-now"
        cancelled = await scraper.send("POST", f"/v1/runs/{run.id}/cancel", scraper.people.member)
        assert cancelled.status_code == 202
        ended = await scraper.ended(run.id, seconds=5)
        assert ended.state is RunState.CANCELLED
        assert not ended.complete
        assert ended.error is not None
        assert ended.counters.pages_not_reached > 0
        assert len(await scraper.records("essor-projets")) == ended.counters.records_new < 200
        site.delay = 0
        assert (await scraper.crawl("essor-projets")).complete


async def test_two_items_may_share_a_detail_page_and_a_key(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/projets"] = html(
        '<li class="card"><a href="/p/1">a</a><b class="town">Lyon</b></li>'
        '<li class="card"><a href="/p/1">b</a><b class="town">Brest</b></li>'
        '<li class="card"><b class="town">Sans lien</b></li>'
    )
    site.pages["/p/1"] = html("<h1>Un</h1>")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.counters.key_collisions == 1
        assert run.counters.pages_duplicate == 1
        assert codes(run) == {"item-without-detail": 1, "item-without-key": 1, "key-collision": 1}
        (shared,) = [reason for reason in run.reasons if reason.code == "key-collision"]
        assert shared.samples == (f"{site.url}/p/1 (page 1 item 1, page 1 item 2)",)
        records = await scraper.records("essor-projets")
        assert [(r.ordinal, r.values) for r in records] == [
            (0, {"ville": "Lyon", "titre": "Un"}),
            (1, {"ville": "Brest", "titre": "Un"}),
        ]
        assert site.targets().count("/p/1") == 1


async def test_a_queued_run_is_cancelled_at_once(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(60)
    site.delay = 0.02
    async with running_scraper(tmp_path, site, runs_at_once=1, requests_per_host=1) as scraper:
        await scraper.save(html_spider(site))
        await scraper.save(html_spider(site, id="essor-autre"))
        first, second = await scraper.start("essor-projets"), await scraper.start("essor-autre")
        answered = await scraper.send("POST", f"/v1/runs/{second.id}/cancel", scraper.people.member)
        assert answered.json()["state"] == "cancelled"
        again = await scraper.send("POST", f"/v1/runs/{second.id}/cancel", scraper.people.member)
        assert (again.status_code, again.json()["state"]) == (202, "cancelled")
        assert (await scraper.ended(first.id)).complete
        assert (await scraper.crawl("essor-autre")).complete


async def test_a_changed_spider_runs_in_its_new_version(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).spider_version == 1
        changed = html_spider(site)
        del changed["source"]["detail"]["fields"]["site"]
        await scraper.change(changed)
        run = await scraper.crawl("essor-projets")
        assert (run.spider_version, run.counters.records_changed) == (2, 2)
