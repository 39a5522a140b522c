"""A site changes, a run is quarantined, and what it lost is found again: from the kept pages to the accepted draft."""

from pathlib import Path
from typing import Any

from moisson_shared.contracts.run import CrawlRun, RunState
from moisson_shared.contracts.run_repair import LostField, RunRepair
from tests.scraper.running_scraper import Scraper, html_spider, json_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory, json_answer
from tests.scraper.test_fixtures import approved

COUNT = 12


def watchful(site: SampleSite, **changed: Any) -> dict[str, Any]:
    """A spider that expects its fields."""
    filled = {name: {"fill": 0.9} for name in ("ville", "titre")}
    return html_spider(site, expectations={"fields": filled}, **changed)


def rewritten(site: SampleSite, *changes: tuple[str, str]) -> None:
    """The site puts other markup in the place of its own."""
    for path, page in site.pages.items():
        assert isinstance(page, bytes)
        head, _, body = page.decode().partition("\r\n\r\n")
        for old, new in changes:
            body = body.replace(old, new)
        lines = [line for line in head.split("\r\n") if not line.startswith("Content-Length")]
        length = f"Content-Length: {len(body.encode())}"
        site.pages[path] = "\r\n".join([*lines, length, "", body]).encode()


async def repair_of(scraper: Scraper, run: CrawlRun) -> RunRepair:
    answer = await scraper.send("GET", f"/v1/runs/{run.id}/repair", scraper.people.member)
    assert answer.status_code == 200, answer.text
    return RunRepair.model_validate_json(answer.content)


def by_name(repair: RunRepair) -> dict[str, LostField]:
    return {lost.name: lost for lost in repair.lost}


