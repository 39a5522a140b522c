"""Runs as people steer them: paused and resumed, tried out, retried, held back and accepted."""

import asyncio
from pathlib import Path
from typing import Any

from moisson_shared.contracts.raw_record import HeldItem
from moisson_shared.contracts.run import CrawlRun, RunState
from tests.scraper.running_scraper import Scraper, codes, file_spider, html_spider, running_scraper
from tests.scraper.sample_site import Asked, SampleSite, answer, directory, html

SPIDER = "essor-projets"


async def post(scraper: Scraper, path: str, expected: int = 202, **given: Any) -> Any:
    answered = await scraper.send("POST", path, scraper.people.member, **given)
    assert answered.status_code == expected, answered.text
    return answered.json()


async def in_state(scraper: Scraper, run_id: str, state: RunState) -> CrawlRun:
    async with asyncio.timeout(10):
        while True:
            run = await scraper.read_run(run_id)
            if run.state is state:
                return run
            await asyncio.sleep(0.02)


async def test_a_paused_run_goes_on_where_it_was_left_and_no_page_is_asked_for_twice(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(60)
    site.delay = 0.03
    async with running_scraper(tmp_path, site, requests_per_host=4) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start(SPIDER)
        for pages in (8, 20, 32):
            await scraper.fetched(run.id, pages)
            await post(scraper, f"/v1/runs/{run.id}/pause")
            paused = await in_state(scraper, run.id, RunState.PAUSED)
            assert (paused.code, paused.finished_at) == ("paused-by-person", None)
            asked = len(site.asked)
            await asyncio.sleep(0.3)  # longer than the sweep: nobody takes it up
            assert len(site.asked) == asked
            assert (await scraper.send("POST", f"/v1/spiders/{SPIDER}/runs", scraper.people.admin)).status_code == 409
            await post(scraper, f"/v1/runs/{run.id}/resume")
        ended = await scraper.ended(run.id)
        assert ended.complete
        assert (ended.counters.records_new, ended.counters.pages_fetched) == (60, 66)
        targets = site.targets()
        assert sorted(set(targets)) == sorted(targets)
        assert ended.pace is not None
        await post(scraper, f"/v1/runs/{run.id}/resume", 409)


async def test_a_paused_run_that_is_cancelled_keeps_what_it_had_read(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(60)
    site.delay = 0.03
    async with running_scraper(tmp_path, site, requests_per_host=2) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start(SPIDER)
        await scraper.fetched(run.id, 20)
        await post(scraper, f"/v1/runs/{run.id}/pause")
        await in_state(scraper, run.id, RunState.PAUSED)
        await post(scraper, f"/v1/runs/{run.id}/cancel")
        ended = await scraper.ended(run.id)
        assert ended.state is RunState.CANCELLED
        assert len(await scraper.records(SPIDER)) == ended.counters.records_new > 5


async def test_a_trial_shows_what_it_found_and_writes_nothing(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(60)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, enabled=False))
        for pages in (9, 12):
            run = await post(scraper, f"/v1/spiders/{SPIDER}/runs", json={"trial_pages": pages})
            ended = await scraper.ended(run["id"])
            assert (ended.state, ended.counters.pages_fetched) == (RunState.DONE, pages)
            assert ended.counters.records_held == ended.counters.items - ended.counters.records_dropped
            shown = (await scraper.send("GET", f"/v1/runs/{run['id']}/items", scraper.people.member)).json()
            assert len(shown["items"]) == ended.counters.records_held > 0
            item = HeldItem.model_validate(shown["items"][0])
            assert (item.key, item.ordinal, item.values["titre"]) == (item.url, 0, "Projet 1")
        assert await scraper.records(SPIDER) == []
        first = (await scraper.send("GET", f"/v1/spiders/{SPIDER}/runs", scraper.people.member)).json()["items"][1]
        gone = (await scraper.send("GET", f"/v1/runs/{first['id']}/items", scraper.people.member)).json()
        assert gone == {"items": [], "next": None}


async def test_a_retry_asks_only_for_what_failed(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(30)
    broken = {f"/projets/{n}": site.pages[f"/projets/{n}"] for n in (3, 17, 28)}
    for path in broken:
        site.pages[path] = answer("no", status="500 Broken")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, politeness={"delay": 0, "retries": 0}))
        first = await scraper.crawl(SPIDER)
        assert (first.complete, first.counters.pages_failed, first.counters.records_new) == (False, 3, 27)
        site.pages |= broken
        site.asked.clear()
        again = await post(scraper, f"/v1/spiders/{SPIDER}/runs", json={"retry_of": first.id})
        second = await scraper.ended(again["id"])
        assert sorted(target for target in site.targets() if target != "/robots.txt") == sorted(broken)
        assert (second.complete, second.counters.pages_spared, second.counters.pages_fetched) == (True, 30, 3)
        assert (second.counters.records_new, second.counters.records_unchanged) == (3, 27)
        refused = await post(scraper, f"/v1/spiders/{SPIDER}/runs", 422, json={"retry_of": first.id})
        assert refused["faults"][0]["pointer"] == "/retry_of"


