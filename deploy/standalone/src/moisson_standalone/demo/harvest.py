"""From three partner sites to a published corpus, by the same calls that a person's screens make.

Steps: partners, spiders, crawls (side by side), recipes, normalisation, publication. Safe to repeat: what is there
already is left as it is. It knows the public interfaces only.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from moisson_shared.contracts.normalisation import NormalisationRun, VersionSummary
from moisson_shared.contracts.run import CrawlRun, RunState
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS, SamplePartner
from moisson_standalone.signed_in import CallRefused, SignedIn

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
    """What came of it: one crawl per source, the normalisation run, and the version that is live now."""

    crawls: tuple[CrawlRun, ...]
    version: VersionSummary


async def prepare(user: SignedIn, sites: SiteAddresses, progress: Progress) -> None:
    """Partners, spiders and recipes as the demo has them."""
    for partner in SAMPLE_PARTNERS:
        site = sites[partner.id]
        changed = await user.settle(f"{user.addresses.scraper}/v1/partners", partner.document("partner", site))
        changed |= await user.settle(f"{user.addresses.scraper}/v1/spiders", partner.document("spider", site))
        changed |= await user.settle(f"{user.addresses.normalizer}/v1/recipes", partner.document("recipe", site))
        progress(f"{partner.id}: partner, spider and recipe are {'saved' if changed else 'as they were'}")


async def harvest(user: SignedIn, sites: SiteAddresses, progress: Progress) -> Harvest:
    """Crawls the three sites, normalises, publishes; `HarvestFailed` or `CallRefused` where that does not work."""
    crawls = await asyncio.gather(*(_crawl(user, partner, sites[partner.id], progress) for partner in SAMPLE_PARTNERS))
    run = await normalise(user, CORPUS, progress)
    assert run.version is not None  # noqa: S101 - of a run that is done
    return Harvest(crawls=tuple(crawls), version=await publish(user, CORPUS, run.version, progress))


async def _crawl(user: SignedIn, partner: SamplePartner, site: str, progress: Progress) -> CrawlRun:
    spider = partner.document("spider", site)["id"]
    run = await crawl(user, spider, progress)
    if run.state is not RunState.DONE:
        raise HarvestFailed(f"{spider}: the run is {run.state}: {run.error or 'no reason was given'}")
    return run


async def crawl(user: SignedIn, spider: str, progress: Progress) -> CrawlRun:
    """One run of one spider, watched to its end."""
    base = user.addresses.scraper
    started = await user.call("POST", f"{base}/v1/spiders/{spider}/runs")
    run = CrawlRun.model_validate_json(started.content)
    told = -1
    while not run.state.final:
        await asyncio.sleep(PAUSE)
        run = CrawlRun.model_validate(await user.get(f"{base}/v1/runs/{run.id}"))
        if run.counters.pages_fetched != told:
            told = run.counters.pages_fetched
            progress(f"{spider}: {told} pages, {run.counters.items} records")
    return run


async def normalise(user: SignedIn, corpus: str, progress: Progress) -> NormalisationRun:
    """A run over all that was harvested until now. One that a notice began earlier is waited for first."""
    base = user.addresses.normalizer
    progress(f"{corpus}: normalising")
    started = await _start_normalising(user, f"{base}/v1/corpora/{corpus}/runs")
    run = NormalisationRun.model_validate_json(started.content)
    while not run.state.final:
        await asyncio.sleep(PAUSE)
        run = NormalisationRun.model_validate(await user.get(f"{base}/v1/runs/{run.id}"))
    if run.state is not RunState.DONE or run.version is None:
        raise HarvestFailed(f"{corpus}: the normalisation is {run.state}: {run.error or 'no reason was given'}")
    return run


async def _start_normalising(user: SignedIn, runs: str) -> httpx.Response:
    while True:
        try:
            return await user.call("POST", runs)
        except CallRefused as refusal:
            if refusal.status != httpx.codes.CONFLICT:
                raise
        await asyncio.sleep(PAUSE)


async def publish(user: SignedIn, corpus: str, version: int, progress: Progress) -> VersionSummary:
    """Makes the version live unless it is already; the checks must pass."""
    base = f"{user.addresses.normalizer}/v1/corpora/{corpus}"
    if (await _version(user, base, version)).state != "live":
        await user.call("POST", f"{base}/publish", document={"version": version})
    live = await _version(user, base, version)
    progress(f"{corpus}: version {live.version} is live, {live.projects} projects at {live.places} places")
    return live


async def _version(user: SignedIn, base: str, number: int) -> VersionSummary:
    for item in (await user.get(f"{base}/versions"))["items"]:
        version = VersionSummary.model_validate(item)
        if version.version == number:
            return version
    raise HarvestFailed(f"version {number} is not among the versions of {base}")