async def test_lost_fields_are_found_again_and_a_person_accepts(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(COUNT)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(watchful(site))
        await approved(scraper)
        good = await scraper.crawl("essor-projets")
        assert good.state is RunState.DONE
        assert (await repair_of(scraper, good)).lost == ()
        rewritten(
            site, ('class="town"', 'class="place"'), ("<h1>", '<header><h2 class="name">'), ("</h1>", "</h2></header>")
        )
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.QUARANTINED
        repair = await repair_of(scraper, run)
        assert [(page.kind, page.good is not None, page.today is not None) for page in repair.pages] == [
            ("listing", True, True),
            ("detail", True, True),
        ]
        assert repair.pages[1].good_address == repair.pages[1].today_address, "the same detail as the last time"
        lost = by_name(repair)
        assert {name: field.pointer for name, field in lost.items()} == {
            "ville": "/source/fields/ville",
            "titre": "/source/detail/fields/titre",
        }
        town = lost["ville"]
        assert (town.was.value, town.was.place.path) == ("Ville 1", "/html/body/ul/li[1]/span")
        assert town.was.attributes == {"class": "town"}
        best = town.proposals[0]
        assert best.selector is not None
        assert best.samples[:2] == ("Ville 1", "Ville 2")
        assert (best.filled, best.of, best.fixtures) == (10, 10, 1)
        assert best.confidence > 0.6
        old = await scraper.send(
            "GET", f"/v1/spiders/essor-projets/pages/{repair.pages[0].good}", scraper.people.member
        )
        assert 'class="town"' in old.text
        assert repair.draft is not None
        assert repair.check is not None
        saved = await scraper.send(
            "PUT",
            "/v1/spiders/essor-projets?fixtures=warn",
            scraper.people.member,
            content=repair.draft.model_dump_json(),
            headers={"If-Match": "*", "Content-Type": "application/json"},
        )
        assert saved.status_code == 200, saved.text
        again = await scraper.crawl("essor-projets")
        assert (again.state, again.counters.records_unchanged) == (RunState.DONE, COUNT)


async def test_what_a_run_over_the_same_pages_lost_is_found_again_too(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(COUNT)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(watchful(site))
        await scraper.crawl("essor-projets")
        rewritten(site, ('class="town"', 'class="place"'), ("<h1>", "<h2>"), ("</h1>", "</h2>"))
        for unchanged in (0, COUNT + 2, COUNT + 2):
            run = await scraper.crawl("essor-projets")
            assert (run.state, run.counters.pages_unchanged) == (RunState.QUARANTINED, unchanged)
            repair = await repair_of(scraper, run)
            assert (list(by_name(repair)), repair.remarks) == (["ville", "titre"], ())
            assert repair.draft is not None


async def test_the_items_of_a_listing_are_found_again(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(COUNT)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(watchful(site))
        await scraper.crawl("essor-projets")
        rewritten(site, ('<li class="card">', '<li class="tuile"><b>'), ("</span></li>", "</span></b></li>"))
        run = await scraper.crawl("essor-projets")
        assert (run.state, run.code) == (RunState.FAILED, "no-items")
        repair = await repair_of(scraper, run)
        lost = by_name(repair)
        assert list(lost) == ["(item)"]
        best = lost["(item)"].proposals[0]
        assert best.selector is not None
        assert (best.selector.expression, best.filled) == (".tuile", 10)
        assert repair.draft is not None
        await scraper.change(repair.draft.model_dump(mode="json"))
        again = await scraper.crawl("essor-projets")
        assert (again.state, again.counters.records_unchanged) == (RunState.DONE, COUNT)


async def test_a_field_lost_in_a_run_that_was_taken_for_good(tmp_path: Path, site: SampleSite) -> None:
    def members(key: str) -> bytes:
        return json_answer({"data": [{"id": n, "nom": f"Projet {n}", key: f"Ville {n}"} for n in range(3)]})

    site.pages["/api"] = members("ville")
    fields = {"id": "$.id", "nom": "$.nom", "ville": "$.ville"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", items="$.data[*]", fields=fields))
        await scraper.crawl("essor-api")
        site.pages["/api"] = members("commune_ville")
        run = await scraper.crawl("essor-api")
        assert run.state is RunState.DONE
        repair = await repair_of(scraper, run)
        lost = by_name(repair)["ville"]
        assert lost.was.place.path == "$['data'][0]['ville']"
        assert lost.proposals[0].path == "$.commune_ville"
        assert repair.draft is not None
        stranger = await scraper.send("GET", f"/v1/runs/{run.id}/repair", scraper.people.stranger)
        assert stranger.status_code == 404


async def test_the_next_page_of_a_listing_is_found_again(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(COUNT)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await approved(scraper)
        await scraper.crawl("essor-projets")
        rewritten(site, ('<a rel="next"', '<p>Page 1</p><a class="suivante"'))
        run = await scraper.crawl("essor-projets")
        assert run.counters.items == 10, "a page is missed, and nothing says so"
        repair = await repair_of(scraper, run)
        (lost,) = repair.lost
        assert (lost.name, lost.pointer, lost.was.value) == (
            "(next)",
            "/source/paging/selector",
            f"{site.url}/projets?page=2",
        )
        best = lost.proposals[0]
        assert (best.samples, best.fixtures, best.fixtures_held) == ((f"{site.url}/projets?page=2",), 1, 1)
        assert repair.draft is not None
        saved = await scraper.send(
            "PUT",
            "/v1/spiders/essor-projets",
            scraper.people.member,
            content=repair.draft.model_dump_json(),
            headers={"If-Match": "*", "Content-Type": "application/json"},
        )
        assert saved.status_code == 200, saved.text
        assert (await scraper.crawl("essor-projets")).counters.items == COUNT


async def test_a_run_whose_pages_are_not_kept_any_more_says_so(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        first = await scraper.crawl("essor-projets")
        rewritten(site, ("Projet", "Jardin"))
        await scraper.crawl("essor-projets")
        repair = await repair_of(scraper, first)
        assert (repair.lost, repair.draft) == ((), None)
        assert repair.remarks == (
            "No page of this run is kept: it fetched none, or another run of the spider has begun since.",
        )
        assert [(one.code, one.message) for one in repair.reasons] == [("pages-not-kept", repair.remarks[0])]


async def test_pages_that_workers_visit_are_kept_too(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(COUNT)
    async with running_scraper(tmp_path, site, share_pages=True) as scraper:
        await scraper.save(watchful(site))
        await scraper.crawl("essor-projets")
        rewritten(site, ("<h1>", '<h1 class="title">'))
        run = await scraper.crawl("essor-projets")
        detail = (await repair_of(scraper, run)).pages[1]
        assert None not in (detail.good, detail.today)
        assert detail.good_address == detail.today_address
