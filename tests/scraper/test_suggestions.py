"""The law of suggestions: what is proposed for an address, saved and run as it is, brings exactly the site's records."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from moisson_shared.contracts.spider_suggestion import SpiderSuggestion
from tests.scraper.running_scraper import PARTNER, Scraper, polite, running_scraper, shown
from tests.scraper.sample_site import SampleSite, sample_site
from tests.scraper.suggestible_sites import SHAPES, Shape


@pytest.fixture
async def site() -> AsyncIterator[SampleSite]:
    async with sample_site() as site:
        yield site


@pytest.fixture
async def scraper(tmp_path: Path, site: SampleSite) -> AsyncIterator[Scraper]:
    async with running_scraper(tmp_path, site) as scraper:
        yield scraper


async def suggestion(scraper: Scraper, site: SampleSite, path: str, **order: Any) -> SpiderSuggestion:
    """What a member of the partner is told."""
    asked = {"address": f"{site.url}{path}", "partner": PARTNER, "politeness": polite(), **order}
    answer = await scraper.send("POST", "/v1/spiders/suggest", scraper.people.member, json=asked)
    assert answer.status_code == 200, answer.text
    return SpiderSuggestion.model_validate_json(answer.content)


async def run_as_it_is(scraper: Scraper, told: SpiderSuggestion) -> list[dict[str, Any]]:
    """The records of the draft, texts with single blanks."""
    assert told.draft is not None, told.notes
    draft = told.draft.model_dump(mode="json")
    await scraper.save(draft)
    run = await scraper.crawl(draft["id"])
    assert run.state == "done" and run.complete == (told.source_kind != "feed"), shown(run)
    return [{name: tidy(value) for name, value in r.values.items()} for r in await scraper.records(draft["id"])]


def tidy(value: Any) -> Any:
    if isinstance(value, list):
        return [tidy(part) for part in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def at_home(value: Any, site: SampleSite) -> Any:
    """The expected records with the address of this start."""
    return json.loads(json.dumps(value).replace("{site}", site.url))


def served(shape: Shape, site: SampleSite) -> None:
    site.pages |= {path: _with_address(body, site) for path, body in shape.pages.items()}


def _with_address(body: bytes, site: SampleSite) -> bytes:
    if b"{site}" not in body:
        return body
    head, _, content = body.replace(b"{site}", site.url.encode()).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(content)]) + b"\r\n\r\n" + content


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.__name__ for shape in SHAPES])
async def test_a_suggestion_run_as_it_is_brings_the_records_of_the_site(
    scraper: Scraper, site: SampleSite, shape: Callable[[], Shape]
) -> None:
    made = shape()
    served(made, site)
    told = await suggestion(scraper, site, made.start)
    assert told.source_kind == made.kind
    found = await run_as_it_is(scraper, told)
    expected = at_home(made.records, site)
    order = sorted(map(repr, ({k: r[k] for k in sorted(r)} for r in found)))
    assert order == sorted(map(repr, ({k: r[k] for k in sorted(r)} for r in expected)))
