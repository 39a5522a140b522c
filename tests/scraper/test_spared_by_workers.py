"""Details that are spared where several processes share a run: what one knows, all of them leave alone."""

from pathlib import Path
from typing import Any

import pytest

from tests.scraper.running_scraper import Scraper, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory
from tests.scraper.worker_processes import worker_settings, workers

SPIDER = "essor-projets"
PROJECTS = 90
SPARING = {"delay": 0, "revisit_hours": 24}


def details(site: SampleSite) -> list[str]:
    return sorted(target for target in site.targets() if target.startswith("/projets/"))


async def spares_what_is_known(scraper: Scraper, site: SampleSite) -> None:
    """A first run asks for every detail once; a second for none; a third for those whose items are new or other."""
    site.pages |= directory(PROJECTS, per_page=30)
    await scraper.save(html_spider(site, politeness=SPARING))
    first = await scraper.crawl(SPIDER)
    assert (first.complete, first.counters.pages_spared, len(details(site))) == (True, 0, PROJECTS)
    site.asked.clear()
    second = await scraper.crawl(SPIDER)
    assert (second.complete, second.counters.pages_spared, details(site)) == (True, PROJECTS, [])
    assert second.counters.records_unchanged == PROJECTS
    site.pages |= directory(PROJECTS + 1, per_page=30)
    listing = next(page for page, content in site.pages.items() if isinstance(content, bytes) and b"Ville 0" in content)
    content = site.pages[listing]
    assert isinstance(content, bytes)
    site.pages[listing] = content.replace(b"Ville 0", b"Ville Z", 1)
    third = await scraper.crawl(SPIDER)
    changed = third.counters.records_changed
    assert (third.complete, third.counters.records_new, changed) == (True, 1, 1)
    assert len(details(site)) == 2
    assert f"/projets/{PROJECTS + 1}" in details(site)
    assert third.counters.pages_spared == PROJECTS - 1


async def test_a_process_that_shares_its_pages_spares_them_too(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site, share_pages=True) as scraper:
        await spares_what_is_known(scraper, site)


@pytest.mark.servers
async def test_three_workers_spare_what_any_of_them_has_read(
    tmp_path: Path, site: SampleSite, mongo_url: str, redis_url: str
) -> None:
    shared: dict[str, Any] = {"documents_url": mongo_url, "queue_url": redis_url, "host_budget_url": redis_url}
    async with running_scraper(tmp_path, site, works=False, **shared) as scraper:
        settings = worker_settings(scraper, site, **{name.upper(): url for name, url in shared.items()})
        async with workers(tmp_path, 3, settings):
            await spares_what_is_known(scraper, site)
