"""A spider from an address alone: the page is fetched, judged for what it is, and a few more pages bear it out.

Steps: fetch the address, find its kind, look for proposals there; where there are none, at the best place that the page
hints at, else in a browser; then check the draft, and preview it on the pages at hand. Nothing is stored.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urljoin, urlsplit

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.fetching.page_failure import PageLost
from moisson_scraper.fetching.page_fetcher import FetchTools, PageFetcher
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.previewing.preview_spider import SpiderPreviewer
from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.sitemap_entries import read_sitemap
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_scraper.rendering.renderer import Renderer
from moisson_scraper.rights import reads, require_known
from moisson_scraper.running.seen_pages import SeenPages
from moisson_scraper.suggest_data import findings_in_feed, findings_in_file, findings_in_json, findings_in_sitemap
from moisson_scraper.suggest_html import findings_in_html
from moisson_scraper.suggest_rendered import shown_by_browser
from moisson_scraper.suggesting.proposal import Elsewhere, Findings, Proposal
from moisson_scraper.suggesting.source_kind import kind_of
from moisson_scraper.suggesting.vocabulary import plain
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Forbidden, Invalid, TooManyRequests
from moisson_shared.contracts.run import Reason
from moisson_shared.contracts.spider import Limits, SpiderDraft
from moisson_shared.contracts.spider_suggestion import OtherSource, SourceKind, SpiderSuggestion, SuggestionOrder

AT_ONCE = 2
SECONDS = 60
MOST_PAGES = 9
"""Of one suggestion, robots.txt's own fetch not counted: the page, two of what follows, two details, a place or two
that the page hints at."""
MOST_BYTES = 20_000_000
MOST_OTHERS = 3
_SURE = 0.3

Finder = Callable[[FetchedPage, SeenPages, str], Awaitable[Findings]]
_FINDERS: dict[SourceKind, Finder] = {
    "html": findings_in_html,
    "json": findings_in_json,
    "file": findings_in_file,
    "feed": findings_in_feed,
    "sitemap": findings_in_sitemap,
}


class SpiderSuggester:
    """Makes suggestions, a few at a time."""

    def __init__(self, tools: FetchTools, previewer: SpiderPreviewer, renderer: Renderer) -> None:
        self._renderer = renderer
        self._tools = tools
        self._previewer = previewer
        self._room = asyncio.Semaphore(AT_ONCE)

    async def suggest(self, caller: Caller, order: SuggestionOrder) -> SpiderSuggestion:
        """For the partner's members, stewards and admins. Raises `Invalid` for what is no address."""
        require_known(caller)
        if not reads(caller, order.partner):
            raise Forbidden(
                f"Only members of the partner {order.partner}, stewards and admins may ask for its spiders."
            )
        address = page_address(order.address)
        if address is None:
            raise Invalid("This is no address of a page: write it with http:// or https:// and the site's name.")
        if self._room.locked():
            raise TooManyRequests(f"{AT_ONCE} suggestions are being made: try again in a moment.", retry_after=10)
        async with self._room:
            limits = Limits(pages=MOST_PAGES, seconds=SECONDS, bytes_per_page=MOST_BYTES, retries_in_all=2)
            budget = RunBudget(limits, self._tools.hosts.clock() + SECONDS)
            return await self._made(order, address, PageFetcher(self._tools, order.politeness, budget))

    async def _made(self, order: SuggestionOrder, address: str, fetcher: PageFetcher) -> SpiderSuggestion:
        pages = SeenPages(fetcher, self._tools.processes)
        found = await _found(address, pages)
        if not found.proposals:
            await _look_elsewhere(found, pages)
        await _ask_robots(found, address, pages)
        page = pages.known.get(address)
        if found.proposals or page is None or kind_of(page) != "html":
            return await self._told(order, found, pages)
        async with shown_by_browser(self._renderer, fetcher, found, pages, address) as shown:
            return await self._told(order, found, shown)

    async def _told(self, order: SuggestionOrder, found: Findings, pages: SeenPages) -> SpiderSuggestion:
        reasons = tuple(Reason(code=one.code, message=one.message) for one in dict.fromkeys(found.notes))
        told = [one.message for one in reasons]
        drafts = [(proposal, _draft(order, proposal)) for proposal in found.proposals]
        sound = [(proposal, draft) for proposal, draft in drafts if not faults_in(draft)]
        others = _others(order.address, sound[1:], found.elsewhere)
        if not sound:
            return SpiderSuggestion(
                draft=None,
                confidence=0,
                source_kind="unknown",
                alternatives=others,
                notes=tuple(told),
                reasons=reasons,
            )
        best, draft = sound[0]
        return SpiderSuggestion(
            draft=draft,
            confidence=best.confidence,
            source_kind=best.kind,
            alternatives=others,
            fields=best.fields,
            preview=await self._previewer.over(draft, pages),
            notes=tuple(dict.fromkeys((*(one.message for one in best.evidence), *told))),
            evidence=best.evidence,
            reasons=reasons,
        )


