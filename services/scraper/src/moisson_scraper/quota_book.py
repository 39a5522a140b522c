"""Quotas of partners: what is stated, what was used, and whether a run may begin or go on.

A run over a quota is paused where it is, never ended; it goes on by itself when the day is over, when less is kept, or
when an admin has raised the quota.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moisson_scraper.crawling.run_outcome import RunOutcome
from moisson_scraper.keeping.archive_index import ARCHIVED_PAGES
from moisson_scraper.keeping.collections import RAW_HISTORY, RAW_RECORDS, RUNS, SPIDERS, KeptRun
from moisson_scraper.keeping.tenancy import CHARGES, QUOTAS, USAGE, DayUsage, usage_key
from moisson_scraper.keeping.visit_documents import VISITS
from moisson_shared.contracts.errors import VersionConflict
from moisson_shared.contracts.quota import Quota
from moisson_shared.contracts.run import RunState
from moisson_shared.ports.documents import Collection, DocumentStore, Equal, Find, Range, Replace, Stored

RUNS_USED_UP = "quota-runs"
PAGES_USED_UP = "quota-pages"
BYTES_USED_UP = "quota-bytes"
DOCUMENTS_USED_UP = "quota-storage"
CODES = frozenset({RUNS_USED_UP, PAGES_USED_UP, BYTES_USED_UP, DOCUMENTS_USED_UP})
_KEPT: tuple[Collection[Any], ...] = (RAW_RECORDS, RAW_HISTORY, VISITS)
"""What counts as kept beside archives: all of it is found by a `place` that begins with its spider."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Used:
    """What is compared with the limits. `documents` is None where it was not counted."""

    day: DayUsage
    documents: int | None


class QuotaBook:
    """Reads quotas and usage. `defaults` hold for partners of whom nothing is stated."""

    def __init__(self, store: DocumentStore, defaults: Quota, now: Callable[[], datetime]) -> None:
        self.store = store
        self.now = now
        self._defaults = defaults

    async def limits(self, partner: str) -> Quota:
        """What holds for the partner."""
        stored = await self.store.get(QUOTAS, partner)
        return merged(stored.value.quota if stored is not None else Quota(), self._defaults)

    async def today(self, partner: str) -> Stored[DayUsage]:
        """What was used today; version 0 where nothing was."""
        day = self.now().astimezone(UTC).date()
        key = usage_key(partner, day)
        return await self.store.get(USAGE, key) or Stored(key, 0, DayUsage(place=key, partner=partner, day=day))

    async def documents(self, partner: str) -> int:
        """How many documents are kept of the partner's spiders: records, their history, visits, and archived pages."""
        total = 0
        after: str | None = None
        while True:
            page = await self.store.find(SPIDERS, Find((Equal("partner", partner),), limit=_AT_ONCE, after=after))
            for spider in page.items:
                # "0" comes right after "/": every place of the spider, and of no other one.
                own = (Range("place", above=f"{spider.key}/", below=f"{spider.key}0"),)
                for collection in _KEPT:
                    total += await self.store.count(collection, own)
                total += await self.store.count(ARCHIVED_PAGES, (Equal("spider_id", spider.key),))
            after = page.next
            if after is None:
                return total

    async def resumed(self, runs: Iterable[Stored[KeptRun]]) -> list[str]:
        """Of these runs, those that were over a quota and are not any more; they are resuming now."""
        found: list[str] = []
        known: dict[str, tuple[Quota, Used]] = {}
        for stored in runs:
            run = stored.value
            if run.state is not RunState.PAUSED or run.code not in CODES:
                continue
            begun = await self.store.get(CHARGES, run.id) is not None
            if run.partner not in known:
                limits = await self.limits(run.partner)
                known[run.partner] = limits, await self._used(run.partner, limits)
            limits, used = known[run.partner]
            if over(of_run(limits, run), used, begins=not begun) is not None:
                continue
            told = {"state": RunState.RESUMING, "code": None, "error": None}
            try:
                await self.store.apply([Replace(RUNS, run.model_copy(update=told), stored.version)])
            except VersionConflict:
                continue  # somebody asked for something at this very moment, or another process was first
            found.append(run.id)
        return found

    async def _used(self, partner: str, limits: Quota) -> Used:
        """What was used; documents are counted only where they are limited."""
        kept = await self.documents(partner) if limits.documents is not None else None
        return Used((await self.today(partner)).value, kept)


def merged(stated: Quota, defaults: Quota) -> Quota:
    """What is stated, and the defaults where nothing is. Pure."""
    given = {name: value for name, value in dict(stated).items() if value is not None}
    return defaults.model_copy(update=given)


def of_run(limits: Quota, run: KeptRun) -> Quota:
    """What of the limits holds for this run: one that reads an archive asks for no page, and brings no byte. Pure."""
    if run.order.reread_of is None:
        return limits
    return limits.model_copy(update={"pages_per_day": None, "bytes_per_day": None})


def over(limits: Quota, used: Used, *, begins: bool) -> RunOutcome | None:
    """How a run is paused that is over one of the limits; None while it may go on. Pure.

    Runs are limited where they begin: one that has begun does not count again.
    """
    day = used.day
    for code, limit, count, what in (
        (RUNS_USED_UP, limits.runs_per_day if begins else None, day.runs, "runs a day"),
        (PAGES_USED_UP, limits.pages_per_day, day.pages, "pages a day"),
        (BYTES_USED_UP, limits.bytes_per_day, day.bytes, "bytes a day"),
    ):
        if limit is not None and count >= limit:
            tomorrow = (day.day + timedelta(days=1)).isoformat()
            why = (
                f"The partner's quota of {limit:,} {what} is used up: the run goes on by itself on {tomorrow} at 00:00 "
                "UTC, or when an admin raises the quota."
            )
            return RunOutcome(RunState.PAUSED, code, why)
    if limits.documents is not None and used.documents is not None and used.documents >= limits.documents:
        why = (
            f"The partner's quota of {limits.documents:,} kept documents is used up ({used.documents:,} are kept): the "
            "run goes on by itself when fewer are kept, or when an admin raises the quota."
        )
        return RunOutcome(RunState.PAUSED, DOCUMENTS_USED_UP, why)
    return None
