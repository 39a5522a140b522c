"""Ours: a worker of the scraper with everything on, on SQLite; 7 detail fields and a list, as the peer takes.

`python -m bench.crawl.with_moisson ADDRESS CONCURRENCY DATABASE [asked|spared|lastmod]`

The process that is measured is the one that an operator starts for crawling, `moisson-scraper work`. This one is the
service that partners call, without work of its own: it asks for the run, and how far it is, four times a second.

With a fourth argument a second run over the unchanged site is measured after the first one: every page asked for by its
validators; details spared because they were read lately; or details spared because the sitemap, which both runs start
from, says that they have not changed.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.as_installed import installed_with
from bench.measuring import StopwatchOf
from moisson_scraper.app import create_app
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.open_backends import open_documents, open_queue
from moisson_shared.contracts.access import Caller, Role
from moisson_shared.web.observing import CALLER_KEY

WORKER = [sys.executable, "-m", "bench.as_installed", "moisson_scraper", "work"]
ADMIN = Caller(subject="bench", roles=frozenset([Role.ADMIN]))


def xpath(expression: str, **more: Any) -> dict[str, Any]:
    return {"syntax": "xpath", "expression": expression, **more}


FIELDS = {
    "titre": xpath("//main/h1/text()"),
    "porteur": xpath("//main/p[@class='lead']/text()"),
    "texte": xpath("//main/div[@class='body']/p/text()"),
    "adresse": xpath("//dd[@class='address']/text()"),
    "ville": xpath("//dd[@class='city']/text()"),
    "code_postal": xpath("//dd[@class='postcode']/text()"),
    "site": xpath("//a[@class='site']/@href"),
    "mots": xpath("//li[@class='tag']/text()", many=True),
}


def spider(address: str) -> dict[str, Any]:
    return {
        "id": "directory",
        "partner": "bench",
        "name": "Directory",
        "identity": {"kind": "url"},
        "politeness": {"delay": 0},
        "limits": {"pages": 1_000_000, "bytes_in_all": 100_000_000_000},
        "source": {
            "kind": "html",
            "start_urls": [f"{address}/liste/0"],
            "item": xpath("//article[@class='item']"),
            "paging": {"kind": "next_link", "selector": xpath("//a[@class='next']/@href")},
            "detail": {"link": xpath(".//h2/a", take="link"), "fields": FIELDS},
        },
    }


def as_admin(app: ASGIApp) -> ASGIApp:
    """The app as an admin sees it: tokens are not what is measured."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        scope[CALLER_KEY] = ADMIN
        await app(scope, receive, send)

    return serve


async def whole_run(client: httpx.AsyncClient) -> tuple[int, float]:
    """Runs the spider to its end; gives how many pages it knows then, and how many seconds the run itself took."""
    run = (await client.post("/v1/spiders/directory/runs")).raise_for_status().json()
    while run["state"] in {"queued", "running"}:
        await asyncio.sleep(0.25)
        run = (await client.get(f"/v1/runs/{run['id']}")).raise_for_status().json()
    if not run["complete"]:
        raise SystemExit(f"the run is not complete: {run}")
    counters = run["counters"]
    pages: int = counters["pages_fetched"] + counters["pages_unchanged"] + counters["pages_spared"]
    began, ended = (datetime.fromisoformat(run[name]) for name in ("started_at", "finished_at"))
    return pages, (ended - began).total_seconds()


@contextmanager
def worker(settings: ScraperSettings) -> Iterator[int]:
    """A worker over the same store, once it is there for work: the number of its process."""
    told = {
        "DEMO": "true",
        "DOCUMENTS_URL": settings.documents_url,
        "OUTBOUND_ALLOW": ",".join(settings.outbound_allow),
        "REQUESTS_PER_HOST": str(settings.requests_per_host),
        "SWEEP_SECONDS": "0.2",
        "PORT": "0",
    }
    environment = os.environ | {f"MOISSON_SCRAPER_{name}": value for name, value in told.items()}
    environment |= installed_with("moisson-scraper")
    with subprocess.Popen(WORKER, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or not any('"serving"' in line for line in process.stdout):
                raise RuntimeError("the worker did not start")
            yield process.pid
        finally:
            process.terminate()


async def main(address: str, concurrency: int, database: str, again: str = "") -> None:
    settings = ScraperSettings(
        demo=True,
        documents_url=f"sqlite://{database}",
        outbound_allow=(address.removeprefix("http://"),),
        requests_per_host=concurrency,
        works=False,
        log_level="error",
    )
    app = create_app(settings, open_documents(settings.documents_url), open_queue(settings.queue_url))
    transport = httpx.ASGITransport(as_admin(app))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://scraper.test", timeout=30) as client,
    ):
        configured = spider(address)
        configured["politeness"]["revisit_hours"] = 24 if again == "spared" else 0
        if again == "lastmod":
            configured["source"] = {"kind": "sitemap", "start_urls": [f"{address}/sitemap.xml"], "fields": FIELDS}
        for path, document in [("partners", {"id": "bench", "name": "Bench"}), ("spiders", configured)]:
            (await client.post(f"/v1/{path}", json=document)).raise_for_status()
        with worker(settings) as process:
            for _ in range(2 if again else 1):
                watch = StopwatchOf(process)
                pages, seconds = await whole_run(client)
                watch.report(pages, seconds)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
