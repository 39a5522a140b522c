"""Versions of a corpus over HTTP: what each would change, publishing and rolling back, projects with provenance."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from moisson_normalizer.catalogue import Catalogue
from moisson_normalizer.kept_versions import find_project
from moisson_normalizer.publish_version import VersionKeeper
from moisson_normalizer.rights import require_own, require_reader, require_steward
from moisson_shared.contracts.errors import NotFound
from moisson_shared.contracts.model import Contract
from moisson_shared.ports.documents import DocumentReader
from moisson_shared.web.auth import SignedInDep
from moisson_shared.web.paging import list_response

CorpusPath = Annotated[str, Path(max_length=63)]


class PublishRequest(Contract):
    """Which version goes live; `force` although it does not pass the checks."""

    version: Annotated[int, Field(ge=1)]
    force: bool = False


def version_router(documents: DocumentReader, catalogue: Catalogue, keeper: VersionKeeper) -> APIRouter:
    """Versions and projects of corpora."""
    router = APIRouter(prefix="/v1/corpora/{corpus}", tags=["versions"])

    @router.get("/versions")
    async def versions(corpus: CorpusPath, caller: SignedInDep) -> Response:
        require_steward(caller)
        kept = (await catalogue.corpora.get(corpus)).value
        return list_response(await keeper.summaries(kept))

    @router.post("/publish")
    async def publish(corpus: CorpusPath, wanted: PublishRequest, caller: SignedInDep) -> Response:
        require_steward(caller)
        kept = (await catalogue.corpora.get(corpus)).value
        await keeper.publish(kept, wanted.version, force=wanted.force)
        summary = next(each for each in await keeper.summaries(kept) if each.version == wanted.version)
        return Response(summary.model_dump_json(), media_type="application/json")

    @router.get("/projects/{project_id}")
    async def project(
        corpus: CorpusPath,
        project_id: Annotated[str, Path(max_length=64)],
        caller: SignedInDep,
        version: Annotated[int | None, Query(ge=1)] = None,
    ) -> Response:
        require_reader(caller)
        await catalogue.corpora.get(corpus)
        chosen = (
            await keeper.get(corpus, version)
            if version is not None
            else await keeper.live(corpus) or await keeper.newest(corpus)
        )
        found = await find_project(documents, chosen, project_id) if chosen is not None else None
        if found is None:
            raise NotFound(f"There is no project {project_id!r}.")
        require_own(caller, found.partner, f"project {project_id!r}")
        return Response(found.model_dump_json(), media_type="application/json")

    return router
