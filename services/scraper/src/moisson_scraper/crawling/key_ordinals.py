"""How often each key was met in a run, and where it was met first."""

from array import array

from moisson_scraper.crawling.listing_place import ListingPlace

_MOST = 2**32 - 1


class KeyOrdinals:
    """By the digest of the key. Where a key was met first takes eight bytes: a run may have very many of them."""

    def __init__(self) -> None:
        self._met: dict[bytes, int] = {}
        """In the order in which the keys were met first; so are the places."""
        self._pages = array("I")
        self._items = array("I")

    def take(self, digest: bytes, listed: ListingPlace) -> int:
        """The ordinal of one more item with the key: 0 for the first one."""
        ordinal = self._met.get(digest, 0)
        self._met[digest] = ordinal + 1
        if not ordinal:
            self._pages.append(min(listed.page, _MOST))
            self._items.append(min(listed.item, _MOST))
        return ordinal

    def first(self, digest: bytes) -> tuple[int, int]:
        """The number of the listing page where a key was met first, and of the item in it. Looks through all keys: for
        a few samples, not for every item."""
        index = next(index for index, met in enumerate(self._met) if met == digest)
        return self._pages[index], self._items[index]
