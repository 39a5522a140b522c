"""Runs from the request to the feed, over HTTP, on sites that a test writes."""

import asyncio
from pathlib import Path

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import file_spider, html_spider, json_spider, running_scraper, shown
from tests.scraper.sample_site import Answer, SampleSite, answer, directory, html, json_answer, missing


def codes(run: object) -> dict[str, int]:
    return {reason.code: reason.count for reason in run.reasons}  # type: ignore[attr-defined]


async def cut_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n<p>")
    await writer.drain()


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


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (answer(b""), "empty-body"),
        (answer(b" \n\t "), "empty-body"),
        (answer(b"%PDF-1.7 \x00\xff", content_type="application/pdf"), "not-html"),
        (answer(b"%PDF-1.7 <x>"), "not-html"),
        (answer('{"a": 1}', content_type="application/json"), "not-html"),
        (answer("bonjour"), "not-html"),
        (html("no", status="404 Not Found"), "http-404"),
        (html("no", status="410 Gone"), "http-410"),
        (html("no", status="403 Forbidden"), "http-403"),
        (html("no", status="500 Internal Server Error"), "http-500"),
        (answer(b"", status="304 Not Modified"), "http-304"),
        (html("x" * 2_000_000), "page-too-large"),
        (html("no", status="302 Found", Location="mailto:x@y.example"), "bad-redirect"),
        (html("no", status="302 Found", Location="/projets"), "too-many-redirects"),
        (html("no", status="302 Found", Location="http://127.0.0.1:1/"), "address-refused"),
        (html("no", status="302 Found", Location="http://169.254.169.254/latest/"), "address-refused"),
        (cut_off, "connection-failed"),
        (b"nonsense\r\n\r\n", "bad-answer"),
        (answer(b"\x1f\x8bnot gzip", Content_Encoding="gzip"), "bad-answer"),
    ],
)
async def test_a_first_page_that_cannot_be_used_fails_the_run_with_its_reason(
    tmp_path: Path, site: SampleSite, page: Answer, code: str
) -> None:
    site.pages["/projets"] = lambda asked: page
    site.pages["/robots.txt"] = answer("", content_type="text/plain")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, limits={"bytes_per_page": 1_000_000}))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.FAILED, shown(run)
        assert code in codes(run), shown(run)
        assert run.error is not None
        assert run.counters.pages_failed == 1


