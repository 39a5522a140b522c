"""Where an item's own page is: the link that each item has to an address that no other one has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.html_page import HtmlPage
from moisson_scraper.suggesting.headed_runs import HEADINGS, links_in, runs_behind
from moisson_scraper.suggesting.item_slots import Slot, SlotFinder
from moisson_scraper.suggesting.page_outline import Part
from moisson_scraper.suggesting.repeated_items import links_of
from moisson_scraper.suggesting.slots_behind import slots_behind
from moisson_scraper.suggesting.vocabulary import says_read_on
from moisson_shared.contracts.selecting import HtmlField, Syntax, Take

_HEADINGS = frozenset(("h1", *HEADINGS))
_LEAST = 0.8
"""The share of items that must have it."""


@dataclass(frozen=True, slots=True)
class DetailLink:
    """The link, and where it leads in the items looked at."""

    field: HtmlField
    addresses: tuple[str, ...]
    local: bool
    """Whether it stays on the site, so that pages behind it are of one kind."""


def find_detail_link(page: HtmlPage, items: Sequence[Part]) -> DetailLink | None:
    """The best one; None where items have none."""
    beside = [links_in(run) for run in runs_behind(items)] if items[0].tag in HEADINGS else [set() for _ in items]
    often = Counter(link for item, further in zip(items, beside, strict=True) for link in {*links_of(item), *further})
    found: list[tuple[float, DetailLink]] = []
    itself = [item.element.get("href") if item.tag == "a" else None for item in items]
    candidates = [(HtmlField(syntax=Syntax.XPATH, expression=".", take=Take.LINK), itself, 1.0)]
    for slot in (*SlotFinder(items).slots(), *slots_behind(items)):
        if slot.tag == "a":
            hrefs = [own[0].element.get("href") if own else None for own in slot.parts]
            field = HtmlField(syntax=slot.selector.syntax, expression=slot.selector.expression, take=Take.LINK)
            candidates.append((field, hrefs, _weight(slot)))
    anywhere = HtmlField(syntax=Syntax.XPATH, expression="(.//a[@href])[1]", take=Take.LINK)
    candidates.append((anywhere, [next(iter(links_of(item)), None) for item in items], 0.1))
    for field, hrefs, weight in candidates:
        own = [href for href in hrefs if href is not None and often[href] == 1]
        addresses = [address for href in own if (address := page_address(page.absolute(href))) is not None]
        if len(addresses) < _LEAST * len(items):
            continue
        here = urlsplit(page.base).netloc
        local = sum(urlsplit(address).netloc == here for address in addresses) >= _LEAST * len(addresses)
        found.append((weight + local, DetailLink(field, tuple(addresses), local)))
    return max(found, key=lambda one: one[0])[1] if found else None


def _weight(slot: Slot) -> float:
    """A link in a heading is the item's own; a long text is a title rather than a button."""
    parts = [part for own in slot.parts for part in own]
    in_heading = sum(part.parent is not None and part.parent.tag in _HEADINGS for part in parts) / len(parts)
    # However long it is: `Lire la suite de …` is a button for everybody.
    length = sum(len(words) for part in parts if not says_read_on(words := part.words())) / len(parts)
    return 0.5 * in_heading + 0.3 * min(1.0, length / 40) + (0.0 if slot.many else 0.3)
