"""The demo's partners from their addresses alone: what is suggested for each finds all its projects."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from moisson_shared.contracts.spider_suggestion import SpiderSuggestion
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS
from moisson_standalone.demo.sample_sites import serving_sample_sites
from tests.scraper.running_scraper import Scraper, polite, running_scraper
from tests.scraper.sample_site import SampleSite

ADDRESSES = {
    "tilleul": ("/projets", "html"),
    "archipel": ("/api/initiatives", "json"),
    "moulin": ("/", "file"),
}


@pytest.fixture
async def sites() -> AsyncIterator[dict[str, str]]:
    async with serving_sample_sites([0] * len(SAMPLE_PARTNERS)) as sites:
        yield sites


async def test_what_is_suggested_for_the_demo_finds_all_projects(tmp_path: Path, sites: dict[str, str]) -> None:
    allowed = [SampleSite(port=int(address.rpartition(":")[2])) for address in sites.values()]
    async with running_scraper(tmp_path, *allowed) as scraper:
        for partner in SAMPLE_PARTNERS:
            path, kind = ADDRESSES[partner.id]
            told = await _suggestion(scraper, partner.id, sites[partner.id] + path)
            assert told.draft is not None, told.notes
            assert told.source_kind == kind
            draft: dict[str, Any] = told.draft.model_dump(mode="json")
            await scraper.save(draft)
            run = await scraper.crawl(draft["id"])
            assert run.counters.items > 20
            records = await scraper.records(draft["id"])
            said = {text for record in records for text in record.values.values() if isinstance(text, str)}
            assert partner.titles() <= said, partner.id


async def _suggestion(scraper: Scraper, partner: str, address: str) -> SpiderSuggestion:
    asked = {"address": address, "partner": partner, "politeness": polite()}
    told = await scraper.send("POST", "/v1/spiders/suggest", scraper.people.admin, json=asked)
    assert told.status_code == 200, told.text
    return SpiderSuggestion.model_validate_json(told.content)