async def test_an_address_that_must_not_be_fetched_is_never_asked(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    async with running_scraper(tmp_path) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.FAILED
        assert codes(run) == {"address-refused": 1}
        assert site.asked == []


async def test_robots_txt_is_obeyed_and_counted(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(4)
    site.pages["/robots.txt"] = answer("User-agent: moisson\nDisallow: /projets/2\n", content_type="text/plain")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.counters.pages_off_limits == 1
        assert codes(run) == {"robots": 1, "detail-robots": 1}
        assert not run.complete
        assert "/projets/2" not in site.targets()
        assert site.targets().count("/robots.txt") == 1


@pytest.mark.parametrize(("status", "allowed"), [("404 Not Found", True), ("403 Forbidden", True), ("503 No", False)])
async def test_a_robots_txt_that_cannot_be_had(tmp_path: Path, site: SampleSite, status: str, allowed: bool) -> None:
    site.pages |= directory(2)
    site.pages["/robots.txt"] = answer("Disallow: /", status=status)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert (run.state is RunState.DONE) == allowed
        if not allowed:
            assert codes(run) == {"robots-unreachable": 1}
            assert "/projets" not in site.targets()


async def test_a_spider_may_be_told_not_to_ask_for_robots_txt(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    site.pages["/robots.txt"] = answer("User-agent: *\nDisallow: /")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site, politeness={"delay": 0, "obey_robots": False}))
        assert (await scraper.crawl("essor-projets")).complete
        assert "/robots.txt" not in site.targets()


async def test_retry_after_holds_the_whole_host(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(4)
    calm = site.pages["/projets/1"]
    busy = html("busy", status="503 Service Unavailable", Retry_After="1")
    site.pages["/projets/1"] = lambda asked: busy if asked.times == 1 else calm
    async with running_scraper(tmp_path, site, requests_per_host=1) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.complete
        assert run.counters.retries == 1
        refused = next(asked.at for asked in site.asked if asked.target == "/projets/1")
        later = [asked.at for asked in site.asked if asked.at > refused]
        assert min(later) - refused >= 0.95


async def test_one_slot_per_host_over_all_spiders(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(6)
    site.delay = 0.01
    async with running_scraper(tmp_path, site, requests_per_host=2) as scraper:
        for number in (1, 2, 3):
            await scraper.save(html_spider(site, id=f"essor-{number}"))
        runs = [await scraper.start(f"essor-{number}") for number in (1, 2, 3)]
        for run in runs:
            assert (await scraper.ended(run.id)).complete
        assert site.most_at_once <= 2


async def test_the_delay_is_kept_between_requests_of_all_spiders(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    site.pages["/robots.txt"] = answer("User-agent: *\nCrawl-delay: 0.1", content_type="text/plain")
    async with running_scraper(tmp_path, site) as scraper:
        for number in (1, 2):
            await scraper.save(html_spider(site, id=f"essor-{number}", politeness={"delay": 0.05}))
        runs = [await scraper.start(f"essor-{number}") for number in (1, 2)]
        for run in runs:
            assert (await scraper.ended(run.id)).complete
        times = [asked.at for asked in site.asked if asked.target != "/robots.txt"]
        assert len(times) == 6
        # What the site sees may be a little closer than what was meant: requests take their time to arrive.
        gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
        assert min(gaps) > 0.06, gaps
        assert times[-1] - times[0] > 0.45


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"pages": 4}, "limit-pages"),
        ({"records": 3}, "limit-records"),
        ({"bytes_in_all": 900}, "limit-bytes"),
        ({"seconds": 1}, "limit-seconds"),
    ],
)
async def test_a_limit_ends_a_run_without_burying(
    tmp_path: Path, site: SampleSite, limits: dict[str, int], code: str
) -> None:
    site.pages |= directory(8, per_page=4)
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.crawl("essor-projets")
        site.delay = 0.4 if "seconds" in limits else 0.0
        await scraper.change(html_spider(site, limits=limits, politeness={"delay": 0.1}))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE, shown(run)
        assert not run.complete
        assert code in codes(run), shown(run)
        assert run.counters.records_gone == 0
        assert run.counters.pages_not_reached > 0 or code == "limit-records"
        assert len(await scraper.records("essor-projets")) == 8


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
        assert codes(run) == {"item-without-detail": 1, "item-without-key": 1}
        records = await scraper.records("essor-projets")
        assert [(r.ordinal, r.values) for r in records] == [
            (0, {"ville": "Lyon", "titre": "Un"}),
            (1, {"ville": "Brest", "titre": "Un"}),
        ]
        assert site.targets().count("/p/1") == 1


@pytest.mark.parametrize(
    ("second", "complete"),
    [
        ('<a rel="next" href="?page=2">encore</a>', True),
        ('<a rel="next" href="/projets">début</a>', False),
        ('<a rel="next" href="/projets#haut">début</a>', False),
        ('<a rel="next" href="javascript:void(0)">rien</a>', True),
        ('<a rel="next">rien</a>', True),
    ],
)
async def test_a_listing_that_leads_back_ends(tmp_path: Path, site: SampleSite, second: str, complete: bool) -> None:
    site.pages |= directory(4, per_page=2)
    card = '<li class="card"><a href="/projets/3">3</a></li>'
    site.pages["/projets?page=2"] = html(f"<ul>{card}</ul>{second}")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE
        assert run.complete == complete
        assert run.counters.items == 3


async def test_a_listing_that_repeats_itself_under_new_addresses_ends(tmp_path: Path, site: SampleSite) -> None:
    def endless(asked: object) -> bytes:
        number = int(str(asked.target).partition("=")[2] or 1)  # type: ignore[attr-defined]
        return html(f'<li class="card"><a href="/p/1">x</a></li><a rel="next" href="/projets?n={number + 1}">+</a>')

    site.pages |= {"/projets": endless, "/p/1": html("<h1>Un</h1>")}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl("essor-projets")
        assert codes(run) == {"paging-loop": 1}
        assert run.counters.items == 1
        assert run.counters.pages_fetched == 3


