"""How many heaps the C library keeps for the threads of a process, as it tells itself."""

import subprocess
import sys

import pytest

COUNT = """
import ctypes, os, sys, threading
from moisson_scraper.one_heap import keep_one_heap

if sys.argv[1] == "one":
    assert keep_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
together = threading.Barrier(4)


def take():
    libc.malloc(10_000)
    together.wait()


threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.fdopen.restype, libc.malloc_info.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
out = libc.fdopen(1, b"w")
libc.malloc_info(0, out)
libc.fflush(ctypes.c_void_p(out))
"""


@pytest.mark.parametrize(("how", "one"), [("one", True), ("as-ever", False)])
def test_threads_share_one_heap_only_when_asked_to(how: str, one: bool) -> None:
    told = subprocess.run([sys.executable, "-c", COUNT, how], capture_output=True, text=True, check=True).stdout
    assert (told.count("<heap nr=") == 1) is one
