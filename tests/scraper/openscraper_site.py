"""Two partners with raw records for OpenScraper's data API: one open, with fields of all levels, one for partners."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.ports.documents import DocumentStore
from tests.scraper.running_scraper import Scraper, json_spider, running_scraper
from tests.scraper.sample_site import SampleSite, json_answer, sample_site

PROJECTS: list[dict[str, Any]] = [
    {"id": 1, "titre": "Vélos pour tous", "mots": ["mobilité", "vélo"], "ville": "Nîmes", "prix": 12, "note": "=1+1"},
    {
        "id": 2,
        "titre": "L'épicerie du vélo",
        "mots": ["commerce"],
        "ville": "Alès",
        "secret": "Nîmes",
        "mail": "a@b.fr",
    },
    {
        "id": 3,
        "titre": 'Jardin, "le grand"',
        "mots": ["jardin", "mobilité", "jardin"],
        "lien": "https://j.example/",
        "_id": "x",
    },
    {"id": 4, "titre": "Atelier", "image": "https://j.example/a.png", "le": "2024-05-01", "note": ["- a", "b\nc"]},
]
CLOSED: list[dict[str, Any]] = [{"id": 9, "titre": "Vélos cachés", "mots": ["vélo", "caché"]}]
MODEL = [
    {"field_name": "secret", "field_type": "text", "field_open": "private", "field_class": "custom"},
    {"field_name": "mail", "field_type": "email", "field_open": "commons", "field_class": "custom"},
    {"field_name": "ville", "field_type": "adress", "field_open": "opendata", "field_class": "custom"},
    {"field_name": "prix", "field_type": "price", "field_open": "opendata", "field_class": "custom"},
]
OPEN, HIDDEN = "essor-api", "tilleul-api"
ROOT = "/compat/openscraper"


@dataclass
class Reader:
    scraper: Scraper
    store: DocumentStore

    async def ask(self, path: str, query: str = "", who: dict[str, str] | None = None) -> httpx.Response:
        return await self.scraper.send("GET", f"{ROOT}{path}?{query}", who or {})

    async def found(self, query: str, who: dict[str, str] | None = None) -> list[dict[str, Any]]:
        answer = await self.ask("/api/data", query, who)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["query_results"]
        return results


@asynccontextmanager
async def filled_reader(folder: Path) -> AsyncIterator[Reader]:
    """A scraper with all of this, and its store."""
    store = open_documents(f"sqlite://{folder}/scraper.sqlite")
    async with sample_site() as site, running_scraper(folder, site, documents=store) as scraper:
        await fill(scraper, site)
        yield Reader(scraper, store)


async def fill(scraper: Scraper, site: SampleSite) -> None:
    """Partners, data model, spiders, and one run of each."""
    admin = scraper.people.admin
    site.pages |= {"/open": json_answer(PROJECTS), "/closed": json_answer(CLOSED)}
    await scraper.save(json_spider(f"{site.url}/open"))
    closed = {"id": "tilleul", "name": "Tilleul", "default_level": "collective"}
    assert (await scraper.send("POST", "/v1/partners", admin, json=closed)).status_code == 201
    await scraper.save({**json_spider(f"{site.url}/closed"), "id": HIDDEN, "partner": "tilleul", "name": "Fermé"})
    imported = {"datamodel": MODEL, "spiders": []}
    path = "/v1/partners/essor/imports/openscraper?save=true"
    assert (await scraper.send("POST", path, admin, json=imported)).status_code == 200
    for spider in (OPEN, HIDDEN):
        assert (await scraper.crawl(spider)).counters.records_new


PAGE = Path(__file__).parents[2] / "docs" / "openscraper.md"
