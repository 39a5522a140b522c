"""One run of a corpus, from feeds to a sealed and perhaps published version. The steps, in order:

1. take the corpus's lease, mark the run as at work; clear away what a killed run left;
2. catch up with the feeds, as far as the scraper answers;
3. plan: if the newest version follows from the same things already, end the run as unchanged;
4. begin a version, as a clone where its layout allows; write it recipe by recipe;
5. seal it, note it and the intention to publish in one batch; move the alias if the corpus publishes by itself;
6. end the run, let old versions and old runs go.

A crash anywhere leads back to the first step, and nothing that readers see has changed.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from moisson_normalizer.build_version import VersionBuilder
from moisson_normalizer.catalogue import Catalogue, Clock
from moisson_normalizer.differences import refusing
from moisson_normalizer.discard_versions import VersionDiscarder
from moisson_normalizer.kept_versions import (
    CORPUS_STATES,
    VERSIONS,
    Entry,
    KeptVersion,
    RecipeSet,
    read_set,
)
from moisson_normalizer.mirror import partners_are_known
from moisson_normalizer.plan_run import PlannedRecipe, RunPlan, plan_run
from moisson_normalizer.publish_version import VersionKeeper
from moisson_normalizer.pull_feeds import FeedPuller
from moisson_normalizer.runs import RUNS, Leases, RunBook, RunDocument
from moisson_shared.contracts.corpus import Manifest
from moisson_shared.contracts.errors import MoissonError, Unavailable, VersionConflict
from moisson_shared.contracts.normalisation import NormalisationRun, RecipeCounters, RunOutcome
from moisson_shared.contracts.run import Reason, RunState
from moisson_shared.ports.documents import DocumentStore, Expect, Insert, Operation, Put, Replace, Stored
from moisson_shared.ports.search_index import SearchIndexWriter


class CorpusNormaliser:
    """Carries out runs; one at a time per corpus over all processes."""

    def __init__(
        self,
        documents: DocumentStore,
        index: SearchIndexWriter,
        catalogue: Catalogue,
        puller: FeedPuller,
        keeper: VersionKeeper,
        discarder: VersionDiscarder,
        book: RunBook,
        leases: Leases,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._index = index
        self._catalogue = catalogue
        self._puller = puller
        self._keeper = keeper
        self._discarder = discarder
        self._book = book
        self._leases = leases
        self._clock = clock

    async def carry_out(self, run_id: str) -> None:
        """Does a run that waits, or one whose holder fell silent; does nothing where there is nothing to do."""
        stored = await self._documents.get(RUNS, run_id)
        if stored is None or stored.value.state.final:
            return
        corpus = stored.value.corpus
        name = f"corpus/{corpus}"
        if not await self._leases.take(name):
            return
        try:
            begun = await self._book.begin(stored)
            held = begun is not None and await self._carry_on(begun, name)
        finally:
            await self._leases.give_back(name)
        if held:
            await self._book.hint_unfinished(corpus)

    async def _carry_on(self, begun: Stored[RunDocument], lease: str) -> bool:
        """Does a run that has begun; whether it was ours to the end."""
        log = structlog.get_logger().bind(run=begun.key, corpus=begun.value.corpus)
        log.info("run begun")
        try:
            async with self._kept_alive(lease):
                await self._work(begun)
        except VersionConflict as error:
            # Somebody took the run over, or changed the state that it rests on: the sweep looks again.
            log.warning("run given up", reason=str(error))
            await self._book.hint(begun.key)
            return False
        except MoissonError as error:
            await self._fail(
                begun, code="unavailable" if isinstance(error, Unavailable) else "failed", reason=str(error)
            )
            log.warning("run failed", reason=str(error))
        except Exception as error:
            reason = f"an error in the normalizer itself ({type(error).__name__}); its log says more"
            await self._fail(begun, code="unknown", reason=reason)
            raise
        return True

    @contextlib.asynccontextmanager
    async def _kept_alive(self, name: str) -> AsyncIterator[None]:
        async def renew() -> None:
            while True:
                await asyncio.sleep(self._leases.seconds / 3)
                with contextlib.suppress(MoissonError):
                    await self._leases.renew(name)

        task = asyncio.create_task(renew())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _fail(self, stored: Stored[RunDocument], *, code: str, reason: str) -> None:
        update = {"state": RunState.FAILED, "error": reason, "code": code}
        run = stored.value.run.model_copy(update=update)
        with contextlib.suppress(MoissonError):
            await self._documents.apply([self._book.ended(stored, run)])
        with contextlib.suppress(MoissonError):
            await self._discarder.discard_unfinished(stored.value.corpus)

    async def _work(self, stored: Stored[RunDocument]) -> None:
        corpus = stored.value.corpus
        await self._discarder.discard_unfinished(corpus)
        await self._discarder.agree_with_index(corpus)
        await self._keeper.finish_publishing(corpus)
        plan = await plan_run(self._documents, self._catalogue, corpus)
        reasons = await self._puller.pull_partners()
        reasons += await self._puller.pull_all(plan.sources)
        if not await partners_are_known(self._documents):
            raise Unavailable(f"Nothing is known of the partners yet: {'; '.join(each.message for each in reasons)}.")
        plan = await plan_run(self._documents, self._catalogue, corpus)
        reasons += _problems(plan)
        newest = await self._keeper.newest(corpus)
        run = stored.value.run.model_copy(update={"reasons": reasons})
        if newest is not None and newest.input == plan.input:
            await self._end(stored, run, plan, newest, [])
            return
        version, lost = await self._build(stored, plan, newest)
        await self._end(stored, run, plan, version, lost)

    async def _end(
        self,
        stored: Stored[RunDocument],
        run: NormalisationRun,
        plan: RunPlan,
        version: KeptVersion,
        lost: list[RecipeCounters],
    ) -> None:
        """Ends the run with the version that holds now: built by it, perhaps before a crash, or there already."""
        corpus = plan.corpus
        live = await self._keeper.live(corpus.id)
        built = version.run_id == run.id
        checks = await self._keeper.judge(corpus, version, live)
        if built and corpus.publish_by_itself and not refusing(checks):
            await self._keeper.publish(corpus, version.number, force=False)
        live_now = (await self._keeper.state(corpus.id)).value.live
        run = run.model_copy(
            update={
                "state": RunState.DONE,
                "outcome": RunOutcome.BUILT if built else RunOutcome.UNCHANGED,
                "version": version.number,
                "published": live_now == version.number,
                "recipes": (*_counters(version, built=built), *lost),
                "checks": checks,
            }
        )
        totals = tuple(total for kept in version.sets.values() for total in kept.totals)
        sets = {recipe: kept.set_id for recipe, kept in version.sets.items()}
        await self._documents.apply([self._book.ended(stored, run, sets=sets, totals=totals)])
        await self._discarder.discard_old(corpus.id)
        await self._book.forget_old(corpus.id)

    async def _build(
        self, stored: Stored[RunDocument], plan: RunPlan, newest: KeptVersion | None
    ) -> tuple[KeptVersion, list[RecipeCounters]]:
        """A sealed version, and counters of recipes that are no more."""
        corpus = plan.corpus
        fence = Expect(RUNS, stored.key, stored.version)
        clone = newest.number if newest is not None and newest.layout == plan.layout_digest else None
        building = await self._begin(stored, plan, clone, fence)
        builder = VersionBuilder(
            self._documents, self._index, fence, corpus.id, building.number, cloned=clone is not None
        )
        before = newest.sets if newest is not None else {}
        sets: dict[str, RecipeSet] = {}
        for planned in plan.recipes:
            made = await self._one_recipe(builder, building, planned, before.get(planned.recipe.id))
            if made is not None:
                sets[planned.recipe.id] = made
        lost = [await self._lose(builder, before[id_]) for id_ in sorted(before.keys() - sets.keys())]
        built_at = self._clock()
        finished = building.model_copy(
            update={
                "state": "sealed",
                "built_at": built_at,
                "input": plan.input,
                "projects": sum(kept.counters.projects for kept in sets.values()),
                "places": sum(kept.counters.places for kept in sets.values()),
                "sets": sets,
            }
        )
        await self._index.seal(
            Manifest(
                version=building.number,
                layout=plan.layout,
                labels=corpus.labels,
                partners=plan.cards,
                built_at=built_at,
                projects=finished.projects,
                places=finished.places,
            )
        )
        await self._documents.apply([fence, Put(VERSIONS, finished)])
        return finished, lost

    async def _begin(self, stored: Stored[RunDocument], plan: RunPlan, clone: int | None, fence: Expect) -> KeptVersion:
        """An open version, known to the store: what a crash leaves behind is found again."""
        corpus = plan.corpus.id
        number = await self._index.begin(plan.layout, clone=clone)
        state = await self._keeper.state(corpus)
        for forgotten in range(state.value.highest + 1, number):
            await self._index.discard(corpus, forgotten)
        building = KeptVersion(
            corpus=corpus,
            number=number,
            state="building",
            run_id=stored.key,
            began_at=self._clock(),
            layout=plan.layout_digest,
            title=plan.layout.data_schema.title,
            sets={planned.recipe.id: _empty_set(stored.key, number, planned) for planned in plan.recipes},
        )
        seen = state.value.model_copy(update={"highest": number})
        noted: Operation = Replace(CORPUS_STATES, seen, state.version) if state.version else Insert(CORPUS_STATES, seen)
        await self._documents.apply([fence, Put(VERSIONS, building), noted])
        return building

    async def _one_recipe(
        self, builder: VersionBuilder, building: KeptVersion, planned: PlannedRecipe, before: RecipeSet | None
    ) -> RecipeSet | None:
        unchanged = before is not None and before.input == planned.input
        if before is not None and (unchanged or planned.compiled is None):
            entries = await read_set(self._documents, before.set_id)
            await builder.take_over(before, entries)
            return before.model_copy(update={"input": planned.input, "counters": _reused(before.counters)})
        if planned.compiled is None:
            return None
        entries = await read_set(self._documents, before.set_id) if before is not None else dict[str, Entry]()
        set_id = building.sets[planned.recipe.id].set_id
        return await builder.build(planned, planned.compiled, set_id, entries)

    async def _lose(self, builder: VersionBuilder, kept: RecipeSet) -> RecipeCounters:
        entries = await read_set(self._documents, kept.set_id)
        await builder.drop(entries)
        counters = kept.counters
        return RecipeCounters(
            recipe=counters.recipe, source=counters.source, partner=counters.partner, gone=len(entries)
        )


def _empty_set(run_id: str, number: int, planned: PlannedRecipe) -> RecipeSet:
    recipe = planned.recipe
    counters = RecipeCounters(recipe=recipe.id, source=recipe.source, partner=recipe.partner)
    return RecipeSet(set_id=f"{run_id}.{number}/{recipe.id}", input="", counters=counters)


def _reused(counters: RecipeCounters) -> RecipeCounters:
    same = {"new": 0, "changed": 0, "gone": 0, "unchanged": counters.projects, "reused": True}
    return counters.model_copy(update=same)


def _counters(version: KeptVersion, *, built: bool) -> list[RecipeCounters]:
    found = [kept.counters for _, kept in sorted(version.sets.items())]
    return found if built else [_reused(counters) for counters in found]


def _problems(plan: RunPlan) -> tuple[Reason, ...]:
    """Recipes that could not run; what they gave before is kept."""
    return tuple(planned.problem for planned in plan.recipes if planned.problem is not None)
