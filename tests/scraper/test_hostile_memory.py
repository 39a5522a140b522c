"""Bombs do not grow the service: measured where it counts, as the most that its process ever took."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.scraper.hostile_content import workbook
from tests.scraper.hostile_site import GZIP_BOMB, HEAD, forever, packed
from tests.scraper.running_scraper import PARTNER, People, codes, issuer_site
from tests.scraper.sample_site import Page, SampleSite, answer, html
from tests.scraper.scraper_process import ScraperProcess

MOST_BYTES = 10_000_000
"""The limit of a page: what a spider allows when its author says nothing."""
MOST_GROWTH = 80_000_000
"""Bytes. Each bomb alone comes to more than that when it is let burst, and some to gigabytes."""
HTML = {"kind": "html", "item": {"expression": "b"}, "fields": {"v": {"expression": "b", "many": True}}}
SHEET = b"<row>" + b"<c><v>1</v></c>" * 600_000 + b"</row>"
BOMBS: dict[str, tuple[Page, dict[str, Any], str]] = {
    "gzip": (lambda asked: packed(GZIP_BOMB, "gzip"), HTML, "page-too-large"),
    "endless": (lambda asked: forever(b"<p>" * 20_000, HEAD + b"\r\n"), HTML, "page-too-large"),
    "thirty": (html("x" * 30_000_000), HTML, "page-too-large"),
    "elements": (html("<b>x</b>" * 1_200_000), HTML, "reading-too-large"),
    "text": (html("<b>" * 200 + "x" * 9_000_000 + "</b>" * 200), HTML, "reading-too-large"),
    "objects": (answer("[" + "{}," * 3_300_000 + "{}]"), {"kind": "json", "items": "$.a"}, "reading-too-large"),
    "records": (answer('{"a":[' + "{}," * 3_300_000 + "{}]}"), {"kind": "file"}, "reading-too-large"),
    "path": (answer("[" * 50 + "1" + "]" * 50), {"kind": "json", "items": "$" + "[0,0]" * 40}, "reading-too-large"),
    "sheet": (answer(workbook(SHEET)), {"kind": "file"}, "reading-too-large"),
}


@asynccontextmanager
async def service(folder: Path, site: SampleSite) -> AsyncIterator[ScraperProcess]:
    people = People()
    async with issuer_site(people) as neighbours:
        limits = {"READING_MEMORY_BYTES": str(256 * 1024**2), "READING_SECONDS": "60"}
        process = ScraperProcess(folder, people, neighbours, site, limits)
        await process.start()
        try:
            yield process
        finally:
            await process.stop()


def most_taken(process: ScraperProcess) -> int:
    """The most memory it ever took, in bytes (proc(5), VmHWM)."""
    assert process.process is not None
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


async def test_bombs_burst_outside(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= {f"/{name}": page for name, (page, _, _) in BOMBS.items()} | {"/calm": html("<b>x</b>")}
    async with service(tmp_path, site) as process:

        async def crawl(name: str, source: dict[str, Any]) -> dict[str, int]:
            url = f"{site.url}/{name}"
            where = {"start_urls": [url]} if source["kind"] == "html" else {"url": url}
            spider = {
                "id": name,
                "partner": PARTNER,
                "name": name,
                "source": source | where,
                "identity": {"kind": "content"},
                "politeness": {"delay": 0, "retries": 0},
                "limits": {"bytes_per_page": MOST_BYTES},
            }
            await process.save(spider)
            started = await process.send("POST", f"/v1/spiders/{name}/runs")
            return codes(await process.ended(started.json()["id"]))

        assert await crawl("calm", HTML) == {}
        before = most_taken(process)
        found = {name: await crawl(name, source) for name, (_, source, _) in BOMBS.items()}
        growth = most_taken(process) - before
    assert found == {name: {reason: 1} for name, (_, _, reason) in BOMBS.items()}
    assert growth < MOST_GROWTH
