"""Runs over HTTP: ask for one, read it, and every reject of it. Partners read what is about their own sources."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from moisson_normalizer.catalogue import Catalogue
from moisson_normalizer.kept_versions import REJECTS
from moisson_normalizer.rights import require_reader, require_steward, sees_all
from moisson_normalizer.runs import RunBook, RunDocument
from moisson_normalizer.sweeping import Sweeper
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import NotFound
from moisson_shared.contracts.model import Contract, Slug
from moisson_shared.contracts.normalisation import NormalisationRun
from moisson_shared.ports.documents import Condition, DocumentReader, Equal, Find, In
from moisson_shared.web.auth import SignedInDep, require_scope
from moisson_shared.web.paging import PageDep, list_response

CorpusPath = Annotated[str, Path(max_length=63)]
RunPath = Annotated[str, Path(max_length=63)]
NOTICES_SCOPE = "notices:write"
SCHEMA_STEP = "schema"


class Notice(Contract):
    """The scraper's word that a run has ended."""

    spider_id: Slug
    run_id: Annotated[str, Field(max_length=100)]


def run_router(documents: DocumentReader, catalogue: Catalogue, book: RunBook, sweeper: Sweeper) -> APIRouter:
    """Runs, their rejects, and notices."""
    router = APIRouter(prefix="/v1", tags=["runs"])

    @router.post("/corpora/{corpus}/runs", status_code=202)
    async def request_run(corpus: CorpusPath, caller: SignedInDep) -> Response:
        require_steward(caller)
        await catalogue.corpora.get(corpus)
        document = await book.request(corpus, caller.subject)
        return _json(document.run, 202, {"Location": f"/v1/runs/{document.id}"})

    @router.get("/corpora/{corpus}/runs")
    async def runs_of_corpus(corpus: CorpusPath, caller: SignedInDep, page: PageDep) -> Response:
        require_reader(caller)
        await catalogue.corpora.get(corpus)
        found = await book.page(corpus, page.limit, page.after)
        return list_response((_as_seen(stored.value.run, caller) for stored in found.items), found.next)

    @router.get("/runs/{run_id}")
    async def one_run(run_id: RunPath, caller: SignedInDep) -> Response:
        require_reader(caller)
        return _json(_as_seen((await book.get(run_id)).value.run, caller))

    @router.get("/runs/{run_id}/rejects")
    async def rejects(
        run_id: RunPath,
        caller: SignedInDep,
        page: PageDep,
        recipe: Annotated[str | None, Query(max_length=63)] = None,
        step: Annotated[str | None, Query(pattern=r"^(schema|\d{1,4})$")] = None,
        field: Annotated[str | None, Query(max_length=200)] = None,
        code: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Response:
        require_reader(caller)
        sets = _sets((await book.get(run_id)).value, caller, recipe)
        where: list[Condition] = [In("set_id", tuple(sets))]
        if step is not None:
            where.append(Equal("step", -1 if step == SCHEMA_STEP else int(step)))
        if field is not None:
            where.append(Equal("field", field))
        if code is not None:
            where.append(Equal("code", code))
        if not sets:
            return list_response(())
        found = await documents.find(REJECTS, Find(where=tuple(where), limit=page.limit, after=page.after))
        return list_response((stored.value.reject for stored in found.items), found.next)

    @router.get("/runs/{run_id}/reject-totals")
    async def reject_totals(run_id: RunPath, caller: SignedInDep) -> Response:
        require_reader(caller)
        document = (await book.get(run_id)).value
        own = _own_recipes(document, caller)
        return list_response(total for total in document.totals if total.recipe in own)

    @router.post("/notices", status_code=202)
    async def notice(told: Notice, caller: SignedInDep) -> Response:
        require_scope(caller, NOTICES_SCOPE)
        await sweeper.noticed(told.spider_id)
        return Response(b"{}", 202, media_type="application/json")

    return router


def _json(run: NormalisationRun, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(run.model_dump_json(), status, headers, media_type="application/json")


def _as_seen(run: NormalisationRun, caller: Caller) -> NormalisationRun:
    """A partner reads the counters of its own recipes; reasons and checks are about all of them."""
    if sees_all(caller):
        return run
    own = tuple(counters for counters in run.recipes if counters.partner in caller.partners)
    return run.model_copy(update={"recipes": own, "reasons": (), "checks": (), "requested_by": ""})


def _own_recipes(document: RunDocument, caller: Caller) -> set[str]:
    return {counters.recipe for counters in _as_seen(document.run, caller).recipes}


def _sets(document: RunDocument, caller: Caller, recipe: str | None) -> list[str]:
    """The sets whose rejects the caller may read; `NotFound` for a recipe that is not among them."""
    own = _own_recipes(document, caller)
    if recipe is not None and recipe not in own:
        raise NotFound(f"This run has no recipe {recipe!r}.")
    return [set_id for id_, set_id in document.sets.items() if id_ in own and recipe in {None, id_}]
