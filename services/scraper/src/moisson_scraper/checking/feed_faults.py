"""A feed: its addresses, and the pages of its entries."""

from collections.abc import Iterator

from moisson_scraper.checking.detail_faults import in_detail
from moisson_scraper.checking.expressions import in_addresses
from moisson_scraper.reading.selectors import Scope
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.sources import FeedSource


def in_feed(source: FeedSource) -> Iterator[Fault]:
    """Everything that is wrong with it."""
    yield from in_addresses(source.start_urls, ("source", "start_urls"))
    yield from in_detail(source.detail, ("source", "detail"), Scope.PAGE)