async def test_a_run_that_breaks_what_is_expected_is_held_until_somebody_accepts_it(
    tmp_path: Path, site: SampleSite
) -> None:
    site.pages |= directory(30)
    expected = {"least_records": 25, "fields": {"porteur": {"fill": 0.9, "pattern": "^Porté"}}}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, expectations=expected))
        good = await scraper.crawl(SPIDER)
        assert good.state is RunState.DONE
        before = [(record.seq, record.values) for record in await scraper.records(SPIDER)]
        for n in range(1, 31):
            site.pages[f"/projets/{n}"] = html(f"<h1>Projet {n}</h1><p class=intro>Porté par personne</p>")
        held = await scraper.crawl(SPIDER)
        assert (held.state, held.code, held.counters.records_held) == (RunState.QUARANTINED, "expectations", 30)
        assert "'porteur' is filled in 0% of the records; at least 90% is expected." in (held.error or "")
        broken = [(one.code, one.field, one.found, one.expected) for one in held.broken]
        assert broken[0] == ("field-too-empty", "porteur", 0.0, 0.9)
        report = await scraper.send("GET", f"/v1/runs/{held.id}/report", scraper.people.member)
        assert [one["code"] for one in report.json()["run"]["broken"]] == [code for code, *_ in broken]
        assert [(record.seq, record.values) for record in await scraper.records(SPIDER)] == before

        site.pages |= directory(18)
        fewer = await scraper.crawl(SPIDER)
        assert (fewer.state, fewer.counters.records_held) == (RunState.QUARANTINED, 18)
        assert "18 records were found; at least 25 are expected." in (fewer.error or "")
        await post(scraper, f"/v1/runs/{held.id}/accept", 409)
        await post(scraper, f"/v1/runs/{fewer.id}/accept")
        accepted = await scraper.ended(fewer.id)
        assert (accepted.state, accepted.accepted_by) == (RunState.DONE, "mia")
        assert accepted.broken == fewer.broken != ()
        seen = {record.last_seen for record in (await scraper.feed(SPIDER))[0] if not record.deleted}
        assert seen == {fewer.finished_at}, "not when it was accepted"
        assert (accepted.counters.records_gone, accepted.counters.items) == (12, 18)
        assert len(await scraper.records(SPIDER)) == 18
        await post(scraper, f"/v1/runs/{fewer.id}/accept", 409)


