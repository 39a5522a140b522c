"""Which runs later ones are compared with, and when what a run did not find is gone."""

from pathlib import Path

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import Scraper, codes, file_spider, html_spider, json_spider, running_scraper, shown
from tests.scraper.sample_site import SampleSite, answer, directory, html, json_answer, missing
from tests.scraper.test_run_control import post


def table(count: int) -> bytes:
    return answer("id;n\n" + "".join(f"{number};x\n" for number in range(count)), content_type="text/csv")


async def three_runs(scraper: Scraper, site: SampleSite, left: int) -> RunState:
    """How a run ends that finds so many projects, after two over the whole site."""
    await scraper.save(html_spider(site, expectations={"tolerance": 0.2}))
    for _ in range(2):
        run = await scraper.crawl("essor-projets")
        assert (run.state, run.complete) == (RunState.DONE, False), shown(run)
    site.pages["/projets"] = directory(left, per_page=50)["/projets"]
    return (await scraper.crawl("essor-projets")).state


@pytest.mark.parametrize(("broken", "ends"), [(2, RunState.QUARANTINED), (3, RunState.DONE)])
async def test_a_site_with_a_few_pages_that_never_work_is_learned_from(
    tmp_path: Path, site: SampleSite, broken: int, ends: RunState
) -> None:
    site.pages |= directory(50, per_page=50)
    for number in range(1, broken + 1):
        site.pages[f"/projets/{number}"] = missing()
    async with running_scraper(tmp_path, site) as scraper:
        assert await three_runs(scraper, site, left=30) is ends


