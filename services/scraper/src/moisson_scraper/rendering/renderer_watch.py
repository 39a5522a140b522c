"""Ends renderer processes that take too much memory: a page has little time, but much can be filled in that time."""

import asyncio
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import structlog

INTERVAL = 0.25
"""Seconds between two looks."""
MOST_TOGETHER = 3
"""How often the bytes of one renderer all of a browser may have."""
_PROC = Path("/proc")


async def watch_renderers(browser: int, most_bytes: int) -> None:
    """Looks until it is cancelled. The page of a killed renderer is told so by the browser: it has crashed."""
    while True:
        await asyncio.sleep(INTERVAL)
        for pid, size in too_large(await asyncio.to_thread(lambda: list(renderers(browser))), most_bytes):
            structlog.get_logger().warning("renderer killed", pid=pid, bytes=size)
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def too_large(sizes: list[tuple[int, int]], most_bytes: int) -> list[tuple[int, int]]:
    """The renderers to be ended, of process ids and bytes. A page has one more for each other site that it frames, so
    that many which are each within bounds can be too much: then the largest of them."""
    alone = [(pid, size) for pid, size in sizes if size > most_bytes]
    if not alone and sum(size for _, size in sizes) > MOST_TOGETHER * most_bytes:
        return [max(sizes, key=lambda one: one[1])]
    return alone


def renderers(browser: int) -> Iterator[tuple[int, int]]:
    """Process id and resident bytes of each renderer below a browser (Linux; elsewhere nothing is found)."""
    parents = dict(_parents(_processes()))
    page = os.sysconf("SC_PAGE_SIZE")
    for pid in parents:
        if _is_below(pid, browser, parents):
            with suppress(OSError, ValueError, IndexError):
                if b"--type=renderer" in (_PROC / str(pid) / "cmdline").read_bytes():
                    yield pid, int((_PROC / str(pid) / "statm").read_text().split()[1]) * page


def _processes() -> Iterator[int]:
    with suppress(OSError):
        for entry in os.scandir(_PROC):
            if entry.name.isdigit():
                yield int(entry.name)


def _parents(pids: Iterable[int]) -> Iterator[tuple[int, int]]:
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            # The name of a process stands in brackets and may hold anything, brackets included.
            yield pid, int((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])


def _is_below(pid: int, top: int, parents: dict[int, int]) -> bool:
    here, steps = pid, 0
    while here in parents and steps < 20:
        here, steps = parents[here], steps + 1
        if here == top:
            return True
    return False
