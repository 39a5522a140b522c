"""An RSS or Atom feed as a source: its entries are the items, with the fields of `FEED_FIELDS`."""

from moisson_scraper.fingerprint import fingerprint_of
from moisson_scraper.reading.addresses import page_address, stated_address
from moisson_scraper.reading.detail_levels import DetailLevels
from moisson_scraper.reading.feed_entries import MOST_ENTRIES, read_feed
from moisson_scraper.reading.json_paths import PathFailed
from moisson_scraper.reading.next_pages import NextPages, cannot_be_asked_for, without_unfetchable
from moisson_scraper.reading.notice import Dropped, Notice, Unreadable
from moisson_scraper.reading.source_reader import (
    DetailRead,
    FetchedPage,
    FoundItem,
    ListingRead,
    PageKind,
    PageRequest,
)
from moisson_scraper.reading.text_cleaning import TooDeep, clean_value, replaced_characters
from moisson_scraper.reading.unpacking import is_packed
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.sources import FEED_FIELDS, FeedSource

FEED_ACCEPT = (
    "application/atom+xml,application/rss+xml,application/rdf+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.1"
)


class FeedReader:
    """`SourceReader` of feeds. Raises what the compiling of selectors and paths raises."""

    def __init__(self, source: FeedSource) -> None:
        self._source = source
        self._detail = DetailLevels(source.detail) if source.detail is not None else None

    def first_pages(self) -> tuple[PageRequest, ...]:
        """The feeds that are stated."""
        return tuple(PageRequest(stated_address(address), accept=FEED_ACCEPT) for address in self._source.start_urls)

    def field_names(self, kind: PageKind) -> tuple[str, ...]:
        """What entries can have, and the fields of their details."""
        if kind is PageKind.LISTING:
            return FEED_FIELDS
        return self._detail.field_names if self._detail is not None else ()

    def takes_long(self, page: FetchedPage) -> bool:
        """Packed feeds, and details whose selectors are not plain."""
        return is_packed(page.body) or (self._detail is not None and not self._detail.linear)

    def read_listing(self, page: FetchedPage, request: PageRequest) -> ListingRead:
        """The entries of one page of a feed, and where older ones are."""
        feed = read_feed(page)
        items: list[FoundItem | Notice] = []
        for number, values in enumerate(feed.entries, 1):
            items.extend(self._item(values, page, f"{page.address} item {number}"))
        if feed.left_out:
            message = f"Entries after the {MOST_ENTRIES:,}th of a page of a feed were dropped."
            items.append(Dropped("too-many-entries", message, page.address, feed.left_out))
        onward = self._older(feed.next, request) if self._source.pages else NextPages()
        fingerprint = b""
        if feed.entries and self._source.pages:
            fingerprint = fingerprint_of([[item.values, item.url] for item in items if isinstance(item, FoundItem)])
        open_ended = onward.open_ended or not feed.complete
        told = (*feed.notices, *onward.notices)
        return ListingRead(items, onward.pages, fingerprint, told, feed.encoding, open_ended)

    def _older(self, written: str | None, request: PageRequest) -> NextPages:
        """The page with older entries, at the address that the feed names."""
        if cannot_be_asked_for(written):
            return without_unfetchable(1, request.address)
        address = page_address(written)
        if address is None:
            return NextPages()
        return NextPages((PageRequest(address, position=request.position + 1, accept=FEED_ACCEPT),))

    def _item(self, values: JsonObject, page: FetchedPage, place: str) -> list[FoundItem | Notice]:
        try:
            cleaned, replaced = clean_value(values)
        except TooDeep:
            return [Dropped("nested-too-deeply", "Items that are nested too deeply were dropped.", place)]
        notices: list[FoundItem | Notice] = list(replaced_characters(replaced, place))
        kept = cleaned if isinstance(cleaned, dict) else {}
        link = kept.get("link")
        url = page_address(link) if isinstance(link, str) else None
        if link is not None and url is None:
            message = "Entries have a link that leads to no page (another scheme, too long, or no address)."
            notices.append(Notice("link-not-a-page", message, place))
        if self._detail is None:
            return [*notices, FoundItem(kept, url, None, place)]
        try:
            detail, odd = self._detail.request_from_json(kept, page.address, place)
        except PathFailed as error:
            return [*notices, Dropped("path-failed", str(error)[:300], place)]
        if any(isinstance(notice, Dropped) for notice in odd):
            return [*notices, *odd]
        return [*notices, *odd, FoundItem(kept, url, detail, place)]

    def read_detail(self, page: FetchedPage, request: PageRequest) -> DetailRead:
        """The page of an entry, or one behind it."""
        if self._detail is None:
            raise Unreadable("no-details", "This feed has no detail pages.")
        return self._detail.read(page, request)
