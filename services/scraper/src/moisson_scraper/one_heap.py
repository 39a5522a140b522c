"""All threads of this process take memory from one heap of the C library's, and large blocks from the kernel.

glibc gives threads heaps of their own, so that they need not wait for each other; what one of them gives back is no use
to the others. A crawl's threads (SQLite's, and those that make trees of pages) take turns under Python's lock for the
most part: one heap takes less, in no more time.

It also takes blocks from the kernel, and gives them back to it, only above a size that grows with those that were given
back, up to 32 MiB. Pages, and the items that are written at once, are blocks of many sizes that leave holes of all of
them in the heap; with a size that stays, there are fewer. docs/measured.md has the figures.
"""

import ctypes
import sys

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
"""As malloc.h of glibc has them; see mallopt(3)."""
_LARGE_BLOCK = 2048 * 1024


def keep_one_heap() -> bool:
    """Call before threads are started. False where the C library knows no such settings, and nothing is changed."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is None:
        return False
    return all([mallopt(_M_ARENA_MAX, 1) == 1, mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK) == 1])
