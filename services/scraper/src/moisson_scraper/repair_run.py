"""What may be done about a run that lost something: the last good page and today's, what is gone, what finds it again.

Steps: find the pages, compare them, try each proposal on the fixtures, make a draft of the best ones. Nothing is
changed: a person saves the draft as any other change of the spider.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.fixtures.check_fixtures import FixtureReader
from moisson_scraper.fixtures.compare_outcomes import differences
from moisson_scraper.fixtures.replay_pages import ReplayedPage
from moisson_scraper.health.judge_run import Judgement
from moisson_scraper.keeping.collections import RUN_STATISTICS, RUNS, SPIDER_VERSIONS, SPIDERS, KeptRun, version_key
from moisson_scraper.keeping.page_documents import KEPT_PAGES, KeptPage
from moisson_scraper.keeping.page_packing import unpacked_page
from moisson_scraper.keeping.run_samples import KINDS, Kind, samples_of
from moisson_scraper.locating.page_fields import PageFields, detail_fields, listing_fields
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.source_reader import PageKind, TakesLong
from moisson_scraper.repair.change_source import with_selector
from moisson_scraper.repair.find_losses import (
    ADDRESS,
    ITEM,
    LINK,
    NEXT,
    NO_FIELDS,
    IsLost,
    Loss,
    Side,
    field_shares,
    find_losses,
    is_lost,
)
from moisson_scraper.rights import require_reader
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import NotFound, TooManyRequests
from moisson_shared.contracts.faults import json_pointer
from moisson_shared.contracts.page_fixture import PageFixture
from moisson_shared.contracts.run import Reason
from moisson_shared.contracts.run_repair import ComparedPages, LostField, Proposal, RunRepair
from moisson_shared.contracts.sources import Source
from moisson_shared.contracts.spider import SpiderConfig, SpiderDraft
from moisson_shared.ports.documents import DocumentStore, Equal, Find, Order, Range

AT_ONCE = 2
MOST_LOST = 30
MOST_FIXTURES = 5
"""The newest ones, that each proposal is tried on."""
LEAST_CONFIDENCE = 0.5
"""From which on a proposal goes into the draft."""
_LATER_RUNS = 50
_RUN = "run of that id"
_DIFFERENCES = {ITEM: {"items", "unreadable"}, LINK: {"detail-address"}, NEXT: {"next-address"}}
"""What speaks against a proposal for something that is no field."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """The pages of one kind; None where there is none."""

    kind: Kind
    good: KeptPage | None
    today: KeptPage | None

    def shown(self) -> ComparedPages:
        good, today = self.good, self.today
        return ComparedPages(
            kind="listing" if self.kind[0] is PageKind.LISTING else "detail",
            level=self.kind[1],
            good=good.id if good is not None else None,
            good_address=good.address if good is not None else None,
            today=today.id if today is not None else None,
            today_address=today.address if today is not None else None,
        )


class RunRepairs:
    """Proposes repairs, a few at a time."""

    def __init__(self, store: DocumentStore, fixtures: FixtureReader) -> None:
        self._store = store
        self._fixtures = fixtures
        self._room = asyncio.Semaphore(AT_ONCE)

    async def of(self, caller: Caller, run_id: str) -> RunRepair:
        """Of a run whose pages are still kept: the newest one of its spider."""
        stored = await self._store.get(RUNS, run_id)
        require_reader(caller, stored.value.partner if stored is not None else None, _RUN)
        if stored is None:
            raise NotFound(f"There is no {_RUN}.")
        spider = await self._store.get(SPIDERS, stored.value.spider_id)
        if spider is None:
            raise NotFound("The spider of this run is deleted.")
        if self._room.locked():
            raise TooManyRequests(f"{AT_ONCE} repairs are being looked for: try again in a moment.", retry_after=5)
        async with self._room:
            return await self._repair(stored.value, spider.value)

    async def _repair(self, run: KeptRun, spider: SpiderConfig) -> RunRepair:
        fixtures = [stored.value for stored in await self._fixtures.of(spider.id)]
        pairs = await self._pairs(run, fixtures)
        remarks: list[Reason] = []
        if not any(pair.today for pair in pairs):
            message = "No page of this run is kept: it fetched none, or another run of the spider has begun since."
            remarks.append(Reason(code="pages-not-kept", message=message))
        lost: list[tuple[Loss, Kind]] = []
        judged = await self._judged(run)
        for pair in pairs:
            lost += [(loss, pair.kind) for loss in await self._losses(pair, spider, judged, remarks)]
        if len(lost) > MOST_LOST:
            message = f"Of {len(lost):,} lost fields the first {MOST_LOST} are shown."
            remarks.append(Reason(code="more-fields-lost", message=message))
        shown, source = await self._tried(lost[:MOST_LOST], spider.source, fixtures)
        draft = _draft(spider, source) if source != spider.source else None
        if draft is not None and (faults := faults_in(draft)):
            message = f"The proposals do not make a spider that could work: {faults[0].message}"
            remarks.append(Reason(code="proposals-unfit", message=message))
            draft = None
        return RunRepair(
            run_id=run.id,
            spider_id=spider.id,
            spider_version=run.spider_version,
            state=run.state,
            error=run.error,
            pages=tuple(pair.shown() for pair in pairs),
            lost=tuple(shown),
            draft=draft,
            check=await self._fixtures.check(spider.id, draft.source) if draft is not None else None,
            remarks=tuple(dict.fromkeys(one.message for one in remarks)),
            reasons=tuple(dict.fromkeys(remarks)),
        )

    # The pages.

    async def _pairs(self, run: KeptRun, fixtures: Sequence[PageFixture]) -> list[_Pair]:
        """The pages of each kind: today's, and the last good one that is not the same run's, else a fixture's.

        What the newest run has not fetched was as an earlier run had fetched it.
        """
        newest = await self._is_newest(run)
        found = await samples_of(self._store, run.spider_id, "now")
        now = {kind: sample for kind, sample in found.items() if newest or sample.value.run_id == run.id}
        good = await samples_of(self._store, run.spider_id, "good")
        before = await samples_of(self._store, run.spider_id, "before")
        wanted: dict[Kind, tuple[str | None, str | None]] = {}
        for kind in KINDS:
            today = now[kind].value.page_id if kind in now else None
            last = good.get(kind)
            if last is not None and last.value.run_id == (now[kind].value.run_id if kind in now else run.id):
                last = before.get(kind)
            earlier = last.value.page_id if last is not None else await self._of_fixture(kind, fixtures)
            if today is not None or earlier is not None:
                wanted[kind] = earlier, today
        ids = [page for pair in wanted.values() for page in pair if page is not None]
        kept = {key: stored.value for key, stored in (await self._store.get_many(KEPT_PAGES, ids)).items()}
        return [_Pair(kind, kept.get(a or ""), kept.get(b or "")) for kind, (a, b) in wanted.items()]

    async def _is_newest(self, run: KeptRun) -> bool:
        """Whether no run of the spider was asked for since, trials aside."""
        later = (Equal("spider_id", run.spider_id), Range("queued_at", above=run.queued_at))
        found = await self._store.find(RUNS, Find(later, (Order("queued_at"),), _LATER_RUNS))
        return found.next is None and all(stored.value.order.trial_pages is not None for stored in found.items)

    async def _of_fixture(self, kind: Kind, fixtures: Sequence[PageFixture]) -> str | None:
        for fixture in fixtures:
            pages = await self._store.get_many(KEPT_PAGES, [page.id for page in fixture.pages])
            for page in fixture.pages:
                stored = pages.get(page.id)
                if stored is not None and (stored.value.kind, stored.value.level) == (kind[0].value, kind[1]):
                    return page.id
        return None

    # What is lost.

    async def _judged(self, run: KeptRun) -> IsLost:
        """By the run's own figures and those of the runs before it."""
        kept = await self._store.get(RUN_STATISTICS, run.id)
        version = await self._store.get(SPIDER_VERSIONS, version_key(run.spider_id, run.spider_version))
        shares: dict[str, float] = {}
        items = 0
        if kept is not None:
            items = kept.value.items
            shares = field_shares({field.name: field.filled for field in kept.value.fields}, items)
        baseline = await Judgement(self._store, version.value, run.id).baseline() if version is not None else None

        def lost(name: str, was: float, now: float) -> bool:
            if name in NO_FIELDS or not items:
                return is_lost(was, now, None, None)
            return is_lost(was, now, shares.get(name, 0.0), baseline.fill.get(name) if baseline is not None else None)

        return lost

    async def _losses(self, pair: _Pair, spider: SpiderConfig, lost: IsLost, remarks: list[Reason]) -> list[Loss]:
        if pair.good is None or pair.today is None:
            return []
        good = await self._side(pair.good, pair.kind, spider)
        today = await self._side(pair.today, pair.kind, spider)
        if good is None or today is None:
            return []
        try:
            return await asyncio.to_thread(find_losses, good, today, lost)
        except TakesLong:
            remarks.append(Reason(code="page-not-compared", message="Pages that are so large are not compared."))
        except Unreadable as error:
            remarks.append(Reason(code=error.code, message=f"A page cannot be read any more: {error.message}"))
        return []

    async def _side(self, kept: KeptPage, kind: Kind, spider: SpiderConfig) -> Side | None:
        """A page with what the version that read it takes; a fixture's with what the spider takes now."""
        source = spider.source
        if kept.spider_version is not None:
            version = await self._store.get(SPIDER_VERSIONS, version_key(spider.id, kept.spider_version))
            source = version.value.source if version is not None else source
        fields = _fields(source, kind)
        return Side(unpacked_page(kept.packed)[0], fields) if fields is not None else None

    # What is proposed.

    async def _tried(
        self, lost: Sequence[tuple[Loss, Kind]], source: Source, fixtures: Sequence[PageFixture]
    ) -> tuple[list[LostField], Source]:
        """Each loss with its proposals tried on the fixtures, and the source with the best of each."""
        pages = [(fixture, await self._fixtures.pages(fixture)) for fixture in fixtures[:MOST_FIXTURES]]
        shown: list[LostField] = []
        for loss, (kind, _) in lost:
            proposals = [await self._on_fixtures(loss, one, source, pages) for one in loss.proposals]
            best = max(proposals, key=_worth, default=None)
            proposals.sort(key=lambda one: -_worth(one))
            if best is not None and best.confidence >= LEAST_CONFIDENCE:
                source = _changed(source, loss, best) or source
            shown.append(
                LostField(
                    name=loss.name,
                    kind="listing" if kind is PageKind.LISTING else "detail",
                    pointer=json_pointer(loss.pointer),
                    was=loss.was,
                    proposals=tuple(proposals),
                )
            )
        return shown, source

    async def _on_fixtures(
        self, loss: Loss, proposal: Proposal, source: Source, pages: Sequence[tuple[PageFixture, list[ReplayedPage]]]
    ) -> Proposal:
        changed = _changed(source, loss, proposal)
        held = tried = 0
        for fixture, kept in pages:
            if changed is None or not _expects(fixture, loss.name):
                continue
            tried += 1
            told, _ = differences(fixture.expected, await self._fixtures.replayed(changed, kept), changed)
            kinds = _DIFFERENCES.get(loss.name)
            held += not any(one.kind in kinds if kinds is not None else one.field == loss.name for one in told)
        return proposal.model_copy(update={"fixtures_held": held, "fixtures": tried})


