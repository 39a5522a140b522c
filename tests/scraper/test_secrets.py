"""Secrets of spiders: put once, used for their own origin, seen by nobody; looked for in everything that is written."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from moisson_scraper.fetching.page_fetcher import PageFetcher
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.fetching.secret_filling import SecretFilling
from moisson_scraper.reading.source_reader import PageRequest
from moisson_shared.adapters.outbound_http import OutboundPolicy, outbound_client
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.spider import Limits, Politeness
from tests.scraper.browsing import tools_over
from tests.scraper.running_scraper import People, Scraper, json_spider, running_scraper
from tests.scraper.sample_site import Answer, Asked, SampleSite, answer, json_answer, moved, sample_site

SECRET = "zanzibarine+42/x=="
QUOTED = "zanzibarine%2B42%2Fx%3D%3D"
"""As it goes out in an address."""
HALF = "zanzibarine%2B42/x=="
SPIDER = "/v1/spiders/essor-api"
KEY = "a key of this installation"


def asking(site: SampleSite, **source: Any) -> dict[str, Any]:
    """A spider that sends a secret, of a site that repeats it wherever it can."""

    def listing(asked: Asked) -> Answer:
        if f"token={QUOTED}" not in asked.target:
            return answer(f"no such token in {asked.target}", status="403 Forbidden")
        first = "cursor=" not in asked.target
        items = [
            {"id": n, "self": f"{site.url}{asked.target}", "note": f"sent with {SECRET}", "half": HALF}
            for n in ((1, 2) if first else (3,))
        ]
        return json_answer({"items": items, "next": f"after {SECRET}" if first else None})

    def detail(asked: Asked) -> Answer:
        if asked.path == "/detail/2":
            return answer(f"{SECRET} has no access to {asked.target}", status="500 Broken")
        return json_answer({"titre": "Projet", "adresse": asked.target})

    site.pages |= {"/api": lambda asked: moved(f"/v2{asked.target}"), "/v2/api": listing}
    site.pages |= {f"/detail/{n}": detail for n in (1, 2, 3)}
    return json_spider(
        f"{site.url}/api",
        query={"token": "{secret:token}"},
        items="$.items[*]",
        link="$.self",
        paging={"kind": "cursor", "parameter": "cursor", "path": "$.next"},
        detail={"value": "$.id", "address": f"{site.url}/detail/{{value}}?key={{secret:token}}"},
        **source,
    )


def written_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def put(scraper: Scraper, value: str = SECRET, status: int = 200, **given: Any) -> Any:
    who = given.get("who", scraper.people.member)
    answered = await scraper.send("PUT", f"{SPIDER}/secrets/token", who, json={"value": value})
    assert answered.status_code == status, answered.text
    assert value not in answered.text
    return answered.json()


async def test_a_secret_is_used_and_nowhere_to_be_found(
    tmp_path: Path, site: SampleSite, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running_scraper(tmp_path, site, secrets_key=KEY, log_level="debug") as scraper:
        await scraper.save(asking(site))
        await put(scraper)
        preview = await scraper.send("POST", f"{SPIDER}/preview", scraper.people.member)
        assert preview.json()["items"] == 2
        run = await scraper.crawl("essor-api")
        assert (run.state, run.counters.records_new, run.counters.pages_failed) == (RunState.DONE, 2, 1)
        trial = await scraper.send("POST", f"{SPIDER}/runs", scraper.people.member, json={"trial_pages": 3})
        await scraper.ended(trial.json()["id"])
        told = [preview.text]
        for path in (
            SPIDER,
            f"{SPIDER}/runs",
            f"{SPIDER}/versions",
            f"{SPIDER}/export",
            f"{SPIDER}/secrets",
            f"{SPIDER}/raw-records",
            f"/v1/runs/{run.id}",
            f"/v1/runs/{run.id}/report",
            f"/v1/runs/{run.id}/events",
            f"/v1/runs/{trial.json()['id']}/items",
            "/v1/audit",
            "/metrics",
        ):
            answered = await scraper.send("GET", path, scraper.people.admin)
            assert answered.status_code == 200, path
            told.append(answered.text)
        records = {record.values["id"]: record.values for record in await scraper.records("essor-api")}
    assert records[1]["note"] == "sent with {secret:token}"
    assert records[3]["self"] == f"{site.url}/v2/api?token={{secret:token}}&cursor=after+{{secret:token}}"
    assert any(QUOTED in target for target in site.targets()), "or this test shows nothing"
    told.append("".join(capfd.readouterr()))
    assert len(told[-1]) > 1000
    kept = await asyncio.to_thread(written_in, tmp_path)
    assert b"essor-api" in kept
    for spelling in (SECRET, QUOTED, json.dumps(SECRET)[1:-1], KEY, "zanzibarine"):
        assert spelling.encode() not in kept, spelling
        assert spelling not in "".join(told), spelling


async def test_a_secret_that_is_not_there_ends_the_run_with_its_name(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site, secrets_key=KEY) as scraper:
        await scraper.save(asking(site))
        preview = (await scraper.send("POST", f"{SPIDER}/preview", scraper.people.member)).json()
        assert [warning["code"] for warning in preview["warnings"]] == ["secret-missing"]
        run = await scraper.crawl("essor-api")
        assert (run.state, run.code) == (RunState.FAILED, "secret-missing")
        assert run.error is not None
        assert "'token' is not there" in run.error
        assert site.targets() == []
        await put(scraper)
        assert (await scraper.crawl("essor-api")).state is RunState.DONE
        gone = await scraper.send("DELETE", f"{SPIDER}/secrets/token", scraper.people.member)
        assert gone.status_code == 204
        assert (await scraper.crawl("essor-api")).code == "secret-missing"
        again = await scraper.send("DELETE", f"{SPIDER}/secrets/token", scraper.people.member)
        assert again.status_code == 404


async def test_a_secret_stays_with_the_origin_it_was_put_for(tmp_path: Path, site: SampleSite) -> None:
    async with sample_site() as other, running_scraper(tmp_path, site, other, secrets_key=KEY) as scraper:
        await scraper.save(asking(site))
        await put(scraper)
        elsewhere = asking(other)
        await scraper.change(elsewhere)
        run = await scraper.crawl("essor-api")
        assert run.code == "secret-missing"
        assert site.url in (run.error or "")
        drafted = await scraper.send("POST", "/v1/spiders/preview", scraper.people.member, json=elsewhere)
        assert [warning["code"] for warning in drafted.json()["warnings"]] == ["secret-missing"]
        assert other.targets() == []
        await put(scraper)
        assert (await scraper.crawl("essor-api")).state is RunState.DONE


async def test_who_may_not_change_a_spider_tries_its_secrets_on_nothing_new(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site, secrets_key=KEY) as scraper:
        spider = asking(site)
        await scraper.save(spider)
        await put(scraper)
        for who, items in (("viewer", 0), ("steward", 0), ("member", 2)):
            token = getattr(scraper.people, who)
            preview = await scraper.send("POST", "/v1/spiders/preview", token, json=spider)
            assert (preview.status_code, preview.json()["items"]) == (200, items), who
            saved = await scraper.send("POST", f"{SPIDER}/preview", token)
            assert saved.json()["items"] == 2
        theirs = spider | {"partner": "tilleul"}
        await scraper.send("POST", "/v1/partners", scraper.people.admin, json={"id": "tilleul", "name": "T"})
        preview = await scraper.send("POST", "/v1/spiders/preview", scraper.people.stranger, json=theirs)
        assert [warning["code"] for warning in preview.json()["warnings"]] == ["secret-missing"]


async def test_secrets_are_listed_by_name_and_die_with_their_spider(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site, secrets_key=KEY) as scraper:
        await scraper.save(asking(site))
        first = await put(scraper)
        second = await put(scraper, "another secret", who=scraper.people.admin)
        listed = (await scraper.send("GET", f"{SPIDER}/secrets", scraper.people.viewer)).json()
        assert listed == {"items": [second], "next": None}
        assert (first["put_by"], second["put_by"], second["origin"]) == ("mia", "ada", site.url)
        assert sorted(second) == ["name", "origin", "put_at", "put_by"]
        assert (await scraper.send("DELETE", SPIDER, scraper.people.member)).status_code == 204
        again = await scraper.send("POST", "/v1/spiders", scraper.people.member, json=asking(site))
        while again.status_code == 409:
            await asyncio.sleep(0.02)
            again = await scraper.send("POST", "/v1/spiders", scraper.people.member, json=asking(site))
        assert (await scraper.send("GET", f"{SPIDER}/secrets", scraper.people.member)).json()["items"] == []


async def test_what_cannot_be_kept_is_refused_with_a_sentence(tmp_path: Path, site: SampleSite) -> None:
    people = People()
    async with running_scraper(tmp_path, site, people=people) as scraper:
        await scraper.save(asking(site))
        assert "MOISSON_SCRAPER_SECRETS_KEY" in (await put(scraper, status=409))["detail"]
    async with running_scraper(tmp_path, site, people=people, secrets_key=KEY) as scraper:
        for value in ("kurz123", "with\nline end", "accentué!", " left and right ", "=" * 201):
            refused = await put(scraper, value, status=422)
            assert [fault["pointer"] for fault in refused["faults"]] == ["/value"]
        await put(scraper)
    async with running_scraper(tmp_path, site, people=people, secrets_key="another key") as scraper:
        run = await scraper.crawl("essor-api")
        assert run.code == "secret-missing"
        assert "another secret than this one" in (run.error or "")


async def test_redirects_to_another_origin_carry_no_header_and_no_body(site: SampleSite) -> None:
    async with sample_site() as other:
        policy = OutboundPolicy(allow=(site.address, other.address))
        async with outbound_client(policy) as client:
            tools = tools_over(client)
            pages = PageFetcher(tools, Politeness(delay=0, retries=0), RunBudget(Limits(), tools.hosts.clock() + 60))
            filling = SecretFilling(pages, site.url, {"key": SECRET}, {})
            site.pages |= {"/own": moved("/there"), "/there": json_answer([]), "/away": moved(f"{other.url}/there")}
            site.pages["/kept"] = moved(f"{other.url}/there", "307 Temporary Redirect")
            other.pages["/there"] = json_answer([])
            headers = (("x-key", "{secret:key}"), ("authorization", "Bearer {secret:key}"))
            await filling.fetch(PageRequest(f"{site.url}/own", headers=headers))
            assert all(SECRET in asked.headers for asked in site.asked if asked.path in {"/own", "/there"})
            await filling.fetch(PageRequest(f"{site.url}/away", headers=headers))
            await filling.fetch(PageRequest(f"{site.url}/away", method="POST", body=b'"{secret:key}"', headers=headers))
            lost = PageRequest(f"{site.url}/kept", method="POST", body=b'"{secret:key}"', headers=headers)
            with pytest.raises(Exception, match="not sent there"):
                await filling.fetch(lost)
        told = [asked.headers for asked in other.asked if asked.path == "/there"]
        assert len(told) == 2
        assert not any(SECRET in one or "x-key" in one or "authorization" in one for one in told)
        assert all(one.startswith("GET ") for one in told)
