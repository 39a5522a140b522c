"""Ports for processes that are about to be started, which nobody else is given meanwhile.

They are below those that the system hands out by itself (32768 and up on Linux), and each of pytest's processes has a
stretch of its own.
"""

import os
import socket
from collections.abc import Iterator
from functools import cache
from itertools import cycle

_FIRST = 12_000
_PER_PROCESS = 1_500
_PROCESSES = 13


def free_port() -> int:
    """One that nobody listens on, and that is not given again soon."""
    return next(port for port in _candidates() if _is_free(port))


def free_ports(count: int) -> list[int]:
    """So many."""
    return [free_port() for _ in range(count)]


@cache
def _candidates() -> Iterator[int]:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
    begin = os.getpid() % _PER_PROCESS  # not the same ones in the next run, which may still be closing
    return cycle(_FIRST + number * _PER_PROCESS + (begin + step) % _PER_PROCESS for step in range(_PER_PROCESS))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
