"""How often each key was met in a run, and where it was met first."""

from array import array
from collections.abc import Iterator

from moisson_scraper.crawling.listing_place import ListingPlace
from moisson_scraper.digest_numbers import DigestNumbers

_MOST = 2**32 - 1


class KeyCounts:
    """By the digest of the key: how many items there are with it."""

    def __init__(self) -> None:
        self._keys = DigestNumbers()
        self._counts = array("I")

    def of(self, digest: bytes) -> int:
        """0 for a key that was not met."""
        number = self._keys.find(digest)
        return 0 if number is None else self._counts[number]

    def raise_to(self, digest: bytes, count: int) -> int:
        """There are at least so many. Gives how many there were."""
        number = self._keys.add(digest)
        if number == len(self._counts):
            self._counts.append(count)
            return 0
        before = self._counts[number]
        if count > before:
            self._counts[number] = count
        return before

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        """Each key with its count."""
        return zip(self._keys, self._counts, strict=True)


class KeyOrdinals:
    """By the digest of the key. Where a key was met first takes eight bytes: a run may have very many of them."""

    def __init__(self) -> None:
        self._keys = DigestNumbers()
        self._counts = array("I")
        self._pages = array("I")
        self._items = array("I")

    def take(self, digest: bytes, listed: ListingPlace) -> int:
        """The ordinal of one more item with the key: 0 for the first one."""
        number = self._keys.add(digest)
        if number == len(self._counts):
            self._counts.append(1)
            self._pages.append(min(listed.page, _MOST))
            self._items.append(min(listed.item, _MOST))
            return 0
        ordinal = self._counts[number]
        self._counts[number] = ordinal + 1
        return ordinal

    def first(self, digest: bytes) -> tuple[int, int]:
        """The number of the listing page where a key was met first, and of the item in it. KeyError for a key that was
        not met."""
        number = self._keys.find(digest)
        if number is None:
            raise KeyError(digest)
        return self._pages[number], self._items[number]
