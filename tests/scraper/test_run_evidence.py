"""The log of a run, and the pages of its errors."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.keeping.run_log import RunLog, read_log, said_by
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.run_log import LoggedRun, RunErrors
from tests.scraper.running_scraper import Scraper, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, answer, directory
from tests.scraper.test_run_control import in_state, post

SPIDER = "essor-projets"


async def log_of(scraper: Scraper, run_id: str) -> LoggedRun:
    """The log of a run that has ended, with its last lines: they are written right after its end."""
    async with asyncio.timeout(10):
        while True:
            answered = await scraper.send("GET", f"/v1/runs/{run_id}/log", scraper.people.member)
            assert answered.status_code == 200, answered.text
            log = LoggedRun.model_validate_json(answered.content)
            if log.lines[-1].code == "ended":
                return log
            await asyncio.sleep(0.02)


async def test_a_log_tells_a_run_from_its_wish_to_its_end(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(40)
    site.pages["/projets/3"] = answer("no", status="404 Not Found")
    site.delay = 0.02
    async with running_scraper(tmp_path, site, requests_per_host=4) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.start(SPIDER)
        await scraper.fetched(run.id, 10)
        await post(scraper, f"/v1/runs/{run.id}/pause")
        await in_state(scraper, run.id, RunState.PAUSED)
        await post(scraper, f"/v1/runs/{run.id}/resume")
        ended = await scraper.ended(run.id)
        log = await log_of(scraper, run.id)
        told = [line.code for line in log.lines]
        for code in (
            "queued",
            "begun",
            "http-404",
            "pause-asked",
            "left",
            "resume-asked",
            "judged",
            "settled",
            "ended",
        ):
            assert code in told, told
        assert told.index("queued") < told.index("begun") < told.index("pause-asked") < told.index("left")
        assert (told[-1], told.count("begun")) == ("ended", 2)
        assert log.lines == tuple(sorted(log.lines, key=lambda line: line.at))
        assert log.lines[-1].counters == ended.counters
        messages = {line.code: line.message for line in log.lines}
        assert messages["pause-asked"] == "A pause was asked for by mia."
        assert "/projets/3" in messages["http-404"]
        figures = {line.code: line.figures for line in log.lines}
        assert figures["pause-asked"] == {"who": "mia"}
        assert figures["http-404"] == {"first": f"{site.url}/projets/3"}
        assert figures["ended"] == {"state": "done"}
        headers = {"Accept": "text/plain"}
        text = await scraper.send("GET", f"/v1/runs/{run.id}/log", scraper.people.member, headers=headers)
        assert text.headers["content-type"].startswith("text/plain")
        assert text.text.splitlines()[-1].endswith("[44 of 44 pages, 40 items]")
        assert (await scraper.send("GET", f"/v1/runs/{run.id}/log", scraper.people.stranger)).status_code == 404


async def test_a_host_that_asks_to_be_left_alone_is_in_the_log(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(3)
    good = site.pages["/projets/2"]
    assert isinstance(good, bytes)
    busy = answer("busy", status="503 Busy")
    site.pages["/projets/2"] = lambda asked: busy if asked.times == 1 else good
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        run = await scraper.crawl(SPIDER)
        assert run.complete
        (held,) = [line for line in (await log_of(scraper, run.id)).lines if line.code == "host-held"]
        assert site.address in held.message


async def test_a_log_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    store = open_documents(f"sqlite://{tmp_path}/scraper.sqlite")
    await store.open(COLLECTIONS)
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n) for n in range(5000)]
    ticking = iter(moments)
    for attempt in range(2):
        log = RunLog(store, "r", "s", f"attempt-{attempt}", lambda: next(ticking))
        for number in range(1500):
            log.say("line", f"{attempt} {number}")
        await log.flush()
    await store.apply([said_by("r", "s", next(ticking), "accepted", "last", "mia")])
    read = await read_log(store, "r")
    assert (len(read.lines), read.left_out) == (1000, 2001)
    assert (read.lines[0].message, read.lines[499].message, read.lines[-1].message) == ("0 0", "0 499", "last")
    assert read.text().splitlines()[-1] == "(2001 lines in between were left out)"
    await store.close()


async def test_each_class_of_errors_has_its_first_page(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(12)
    for number in (2, 3):
        site.pages[f"/projets/{number}"] = answer(
            f"<script>panne {number}</script>", status="500 Broken", Set_Cookie="session=1", X_Reason="panne"
        )
    site.pages["/projets/4"] = answer(b"%PDF-1.7 " + b"x" * 250_000, content_type="application/pdf")
    async with running_scraper(tmp_path, site, requests_per_host=1) as scraper:
        await scraper.save(html_spider(site, politeness={"delay": 0, "retries": 0}))
        run = await scraper.crawl(SPIDER)
        path = f"/v1/runs/{run.id}/errors"
        answered = await scraper.send("GET", path, scraper.people.member)
        found = {error.reason.code: error for error in RunErrors.model_validate_json(answered.content).errors}
        failed = {reason.code: reason.count for reason in run.reasons if reason.fate == "failed"}
        assert {code: error.reason.count for code, error in found.items()} == failed
        assert failed["http-500"] == 2
        (unread,) = set(found) - {"http-500"}
        broken = found["http-500"].page
        assert broken is not None
        assert (broken.status, broken.address) == (500, f"{site.url}/projets/2")
        assert dict(broken.headers)["x-reason"] == "panne"
        assert "set-cookie" not in dict(broken.headers)
        page = await scraper.send("GET", f"{path}/http-500/page", scraper.people.member)
        assert (page.text, page.headers["content-type"]) == ("<script>panne 2</script>", "text/plain; charset=utf-8")
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["content-security-policy"].startswith("sandbox")
        pdf = found[unread].page
        assert pdf is not None
        assert (pdf.status, pdf.size, pdf.cut) == (200, 250_009, True)
        kept = await scraper.send("GET", f"{path}/{unread}/page", scraper.people.member)
        assert len(kept.content) == 200_000
        assert (await scraper.send("GET", f"{path}/none/page", scraper.people.member)).status_code == 404
        assert (await scraper.send("GET", path, scraper.people.stranger)).status_code == 404
