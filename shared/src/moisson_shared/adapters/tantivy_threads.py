"""Blocking work of the tantivy adapters on threads of their own, so that the event loop never waits for a disk."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from moisson_shared.contracts.errors import Unavailable

T = TypeVar("T")

_CHECK_SECONDS = 2.0


class EngineThreads:
    """A few threads; made by an adapter, ended by its `close`."""

    def __init__(self, most: int | None = None) -> None:
        self._executor = ThreadPoolExecutor(most or min(8, (os.cpu_count() or 1) + 1), thread_name_prefix="tantivy")

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`; `Unavailable` where the disk fails."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        except OSError as error:
            raise Unavailable(f"The search index cannot be used: {error.strerror or error}.") from error

    async def check(self, folder: Path, mode: int) -> None:
        """Raises `Unavailable` when a folder cannot be used within two seconds. One that nobody has made yet can: then
        nothing is published."""

        def look() -> bool:
            return not folder.exists() or os.access(folder, mode)

        try:
            usable = await asyncio.wait_for(self.run(look), _CHECK_SECONDS)
        except TimeoutError:
            raise Unavailable("The folder of the search index does not answer.") from None
        if not usable:
            raise Unavailable("The folder of the search index is not accessible.")

    def close(self) -> None:
        """Waits for nothing; what runs ends by itself."""
        self._executor.shutdown(wait=False, cancel_futures=True)
