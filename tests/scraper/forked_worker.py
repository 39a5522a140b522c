"""`moisson-scraper work` in a process that was forked where everything is imported already: a drill starts fifty.

A process of its own all the same: it composes and serves itself, and `kill -9` ends it as it ends any other.
"""

import multiprocessing
import os
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from moisson_scraper.__main__ import main

_PRELOADED = [__name__]


def forked_worker(settings: dict[str, str], log: Path) -> ForkServerProcess:
    """A worker under settings of the environment, which writes what it says at the end of `log`."""
    context: ForkServerContext = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    process = context.Process(target=_work, args=(settings, str(log)), daemon=True)
    process.start()
    return process


def _work(settings: dict[str, str], log: str) -> None:
    os.environ.update(settings)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.close(said)
    main(["work"])