async def test_a_cancelled_run_over_a_broken_site_replaces_nothing(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(100)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        for _ in range(2):
            await scraper.crawl(SPIDER)
        for number in range(1, 101):
            site.pages[f"/projets/{number}"] = html("<p>Maintenance</p>")
        site.delay = 0.05
        run = await scraper.start(SPIDER)
        await scraper.fetched(run.id, 40)
        await post(scraper, f"/v1/runs/{run.id}/cancel")
        held = await scraper.ended(run.id)
        assert (held.state, held.counters.records_changed) == (RunState.QUARANTINED, 0)
        assert {broken.field for broken in held.broken} == {"titre", "porteur", "mots", "site"}
        assert all(record.values["titre"] for record in await scraper.records(SPIDER))
        site.delay = 0
        await post(scraper, f"/v1/runs/{run.id}/accept")
        accepted = await scraper.ended(run.id)
        assert (accepted.state, accepted.complete, accepted.counters.records_gone) == (RunState.DONE, False, 0)
        assert accepted.counters.records_changed >= 10


async def test_a_baseline_is_learned_from_the_last_good_runs(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(30)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        for _ in range(2):
            assert (await scraper.crawl(SPIDER)).state is RunState.DONE
        site.pages |= directory(9)
        held = await scraper.crawl(SPIDER)
        assert held.state is RunState.QUARANTINED
        assert "9 records were found; the last good runs found about 30." in (held.error or "")
        await scraper.change(html_spider(site, expectations={"learn": False}))
        assert (await scraper.crawl(SPIDER)).state is RunState.DONE


async def test_a_file_that_was_the_same_for_long_has_a_baseline_still(tmp_path: Path, site: SampleSite) -> None:
    def rows(count: int) -> bytes:
        return answer("id;n\n" + "".join(f"{number};x\n" for number in range(count)), content_type="text/csv")

    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        for count in (40, 41):
            site.pages["/f.csv"] = rows(count)
            assert (await scraper.crawl("essor-fichier")).counters.items == count
        for _ in range(5):
            await scraper.crawl("essor-fichier")
        same = await scraper.crawl("essor-fichier")
        assert (same.state, same.counters.pages_unchanged, same.counters.items) == (RunState.DONE, 1, 41)
        report = (await scraper.send("GET", f"/v1/runs/{same.id}/report", scraper.people.member)).json()
        assert {field["name"]: field["filled"] for field in report["fields"]} == {"id": 41, "n": 41}
        site.pages["/f.csv"] = rows(3)
        held = await scraper.crawl("essor-fichier")
        assert held.state is RunState.QUARANTINED
        assert "3 records were found; the last good runs found about 41." in (held.error or "")
        assert len(await scraper.records("essor-fichier")) == 41


async def test_the_report_adds_up_from_start_addresses_to_records(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(30)
    site.pages["/robots.txt"] = answer("User-agent: *\nDisallow: /projets/5\n")
    site.pages["/projets/7"] = answer("gone", status="404 Not Found")
    site.pages["/projets/8"] = answer("", content_type="text/html")
    site.pages["/projets/9"] = html("<h1> </h1>")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, limits={"pages": 25}))
        run = await scraper.crawl(SPIDER)
        report = (await scraper.send("GET", f"/v1/runs/{run.id}/report", scraper.people.member)).json()
        pages = {entry["fate"]: entry for entry in report["pages"]}
        assert sum(entry["count"] for entry in report["pages"]) == report["pages_found"] == run.counters.pages_found
        assert sum(entry["count"] for entry in report["items"]) == report["items_found"]
        assert {reason["code"] for reason in pages["failed"]["reasons"]} == {"http-404", "empty-body"}
        assert [reason["code"] for reason in pages["off_limits"]["reasons"]] == ["robots"]
        for entry in (*report["pages"], *report["items"]):
            if entry["fate"] in {"failed", "off_limits", "dropped"}:
                assert sum(reason["count"] for reason in entry["reasons"]) == entry["count"]
        assert pages["over_limit"]["count"] > 0
        fields = {field["name"]: field for field in report["fields"]}
        kept = report["items_found"] - next(e["count"] for e in report["items"] if e["fate"] == "dropped")
        assert fields["titre"]["filled"] + fields["titre"]["empty"] == kept
        assert fields["titre"]["empty"] == 1
        stranger = await scraper.send("GET", f"/v1/runs/{run.id}/report", scraper.people.stranger)
        assert stranger.status_code == 404


async def test_what_is_unchanged_is_asked_for_by_its_validators_and_nothing_is_written(
    tmp_path: Path, site: SampleSite
) -> None:
    pages = directory(30)

    def with_validators(path: str, body: bytes, number: int) -> Any:
        def give(asked: Asked) -> bytes:
            tag = f'"v{number}"'
            if f"if-none-match: {tag}" in asked.headers.lower():
                return b"HTTP/1.1 304 Not Modified\r\nETag: " + tag.encode() + b"\r\n\r\n"
            return body.replace(b"\r\n", f"\r\nETag: {tag}\r\n".encode(), 1)

        return give

    for number, (path, body) in enumerate(pages.items()):
        site.pages[path] = with_validators(path, bytes(body), number)  # type: ignore[arg-type]  # written as bytes
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        first = await scraper.crawl(SPIDER)
        told = await scraper.feed(SPIDER)
        second = await scraper.crawl(SPIDER)
        assert (second.complete, second.counters.pages_unchanged) == (True, first.counters.pages_fetched)
        assert second.counters.records_unchanged == 30
        assert second.counters.bytes_fetched == 0
        assert [r.seq for r in (await scraper.feed(SPIDER))[0]] == [r.seq for r in told[0]]

        # Another configuration reads every page anew.
        changed = html_spider(site)
        changed["source"]["fields"]["commune"] = {"expression": ".town"}
        await scraper.change(changed)
        third = await scraper.crawl(SPIDER)
        assert third.counters.pages_fetched == first.counters.pages_fetched
        assert third.counters.records_changed == 30


async def test_what_has_only_a_date_is_asked_for_by_it(tmp_path: Path, site: SampleSite) -> None:
    """One page is as it was, one has changed since, and the site of one takes no notice of what it is asked."""
    date, later = "Fri, 02 Jan 2026 10:00:00 GMT", "Sat, 03 Jan 2026 10:00:00 GMT"
    site.pages["/projets"] = directory(3)["/projets"]

    def dated(title: str, moment: str, *, heeds: bool = True) -> Any:
        def give(asked: Asked) -> bytes:
            if heeds and asked.header("if-modified-since") == moment:
                return b"HTTP/1.1 304 Not Modified\r\n\r\n"
            return html(f"<h1>{title}</h1>", Last_Modified=moment)

        return give

    for number in (1, 2, 3):
        site.pages[f"/projets/{number}"] = dated(f"Projet {number}", date, heeds=number != 3)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl(SPIDER)).complete
        site.pages["/projets/2"] = dated("Autre", later)
        for asked_since, changed in ((date, 1), (later, 0)):
            site.asked.clear()
            run = await scraper.crawl(SPIDER)
            told = {asked.target: asked.header("if-modified-since") for asked in site.asked}
            assert [told[f"/projets/{number}"] for number in (1, 2, 3)] == [date, asked_since, date]
            assert (run.complete, run.counters.records_changed, run.counters.records_unchanged) == (
                True,
                changed,
                3 - changed,
            )
            assert run.counters.pages_fetched == changed


