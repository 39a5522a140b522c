"""A page whose items only a browser shows: the suggestion opens it in one, and its draft does so in each run."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from moisson_shared.contracts.sources import HtmlSource
from moisson_shared.contracts.spider_suggestion import SpiderSuggestion
from tests.scraper.running_scraper import PARTNER, Scraper, polite, running_scraper, shown
from tests.scraper.sample_site import SampleSite, html, sample_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
TOWNS = ("Arles", "Brest", "Corte", "Digne", "Évian", "Foix", "Gap", "Laon")
TEXT = "Un jardin partagé où les voisins plantent, récoltent et cuisinent ensemble toute l’année"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[SampleSite]:
    async with sample_site() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scraper(tmp_path_factory: pytest.TempPathFactory, site: SampleSite) -> AsyncIterator[Scraper]:
    folder: Path = tmp_path_factory.mktemp("rendered")
    async with running_scraper(folder, site, rendering="on", chromium_sandbox=os.geteuid() != 0) as scraper:
        yield scraper


async def suggested(scraper: Scraper, site: SampleSite, path: str) -> SpiderSuggestion:
    asked = {"address": f"{site.url}{path}", "partner": PARTNER, "politeness": polite()}
    told = await scraper.send("POST", "/v1/spiders/suggest", scraper.people.member, json=asked)
    assert told.status_code == 200, told.text
    return SpiderSuggestion.model_validate_json(told.content)


def made_by_script(items: list[dict[str, Any]]) -> bytes:
    card = (
        "<article class=projet><h2><a href='/p/${i.n}'>Projet ${i.n}</a></h2><p class=ville>${i.ville}</p>"
        f"<p class=texte>{TEXT} à ${{i.ville}}</p></article>"
    )
    return html(
        "<main id=app></main><script>setTimeout(() => { document.getElementById('app').innerHTML ="
        f" {json.dumps(items)}.map(i => `{card}`).join('') }}, 200)</script>"
    )


async def test_the_browser_is_tried_and_said(scraper: Scraper, site: SampleSite) -> None:
    site.pages["/carte"] = made_by_script([{"n": n, "ville": town} for n, town in enumerate(TOWNS, 1)])
    for n, town in enumerate(TOWNS, 1):
        site.pages[f"/p/{n}"] = html(f"<main><h1>Projet {n}</h1><p class=lead>{TEXT} à {town}, depuis vingt ans</p>")
    told = await suggested(scraper, site, "/carte")
    assert told.draft is not None, told.notes
    source = told.draft.source
    assert isinstance(source, HtmlSource)
    assert source.rendering is not None
    assert source.rendering.wait_for == source.item
    assert any("each run will open it in a browser" in note for note in told.notes)
    assert not any("give the address" in note for note in told.notes)
    assert told.preview is not None
    assert told.preview.items == len(TOWNS)
    await scraper.save(told.draft.model_dump(mode="json"))
    run = await scraper.crawl(told.draft.id)
    assert run.counters.records_new == len(TOWNS), shown(run)


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("<main><h1>Bienvenue</h1><p>Rien à énumérer.</p></main>", "A browser shows no list of things there either."),
        ("<script>location = 'http://192.0.2.1/'</script>", "It was opened in a browser too:"),
    ],
)
async def test_where_the_browser_shows_nothing_that_is_said_too(
    scraper: Scraper, site: SampleSite, body: str, note: str
) -> None:
    site.pages["/rien"] = html(body)
    told = await suggested(scraper, site, "/rien")
    assert told.draft is None
    assert any(one.startswith(note) for one in told.notes), told.notes
