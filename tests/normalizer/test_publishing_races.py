"""Publishing while somebody else writes the corpus's state: what the store says last is what readers are served."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from moisson_normalizer.kept_versions import CORPUS_STATES
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.project import Project
from moisson_shared.ports.documents import DocumentStore, Replace
from moisson_shared.ports.search_index import SearchIndexWriter
from tests.normalizer.recipes import a_recipe, a_row
from tests.normalizer.running_normalizer import Normalizer, running_normalizer


@dataclass
class Interrupted:
    """The real index; between the moves of its alias and the note about it, others change the corpus's state."""

    index: SearchIndexWriter
    documents: DocumentStore
    changes: list[dict[str, Any]] = field(default_factory=list)
    """What the next moves meet, one each."""

    async def publish(self, corpus: str, version: int) -> None:
        await self.index.publish(corpus, version)
        if self.changes:
            stored = await self.documents.get(CORPUS_STATES, corpus)
            assert stored is not None
            changed = stored.value.model_copy(update=self.changes.pop(0))
            await self.documents.apply([Replace(CORPUS_STATES, changed, stored.version)])

    async def begin(self, layout: IndexLayout, *, clone: int | None = None) -> int:
        return await self.index.begin(layout, clone=clone)

    async def write(self, corpus: str, version: int, projects: Sequence[Project]) -> None:
        await self.index.write(corpus, version, projects)

    async def remove(self, corpus: str, version: int, project_ids: Sequence[str]) -> None:
        await self.index.remove(corpus, version, project_ids)

    async def seal(self, manifest: Manifest) -> None:
        await self.index.seal(manifest)

    async def versions(self, corpus: str) -> tuple[Manifest, ...]:
        return await self.index.versions(corpus)

    async def discard(self, corpus: str, version: int) -> None:
        await self.index.discard(corpus, version)

    async def check(self) -> None:
        await self.index.check()

    async def close(self) -> None:
        await self.index.close()


async def state_of_versions(normalizer: Normalizer) -> dict[int, str]:
    items = (await normalizer.get("/v1/corpora/cis/versions"))["items"]
    return {item["version"]: item["state"] for item in items}


@pytest.mark.parametrize(
    ("changes", "served"),
    [
        pytest.param([{"highest": 9}], 2, id="a run begins a version"),
        pytest.param([{"highest": 9}, {"highest": 10}, {"highest": 11}], 2, id="three runs begin a version"),
        pytest.param([{"publishing": 1}], 1, id="somebody is about to publish another version"),
        pytest.param([{"publishing": None, "live": 1}], 1, id="somebody has published another version"),
    ],
)
async def test_a_write_between_the_move_and_its_note_is_no_error(
    tmp_path: Path, changes: list[dict[str, Any]], served: int
) -> None:
    standing: list[Interrupted] = []

    def between(index: SearchIndexWriter, documents: DocumentStore) -> SearchIndexWriter:
        standing.append(Interrupted(index, documents))
        return standing[0]

    async with running_normalizer(tmp_path, between=between) as normalizer:
        feed = normalizer.neighbours.feed()
        feed.put(a_row("Avant"))
        await normalizer.create("recipes", a_recipe())
        await normalizer.run()
        feed.change("r0001", a_row("Après"))
        await normalizer.run()
        assert (await normalizer.publish(1)).status_code == 200
        standing[0].changes.extend(changes)

        published = await normalizer.publish(2)

        assert published.status_code == 200, published.text
        assert not standing[0].changes
        assert await normalizer.titles() == [{1: "Avant", 2: "Après"}[served]]
        assert (await state_of_versions(normalizer))[served] == "live"


async def test_a_note_that_never_succeeds_is_told_and_the_next_run_ends_it(tmp_path: Path) -> None:
    standing: list[Interrupted] = []

    def between(index: SearchIndexWriter, documents: DocumentStore) -> SearchIndexWriter:
        standing.append(Interrupted(index, documents))
        return standing[0]

    async with running_normalizer(tmp_path, between=between) as normalizer:
        normalizer.neighbours.feed().put(a_row("Le Moulin"))
        await normalizer.create("recipes", a_recipe())
        await normalizer.run()
        standing[0].changes.extend({"highest": 10 + number} for number in range(20))

        refused = await normalizer.publish(1)

        assert refused.status_code in {409, 412}, refused.text
        assert await state_of_versions(normalizer) == {1: "candidate"}
        await normalizer.run()
        assert await state_of_versions(normalizer) == {1: "live"}
        assert await normalizer.titles() == ["Le Moulin"]
