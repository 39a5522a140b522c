"""Where a run met an item in its listing."""

from dataclasses import dataclass

from moisson_scraper.reading.rendered_listing import part_of
from moisson_scraper.reading.source_reader import PageRequest


@dataclass(frozen=True, slots=True)
class ListingPlace:
    """The page, its number among the listing pages of the run, and the item's number in it; both from 1."""

    address: str | None
    """As it was asked for; None for what is no page of the web (an uploaded file)."""
    page: int
    item: int


def listing_address(request: PageRequest) -> str | None:
    """The address for people: without the mark of a part that a click has brought."""
    address, _ = part_of(request.address)
    return address if address.startswith(("http:", "https:")) else None
