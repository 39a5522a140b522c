"""Proposals from an HTML page: its listing with paging and details, each confirmed by one more page; else one thing.

Steps: look for regions, take the best, follow its paging once, look at two details, say the same twice nowhere.
"""

import asyncio
from dataclasses import replace

from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FetchedPage, PageKind
from moisson_scraper.running.seen_pages import SeenPages
from moisson_scraper.suggesting.confidence import draft_confidence
from moisson_scraper.suggesting.describe_records import identity_of, suggested
from moisson_scraper.suggesting.embedded_lists import embedded_lists, lists_in_code
from moisson_scraper.suggesting.find_paging import FoundPaging
from moisson_scraper.suggesting.proposal import Elsewhere, Findings, Proposal
from moisson_scraper.suggesting.propose_html import (
    MOST_DETAILS,
    HtmlLook,
    ListingProposal,
    look_at,
    propose_alone,
    propose_detail,
    propose_listing,
    same_text,
    told_apart,
)
from moisson_scraper.suggesting.proposed_field import ProposedField
from moisson_scraper.suggesting.source_kind import hints_in
from moisson_scraper.suggesting.vocabulary import is_title
from moisson_shared.contracts.detail import HtmlDetail
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.sources import HtmlSource
from moisson_shared.contracts.spider_suggestion import SuggestedField

_MOST_PAGINGS = 2
_MOST_LISTS = 3
_EMPTY = Notice(
    "made-by-scripts",
    "The page has next to no text of its own: its content is made by scripts. Look for the address that they ask for "
    "data, or set `rendering` in the spider.",
)
_NO_LIST = Notice("no-list", "No list of things was found on the page: give the address of the page that lists them.")


async def findings_in_html(page: FetchedPage, pages: SeenPages, start: str) -> Findings:
    """All that the page gives. Raises `Unreadable`."""
    look = await asyncio.to_thread(look_at, page)
    found = Findings()
    for hint in hints_in(look.outline):
        found.elsewhere.append(Elsewhere(hint.kind, hint.address, hint.why, hint.weight))
    found.notes.extend(_in_script(count, name) for count, name in embedded_lists(look.outline))
    alone = await asyncio.to_thread(propose_alone, look, start) if look.alone else None
    if alone is not None:
        found.proposals.append(await _proposal(alone, None, (), page, pages, confirmed=False))
        found.notes.append(Notice(alone.why.code, alone.why.message))
    for number, region in enumerate(look.regions):
        listing = await asyncio.to_thread(propose_listing, look, region, start)
        if number == 0 and alone is None:
            found.proposals.append(await _whole(look, listing, page, pages))
        else:
            plain = listing.with_link_as_field()
            found.proposals.append(await _proposal(plain, None, (), page, pages, confirmed=False))
    if not found.proposals:
        found.notes.extend(_in_script(count, name) for count, name in list(lists_in_code(look.outline))[:_MOST_LISTS])
        found.notes.append(_EMPTY if look.empty else _NO_LIST)
    return found


def _in_script(count: int, name: str) -> Notice:
    message = (
        f"The page carries {count} objects as JSON in a script ({name[:60]}), perhaps for a map. No source reads "
        "them there: look whether the site offers them under an address."
    )
    return Notice("data-in-script", message)


async def _whole(look: HtmlLook, listing: ListingProposal, page: FetchedPage, pages: SeenPages) -> Proposal:
    """The best region with its paging and details."""
    paging = await _paging(look, listing, page, pages)
    details: tuple[ProposedField, ...] = ()
    if listing.link is not None and listing.link.local:
        listing, details = await _details(listing, page, pages)
    if not details:
        listing = listing.with_link_as_field()
    return await _proposal(listing, paging, details, page, pages, confirmed=paging is not None or not look.paging)


async def _paging(look: HtmlLook, listing: ListingProposal, page: FetchedPage, pages: SeenPages) -> FoundPaging | None:
    """The first way on that brings other items."""
    for paging in look.paging[:_MOST_PAGINGS]:
        if await pages.leads_on(listing.with_link_as_field().source(paging=paging), page):
            return paging
    return None


async def _details(
    listing: ListingProposal, page: FetchedPage, pages: SeenPages
) -> tuple[ListingProposal, tuple[ProposedField, ...]]:
    """What the pages of the first items have besides."""
    addresses = listing.link.addresses[:MOST_DETAILS] if listing.link is not None else ()
    got = [(address, await pages.tried(address, PageKind.DETAIL)) for address in addresses]
    read = [(address, detail) for address, detail in got if detail is not None]
    if not read:
        return listing, ()
    try:
        details = await asyncio.to_thread(propose_detail, [detail for _, detail in read])
    except Unreadable:
        return listing, ()
    apart = tuple(replace(one, name=f"{one.name} (detail)") for one in details)
    source = _source(listing, apart, None)
    values: list[tuple[dict[str, str], dict[str, str]]] = []
    for item in (await pages.read(source, page)).items:
        if item.detail is not None and item.detail.address in addresses:
            behind = _texts(await pages.read_detail(source, item.detail) or {})
            named = {
                one.name: behind[other.name] for one, other in zip(details, apart, strict=True) if other.name in behind
            }
            values.append((_texts(item.values), named))
    return told_apart(listing, details, values)


def _texts(values: JsonObject) -> dict[str, str]:
    return {name: same_text(value) for name, value in values.items()}


def _source(listing: ListingProposal, details: tuple[ProposedField, ...], paging: FoundPaging | None) -> HtmlSource:
    detail = None
    if details and listing.link is not None:
        fields = {one.name: one.field for one in details}
        detail = HtmlDetail(link=listing.link.field, fields=fields)
    return listing.source(detail, paging)


async def _proposal(
    listing: ListingProposal,
    paging: FoundPaging | None,
    details: tuple[ProposedField, ...],
    page: FetchedPage,
    pages: SeenPages,
    *,
    confirmed: bool,
) -> Proposal:
    """The source with what it gives on the pages at hand; fields that give nothing are left out."""
    source = _source(listing, details, paging)
    sample = await pages.read(source, page)
    fields = [_told(one, sample.rows) for one in listing.fields]
    behind: list[JsonObject] = []
    for item in sample.items:
        if details and item.detail is not None and item.detail.address in pages.known:
            values = await pages.read_detail(source, item.detail)
            behind.extend([values] if values is not None else [])
    fields.extend(_told(one, behind, detail=True) for one in details)
    identity, why = identity_of(sample.rows, [item.url for item in sample.items])
    titled = any(is_title(field.name) for field in fields)
    confidence = draft_confidence(listing.score, confirmed=confirmed, fields=len(fields), titled=titled)
    on = (paging.why,) if paging is not None else ()
    return Proposal("html", source, identity, tuple(fields), confidence, (listing.why, *on, why))


def _told(one: ProposedField, rows: list[JsonObject], *, detail: bool = False) -> SuggestedField:
    return suggested(one.name, "detail" if detail else "listing", one.field.expression, rows, one.evidence, one.why)
