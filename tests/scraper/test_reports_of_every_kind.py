"""The report of a run adds up on every kind of source, from its start addresses to its records."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from moisson_shared.contracts.run_report import ItemFate, PageFate, RunReport
from tests.scraper.running_scraper import PARTNER, Scraper, polite, running_scraper
from tests.scraper.sample_site import SampleSite, sample_site
from tests.scraper.sources_with_losses import Losses, cases, item_pages

KINDS = sorted(cases(SampleSite()))
EXPLAINED = {"failed", "off_limits", "dropped"}
"""Fates whose reasons are counted one for one."""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Losses, RunReport, frozenset[str]]]:
    """Of one run of each kind: what was served, the report, and what the site was asked for."""
    return asyncio.run(run_all(tmp_path_factory.mktemp("scraper")))


async def run_all(folder: Path) -> dict[str, tuple[Losses, RunReport, frozenset[str]]]:
    async with AsyncExitStack() as stack:
        sites = {kind: await stack.enter_async_context(sample_site(item_pages())) for kind in KINDS}
        scraper = await stack.enter_async_context(running_scraper(folder, *sites.values(), runs_at_once=8))
        begun = {kind: await started(scraper, kind, site) for kind, site in sites.items()}
        # They go on side by side; only one is looked at, so that the scraper has time for them.
        return {kind: await reported(scraper, *begun[kind], site) for kind, site in sites.items()}


async def started(scraper: Scraper, kind: str, site: SampleSite) -> tuple[Losses, str]:
    case = cases(site)[kind]
    site.pages |= case.pages
    spider = {"id": kind, "partner": PARTNER, "name": kind, "source": case.source, "politeness": polite(timeout=30)}
    await scraper.save({**spider, "identity": {"kind": "fields", "fields": ["ref"]}, **case.spider})
    if case.uploaded is not None:
        await scraper.send("PUT", f"/v1/spiders/{kind}/upload", scraper.people.admin, content=case.uploaded)
    return case, (await scraper.start(kind)).id


async def reported(
    scraper: Scraper, case: Losses, run_id: str, site: SampleSite
) -> tuple[Losses, RunReport, frozenset[str]]:
    run = await scraper.ended(run_id, seconds=90)
    answer = await scraper.send("GET", f"/v1/runs/{run.id}/report", scraper.people.member)
    asked = frozenset(f"{request.method} {request.target} {request.body.decode()}" for request in site.asked)
    return case, RunReport.model_validate_json(answer.content), asked


def counts(fates: tuple[PageFate, ...] | tuple[ItemFate, ...]) -> dict[str, int]:
    """Those that are not 0."""
    return {fate.fate: fate.count for fate in fates if fate.count}


@pytest.mark.parametrize("kind", KINDS)
def test_the_report_adds_up(kind: str, reports: Mapping[str, tuple[Losses, RunReport, frozenset[str]]]) -> None:
    case, report, _ = reports[kind]
    assert report.run.state == case.state, report.run.error
    assert counts(report.pages) == case.fates
    assert counts(report.items) == case.items
    assert sum(fate.count for fate in report.pages) == report.pages_found
    assert sum(fate.count for fate in report.items) == report.items_found
    every: tuple[PageFate | ItemFate, ...] = (*report.pages, *report.items)
    for fate in every:
        if fate.fate in EXPLAINED:
            assert sum(reason.count for reason in fate.reasons) == fate.count, fate
        else:
            assert fate.reasons == ()
    assert {name: (found.filled, found.empty) for found in report.fields if (name := found.name)} == case.fields
    kept = report.items_found - counts(report.items).get("dropped", 0)
    assert {found.filled + found.empty for found in report.fields} <= {kept}


@pytest.mark.parametrize("kind", KINDS)
def test_the_report_tells_what_the_site_saw(
    kind: str, reports: Mapping[str, tuple[Losses, RunReport, frozenset[str]]]
) -> None:
    case, report, asked = reports[kind]
    told = counts(report.pages)
    if case.uploaded is not None:
        assert asked == frozenset()
        return
    # A page that moved on to one that is off limits was asked for itself.
    moved = {request for request in asked if "/l-closed" in request}
    seen = {request for request in asked if "/robots.txt" not in request} - moved
    assert len(seen) == told.get("fetched", 0) + told.get("failed", 0)
    assert not any("/closed/" in request for request in asked)
