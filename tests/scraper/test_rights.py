"""Who may do what, on every verb: a table over HTTP."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.scraper.running_scraper import PARTNER, People, Scraper, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory

CLOSED = "ferme"
"""A partner of the same members whose level is `collective`."""
SPIDER = "/v1/spiders/essor-projets"
WHO = ("nobody", "reader", "stranger", "member", "steward", "admin", "normalizer")


def headers(people: People, who: str) -> dict[str, str]:
    if who == "member":
        return people.token(sub="mia", roles=["partner"], partners=[PARTNER, CLOSED])
    found: dict[str, str] = {} if who == "nobody" else getattr(people, who)
    return found


# One row per call: the status for each of WHO.
MATRIX: list[tuple[str, str, str | None, tuple[int, ...]]] = [
    ("GET", "/v1/partners", None, (401, 403, 200, 200, 200, 200, 200)),
    ("GET", f"/v1/partners/{PARTNER}", None, (401, 403, 404, 200, 200, 200, 200)),
    ("GET", "/v1/partners/absent", None, (401, 403, 404, 404, 404, 404, 404)),
    ("POST", "/v1/partners", "new partner", (401, 403, 403, 403, 403, 201, 403)),
    ("PUT", f"/v1/partners/{PARTNER}", "partner", (401, 403, 404, 200, 200, 200, 403)),
    ("PUT", f"/v1/partners/{PARTNER}", "stricter partner", (401, 403, 404, 200, 200, 200, 403)),
    ("PUT", f"/v1/partners/{CLOSED}", "looser partner", (401, 403, 404, 403, 200, 200, 403)),
    ("PUT", f"/v1/partners/{CLOSED}", "closed partner", (401, 403, 404, 200, 200, 200, 403)),
    ("DELETE", f"/v1/partners/{PARTNER}", None, (401, 403, 403, 403, 403, 409, 403)),
    ("GET", "/v1/spiders", None, (401, 403, 200, 200, 200, 200, 403)),
    ("GET", SPIDER, None, (401, 403, 404, 200, 200, 200, 403)),
    ("GET", "/v1/spiders/absent", None, (401, 403, 404, 404, 404, 404, 403)),
    ("POST", "/v1/spiders", "new spider", (401, 403, 403, 201, 403, 201, 403)),
    ("PUT", SPIDER, "spider", (401, 403, 404, 200, 403, 200, 403)),
    ("GET", f"{SPIDER}/schedule", None, (401, 403, 404, 200, 200, 200, 403)),
    ("GET", f"{SPIDER}/versions", None, (401, 403, 404, 200, 200, 200, 403)),
    ("GET", f"{SPIDER}/versions/1", None, (401, 403, 404, 200, 200, 200, 403)),
    ("POST", "/v1/spiders/preview", "spider", (401, 403, 403, 200, 200, 200, 403)),
    ("POST", f"{SPIDER}/preview", None, (401, 403, 404, 200, 200, 200, 403)),
    ("POST", f"{SPIDER}/runs", None, (401, 403, 404, 202, 403, 202, 403)),
    ("GET", f"{SPIDER}/runs", None, (401, 403, 404, 200, 200, 200, 403)),
    ("GET", "/v1/runs/RUN", None, (401, 403, 404, 200, 200, 200, 403)),
    ("GET", "/v1/runs/absent", None, (401, 403, 404, 404, 404, 404, 403)),
    ("POST", "/v1/runs/RUN/cancel", None, (401, 403, 404, 202, 403, 202, 403)),
    ("GET", "/v1/runs/RUN/events", None, (401, 403, 404, 200, 200, 200, 403)),
    ("GET", f"{SPIDER}/raw-records", None, (401, 403, 404, 200, 200, 200, 200)),
    ("GET", "/v1/spiders/absent/raw-records", None, (401, 403, 404, 404, 404, 404, 404)),
    ("GET", f"{SPIDER}/raw-records/history?key=KEY", None, (401, 403, 404, 200, 200, 200, 200)),
    ("DELETE", SPIDER, None, (401, 403, 404, 204, 403, 204, 403)),
]


def body_of(name: str | None, site: SampleSite) -> dict[str, Any] | None:
    return {
        None: None,
        "partner": {"id": PARTNER, "name": "Essor"},
        "stricter partner": {"id": PARTNER, "name": "Essor", "default_level": "private"},
        "looser partner": {"id": CLOSED, "name": "Fermé", "default_level": "commons"},
        "closed partner": {"id": CLOSED, "name": "Fermé bis", "default_level": "collective"},
        "new partner": {"id": "nouveau", "name": "Nouveau"},
        "spider": html_spider(site),
        "new spider": html_spider(site, id="essor-autre"),
    }[name]


@pytest.mark.parametrize(("method", "path", "body", "expected"), MATRIX, ids=[f"{row[0]} {row[1]}" for row in MATRIX])
async def test_every_verb_checks_who_asks(
    tmp_path: Path, site: SampleSite, method: str, path: str, body: str | None, expected: tuple[int, ...]
) -> None:
    site.pages |= directory(2)
    changing = method != "GET" and not path.endswith(("preview", "runs", "cancel"))
    async with running_scraper(tmp_path, site) as scraper:
        address = await prepared(scraper, site, path)
        for who, status in zip(WHO, expected, strict=True):
            answer = await eventually(
                scraper,
                method,
                address,
                headers(scraper.people, who),
                json=body_of(body, site),
                headers={"If-Match": "*"},
            )
            assert answer.status_code == status, (who, answer.text)
            if status >= 400:
                assert answer.json()["status"] == status
                assert answer.headers["content-type"] == "application/problem+json"
            if status == 202 and path.endswith("runs"):
                await scraper.ended(answer.json()["id"])
            if changing and status < 300:
                await undo(scraper, site)


async def eventually(scraper: Scraper, method: str, address: str, *given: Any, **named: Any) -> httpx.Response:
    """A spider that has just been deleted may be made again in a moment."""
    answer = await scraper.send(method, address, *given, **named)
    while answer.status_code == 409 and "just been deleted" in answer.text:
        await asyncio.sleep(0.02)
        answer = await scraper.send(method, address, *given, **named)
    return answer


async def undo(scraper: Scraper, site: SampleSite) -> None:
    """What a successful change did would make the next caller's another case."""
    admin = scraper.people.admin
    await scraper.send("DELETE", "/v1/partners/nouveau", admin)
    await scraper.send("DELETE", "/v1/spiders/essor-autre", admin)
    await eventually(scraper, "POST", "/v1/spiders", admin, json=html_spider(site))
    card = body_of("closed partner", site)
    await scraper.send("PUT", f"/v1/partners/{CLOSED}", admin, json=card, headers={"If-Match": "*"})