@pytest.mark.parametrize("beyond", ["404", "empty", "last again"])
async def test_numbered_pages_end(tmp_path: Path, site: SampleSite, beyond: str) -> None:
    pages = directory(5, per_page=2)
    site.pages |= pages
    if beyond == "404":
        site.pages["/projets?page=4"] = missing()
    if beyond == "empty":
        site.pages["/projets?page=4"] = html("<ul></ul>")
    if beyond == "last again":
        site.pages["/projets?page=4"] = site.pages["/projets?page=3"]
    spider = html_spider(site)
    spider["source"]["paging"] = {"kind": "page_number", "address": f"{site.url}/projets?page={{page}}"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(spider)
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        assert run.counters.items == 5
        assert site.targets().count("/projets?page=5") == 0


async def test_a_json_api_by_page_offset_and_cursor(tmp_path: Path, site: SampleSite) -> None:
    rows = [{"id": n, "nom": f"Projet {n}", "vide": None} for n in range(1, 8)]

    def api(asked: object) -> bytes:
        query = dict(part.split("=") for part in str(asked.target).partition("?")[2].split("&") if part)  # type: ignore[attr-defined]
        start = 3 * (int(query["p"]) - 1) if "p" in query else int(query.get("offset", query.get("cursor", 0)))
        following = start + 3 if start + 3 < len(rows) else None
        return json_answer({"data": rows[start : start + 3], "next": following})

    site.pages["/api"] = api
    pagings = [
        {"kind": "page", "parameter": "p"},
        {"kind": "page", "parameter": "p", "size": 3, "size_parameter": "n"},
        {"kind": "offset", "size": 3},
        {"kind": "cursor", "path": "$.next"},
    ]
    async with running_scraper(tmp_path, site) as scraper:
        for number, paging in enumerate(pagings):
            spider = json_spider(f"{site.url}/api", items="$.data[*]", paging=paging) | {"id": f"api-{number}"}
            await scraper.save(spider)
            run = await scraper.crawl(f"api-{number}")
            assert run.complete, shown(run)
            assert [record.values for record in await scraper.records(f"api-{number}")] == rows


async def test_a_json_detail(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/api"] = json_answer([{"id": "a/é", "n": 1}, {"id": "b", "n": 2}, {"n": 3}])
    site.pages["/api/a%2F%C3%A9"] = json_answer({"id": "a/é", "nom": "A", "mots": ["x", "y"]})
    site.pages["/api/b"] = json_answer({"id": "b", "nom": "B"})
    detail = {"address": f"{site.url}/api/{{value}}", "value": "$.id", "fields": {"nom": "$.nom", "mots": "$.mots[*]"}}
    fields = {"id": "$.id", "n": "$.n"}
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(json_spider(f"{site.url}/api", fields=fields, detail=detail))
        run = await scraper.crawl("essor-api")
        assert [record.values for record in await scraper.records("essor-api")] == [
            {"id": "a/é", "n": 1, "nom": "A", "mots": ["x", "y"]},
            {"id": "b", "n": 2, "nom": "B"},
        ]
        assert codes(run) == {"item-without-detail": 1, "item-without-key": 1}


async def test_a_file_with_several_rows_per_key(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/f.csv"] = answer("id;ville\n1;Lyon\n1;Brest\n2;Corte\n;\n3;Nice;trop\n", content_type="text/csv")
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        run = await scraper.crawl("essor-fichier")
        assert run.complete
        assert codes(run) == {"blank-row": 1, "ragged-row": 1}
        assert [(r.key, r.ordinal, r.values) for r in await scraper.records("essor-fichier")] == [
            ("1", 0, {"id": "1", "ville": "Lyon"}),
            ("1", 1, {"id": "1", "ville": "Brest"}),
            ("2", 0, {"id": "2", "ville": "Corte"}),
            ("3", 0, {"id": "3", "ville": "Nice", "(column 3)": "trop"}),
        ]


async def test_a_large_file_is_written_in_batches(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/f.csv"] = answer("id,nom\n" + "".join(f"{n},Nom {n}\n" for n in range(3000)))
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(file_spider(f"{site.url}/f.csv"))
        run = await scraper.crawl("essor-fichier")
        assert run.counters.records_new == 3000, shown(run)
        page, end = await scraper.feed("essor-fichier", limit=1000)
        assert len(page) == 1000
        assert end.more
        rest, end = await scraper.feed("essor-fichier", after=end.cursor)
        assert [record.seq for record in page + rest] == list(range(1, 3001))
        assert not end.more
