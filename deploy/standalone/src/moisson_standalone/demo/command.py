"""`moisson demo`: everything from an empty folder to an open portal, told as it goes.

Steps: sample sites, the four services, accounts, harvest (unless it is there already), summary; then it checks and
ends (`--once`), or serves until it is told to stop.
"""

import asyncio
import sys
import time
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from moisson_shared.adapters.peer_http import call, peer_client
from moisson_shared.contracts.errors import AlreadyExists, NotFound, Unauthenticated
from moisson_shared.contracts.model import Contract
from moisson_standalone.addresses import Addresses
from moisson_standalone.data_folder import DataFolder
from moisson_standalone.demo.accounts import ACCOUNTS, ADMIN
from moisson_standalone.demo.harvest import CORPUS, Progress, SiteAddresses, harvest, prepare
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS
from moisson_standalone.demo.sample_sites import ports_from, serving_sample_sites
from moisson_standalone.demo.summary import SourceSummary, summarise, summary_table
from moisson_standalone.demo.verification import missing_projects
from moisson_standalone.first_admin import become_admin
from moisson_standalone.ports import Ports, check_free
from moisson_standalone.running_suite import RunningSuite, running_suite
from moisson_standalone.signed_in import SignedIn

MOST_COMPLAINTS = 20
NOTE = "demo"


class DemoNote(Contract):
    """What a start remembers for the next one."""

    sites: dict[str, str]
    sources: tuple[SourceSummary, ...]


async def demo(folder: DataFolder, ports: Ports, *, sites_port: int, once: bool) -> int:
    """The exit code: 0 when all is found (`once`), else it serves until it is cancelled."""
    began = time.monotonic()

    def progress(sentence: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {sentence}", flush=True)

    with folder.locked():
        site_ports = ports_from(sites_port)
        check_free(ports.by_option() | {f"--sites-port (and {port})": port for port in site_ports})
        async with serving_sample_sites(site_ports) as sites:
            progress(f"three sample sites are there: {', '.join(sites.values())}")
            may_fetch = tuple(urlsplit(address).netloc for address in sites.values())
            async with running_suite(folder, ports, demo=True, may_fetch=may_fetch) as suite, peer_client("") as http:
                progress(f"the four services are there, their data in {folder.path}")
                sources = await _harvested(folder, suite, http, sites, progress)
                print(f"\n{summary_table(sources)}\n", flush=True)
                if once:
                    return await _verdict(http, suite.addresses)
                print(_invitation(suite.addresses, folder), flush=True)
                await asyncio.Event().wait()
    return 0


async def _harvested(
    folder: DataFolder, suite: RunningSuite, http: httpx.AsyncClient, sites: SiteAddresses, progress: Progress
) -> tuple[SourceSummary, ...]:
    """What the last harvest gave; there is one only where the folder has none, or the sites have moved."""
    before = await _harvest_before(folder, suite.addresses, http, sites)
    if before is not None:
        progress("the harvest of an earlier start is still there")
        return before
    admin = SignedIn(http, suite.addresses, email=ADMIN.email, password=ADMIN.password)
    await _make_accounts(admin, suite, http)
    progress(f"{1 + len(ACCOUNTS)} demo accounts are there")
    await prepare(admin, sites, progress)
    harvested = await harvest(admin, sites, progress)
    recipes = {counters.source: counters for counters in harvested.version.recipes}
    sources = tuple(summarise(run, recipes[run.spider_id], harvested.rejects) for run in harvested.crawls)
    folder.remember(NOTE, DemoNote(sites=dict(sites), sources=sources).model_dump_json(indent=1))
    return sources


async def _harvest_before(
    folder: DataFolder, addresses: Addresses, http: httpx.AsyncClient, sites: SiteAddresses
) -> tuple[SourceSummary, ...] | None:
    """The summary of an earlier start, if its sites were where they are now and the public still finds it all."""
    try:
        note = DemoNote.model_validate_json(folder.recall(NOTE) or b"")
    except ValidationError:
        return None
    try:
        page = await call(http, "api", "GET", f"{addresses.api}/v1/corpora/{CORPUS}/projects", params={"size": 0})
    except NotFound:
        return None
    there = page.json()["total"] == sum(source.projects for source in note.sources)
    return note.sources if there and note.sites == sites else None


async def _make_accounts(admin: SignedIn, suite: RunningSuite, http: httpx.AsyncClient) -> None:
    """The first admin by the one-time token, the others by the admin; those that are there are left alone."""
    try:
        await admin.token()
    except Unauthenticated:
        await become_admin(http, suite, email=ADMIN.email, name=ADMIN.name, password=ADMIN.password)
    for account in ACCOUNTS:
        with suppress(AlreadyExists):
            await admin.send("api", "POST", "/v1/accounts", document=account.document())


async def _verdict(http: httpx.AsyncClient, addresses: Addresses) -> int:
    """0 when everybody finds every expected project, and says so; else 1 and what is missing."""
    complaints: list[str] = []
    expected = 0
    for partner in SAMPLE_PARTNERS:
        titles = partner.titles()
        expected += len(titles)
        complaints += await missing_projects(http, addresses.api, CORPUS, partner.id, titles)
    if not complaints:
        print(f"All {expected} expected projects are found through the public API.", flush=True)
        return 0
    for complaint in complaints[:MOST_COMPLAINTS]:
        print(complaint, file=sys.stderr)
    print(f"{len(complaints)} of {expected} expected projects are not as they should be.", file=sys.stderr, flush=True)
    return 1


def _invitation(addresses: Addresses, folder: DataFolder) -> str:
    accounts = "\n".join(f"  {a.email:28} {a.password:28} {a.roles[0]}" for a in (ADMIN, *ACCOUNTS))
    return f"""\
Portal     {addresses.portal}/
Studio     {addresses.portal}/studio
API        {addresses.api}/docs   (scraper {addresses.scraper}/docs, normalizer {addresses.normalizer}/docs)

Accounts of the demo (e-mail address, password, role):
{accounts}

Everything is kept in {folder.path}, the log in {folder.log_file.name} there.
Stop with Ctrl-C. The next start takes seconds; remove the folder to begin anew."""