async def _found(address: str, pages: SeenPages) -> Findings:
    """What one address gives; a page that cannot be had or read is a note."""
    try:
        page = await pages.fetch(PageRequest(address))
        finder = _FINDERS.get(kind_of(page))
        if finder is None:
            return Findings.of_nothing(Notice("page-empty", "The page is empty."))
        return await finder(page, pages, address)
    except (PageLost, Unreadable) as error:
        return Findings.of_nothing(error.notice(address))


async def _look_elsewhere(found: Findings, pages: SeenPages) -> None:
    """Where the page itself lists nothing: the likeliest place that it hints at."""
    for hint in [hint for hint in found.elsewhere if hint.confidence >= _SURE][:2]:
        there = await _found(hint.address, pages)
        if there.proposals:
            found.proposals.extend(there.proposals)
            found.notes.append(Notice("found-elsewhere", f"{hint.why} The proposal is for {hint.address}."))
            found.elsewhere.remove(hint)
            return


async def _ask_robots(found: Findings, address: str, pages: SeenPages) -> None:
    """The sitemaps that the site's robots.txt names (sitemaps.org) are another way to its pages."""
    if any(proposal.kind == "sitemap" for proposal in found.proposals):
        return
    robots = await pages.tried(urljoin(address, "/robots.txt"))
    if robots is None:
        return
    try:
        named = read_sitemap(robots, robots=True).sitemaps
    except Unreadable:
        return
    for entry in named[:2]:
        sitemap = page_address(urljoin(robots.address, entry.address))
        if sitemap is not None and all(sitemap != hint.address for hint in found.elsewhere):
            told = "The site's robots.txt names this sitemap, which lists its pages."
            found.elsewhere.append(Elsewhere("sitemap", sitemap, told, 0.3))


def _draft(order: SuggestionOrder, proposal: Proposal) -> SpiderDraft:
    host = urlsplit(order.address).hostname or ""
    last = [part for part in urlsplit(order.address).path.split("/") if part][-1:]
    made = _slug(f"{order.partner}-{last[0].partition('.')[0] if last else 'site'}")
    return SpiderDraft(
        id=order.id or made,
        partner=order.partner,
        name=order.name or f"{host} {last[0] if last else ''}".strip()[:200],
        source=proposal.source,
        identity=proposal.identity,
        politeness=order.politeness,
    )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", plain(text))[:63].strip("-")


def _others(
    address: str, proposals: Sequence[tuple[Proposal, SpiderDraft]], elsewhere: Sequence[Elsewhere]
) -> tuple[OtherSource, ...]:
    """The next best: regions of the page with drafts, and other addresses."""
    found = [
        OtherSource(source_kind=one.kind, address=one.address, why=one.why, confidence=one.confidence)
        for one in elsewhere
    ]
    for proposal, draft in proposals:
        found.append(
            OtherSource(
                source_kind=proposal.kind,
                address=address,
                why=proposal.evidence[0].message,
                confidence=proposal.confidence,
                draft=draft,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.confidence)[:MOST_OTHERS])
