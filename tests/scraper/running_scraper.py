"""A scraper as its callers meet it: real SQLite, HTTP through the app, tokens of an issuer that a sample site plays."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from moisson_scraper.app import create_app
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.open_backends import open_documents, open_host_budget, open_queue
from moisson_shared.contracts.raw_record import FeedEnd, RawRecord
from moisson_shared.contracts.run import CrawlRun, RunState
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.work_queue import WorkQueue
from moisson_shared.web.app import ServiceApp
from tests.scraper.sample_site import SampleSite, json_answer, sample_site
from tests.shared.web.tokens import ISSUER, a_token, jwks

PARTNER = "essor"
OTHER = "tilleul"


class People:
    """Tokens for everybody who may call."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()

    def token(self, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {a_token(self.key, **claims)}"}

    @property
    def admin(self) -> dict[str, str]:
        return self.token(sub="ada", roles=["admin"], partners=[])

    @property
    def steward(self) -> dict[str, str]:
        return self.token(sub="sam", roles=["steward"], partners=[])

    @property
    def member(self) -> dict[str, str]:
        return self.token(sub="mia", roles=["partner"], partners=[PARTNER])

    @property
    def viewer(self) -> dict[str, str]:
        return self.token(sub="vic", roles=["partner"], partners=[PARTNER], partner_roles={PARTNER: "viewer"})

    @property
    def stranger(self) -> dict[str, str]:
        return self.token(sub="tom", roles=["partner"], partners=[OTHER])

    @property
    def reader(self) -> dict[str, str]:
        return self.token(sub="uma", roles=["user"], partners=[])

    @property
    def normalizer(self) -> dict[str, str]:
        scope = "raw-records:read partners:read"
        return self.token(sub="normalizer", roles=[], partners=[], aud="scraper", scope=scope)


@asynccontextmanager
async def issuer_site(people: People) -> AsyncIterator[SampleSite]:
    """The issuer's keys, its token endpoint, and a normalizer that takes notices."""
    async with sample_site() as site:
        site.pages["/jwks"] = json_answer(jwks(k1=people.key))
        site.pages["/v1/token"] = json_answer({"access_token": "t", "token_type": "Bearer", "expires_in": 600})
        site.pages["/v1/notices"] = json_answer({})
        yield site


@dataclass
class Scraper:
    """A running scraper and what goes with it."""

    app: ServiceApp
    client: httpx.AsyncClient
    people: People
    neighbours: SampleSite

    async def send(self, method: str, path: str, who: dict[str, str], **given: Any) -> httpx.Response:
        headers = {**who, **given.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **given)

    async def save(self, spider: dict[str, Any], who: dict[str, str] | None = None) -> dict[str, Any]:
        """Creates the spider, with its partner where there is none."""
        partner = {"id": spider["partner"], "name": "Réseau Essor"}
        await self.send("POST", "/v1/partners", self.people.admin, json=partner)
        answer = await self.send("POST", "/v1/spiders", who or self.people.admin, json=spider)
        assert answer.status_code == 201, answer.text
        saved: dict[str, Any] = answer.json()
        return saved

    async def change(self, spider: dict[str, Any]) -> None:
        """Replaces the spider, whatever its version is."""
        path = f"/v1/spiders/{spider['id']}"
        answer = await self.send("PUT", path, self.people.admin, json=spider, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text

    async def start(self, spider: str) -> CrawlRun:
        answer = await self.send("POST", f"/v1/spiders/{spider}/runs", self.people.admin)
        assert answer.status_code == 202, answer.text
        return CrawlRun.model_validate_json(answer.content)

    async def read_run(self, run_id: str) -> CrawlRun:
        answer = await self.send("GET", f"/v1/runs/{run_id}", self.people.admin)
        assert answer.status_code == 200, answer.text
        return CrawlRun.model_validate_json(answer.content)

    async def fetched(self, run_id: str, pages: int, seconds: float = 10) -> None:
        """Returns once the run says that it has fetched so many pages."""
        async with asyncio.timeout(seconds):
            while True:
                if (await self.read_run(run_id)).counters.pages_fetched >= pages:
                    return
                await asyncio.sleep(0.02)

    async def paused(self, run_id: str, seconds: float = 10) -> CrawlRun:
        """The run once it is paused."""
        async with asyncio.timeout(seconds):
            while True:
                run = await self.read_run(run_id)
                if run.state is RunState.PAUSED:
                    return run
                await asyncio.sleep(0.02)

    async def ended(self, run_id: str, seconds: float = 30) -> CrawlRun:
        """The run once it is final; its counters must add up."""
        async with asyncio.timeout(seconds):
            run = await self.read_run(run_id)
            while not run.state.final:
                await asyncio.sleep(0.02)
                run = await self.read_run(run_id)
        adds_up(run)
        return run

    async def crawl(self, spider: str) -> CrawlRun:
        """A whole run."""
        return await self.ended((await self.start(spider)).id)

    async def feed(self, spider: str, after: str | None = None, limit: int = 5000) -> tuple[list[RawRecord], FeedEnd]:
        parameters: dict[str, Any] = {"limit": limit} | ({"after": after} if after else {})
        answer = await self.send("GET", f"/v1/spiders/{spider}/raw-records", self.people.normalizer, params=parameters)
        assert answer.status_code == 200, answer.text
        lines = answer.text.splitlines()
        return [RawRecord.model_validate_json(line) for line in lines[:-1]], FeedEnd.model_validate_json(lines[-1])

    async def records(self, spider: str) -> list[RawRecord]:
        """What is alive, in the order of the feed."""
        return [record for record in (await self.feed(spider))[0] if not record.deleted]


def adds_up(run: CrawlRun) -> None:
    """The invariants that the contract states."""
    c = run.counters
    assert c.pages_found == (c.pages_done + c.pages_over_limit + c.pages_not_reached), run
    written = c.records_new + c.records_changed + c.records_unchanged
    assert c.items == written + c.records_dropped + c.records_held, run
    for fate, total in (("failed", c.pages_failed), ("off_limits", c.pages_off_limits), ("dropped", c.records_dropped)):
        assert sum(reason.count for reason in run.reasons if reason.fate == fate) == total, (fate, run)


def scraper_settings(folder: Path, neighbours: SampleSite, *sites: SampleSite, **changed: Any) -> ScraperSettings:
    given: dict[str, Any] = {
        "demo": True,
        "documents_url": f"sqlite://{folder}/scraper.sqlite",
        "issuer": ISSUER,
        "jwks_url": f"{neighbours.url}/jwks",
        "outbound_allow": tuple(site.address for site in sites),
        "progress_seconds": 0.05,
        "sweep_seconds": 0.2,
        "lease_seconds": 2.0,
        "retry_backoff": 0.02,
    }
    return ScraperSettings(**(given | changed))


@asynccontextmanager
async def running_scraper(
    folder: Path,
    *sites: SampleSite,
    people: People | None = None,
    documents: DocumentStore | None = None,
    queue: WorkQueue | None = None,
    **changed: Any,
) -> AsyncIterator[Scraper]:
    """A scraper that has started, may fetch from the sites, and stops at the end; over given backends if wanted."""
    people = people or People()
    async with issuer_site(people) as neighbours:
        settings = scraper_settings(folder, neighbours, *sites, **changed)
        store = documents or open_documents(settings.documents_url)
        hosts = open_host_budget(settings.host_budget_url, settings.requests_per_host)
        app = create_app(settings, store, queue or open_queue(settings.queue_url), hosts)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://scraper.test") as client,
        ):
            yield Scraper(app, client, people, neighbours)


def polite(**changed: Any) -> dict[str, Any]:
    """No delay, so that tests do not wait."""
    return {"delay": 0, "timeout": 5, "retries": 2} | changed


def html_spider(site: SampleSite, **changed: Any) -> dict[str, Any]:
    """A spider of `directory()`."""
    spider: dict[str, Any] = {
        "id": "essor-projets",
        "partner": PARTNER,
        "name": "Projets",
        "source": {
            "kind": "html",
            "start_urls": [f"{site.url}/projets"],
            "item": {"expression": "li.card"},
            "fields": {"ville": {"expression": ".town"}},
            "paging": {"kind": "next_link", "selector": {"expression": "a[rel=next]"}},
            "detail": {
                "link": {"expression": "a", "take": "link"},
                "fields": {
                    "titre": {"expression": "h1"},
                    "porteur": {"syntax": "xpath", "expression": "//p[has-class('lead')]/text()"},
                    "mots": {"expression": ".tags li", "many": True},
                    "site": {"expression": "a.site", "take": "link"},
                },
            },
        },
        "identity": {"kind": "url"},
        "politeness": polite(),
    }
    return spider | changed


def file_spider(url: str, **changed: Any) -> dict[str, Any]:
    """A spider of one file."""
    spider: dict[str, Any] = {
        "id": "essor-fichier",
        "partner": PARTNER,
        "name": "Fichier",
        "source": {"kind": "file", "url": url},
        "identity": {"kind": "fields", "fields": ["id"]},
        "politeness": polite(),
    }
    return spider | changed


def json_spider(url: str, **source: Any) -> dict[str, Any]:
    """A spider of a JSON API."""
    return {
        "id": "essor-api",
        "partner": PARTNER,
        "name": "API",
        "source": {"kind": "json", "url": url, **source},
        "identity": {"kind": "fields", "fields": ["id"]},
        "politeness": polite(),
    }


def codes(run: CrawlRun) -> dict[str, int]:
    """How often each reason was counted."""
    return {reason.code: reason.count for reason in run.reasons}


def shown(run: CrawlRun) -> str:
    """For messages of failed assertions."""
    return json.dumps(run.model_dump(mode="json"), indent=1, ensure_ascii=False)