async def prepared(scraper: Scraper, site: SampleSite, path: str) -> str:
    known = await scraper.send("GET", SPIDER, scraper.people.admin)
    if known.status_code == 404:
        await scraper.save(html_spider(site))
        card = body_of("closed partner", site)
        assert (await scraper.send("POST", "/v1/partners", scraper.people.admin, json=card)).status_code == 201
    run = await scraper.crawl("essor-projets")
    return path.replace("RUN", run.id).replace("KEY", f"{site.url}/projets/1")


async def test_lists_show_what_is_ones_own(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.save(html_spider(site, id="tilleul-projets", partner="tilleul"))
        people = scraper.people
        for who, partners, spiders in (
            (people.admin, ["essor", "tilleul"], ["essor-projets", "tilleul-projets"]),
            (people.steward, ["essor", "tilleul"], ["essor-projets", "tilleul-projets"]),
            (people.member, ["essor"], ["essor-projets"]),
            (people.stranger, ["tilleul"], ["tilleul-projets"]),
        ):
            listed = (await scraper.send("GET", "/v1/partners", who)).json()["items"]
            assert [partner["id"] for partner in listed] == partners
            listed = (await scraper.send("GET", "/v1/spiders", who)).json()["items"]
            assert [spider["id"] for spider in listed] == spiders
        others = await scraper.send("GET", "/v1/spiders?partner=tilleul", people.member)
        assert others.json() == {"items": [], "next": None}
        own = await scraper.send("GET", "/v1/spiders?partner=essor&limit=1", people.admin)
        assert [spider["id"] for spider in own.json()["items"]] == ["essor-projets"]


@pytest.mark.parametrize(
    "claims", [{"exp": 1}, {"aud": "api"}, {"aud": ["normalizer"]}, {"iss": "http://other.test"}, {"sub": "anonymous"}]
)
async def test_a_token_that_does_not_hold_is_401_everywhere(tmp_path: Path, claims: dict[str, object]) -> None:
    async with running_scraper(tmp_path) as scraper:
        for path in ("/v1/partners", "/v1/spiders", "/v1/runs/x"):
            answer = await scraper.send("GET", path, scraper.people.token(roles=["admin"], **claims))
            assert answer.status_code == 401
        forged = People().admin
        assert (await scraper.send("GET", "/v1/partners", forged)).status_code == 401


async def test_without_any_key_the_answer_is_503(tmp_path: Path) -> None:
    async with running_scraper(tmp_path, jwks_url="http://127.0.0.1:1/jwks") as scraper:
        answer = await scraper.send("GET", "/v1/partners", scraper.people.admin)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert (await scraper.client.get("/healthz")).status_code == 200
        ready = await scraper.client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "degraded", "degraded": ["keys"]})
