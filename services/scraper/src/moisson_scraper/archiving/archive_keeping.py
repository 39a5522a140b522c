"""What of the archives is kept: not longer than so many days, not more than so many bytes of one partner.

Rows of the index go first, then the files that no row needs: a kill in between leaves files that the next look finds.
A run's content that later runs point at stays as long as they do, unless the partner has too many bytes.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from moisson_scraper.archiving.warc_file import SUFFIX
from moisson_scraper.keeping.archive_index import ARCHIVED_PAGES
from moisson_scraper.keeping.collections import RUNS, KeptRun
from moisson_scraper.keeping.error_pages import RUN_ERRORS
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.ports.documents import DeleteWhere, DocumentStore, Equal, Find, Range

_RUN = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class KeepingRules:
    """How long pages of runs are kept, and how many bytes of archives a partner may have."""

    days: int
    bytes_per_partner: int
    error_days: int


@dataclass(frozen=True, slots=True)
class _Archived:
    folder: Path
    run_id: str
    files: tuple[Path, ...]
    bytes: int
    written_at: float
    """Seconds since 1970."""


class ArchiveKeeping:
    """Looks after the archives below one folder; None where there are none."""

    def __init__(
        self, store: DocumentStore, folder: Path | None, rules: KeepingRules, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._folder = folder
        self._rules = rules
        self._now = now
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        """Discards what is too old or too much. Never raises for what another look can do."""
        async with self._looking:
            try:
                await self._look()
            except (MoissonError, OSError) as error:
                structlog.get_logger().warning("archives not looked at", reason=str(error))

    async def _look(self) -> None:
        before = self._now() - timedelta(days=self._rules.error_days)
        await self._store.apply([DeleteWhere(RUN_ERRORS, (Range("at", below=before),))])
        if self._folder is None:
            return
        found = await asyncio.to_thread(_archives, self._folder)
        runs = await self._store.get_many(RUNS, [archived.run_id for archived in found])
        of_partners: dict[str, list[tuple[KeptRun, _Archived]]] = defaultdict(list)
        for archived in found:
            stored = runs.get(archived.run_id)
            if stored is None:
                if archived.written_at < (self._now() - timedelta(days=self._rules.days)).timestamp():
                    await self._discard(archived, "its run is not known")
            elif stored.value.state.final and not await self._is_needed(archived.run_id):
                await self._discard(archived, "nothing points at it")
            else:
                of_partners[stored.value.partner].append((stored.value, archived))
        for theirs in of_partners.values():
            await self._bound(sorted(theirs, key=lambda pair: pair[0].queued_at))

    async def _bound(self, oldest_first: list[tuple[KeptRun, _Archived]]) -> None:
        too_old = self._now() - timedelta(days=self._rules.days)
        left = sum(archived.bytes for _, archived in oldest_first)
        for run, archived in oldest_first:
            if not run.state.final:
                continue
            if left > self._rules.bytes_per_partner:
                await self._forget(run.id, borrowed=True)
                await self._discard(archived, "its partner has too many bytes")
                left -= archived.bytes
            elif (run.finished_at or run.queued_at) < too_old:
                await self._forget(run.id)
                if not await self._is_needed(run.id):
                    await self._discard(archived, "it is too old")
                    left -= archived.bytes

    async def _is_needed(self, run_id: str) -> bool:
        for attribute in ("run_id", "borrowed_from"):
            if (await self._store.find(ARCHIVED_PAGES, Find((Equal(attribute, run_id),), limit=1))).items:
                return True
        return False

    async def _forget(self, run_id: str, *, borrowed: bool = False) -> None:
        gone = [DeleteWhere(ARCHIVED_PAGES, (Equal("run_id", run_id),))]
        if borrowed:
            gone.append(DeleteWhere(ARCHIVED_PAGES, (Equal("borrowed_from", run_id),)))
        await self._store.apply(gone)

    async def _discard(self, archived: _Archived, reason: str) -> None:
        await asyncio.to_thread(_remove, archived)
        structlog.get_logger().info("archive discarded", run=archived.run_id, bytes=archived.bytes, reason=reason)


def _archives(folder: Path) -> list[_Archived]:
    """`<spider>/<run>` with the files in it that are ours; whatever else is there is left alone."""
    found = []
    for run in sorted(folder.glob("*/*")):
        if _RUN.fullmatch(run.name) and run.is_dir() and not run.is_symlink() and not run.parent.is_symlink():
            files = tuple(sorted(file for file in run.glob("*" + SUFFIX) if file.is_file()))
            told = [file.stat() for file in files]
            newest = max((stat.st_mtime for stat in told), default=run.stat().st_mtime)
            found.append(_Archived(run, run.name, files, sum(stat.st_size for stat in told), newest))
    return found


def _remove(archived: _Archived) -> None:
    for file in archived.files:
        file.unlink(missing_ok=True)
    for folder in (archived.folder, archived.folder.parent):
        with suppress(OSError):  # something else is in it, or somebody was faster
            folder.rmdir()
