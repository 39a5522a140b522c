"""Writing a candidate version: projects of changed recipes are made anew, those of unchanged ones are taken over.

On a clone only what differs is written. Nothing of it can be seen by readers before the version is sealed and
published, and every write says that the run is still ours.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from moisson_normalizer.apply_recipe import Outcome, RecipeApplication
from moisson_normalizer.build_project import with_provenance
from moisson_normalizer.compile_recipe import CompiledRecipe
from moisson_normalizer.identity import Digests, project_digests
from moisson_normalizer.kept_versions import (
    PROJECTS,
    REJECTS,
    SET_PARTS,
    Entry,
    KeptProject,
    KeptReject,
    RecipeSet,
    project_key,
    set_parts,
)
from moisson_normalizer.mirror import mirrored_rows
from moisson_normalizer.plan_run import PlannedRecipe
from moisson_normalizer.row_shapes import Origins
from moisson_shared.contracts.normalisation import RecipeCounters, Reject, RejectTotal
from moisson_shared.contracts.project import Project
from moisson_shared.ports.documents import DocumentStore, Expect, Operation, Put
from moisson_shared.ports.search_index import SearchIndexWriter

AT_ONCE = 500
MOST_BYTES = 8_000_000
LARGEST_PROJECT = 4_000_000
"""Bytes of JSON; a larger one would be a burden for every reader, and is refused."""


class VersionBuilder:
    """Writes one version of one corpus. `fence` is expected in every batch; `cloned`: the index begins as a clone."""

    def __init__(
        self,
        documents: DocumentStore,
        index: SearchIndexWriter,
        fence: Expect,
        corpus: str,
        version: int,
        *,
        cloned: bool,
    ) -> None:
        self._documents = documents
        self._index = index
        self._fence = fence
        self._corpus = corpus
        self._version = version
        self._cloned = cloned

    async def take_over(self, kept: RecipeSet, entries: dict[str, Entry]) -> None:
        """The projects of an unchanged recipe: in a clone already, else read from where they are kept."""
        if self._cloned:
            return
        keys = [project_key(entry.kept_in, id_) for id_, entry in entries.items()]
        for start in range(0, len(keys), AT_ONCE):
            found = await self._documents.get_many(PROJECTS, keys[start : start + AT_ONCE])
            await self._write([stored.value.project for stored in found.values()])

    async def drop(self, entries: Iterable[str]) -> None:
        """Projects that are no more, removed from a clone."""
        gone = sorted(entries) if self._cloned else []
        for start in range(0, len(gone), AT_ONCE):
            await self._index.remove(self._corpus, self._version, gone[start : start + AT_ONCE])

    async def build(
        self, planned: PlannedRecipe, compiled: CompiledRecipe, set_id: str, before: dict[str, Entry]
    ) -> RecipeSet:
        """The projects of a recipe made from the mirror, compared with what it gave before."""
        making = _SetInTheMaking(planned.recipe.id, set_id, before)
        application = RecipeApplication(compiled, planned.level)
        async for rows in mirrored_rows(self._documents, planned.recipe.source):
            await self._take(making, await asyncio.to_thread(_weighed, application.add(rows)))
        ending = application.finish()
        while some := await asyncio.to_thread(_weighed, islice(ending, AT_ONCE)):
            await self._take(making, some)
        await self._flush(making, everything=True)
        gone = before.keys() - making.entries.keys()
        await self.drop(gone)
        for part in set_parts(set_id, making.entries):
            await self._documents.apply([self._fence, Put(SET_PARTS, part)])
        tally = application.tally
        refused = making.too_large
        counters = RecipeCounters(
            recipe=planned.recipe.id,
            source=planned.recipe.source,
            partner=planned.recipe.partner,
            raw_records=tally.records,
            records_with_rejects=tally.records_with_rejects + refused,
            records_refused=tally.records_refused + refused,
            rejects=making.rejects,
            warnings=making.warnings,
            projects=len(making.entries),
            places=making.places,
            new=making.new,
            changed=making.changed,
            unchanged=making.unchanged,
            gone=len(gone),
            unused_fields=dict(sorted(tally.unused_fields.items())),
        )
        return RecipeSet(set_id=set_id, input=planned.input, counters=counters, totals=making.reject_totals())

    async def _take(self, making: "_SetInTheMaking", outcomes: list[tuple[Outcome, Digests | None]]) -> None:
        for outcome, digests in outcomes:
            making.take(outcome, digests, cloned=self._cloned)
            if len(making.operations) >= AT_ONCE or len(making.to_index) >= AT_ONCE or making.bytes >= MOST_BYTES:
                await self._flush(making)

    async def _flush(self, making: "_SetInTheMaking", *, everything: bool = False) -> None:
        while making.operations:
            batch, making.operations = making.operations[:AT_ONCE], making.operations[AT_ONCE:]
            await self._documents.apply([self._fence, *batch])
        if everything or making.to_index:
            await self._write(making.to_index)
        making.to_index, making.bytes = [], 0

    async def _write(self, projects: list[Project]) -> None:
        for start in range(0, len(projects), AT_ONCE):
            # Readers never see the provenance, so the index need not carry it.
            plain = [project.model_copy(update={"provenance": {}}) for project in projects[start : start + AT_ONCE]]
            await self._index.write(self._corpus, self._version, plain)


class _SetInTheMaking:
    """What is known of a set so far, and what waits to be written."""

    def __init__(self, recipe: str, set_id: str, before: dict[str, Entry]) -> None:
        self.recipe = recipe
        self.set_id = set_id
        self.entries: dict[str, Entry] = {}
        self.operations: list[Operation] = []
        self.to_index: list[Project] = []
        self.bytes = 0
        self.rejects = self.warnings = self.new = self.changed = self.unchanged = self.places = self.too_large = 0
        self._before = before
        self._totals: Counter[tuple[str, int | None, str, str, str, bool]] = Counter()

    def take(self, outcome: Outcome, digests: Digests | None, *, cloned: bool) -> None:
        rejects = outcome.rejects
        project = outcome.project
        if project is not None and digests is not None and digests.size > LARGEST_PROJECT:
            rejects = (*rejects, _too_large(self.recipe, outcome, digests.size))
            self.too_large += len(outcome.records)
            project = None
        for reject in rejects:
            self._note(reject)
        if project is not None and digests is not None:
            self._keep(project, outcome.origins, digests, cloned=cloned)

    def _keep(self, project: Project, origins: Origins, digests: Digests, *, cloned: bool) -> None:
        before = self._before.get(project.id)
        same = before is not None and before.content == digests.content
        if before is None:
            self.new += 1
        elif same:
            self.unchanged += 1
        else:
            self.changed += 1
        if before is not None and same and before.provenance == digests.provenance:
            self.entries[project.id] = before
        else:
            self.entries[project.id] = Entry(digests.content, digests.provenance, self.set_id)
            self.operations.append(
                Put(PROJECTS, KeptProject(set_id=self.set_id, project=with_provenance(project, origins)))
            )
            self.bytes += digests.size
        if not same or not cloned:
            self.to_index.append(project)
            self.bytes += digests.size
        self.places += sum(place.point is not None for place in project.places)

    def _note(self, reject: Reject) -> None:
        kept = KeptReject(
            set_id=self.set_id,
            number=self.rejects + self.warnings,
            step=-1 if reject.step is None else reject.step,
            field=reject.field,
            code=reject.code,
            reject=reject,
        )
        self.rejects += not reject.warning
        self.warnings += reject.warning
        self.operations.append(Put(REJECTS, kept))
        self._totals[reject.recipe, reject.step, reject.field, reject.code, reject.message, reject.warning] += 1

    def reject_totals(self) -> tuple[RejectTotal, ...]:
        """Most frequent first."""
        return tuple(
            RejectTotal(recipe=recipe, step=step, field=field, code=code, message=message, count=count, warning=warning)
            for (recipe, step, field, code, message, warning), count in self._totals.most_common()
        )


def _weighed(outcomes: Iterator[Outcome]) -> list[tuple[Outcome, Digests | None]]:
    """Runs in a thread: the recipe over some rows, and the digests of what comes out."""
    return [
        (outcome, project_digests(outcome.project, outcome.origins) if outcome.project else None)
        for outcome in outcomes
    ]


def _too_large(recipe: str, outcome: Outcome, size: int) -> Reject:
    record = outcome.records[0]
    return Reject(
        recipe=recipe,
        key=record.key,
        ordinal=record.ordinal,
        field="",
        value=f"{size} bytes",
        code="project-too-large",
        message=f"a project of more than {LARGEST_PROJECT} bytes",
        whole=True,
    )
