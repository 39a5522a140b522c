"""From three partner sites to a published corpus, by the same calls that a person's screens make.

Steps: partners, spiders, crawls (side by side), recipes, normalisation, publication. Safe to repeat: what is there
already is left as it is. It knows the public interfaces only.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from moisson_shared.contracts.errors import NotNow
from moisson_shared.contracts.normalisation import NormalisationRun, Reject, VersionSummary
from moisson_shared.contracts.run import CrawlRun, RunState
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS, SamplePartner
from moisson_standalone.signed_in import SignedIn

CORPUS = "cis"
PAUSE = 0.2
"""Seconds between two looks at a run."""

Progress = Callable[[str], None]
SiteAddresses = Mapping[str, str]
"""Partner id to the base address of its site."""


class HarvestFailed(Exception):
    """A step did not come to a good end; `str()` says which and why."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What came of it: one crawl per source, and the version that is live now."""

    crawls: tuple[CrawlRun, ...]
    version: VersionSummary
    rejects: tuple[Reject, ...]
    """Of the run that built the version."""


async def prepare(user: SignedIn, sites: SiteAddresses, progress: Progress) -> None:
    """Partners, spiders and recipes as the demo has them."""
    for partner in SAMPLE_PARTNERS:
        site = sites[partner.id]
        changed = await user.settle("scraper", "/v1/partners", partner.document("partner", site))
        changed |= await user.settle("scraper", "/v1/spiders", partner.document("spider", site))
        changed |= await user.settle("normalizer", "/v1/recipes", partner.document("recipe", site))
        progress(f"{partner.id}: partner, spider and recipe {'saved' if changed else 'are as they were'}")


async def harvest(user: SignedIn, sites: SiteAddresses, progress: Progress) -> Harvest:
    """Crawls the three sites, normalises, publishes; `HarvestFailed` or a domain error where that does not work."""
    crawls = await asyncio.gather(*(_crawl(user, partner, sites[partner.id], progress) for partner in SAMPLE_PARTNERS))
    version = await normalise(user, CORPUS, progress)
    live = await publish(user, CORPUS, version, progress)
    return Harvest(crawls=tuple(crawls), version=live, rejects=await _rejects(user, live.run_id))


async def _crawl(user: SignedIn, partner: SamplePartner, site: str, progress: Progress) -> CrawlRun:
    spider = partner.document("spider", site)["id"]
    run = await crawl(user, spider, progress)
    if run.state is not RunState.DONE:
        raise HarvestFailed(f"{spider}: the run is {run.state}: {run.error or 'no reason was given'}")
    return run


async def crawl(user: SignedIn, spider: str, progress: Progress) -> CrawlRun:
    """One run of one spider, watched to its end, whatever that is."""
    started = await user.send("scraper", "POST", f"/v1/spiders/{spider}/runs")
    run = CrawlRun.model_validate_json(started.content)
    told = 0
    while not run.state.final:
        await asyncio.sleep(PAUSE)
        run = CrawlRun.model_validate(await user.get("scraper", f"/v1/runs/{run.id}"))
        if run.counters.pages_fetched != told:
            told = run.counters.pages_fetched
            progress(f"{spider}: {told} pages, {run.counters.items} records")
    return run


async def normalise(user: SignedIn, corpus: str, progress: Progress) -> int:
    """A run over all that was harvested until now; the version that holds it."""
    progress(f"{corpus}: normalising")
    started = await _start_normalising(user, corpus)
    run = NormalisationRun.model_validate_json(started.content)
    while not run.state.final:
        await asyncio.sleep(PAUSE)
        run = NormalisationRun.model_validate(await user.get("normalizer", f"/v1/runs/{run.id}"))
    if run.state is not RunState.DONE or run.version is None:
        raise HarvestFailed(f"{corpus}: the normalisation is {run.state}: {run.error or 'no reason was given'}")
    return run.version


async def _start_normalising(user: SignedIn, corpus: str) -> httpx.Response:
    """A run that a notice began earlier may have missed the last records: it is waited for, then ours begins."""
    while True:
        try:
            return await user.send("normalizer", "POST", f"/v1/corpora/{corpus}/runs")
        except NotNow:
            await asyncio.sleep(PAUSE)


async def publish(user: SignedIn, corpus: str, version: int, progress: Progress) -> VersionSummary:
    """Makes the version live unless it is already; the checks must pass."""
    if (await _version(user, corpus, version)).state != "live":
        await user.send("normalizer", "POST", f"/v1/corpora/{corpus}/publish", document={"version": version})
    live = await _version(user, corpus, version)
    progress(f"{corpus}: version {live.version} is live, {live.projects} projects at {live.places} places")
    return live


async def _version(user: SignedIn, corpus: str, number: int) -> VersionSummary:
    for item in (await user.get("normalizer", f"/v1/corpora/{corpus}/versions"))["items"]:
        version = VersionSummary.model_validate(item)
        if version.version == number:
            return version
    raise HarvestFailed(f"{corpus}: version {number} is not there any more")


async def _rejects(user: SignedIn, run: str) -> tuple[Reject, ...]:
    """All of them, page after page."""
    found: list[Reject] = []
    params: dict[str, str | int] = {"limit": 100}
    while True:
        page = await user.get("normalizer", f"/v1/runs/{run}/rejects", params)
        found += [Reject.model_validate(item) for item in page["items"]]
        if page["next"] is None:
            return tuple(found)
        params["after"] = page["next"]
