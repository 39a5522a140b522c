"""Who may do what, on every verb: a table over HTTP."""

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import BaseRoute, Match, Route

from tests.scraper.running_scraper import PARTNER, People, Scraper, html_spider, polite, running_scraper
from tests.scraper.sample_site import SampleSite, directory

CLOSED = "ferme"
"""A partner of the same members whose level is `collective`."""
SPIDER = "/v1/spiders/essor-projets"
WHO = ("nobody", "reader", "stranger", "viewer", "member", "steward", "admin", "normalizer")


def headers(people: People, who: str) -> dict[str, str]:
    if who == "viewer":
        roles = {PARTNER: "viewer", CLOSED: "viewer"}
        return people.token(sub="vic", roles=["partner"], partners=[PARTNER, CLOSED], partner_roles=roles)
    if who == "member":
        return people.token(sub="mia", roles=["partner"], partners=[PARTNER, CLOSED])
    found: dict[str, str] = {} if who == "nobody" else getattr(people, who)
    return found


# One row per call: the status for each of WHO.
MATRIX: list[tuple[str, str, str | None, tuple[int, ...]]] = [
    ("GET", "/v1/partners", None, (401, 403, 200, 200, 200, 200, 200, 200)),
    ("GET", f"/v1/partners/{PARTNER}", None, (401, 403, 404, 200, 200, 200, 200, 200)),
    ("GET", "/v1/partners/absent", None, (401, 403, 404, 404, 404, 404, 404, 404)),
    ("POST", "/v1/partners", "new partner", (401, 403, 403, 403, 403, 403, 201, 403)),
    ("PUT", f"/v1/partners/{PARTNER}", "partner", (401, 403, 404, 403, 200, 200, 200, 403)),
    ("PUT", f"/v1/partners/{PARTNER}", "stricter partner", (401, 403, 404, 403, 200, 200, 200, 403)),
    ("PUT", f"/v1/partners/{CLOSED}", "looser partner", (401, 403, 404, 403, 403, 200, 200, 403)),
    ("PUT", f"/v1/partners/{CLOSED}", "closed partner", (401, 403, 404, 403, 200, 200, 200, 403)),
    ("DELETE", f"/v1/partners/{PARTNER}", None, (401, 403, 403, 403, 403, 403, 409, 403)),
    ("GET", "/v1/spiders", None, (401, 403, 200, 200, 200, 200, 200, 403)),
    ("GET", SPIDER, None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", "/v1/spiders/absent", None, (401, 403, 404, 404, 404, 404, 404, 403)),
    ("POST", "/v1/spiders", "new spider", (401, 403, 403, 403, 201, 403, 201, 403)),
    ("PUT", SPIDER, "spider", (401, 403, 404, 403, 200, 403, 200, 403)),
    ("GET", f"{SPIDER}/schedule", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", f"{SPIDER}/versions", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", f"{SPIDER}/versions/1", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("POST", "/v1/spiders/preview", "spider", (401, 403, 403, 200, 200, 200, 200, 403)),
    ("POST", "/v1/spiders/suggest", "address", (401, 403, 403, 200, 200, 200, 200, 403)),
    ("POST", f"{SPIDER}/preview", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("POST", f"{SPIDER}/runs", None, (401, 403, 404, 403, 202, 403, 202, 403)),
    ("GET", f"{SPIDER}/runs", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", "/v1/runs/RUN", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", "/v1/runs/absent", None, (401, 403, 404, 404, 404, 404, 404, 403)),
    ("POST", "/v1/runs/RUN/cancel", None, (401, 403, 404, 403, 202, 403, 202, 403)),
    ("GET", "/v1/runs/RUN/events", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", f"{SPIDER}/raw-records", None, (401, 403, 404, 200, 200, 200, 200, 200)),
    ("GET", "/v1/spiders/absent/raw-records", None, (401, 403, 404, 404, 404, 404, 404, 404)),
    ("GET", f"{SPIDER}/raw-records/history?key=KEY", None, (401, 403, 404, 200, 200, 200, 200, 200)),
    ("GET", "/v1/spiders/export", None, (401, 403, 200, 200, 200, 200, 200, 403)),
    ("GET", f"{SPIDER}/export", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("POST", "/v1/spiders/import", "new spider", (401, 200, 200, 200, 200, 200, 200, 200)),
    ("POST", f"/v1/partners/{PARTNER}/imports/openscraper", "export", (401, 403, 404, 403, 200, 403, 200, 403)),
    ("POST", "/v1/runs/RUN/pause", None, (401, 403, 404, 403, 202, 403, 202, 403)),
    ("POST", "/v1/runs/RUN/resume", None, (401, 403, 404, 403, 409, 403, 409, 403)),
    ("POST", "/v1/runs/RUN/accept", None, (401, 403, 404, 403, 409, 403, 409, 403)),
    ("GET", "/v1/runs/RUN/report", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", "/v1/runs/RUN/items", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", "/v1/runs/RUN/log", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", "/v1/runs/RUN/errors", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", "/v1/runs/RUN/errors/none/page", None, (401, 403, 404, 404, 404, 404, 404, 403)),
    ("GET", f"{SPIDER}/raw-records/archive?key=KEY", None, (401, 403, 404, 404, 404, 404, 404, 403)),
    ("GET", f"{SPIDER}/raw-records/archive/page?key=KEY", None, (401, 403, 404, 404, 404, 404, 404, 403)),
    ("GET", f"{SPIDER}/fixtures", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("POST", f"{SPIDER}/fixtures", "approval", (401, 403, 404, 403, 422, 403, 422, 403)),
    ("GET", f"{SPIDER}/fixtures/absent", None, (401, 403, 404, 404, 404, 404, 404, 403)),
    ("DELETE", f"{SPIDER}/fixtures/absent", None, (401, 403, 404, 403, 404, 403, 404, 403)),
    ("GET", f"{SPIDER}/pages/absent", None, (401, 403, 404, 404, 404, 404, 404, 403)),
    ("POST", f"{SPIDER}/check", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", "/v1/runs/RUN/repair", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("GET", f"{SPIDER}/upload", None, (401, 403, 404, 404, 404, 404, 404, 403)),
    ("PUT", f"{SPIDER}/upload", None, (401, 403, 404, 403, 422, 403, 422, 403)),
    ("GET", f"{SPIDER}/secrets", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("PUT", f"{SPIDER}/secrets/key", "secret", (401, 403, 404, 403, 409, 403, 409, 403)),
    ("DELETE", f"{SPIDER}/secrets/key", None, (401, 403, 404, 403, 404, 403, 404, 403)),
    ("GET", f"/v1/partners/{PARTNER}/quota", None, (401, 403, 404, 200, 200, 200, 200, 403)),
    ("PUT", f"/v1/partners/{PARTNER}/quota", "quota", (401, 403, 404, 403, 403, 403, 200, 403)),
    ("GET", "/v1/audit", None, (401, 403, 200, 200, 200, 200, 200, 403)),
    ("DELETE", f"{SPIDER}/raw-records", None, (401, 403, 404, 403, 204, 403, 204, 403)),
    ("DELETE", SPIDER, None, (401, 403, 404, 403, 204, 403, 204, 403)),
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
        "export": {"spiders": []},
        "address": {"address": f"{site.url}/projets", "partner": PARTNER, "politeness": polite()},
        "secret": {"value": "a secret of ours"},
        "quota": {"pages_per_day": 1000},
        "approval": {"preview": "absent"},
    }[name]


OPEN = frozenset(
    {
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/problems/{name}",
        "/v1/schemas/spider.json",
        "/compat/openscraper/api/data",
        "/compat/openscraper/api/infos",
        "/compat/openscraper/api/stats",
        "/compat/openscraper/dataset/view",
    }
)
"""Routes that anybody may call; what the last four show depends on the level of who asks (test_openscraper_api)."""


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_every_verb_checks_who_asks(tmp_path: Path, site: SampleSite, method: str) -> None:
    site.pages |= directory(2)
    async with running_scraper(tmp_path, site) as scraper:
        names = await prepared(scraper, site)
        for row_method, path, body, expected in MATRIX:
            if row_method != method:
                continue
            for who, status in zip(WHO, expected, strict=True):
                answer = await asked(scraper, site, method, named(path, names), who, body)
                assert answer.status_code == status, (method, path, who, answer.text)
                if status >= 400:
                    assert answer.json()["status"] == status
                    assert answer.headers["content-type"] == "application/problem+json"
                if path.endswith("import"):
                    assert answer.json().get("refused", 1) == (who not in {"member", "admin"}), who
                if status == 202 and path.endswith("runs"):
                    await scraper.ended(answer.json()["id"])
                if changes(method, path) and status < 300:
                    await undo(scraper, site)


async def test_every_route_is_in_the_matrix_or_open_to_all(tmp_path: Path) -> None:
    async with running_scraper(tmp_path) as scraper:
        routes = list(walked(scraper.app.routes))
        stated = {(method, route_of(routes, method, path)) for method, path, _, _ in MATRIX}
        served = {
            (method, route.path)
            for route in routes
            for method in (route.methods or set()) - {"HEAD"}
            if route.path not in OPEN
        }
        assert sorted(served - stated) == [], "say in MATRIX who may call these"
        assert sorted(OPEN - {route.path for route in routes}) == []
        for path in sorted(OPEN - {"/problems/{name}"}):
            answer = await scraper.client.get(path, params={"export_as_csv": "true"} if path.endswith("view") else {})
            assert answer.status_code == 200, path


def walked(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    """Every route, those of routers within too, whether it is in the OpenAPI document or not."""
    for route in routes:
        if isinstance(route, Route):
            yield route
        else:
            yield from walked(route.original_router.routes)  # type: ignore[attr-defined]  # an included router


def route_of(routes: list[Route], method: str, path: str) -> str:
    """The template that serves a call."""
    scope = {"type": "http", "method": method, "path": path.partition("?")[0], "root_path": "", "headers": []}
    return next(route.path for route in routes if route.matches(scope)[0] is Match.FULL)


def changes(method: str, path: str) -> bool:
    """Whether a call leaves something behind that is in the next caller's way."""
    return method != "GET" and not path.endswith(("preview", "suggest", "runs", "cancel", "pause", "openscraper"))


async def asked(
    scraper: Scraper, site: SampleSite, method: str, path: str, who: str, body: str | None
) -> httpx.Response:
    given = headers(scraper.people, who)
    return await eventually(scraper, method, path, given, json=body_of(body, site), headers={"If-Match": "*"})


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


async def prepared(scraper: Scraper, site: SampleSite) -> dict[str, str]:
    """What stands in the paths of the matrix."""
    await scraper.save(html_spider(site))
    card = body_of("closed partner", site)
    assert (await scraper.send("POST", "/v1/partners", scraper.people.admin, json=card)).status_code == 201
    run = await scraper.crawl("essor-projets")
    return {"RUN": run.id, "KEY": f"{site.url}/projets/1"}


def named(path: str, names: dict[str, str]) -> str:
    for name, stands_for in names.items():
        path = path.replace(name, stands_for)
    return path


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
