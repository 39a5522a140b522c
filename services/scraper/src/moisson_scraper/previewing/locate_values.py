"""Where the values of a page stand: looked for here, or in a process that can be stopped where that could take long."""

from collections.abc import Sequence

from moisson_scraper.locating.page_places import Places, detail_places, listing_places
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.reading.source_reader import FetchedPage, FoundItem, PageRequest, TakesLong
from moisson_shared.contracts.sources import Source


async def located_items(
    source: Source, reading: PageReading, page: FetchedPage, request: PageRequest, items: Sequence[FoundItem]
) -> list[Places]:
    """For each of the items, which are of this page. Raises `Unreadable`."""
    try:
        return listing_places(source, page, items)
    except TakesLong:
        found = await reading.places_elsewhere(page, request, items)
        return [found[number] if number < len(found) else {} for number in range(len(items))]


async def located_detail(source: Source, reading: PageReading, page: FetchedPage, request: PageRequest) -> Places:
    """Of one detail page. Raises `Unreadable`."""
    try:
        return detail_places(source, page, request)
    except TakesLong:
        return next(iter(await reading.places_elsewhere(page, request)), {})