async def test_a_page_without_validators_is_known_by_its_bytes(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(12)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        first = await scraper.crawl(SPIDER)
        site.pages["/projets/3"] = html("<h1>Autre</h1>")
        second = await scraper.crawl(SPIDER)
        assert (second.counters.pages_unchanged, second.counters.pages_fetched) == (first.counters.pages_fetched - 1, 1)
        assert (second.counters.records_changed, second.counters.records_unchanged) == (1, 11)


async def test_details_read_lately_are_spared_while_their_item_is_the_same(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(12)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, politeness={"delay": 0, "revisit_hours": 24}))
        await scraper.crawl(SPIDER)
        listing = bytes(site.pages["/projets"])  # type: ignore[arg-type]  # it is written as bytes
        site.pages["/projets"] = listing.replace(b"Ville 4", b"Ville X")
        site.asked.clear()
        second = await scraper.crawl(SPIDER)
        details = [target for target in site.targets() if target.startswith("/projets/")]
        assert details == ["/projets/4"]
        assert (second.complete, second.counters.pages_spared, second.counters.records_changed) == (True, 11, 1)


async def test_a_file_that_is_unchanged_is_not_read_again(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/f.csv"] = answer("id;n\n" + "".join(f"{n};{n}\n" for n in range(700)))
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        assert (await scraper.crawl("essor-fichier")).counters.records_new == 700
        second = await scraper.crawl("essor-fichier")
        assert (second.complete, second.counters.pages_unchanged) == (True, 1)
        assert (second.counters.items, second.counters.records_unchanged) == (700, 700)
        site.pages["/f.csv"] = answer("id;n\n" + "".join(f"{n};{n + 1}\n" for n in range(650)))
        third = await scraper.crawl("essor-fichier")
        assert (third.counters.records_changed, third.counters.records_gone) == (650, 50)
        assert codes(third) == {}
