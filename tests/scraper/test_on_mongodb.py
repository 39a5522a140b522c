"""The same crawls on MongoDB: what the feed says must not depend on the engine."""

from pathlib import Path

import pytest

from tests.scraper.running_scraper import Scraper, file_spider, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, answer, directory, html
from tests.scraper.scheduled_spiders import race, schedules_over

pytestmark = pytest.mark.servers


async def said(scraper: Scraper, site: SampleSite) -> list[tuple[object, ...]]:
    """What the feeds say after some runs of two spiders."""
    site.pages.clear()
    site.pages |= directory(30)
    site.pages["/f.csv"] = answer("id;n\n" + "".join(f"{n % 400};{n}\n" for n in range(1300)))
    await scraper.save(html_spider(site))
    await scraper.save(file_spider(f"{site.url}/f.csv"))
    for spider in ("essor-projets", "essor-fichier"):
        assert (await scraper.crawl(spider)).complete
    site.pages |= directory(20)
    site.pages["/projets/7"] = html("<h1>Sept</h1>")
    site.pages["/f.csv"] = answer("id;n\n" + "".join(f"{n % 400};{n + n % 2}\n" for n in range(1200)))
    told: list[tuple[object, ...]] = []
    for spider in ("essor-projets", "essor-fichier"):
        run = await scraper.crawl(spider)
        told.append((spider, run.counters.model_dump(exclude={"bytes_fetched"})))
        after: str | None = None
        more = True
        while more:
            records, end = await scraper.feed(spider, after=after, limit=333)
            told += [(r.key, r.ordinal, r.seq, r.deleted, r.values, r.content_hash) for r in records]
            after, more = end.cursor, end.more
    return told


async def test_the_feed_is_the_same_on_both_engines(tmp_path: Path, site: SampleSite, mongo_url: str) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        on_sqlite = await said(scraper, site)
    async with running_scraper(tmp_path, site, documents_url=mongo_url, lease_seconds=20) as scraper:
        on_mongodb = await said(scraper, site)
    assert on_mongodb == on_sqlite


async def test_leaders_who_race_begin_one_run_for_each_moment(mongo_url: str) -> None:
    async with schedules_over(mongo_url) as schedules:
        await race(schedules)
