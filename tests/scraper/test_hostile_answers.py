"""Whatever a site answers and wherever it leads, the run counts a reason, and the service goes on answering."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from moisson_shared.contracts.run import RunState
from tests.scraper.hostile_runs import IMPATIENT, LIMITS, ended, sites
from tests.scraper.hostile_site import ANSWERS, REDIRECTS, canary
from tests.scraper.running_scraper import codes, html_spider, running_scraper, shown
from tests.scraper.sample_site import Answer, Page, SampleSite, answer, directory, html, moved


def with_second_detail(page: Answer) -> dict[str, Page]:
    """Three items, the second of which has this detail."""
    return directory(3) | {"/projets/2": lambda asked: page}


def impatient(site: SampleSite, **changed: Any) -> dict[str, Any]:
    return html_spider(site, politeness=IMPATIENT, **({"limits": LIMITS} | changed))


async def test_each_trap_costs_its_item_and_nothing_else(tmp_path: Path) -> None:
    assert len(ANSWERS) > 60
    async with (
        sites(with_second_detail(trap.answer) for trap in ANSWERS) as made,
        running_scraper(tmp_path, *made, runs_at_once=20) as scraper,
    ):
        spiders = [impatient(site, id=f"piege-{n}") for n, site in enumerate(made)]
        runs = await ended(scraper, spiders)
        alive = [await scraper.records(spider["id"]) for spider in spiders]
    otherwise = {}
    for trap, run, records in zip(ANSWERS, runs, alive, strict=True):
        found = (run.state, codes(run), [record.values["titre"] for record in records])
        reasons = {trap.reason: 1, f"detail-{trap.reason}": 1} if trap.reason is not None else {}
        titles = ["Projet 1", "Projet 3"] if trap.reason is not None else ["Projet 1", "Projet", "Projet 3"]
        if found != (RunState.DONE, reasons, titles):
            otherwise[trap.name] = found
    assert otherwise == {}


@pytest.mark.parametrize("reason", sorted({reason for _, reason in REDIRECTS}))
async def test_no_redirect_leads_inside(tmp_path: Path, site: SampleSite, reason: str) -> None:
    addresses = [address for address, why in REDIRECTS if why == reason]
    site.pages |= directory(len(addresses) + 1, per_page=100)
    async with canary() as bird, running_scraper(tmp_path, site) as scraper:
        for number, address in enumerate(addresses, 1):
            inside = address.format(port=bird.port).encode().decode("latin-1")
            site.pages[f"/projets/{number}"] = moved(inside, "307 Temporary Redirect")
        (run,) = await ended(scraper, [impatient(site, limits=LIMITS | {"pages": 100})])
        assert run.state is RunState.DONE, shown(run)
        assert codes(run) == {reason: len(addresses), f"detail-{reason}": len(addresses)}, shown(run)
        assert run.counters.records_new == 1
        assert bird.connections == 0


async def test_no_link_and_no_start_leads_inside(tmp_path: Path, site: SampleSite) -> None:
    inside = [address for address, why in REDIRECTS if why == "address-refused" and "{port}" in address]
    async with canary() as bird, running_scraper(tmp_path, site) as scraper:
        links = "".join(f'<li class="card"><a href="{address.format(port=bird.port)}">x</a></li>' for address in inside)
        site.pages["/projets"] = html(f'{links}<a rel="next" href="http://localhost:{bird.port}/">suite</a>')
        listing, start = (
            impatient(site, limits=LIMITS | {"pages": 100}),
            impatient(site, id="dedans"),
        )
        start["source"] |= {"start_urls": [f"http://[::ffff:127.0.0.1]:{bird.port}/"]}
        of_listing, of_start = await ended(scraper, [listing, start])
        assert of_listing.counters.records_dropped == len(inside), shown(of_listing)
        assert "address-refused" in codes(of_listing), shown(of_listing)
        assert of_start.state is RunState.FAILED
        assert codes(of_start) == {"address-refused": 1}
        assert bird.connections == 0


def storm(status: str) -> Page:
    return lambda asked: answer("no", status, Retry_After="0")


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        ("401 Unauthorized", 1),
        ("407 Proxy Authentication Required", 1),
        ("503 Service Unavailable", 4),
        ("429 Too Many Requests", 4),
    ],
)
async def test_a_storm_is_met_with_few_requests(tmp_path: Path, site: SampleSite, status: str, asked: int) -> None:
    site.pages |= directory(10) | {f"/projets/{n}": storm(status) for n in range(1, 11)}
    async with running_scraper(tmp_path, site) as scraper:
        limits = LIMITS | {"retries_in_all": 3}
        (run,) = await ended(scraper, [impatient(site, limits=limits) | {"politeness": IMPATIENT | {"retries": 5}}])
        reason = f"http-{status[:3]}"
        assert codes(run) == {reason: 10, f"detail-{reason}": 10}, shown(run)
        details = Counter(target for target in site.targets() if target.startswith("/projets/"))
        assert sum(details.values()) == 10 + asked - 1
