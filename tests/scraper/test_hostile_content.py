"""What pages and files hold comes out verbatim, or is refused with a reason; it is never acted upon."""

from pathlib import Path
from typing import Any

import pytest

from tests.scraper.hostile_content import DOCUMENTS, PAGES, TABLES, Content
from tests.scraper.hostile_runs import IMPATIENT, LIMITS, ended, sites
from tests.scraper.running_scraper import PARTNER, codes, running_scraper


def spider_of(content: Content, number: int, url: str) -> dict[str, Any]:
    where = {"start_urls": [url]} if content.source["kind"] == "html" else {"url": url}
    return {
        "id": f"contenu-{number}",
        "partner": PARTNER,
        "name": content.name,
        "source": {**content.source, **where},
        "identity": {"kind": "content"},
        "politeness": IMPATIENT | {"timeout": 5},
        "limits": LIMITS | {"bytes_per_page": 10_000_000, "records": 1000},
    }


@pytest.mark.parametrize("contents", [PAGES, DOCUMENTS, TABLES], ids=["pages", "documents", "tables"])
async def test_content_is_read_as_it_is_or_refused(tmp_path: Path, contents: list[Content]) -> None:
    async with (
        sites({"/f": content.answer} for content in contents) as made,
        running_scraper(tmp_path, *made, reading_seconds=3, reading_memory_bytes=2 * 1024**3) as scraper,
    ):
        spiders = [
            spider_of(content, n, f"{site.url}/f") for n, (content, site) in enumerate(zip(contents, made, strict=True))
        ]
        runs = await ended(scraper, spiders)
        otherwise = {}
        for content, run, spider in zip(contents, runs, spiders, strict=True):
            reasons = frozenset(codes(run))
            values = [record.values for record in await scraper.records(spider["id"])]
            if reasons != content.reasons or (values != content.values):
                otherwise[content.name] = (set(reasons), str(values)[:300], run.error)
    assert otherwise == {}
