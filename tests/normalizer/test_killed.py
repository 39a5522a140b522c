"""`kill -9` at any moment of a run: the next start goes on, readers never see half a version, nothing is left over."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from moisson_normalizer.kept_versions import PROJECTS, SET_PARTS, VERSION_COLLECTIONS, VERSIONS
from moisson_shared.adapters.open_backends import open_documents, open_search_reader
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.search import SearchQuery
from moisson_shared.ports.documents import Find
from tests.free_ports import free_port
from tests.normalizer.killed_process import NormalizerProcess
from tests.normalizer.neighbours import Neighbours, served
from tests.normalizer.recipes import a_recipe, a_row

PROJECT_COUNT = 3000


async def ended(process: NormalizerProcess, run_id: str) -> Any:
    async with asyncio.timeout(60):
        while True:
            run = await process.call("GET", f"/v1/runs/{run_id}")
            if run["state"] in {"done", "failed"}:
                return run
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("moment", [0.05, 0.3, 0.8, 1.6])
async def test_a_killed_run_is_gone_on_with(tmp_path: Path, moment: float) -> None:
    async with served(Neighbours()) as neighbours:
        neighbours.feed().put(*(a_row(f"Projet {number}", Année="?") for number in range(PROJECT_COUNT)))
        process = NormalizerProcess(tmp_path, neighbours, free_port(), SEEDED_CORPUS_PUBLISHES="true")
        await process.start()
        try:
            corpus = await process.call("GET", "/v1/corpora/cis")
            assert corpus["publish_by_itself"]
            await process.call("POST", "/v1/recipes", a_recipe())
            run = await process.call("POST", "/v1/corpora/cis/runs")
            await asyncio.sleep(moment)
            process.kill()
            await process.start()
            found = await ended(process, run["id"])
        finally:
            process.kill()

    assert (found["state"], found["error"]) == ("done", None)
    assert (found["recipes"][0]["projects"], found["recipes"][0]["rejects"]) == (PROJECT_COUNT, PROJECT_COUNT)
    documents = open_documents(f"sqlite://{tmp_path}/normalizer.sqlite")
    reader = open_search_reader(f"tantivy://{tmp_path}/index")
    try:
        await documents.open(VERSION_COLLECTIONS)
        versions = (await documents.find(VERSIONS, Find())).items
        assert [stored.value.state for stored in versions] == ["sealed"]
        sets = {part.value.set_id for part in (await documents.find(SET_PARTS, Find(limit=1000))).items}
        assert sets == {kept.set_id for kept in versions[0].value.sets.values()}
        assert await documents.count(PROJECTS) == PROJECT_COUNT
        manifest = await reader.manifest("cis", versions[0].value.number)
        assert manifest is not None
        page = await reader.search(manifest, SearchQuery(size=0), AccessLevel.OPENDATA)
        assert page.total == PROJECT_COUNT
    finally:
        await reader.close()
        await documents.close()
