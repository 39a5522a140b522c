"""What is there after the start stays for the life of the process: the garbage collector need not look at it again."""

import gc

YOUNG = 20_000
"""New objects before the youngest are looked through. A page of HTML makes thousands that are no garbage yet: with the
standard 700 a crawl spends a sixth of its time on looking (measured with `make bench`)."""
RARELY = 50


def spare_lasting_objects() -> None:
    """Call once in a process, when its app is made: what is frozen is never given back."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, RARELY, RARELY)