def _worth(proposal: Proposal) -> float:
    """Fixtures speak for a proposal a little: a site that has changed for good is not what it was in them."""
    return proposal.confidence + (0.1 * proposal.fixtures_held / proposal.fixtures if proposal.fixtures else 0.0)


def _expects(fixture: PageFixture, name: str) -> bool:
    records = fixture.expected.records
    if name == NEXT:
        return bool(fixture.expected.next_addresses)
    if name == ADDRESS:
        return False  # fixtures are not compared in it
    if name in NO_FIELDS:
        return bool(records)
    return any(name in record.values or name in (record.detail or {}) for record in records)


def _changed(source: Source, loss: Loss, proposal: Proposal) -> Source | None:
    found = proposal.selector if proposal.selector is not None else proposal.path
    return with_selector(source, loss.pointer, found) if found is not None else None


def _draft(spider: SpiderConfig, source: Source) -> SpiderDraft:
    given = {name: getattr(spider, name) for name in SpiderDraft.model_fields}
    return SpiderDraft(**{**given, "source": source})


def _fields(source: Source, kind: Kind) -> PageFields | None:
    if kind[0] is PageKind.LISTING:
        return listing_fields(source)
    levels = detail_fields(source)
    return levels[kind[1]] if kind[1] < len(levels) else None
