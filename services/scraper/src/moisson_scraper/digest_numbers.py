"""Very many digests, numbered in the order in which they came.

A dict of them takes some 150 bytes for each, and twice that while it grows; this takes 22 to 28. A crawl of 100,000
pages keeps one for its keys.
"""

from array import array
from collections.abc import Iterator

from moisson_scraper.fingerprint import BYTES

_FEWEST = 64
"""Slots; always a power of two."""


class DigestNumbers:
    """Open addressing with linear probing: a slot holds the number of a digest and one more, and 0 where it is free.

    Where a digest belongs follows from Python's own hash, whose secret changes with each process: a site that chooses
    its keys cannot make all of them belong to one place.
    """

    def __init__(self) -> None:
        self._digests = bytearray()
        self._slots = array("I", bytes(4 * _FEWEST))

    def __len__(self) -> int:
        return len(self._digests) // BYTES

    def __iter__(self) -> Iterator[bytes]:
        """In the order of their numbers."""
        for start in range(0, len(self._digests), BYTES):
            yield bytes(self._digests[start : start + BYTES])

    def find(self, digest: bytes) -> int | None:
        """Its number, from 0 on; None for one that has not come."""
        held = self._slots[self._slot(digest)]
        return held - 1 if held else None

    def add(self, digest: bytes) -> int:
        """Its number; a new one gets the next. ValueError for what is no digest of 16 bytes."""
        if len(digest) != BYTES:
            raise ValueError(f"a digest has {BYTES} bytes, and not {len(digest)}")
        slot = self._slot(digest)
        if held := self._slots[slot]:
            return held - 1
        self._digests += digest
        numbered = len(self)
        self._slots[slot] = numbered
        if 3 * numbered > 2 * len(self._slots):
            self._grow()
        return numbered - 1

    def _slot(self, digest: bytes) -> int:
        """Where it is, or where it would be."""
        slots, digests = self._slots, self._digests
        last = len(slots) - 1
        slot = hash(digest) & last
        while held := slots[slot]:
            if digests.startswith(digest, (held - 1) * BYTES):
                break
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        slots = array("I", bytes(8 * len(self._slots)))
        last = len(slots) - 1
        for number, digest in enumerate(self, start=1):
            slot = hash(digest) & last
            while slots[slot]:
                slot = (slot + 1) & last
            slots[slot] = number
        self._slots = slots


class DigestSet:
    """A set of digests; one that is taken out still takes its place."""

    def __init__(self) -> None:
        self._numbers = DigestNumbers()
        self._inside = bytearray()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __contains__(self, digest: object) -> bool:
        number = self._numbers.find(digest) if isinstance(digest, bytes) else None
        return number is not None and bool(self._inside[number])

    def add(self, digest: bytes) -> None:
        """Puts it in."""
        number = self._numbers.add(digest)
        if number == len(self._inside):
            self._inside.append(0)
        self._size += not self._inside[number]
        self._inside[number] = 1

    def discard(self, digest: bytes) -> None:
        """Takes it out, if it is there."""
        number = self._numbers.find(digest)
        if number is not None:
            self._size -= self._inside[number]
            self._inside[number] = 0