async def test_a_run_that_lost_a_page_of_the_listing_is_not_learned_from(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(50, per_page=25)
    site.pages["/projets?page=2"] = html("busy", status="404 Not Found")
    async with running_scraper(tmp_path, site) as scraper:
        assert await three_runs(scraper, site, left=15) is RunState.DONE


async def test_what_is_usual_is_known_however_often_runs_were_held_since(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/f.csv"] = table(20)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        for _ in range(2):
            await scraper.crawl("essor-fichier")
        site.pages["/f.csv"] = table(5)
        states = {(await scraper.crawl("essor-fichier")).state for _ in range(42)}
        assert (states, len(await scraper.records("essor-fichier"))) == ({RunState.QUARANTINED}, 20)


async def test_nothing_is_learned_from_trials(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/f.csv"] = table(20)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        for _ in range(2):
            await scraper.crawl("essor-fichier")
        site.pages["/f.csv"] = table(5)
        for _ in range(3):
            trial = await post(scraper, "/v1/spiders/essor-fichier/runs", json={"trial_pages": 5})
            assert (await scraper.ended(trial["id"])).complete
        run = await scraper.crawl("essor-fichier")
        assert (run.state, len(await scraper.records("essor-fichier"))) == (RunState.QUARANTINED, 20), shown(run)


async def test_what_a_person_has_accepted_is_usual_from_then_on(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        for count in (40, 41, 42):
            site.pages["/f.csv"] = table(count)
            await scraper.crawl("essor-fichier")
        site.pages["/f.csv"] = table(14)
        held = await scraper.crawl("essor-fichier")
        assert held.state is RunState.QUARANTINED
        await post(scraper, f"/v1/runs/{held.id}/accept")
        await scraper.ended(held.id)
        for count, state in ((15, RunState.DONE), (14, RunState.DONE), (6, RunState.QUARANTINED)):
            site.pages["/f.csv"] = table(count)
            assert (run := await scraper.crawl("essor-fichier")).state is state, shown(run)


async def test_a_field_that_the_spider_does_not_take_any_more_is_not_missed(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(12)
    async with running_scraper(tmp_path, site) as scraper:
        spider = html_spider(site)
        await scraper.save(spider)
        for _ in range(2):
            await scraper.crawl("essor-projets")
        spider["source"]["detail"]["fields"]["nom"] = spider["source"]["detail"]["fields"].pop("titre")
        await scraper.change(spider)
        run = await scraper.crawl("essor-projets")
        assert (run.state, run.counters.records_changed) == (RunState.DONE, 12), shown(run)
        for number in range(1, 13):
            site.pages[f"/projets/{number}"] = html(f"<h1>Projet {number}</h1>")
        run = await scraper.crawl("essor-projets")
        assert {broken.field for broken in run.broken} == {"porteur", "mots", "site"}


async def test_the_pages_of_such_a_run_are_kept_to_mend_by(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(40, per_page=40) | {"/projets/7": missing()}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        for _ in range(2):
            assert codes(await scraper.crawl("essor-projets")) == {"http-404": 1, "detail-http-404": 1}
        for number in range(1, 41):
            page = site.pages[f"/projets/{number}"]
            assert isinstance(page, bytes)
            site.pages[f"/projets/{number}"] = page.replace(b"h1>", b"h2>")
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.QUARANTINED, shown(run)
        answer = await scraper.send("GET", f"/v1/runs/{run.id}/repair", scraper.people.member)
        assert [lost["name"] for lost in answer.json()["lost"]] == ["titre"], answer.json()


async def test_a_full_page_that_leads_on_no_more_is_believed_the_second_time(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(100)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).complete
        whole = site.pages["/projets?page=9"]
        assert isinstance(whole, bytes)
        site.pages["/projets?page=9"] = whole.replace(b'rel="next"', b'rel="nxet"')
        run = await scraper.crawl("essor-projets")
        assert (run.state, run.complete, run.counters.records_gone) == (RunState.DONE, False, 0), shown(run)
        assert codes(run) == {"listing-cut-off": 1}
        assert run.reasons[0].samples == (f"{site.url}/projets?page=9",)
        site.pages["/projets?page=9"] = whole
        assert (codes(await scraper.crawl("essor-projets")), len(await scraper.records("essor-projets"))) == ({}, 100)
        site.pages["/projets?page=9"] = whole.replace(b'rel="next"', b'rel="nxet"')
        assert not (await scraper.crawl("essor-projets")).complete
        run = await scraper.crawl("essor-projets")
        assert (codes(run), run.complete, run.counters.records_gone) == ({}, True, 10)


async def test_a_page_in_the_middle_that_has_no_items_is_believed_the_second_time(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(40)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).complete
        whole = site.pages["/projets?page=3"]
        assert isinstance(whole, bytes)
        site.pages["/projets?page=3"] = whole.replace(b'class="card"', b'class="drac"')
        run = await scraper.crawl("essor-projets")
        assert (codes(run), run.complete, run.counters.records_gone) == ({"listing-emptied": 1}, False, 0), shown(run)
        run = await scraper.crawl("essor-projets")
        assert (codes(run), run.complete, run.counters.records_gone) == ({}, True, 10), shown(run)


@pytest.mark.parametrize("kind", ["html", "json"])
async def test_a_numbered_page_that_is_missing_is_believed_to_be_the_end_the_second_time(
    tmp_path: Path, site: SampleSite, kind: str
) -> None:
    paging = {"kind": "page_number", "address": f"{site.url}/liste/{{page}}"}
    if kind == "html":
        spider = html_spider(site, identity={"kind": "fields", "fields": ["id"]})
        spider["source"] |= {"fields": {"id": {"expression": "a"}}, "paging": paging, "detail": None}
        spider["source"]["start_urls"] = [f"{site.url}/liste"]
    else:
        spider = json_spider(f"{site.url}/liste", paging=paging)
    for number in range(1, 6):
        ids = [f"{number}-{item}" for item in range(4)]
        cards = "".join(f'<li class="card"><a>{name}</a></li>' for name in ids)
        page = html(cards) if kind == "html" else json_answer([{"id": name} for name in ids])
        site.pages["/liste" if number == 1 else f"/liste/{number}"] = page
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        assert (await scraper.crawl(spider["id"])).complete
        whole = site.pages.pop("/liste/4")
        ended = {"listing-ended": 1}
        for page, told in [
            (html("busy", status="503 Service Unavailable"), {"http-503": 1}),
            (missing(), ended | {"listing-emptied": 1}),
        ]:
            site.pages["/liste/4"] = page
            run = await scraper.crawl(spider["id"])
            assert (run.complete, run.counters.records_gone, codes(run)) == (False, 0, told), shown(run)
        site.pages["/liste/4"] = whole
        run = await scraper.crawl(spider["id"])
        assert (codes(run), run.counters.records_unchanged, run.complete) == (ended, 20, True), shown(run)
        del site.pages["/liste/4"]
        assert not (await scraper.crawl(spider["id"])).complete
        run = await scraper.crawl(spider["id"])
        assert (codes(run), run.complete, run.counters.records_gone) == (ended, True, 8), shown(run)


async def test_a_field_that_a_json_detail_names_itself_is_missed(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/api"] = json_answer([{"id": number} for number in range(12)])
    detail = {"address": f"{site.url}/api/{{value}}", "value": "$.id", "kind": "json"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", fields={"id": "$.id"}, detail=detail))
        for name, missed in (("nom", []), ("nom", []), ("titre", ["nom"])):
            site.pages |= {f"/api/{number}": json_answer({name: f"Projet {number}"}) for number in range(12)}
            run = await scraper.crawl("essor-api")
            assert [broken.field for broken in run.broken] == missed, shown(run)


async def test_the_report_says_what_was_learned_of_a_field(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/f.csv"] = table(20)
    expectations = {"tolerance": 0.25, "fields": {"id": {"fill": 0.9}}}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv", expectations=expectations))
        runs = [await scraper.crawl("essor-fichier") for _ in range(3)]
        told = []
        for run in runs:
            report = await scraper.send("GET", f"/v1/runs/{run.id}/report", scraper.people.member)
            told.append({field["name"]: field["expected_fill"] for field in report.json()["fields"]})
        assert told == [*2 * [{"id": 0.9, "n": None}], {"id": 0.9, "n": 0.75}]


async def test_a_record_that_has_grown_too_large_is_not_gone(tmp_path: Path, site: SampleSite) -> None:
    items = [{"id": number, "texte": "x"} for number in range(3)]
    site.pages["/api"] = json_answer(items)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api"))
        await scraper.crawl("essor-api")
        items[1]["texte"] = "x" * 8_000_001
        site.pages["/api"] = json_answer(items)
        run = await scraper.crawl("essor-api")
        assert (codes(run), run.complete, run.counters.records_gone) == ({"record-too-large": 1}, False, 0), shown(run)
        assert len(await scraper.records("essor-api")) == 3


async def test_a_record_whose_item_has_lost_its_key_is_gone_the_second_time(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(30, per_page=30)
    whole = site.pages["/projets"]
    assert isinstance(whole, bytes)
    site.pages["/projets"] = whole.replace(b'href="/projets/3"', b'name="/projets/3"')
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        always = {"item-without-detail": 1, "item-without-key": 1}
        for _ in range(2):
            run = await scraper.crawl("essor-projets")
            assert (codes(run), run.complete) == (always, True), shown(run)
        site.pages["/projets"] = whole.replace(b'href="/projets/3"', b'name="/projets/3"').replace(
            b'href="/projets/2', b'name="/projets/2'
        )
        lost = {"item-without-detail": 12, "item-without-key": 12}
        run = await scraper.crawl("essor-projets")
        assert codes(run) == lost | {"keys-missing": 1}
        assert (run.complete, run.counters.records_gone) == (False, 0)
        run = await scraper.crawl("essor-projets")
        assert (codes(run), run.complete, run.counters.records_gone) == (lost, True, 11)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((b'rel="next"', b'rel="nxet"'), "listing-cut-off"),
        ((b'class="card"', b'class="drac"'), "listing-emptied"),
        ((b'href="/projets/', b'name="/projets/'), "keys-missing"),
    ],
)
async def test_a_retry_is_no_second_look(
    tmp_path: Path, site: SampleSite, change: tuple[bytes, bytes], code: str
) -> None:
    site.pages |= directory(40, per_page=10)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).complete
        page = "/projets?page=4" if code == "listing-emptied" else "/projets?page=3"
        whole = site.pages[page]
        assert isinstance(whole, bytes)
        site.pages[page] = whole.replace(*change)
        run = await scraper.crawl("essor-projets")
        for _ in range(2):
            assert (codes(run)[code], run.complete, run.counters.records_gone) == (1, False, 0), shown(run)
            order = await post(scraper, "/v1/spiders/essor-projets/runs", json={"retry_of": run.id})
            run = await scraper.ended(order["id"])
        assert (await scraper.crawl("essor-projets")).complete


@pytest.mark.parametrize("left", [88, 101])
async def test_a_listing_that_ends_with_another_page_is_believed_at_once(
    tmp_path: Path, site: SampleSite, left: int
) -> None:
    site.pages |= directory(100)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        site.pages |= directory(left)
        run = await scraper.crawl("essor-projets")
        assert (codes(run), run.complete, run.counters.records_gone) == ({}, True, max(0, 100 - left)), shown(run)
