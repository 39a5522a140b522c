"""All fixtures of all spiders, or of some, read again: after an upgrade, before it goes live. Nothing is fetched.

Steps: find the spiders, replay the fixtures of each, say what is read otherwise.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.fixtures.check_fixtures import FixtureReader, sentence
from moisson_scraper.keeping.collections import SPIDERS
from moisson_shared.contracts.errors import Fault, NotFound
from moisson_shared.contracts.page_fixture import SpiderCheck
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentReader, Equal, Find

_AT_ONCE = 100
_SHOWN = 5
"""Differences of one fixture in the table."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One spider: what its fixtures give, or why it cannot be compiled any more."""

    spider: str
    check: SpiderCheck | None
    faults: tuple[Fault, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything is read as expected."""
        return not self.faults and (self.check is None or self.check.holds)


async def check_spiders(
    store: DocumentReader, fixtures: FixtureReader, wanted: Sequence[str], partner: str | None
) -> AsyncIterator[Checked]:
    """One after the other, by id; of one partner, those named, or all. Raises `NotFound` for one that is not there."""
    missing = set(wanted)
    async for spider in _spiders(store, partner):
        if wanted and spider.id not in wanted:
            continue
        missing.discard(spider.id)
        # Where a browser is missing, kept pages can be read all the same.
        if faults := faults_in(spider):
            yield Checked(spider.id, None, faults)
        else:
            yield Checked(spider.id, await fixtures.check(spider.id, spider.source))
    if missing:
        raise NotFound(f"There is no spider {', '.join(sorted(missing))}.")


async def _spiders(store: DocumentReader, partner: str | None) -> AsyncIterator[SpiderConfig]:
    where = (Equal("partner", partner),) if partner is not None else ()
    after: str | None = None
    while True:
        page = await store.find(SPIDERS, Find(where, limit=_AT_ONCE, after=after))
        for stored in page.items:
            yield stored.value
        after = page.next
        if after is None:
            return


def check_lines(checked: Sequence[Checked]) -> Iterator[str]:
    """The table for people: a line per fixture, the differences below it, and a sum."""
    width = max((len(one.spider) for one in checked), default=0)
    fixtures = holding = 0
    for one in checked:
        spider = one.spider.ljust(width)
        if one.faults:
            yield f"{spider}  cannot work any more"
            yield from (f"    {fault.pointer or '/'}: {fault.message}" for fault in one.faults[:_SHOWN])
            continue
        if one.check is None or not one.check.fixtures:
            yield f"{spider}  has no fixtures"
            continue
        for fixture in one.check.fixtures:
            fixtures += 1
            holding += fixture.holds
            count = len(fixture.differences) + fixture.left_out
            told = "holds" if fixture.holds else f"{count:,} difference{'s' if count > 1 else ''}"
            yield f"{spider}  {fixture.name or fixture.fixture}: {told}"
            yield from (f"    {sentence(difference)}" for difference in fixture.differences[:_SHOWN])
            if count > _SHOWN:
                yield f"    and {count - _SHOWN:,} more"
    yield f"{len(checked):,} spiders, {fixtures:,} fixtures: {holding:,} hold, {fixtures - holding:,} do not"
