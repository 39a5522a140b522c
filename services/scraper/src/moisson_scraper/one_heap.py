"""All threads of this process take memory from one heap of the C library's.

glibc gives threads heaps of their own, so that they need not wait for each other; what one of them gives back is no use
to the others. A crawl's threads (SQLite's, and those that make trees of pages) take turns under Python's lock for the
most part: with one heap a crawl of 1,000 pages takes 9 MiB less, one of 30,000 takes 22 less, in no more time (measured
with `python -m bench.crawl.with_moisson`).
"""

import ctypes
import sys

_M_ARENA_MAX = -8
"""As malloc.h of glibc has it; see mallopt(3)."""


def keep_one_heap() -> bool:
    """Call before threads are started. False where the C library knows no such heaps, and nothing is changed."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    return mallopt is not None and mallopt(_M_ARENA_MAX, 1) == 1
