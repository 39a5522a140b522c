"""The preview of a draft recipe over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from moisson_normalizer.catalogue import Catalogue
from moisson_normalizer.compile_recipe import CompiledRecipe, compile_recipe
from moisson_normalizer.mirror import feed_state, known_partners, mirrored_rows
from moisson_normalizer.preview_recipe import preview_recipe
from moisson_normalizer.pull_feeds import FeedPuller
from moisson_normalizer.rights import require_own
from moisson_shared.contracts.access import AccessLevel, most_restrictive
from moisson_shared.contracts.errors import Fault, Invalid, NotFound
from moisson_shared.contracts.model import Contract
from moisson_shared.contracts.recipe import RecipeDraft
from moisson_shared.ports.documents import DocumentReader
from moisson_shared.web.auth import SignedInDep


class PreviewedRecipe(RecipeDraft):
    """A draft, or a recipe as it was read."""

    version: Annotated[int, Field(ge=1)] | None = None


class PreviewRequest(Contract):
    """A recipe, and which groups of raw records to look at."""

    recipe: PreviewedRecipe
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    offset: Annotated[int, Field(ge=0)] = 0


def preview_router(documents: DocumentReader, catalogue: Catalogue, puller: FeedPuller) -> APIRouter:
    """Previews write nothing but the mirror of a source that was never read before."""
    router = APIRouter(prefix="/v1", tags=["recipes"])

    @router.post("/recipes/preview")
    async def preview(wanted: PreviewRequest, caller: SignedInDep) -> Response:
        recipe = wanted.recipe
        require_own(caller, recipe.partner, f"partner {recipe.partner!r}")
        compiled = await _compiled(catalogue, recipe)
        state = (await feed_state(documents, recipe.source)).value
        if state.cursor is None:
            try:
                state = await puller.pull(recipe.source)
            except NotFound as error:
                faults = (Fault("/recipe/source", f"the scraper has no spider {recipe.source!r}"),)
                raise Invalid("There is nothing to show.", faults) from error
        if state.partner not in {None, recipe.partner}:
            faults = (Fault("/recipe/partner", f"the spider {recipe.source!r} belongs to another partner"),)
            raise Invalid("There is nothing to show.", faults)
        partner = (await known_partners(documents)).get(recipe.partner)
        level = most_restrictive(recipe.level, partner.default_level if partner else AccessLevel.PRIVATE)
        shown = await preview_recipe(
            compiled,
            mirrored_rows(documents, recipe.source),
            level,
            wanted.limit,
            wanted.offset,
        )
        return Response(shown.model_dump_json(), media_type="application/json")

    return router


async def _compiled(catalogue: Catalogue, recipe: RecipeDraft) -> CompiledRecipe:
    """The draft against its corpus; faults point into the request."""
    corpus = await catalogue.corpora.find(recipe.corpus)
    if corpus is None:
        raise Invalid("There is nothing to show.", (Fault("/recipe/corpus", f"there is no corpus {recipe.corpus!r}"),))
    model = corpus.value.value
    schema = (await catalogue.schemas.get(model.schema_id)).value
    taxonomies = {id_: (await catalogue.taxonomies.get(id_)).value for id_ in model.taxonomies}
    try:
        return compile_recipe(recipe, schema, taxonomies)
    except Invalid as error:
        faults = tuple(Fault(f"/recipe{fault.pointer}", fault.message) for fault in error.faults)
        raise Invalid(str(error), faults) from error
